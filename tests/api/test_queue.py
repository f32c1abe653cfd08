from datetime import timedelta

import pytest

from api.keys import Scope
from goodstanding.messages import DecideReview
from goodstanding.vocabulary import Verdict
from tests.domain.playing import ASH, BIRCH, D0


async def test_the_queue_shows_what_waits_by_deadline(desk):
    account_id = await desk.active()
    await desk.violation(account_id, "threat_to_life")
    desk.clock.now = D0 + timedelta(days=1)
    await desk.report(account_id)
    params = {"account_id": account_id}

    told = await desk.told("/reviews", Scope.REVIEWS, params=params)

    assert [one["kind"] for one in told["reviews"]] == ["confirmation", "case"]
    assert told["after"] is None
    confirmation, case = told["reviews"]
    assert confirmation["due_at"] < case["due_at"]
    assert confirmation["people"] - confirmation["votes_cast"] == 1
    assert confirmation["excluded"] == [ASH.id]


async def test_the_queue_is_narrowed_by_what_is_asked_for(any_desk):
    account_id = await any_desk.active()
    await any_desk.violation(account_id, "threat_to_life")
    await any_desk.report(account_id)

    async def kinds(**params) -> list[str]:
        asked = {"account_id": account_id, **params}
        told = await any_desk.told("/reviews", Scope.REVIEWS, params=asked)
        return [one["kind"] for one in told["reviews"]]

    both = ["confirmation", "case"]
    assert await kinds(kind="case") == ["case"]
    assert await kinds(kind="appeal") == []
    assert await kinds(language="en") == both
    assert await kinds(language="zh") == []
    assert await kinds(escalated="false") == both
    assert await kinds(escalated="true") == []
    assert await kinds(due_before="2026-01-05T10:00:00Z") == []
    assert await kinds(due_before="2027-01-05T10:00:00+08:00") == both
    assert await kinds(reviewer="ash") == ["case"]
    assert await kinds(reviewer="Ash") == both
    assert await kinds(reviewer="as_") == both


async def test_the_queue_comes_in_pages(any_desk):
    account_id = await any_desk.active()
    await any_desk.violation(account_id, "threat_to_life")
    await any_desk.report(account_id)
    params = {"account_id": account_id, "limit": 1}

    first = await any_desk.told("/reviews", Scope.REVIEWS, params=params)
    params["after"] = first["after"]
    second = await any_desk.told("/reviews", Scope.REVIEWS, params=params)

    assert [one["kind"] for one in first["reviews"]] == ["confirmation"]
    assert [one["kind"] for one in second["reviews"]] == ["case"]
    assert second["after"] is None


async def test_a_decided_review_has_left_the_queue(desk):
    account_id = await desk.active()
    await desk.report(account_id)
    fields = {"review_id": await desk.open_review(account_id), "reasons": "Nothing is wrong."}
    await desk.send(DecideReview, account_id, ASH, verdict=Verdict.NO_VIOLATION, **fields)

    told = await desk.told("/reviews", Scope.REVIEWS, params={"account_id": account_id})

    assert told["reviews"] == []


async def test_a_filter_that_does_not_exist_is_refused(desk):
    response = await desk.ask("/reviews", Scope.REVIEWS, params={"zhang-san": "red"})

    assert (response.status_code, response.json()["code"]) == (422, "MalformedError")
    assert "zhang-san" not in response.text


@pytest.mark.parametrize("after", ["zzz", "nobody.c1.1", "{account}.c1.99"])
async def test_what_follows_a_review_that_there_is_not_is_no_empty_page(any_desk, after):
    account_id = await any_desk.active()
    params = {"after": after.format(account=account_id)}

    response = await any_desk.ask("/reviews", Scope.REVIEWS, params=params)

    told = response.json()
    assert (response.status_code, told["code"]) == (404, "ReviewNotFoundError")
    assert told["field"] == "after"


async def test_a_page_follows_a_review_that_has_ended_meanwhile(desk):
    account_id = await desk.active()
    await desk.violation(account_id, "threat_to_life")
    await desk.report(account_id)
    params = {"account_id": account_id, "limit": 1}
    params["after"] = (await desk.told("/reviews", Scope.REVIEWS, params=params))["after"]
    await desk.vote(account_id, params["after"], Verdict.CONFIRM, BIRCH)

    told = await desk.told("/reviews", Scope.REVIEWS, params=params)

    assert [one["kind"] for one in told["reviews"]] == ["case"]
