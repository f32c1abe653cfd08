from datetime import timedelta

import pytest

from goodstanding.vocabulary import Verdict
from tests.api.desk import SOMEBODY, Desk
from tests.domain.playing import ASH, D0

DAY = timedelta(days=1)


async def badge(desk: Desk, account_id: str):
    return await desk.told(f"/accounts/{account_id}/badge")


async def test_r21_everybody_sees_the_mark_since_when_and_until_when(desk):
    desk.clock.now = D0 + 2 * DAY
    account_id = await desk.news_account(D0 + 100 * DAY)
    desk.clock.now = D0 + 10 * DAY

    told = await badge(desk, account_id)

    assert told["mark"] == "publish_and_reprint"
    assert told["title"]["en"]
    assert told["since"] == "2026-01-07T10:00:00Z"
    assert told["until"] == "2026-04-15T16:00:00Z"
    assert told["as_of"] == "2026-01-15T10:00:00Z"


async def test_r21_a_badge_holds_no_name(desk):
    account_id = await desk.news_account(D0 + 100 * DAY)

    told = await badge(desk, account_id)

    assert set(told) == {"account_id", "as_of", "mark", "title", "since", "until"}


async def test_r20_the_mark_is_gone_while_a_penalty_takes_the_right_and_back_with_it(desk):
    account_id = await desk.news_account(D0 + 100 * DAY)
    desk.clock.now = D0 + 10 * DAY
    await desk.violation(account_id, "illegal_goods")
    end = D0 + 17 * DAY

    desk.clock.now = end - timedelta(microseconds=1)
    during = await badge(desk, account_id)
    desk.clock.now = end
    after = await badge(desk, account_id)

    assert [during[name] for name in ("mark", "title", "since", "until")] == [None] * 4
    assert after["mark"] == "publish_and_reprint"
    assert after["since"] == "2026-01-22T10:00:00Z"


async def test_an_account_without_a_mark_has_a_badge_that_says_so(desk):
    assert (await badge(desk, await desk.active()))["mark"] is None


async def test_r9_whoever_has_the_number_reads_how_far_the_report_is(desk):
    account_id = await desk.active()
    await desk.report(account_id)

    told = await desk.told(f"/reports/{account_id}.r1")

    assert told == {
        "number": f"{account_id}.r1",
        "as_of": "2026-01-05T10:00:00Z",
        "item": "item-9",
        "state": "open",
        "outcome": None,
        "filed_at": "2026-01-05T10:00:00Z",
        "answered_at": None,
    }


async def test_r9_the_answer_to_a_report_says_what_came_of_it_and_no_more(desk):
    account_id = await desk.active()
    await desk.report(account_id)
    desk.clock.now = D0 + DAY
    review_id = await desk.open_review(account_id)
    await desk.vote(account_id, review_id, Verdict.NO_VIOLATION, ASH)

    response = await desk.ask(f"/reports/{account_id}.r1")

    told = response.json()
    assert (told["state"], told["outcome"]) == ("answered", "no_violation")
    assert told["answered_at"] == "2026-01-06T10:00:00Z"
    for person in (ASH.id, SOMEBODY.id):
        assert person not in response.text


@pytest.mark.parametrize("number", ["{account}.r2", "nobody.r1"])
async def test_a_report_that_does_not_exist_is_not_found(desk, number):
    account_id = await desk.active()

    response = await desk.ask(f"/reports/{number.format(account=account_id)}")

    assert (response.status_code, response.json()["code"]) == (404, "ReportNotFoundError")


@pytest.mark.parametrize("number", ["r1", "a.b.c", "a.", "a.b%20c"])
async def test_a_receipt_number_has_the_form_of_one(desk, number):
    response = await desk.ask(f"/reports/{number}")

    assert (response.status_code, response.json()["field"]) == (422, "number")


async def test_anybody_gets_the_key_to_seal_to(desk):
    told = await desk.told("/keys/sealing")

    assert told == desk.parts.sealing_key.model_dump()


async def test_health_says_that_the_database_answers(desk):
    assert (await desk.told("/healthz"))["healthy"]


async def test_the_type_of_a_problem_leads_to_its_meaning(desk):
    problem = (await desk.ask("/accounts/nobody/badge")).json()

    told = await desk.told(problem["type"])

    assert told["code"] == problem["code"] == "AccountNotFoundError"
    assert told["meaning"] == problem["title"] == "No account has this id."
    assert told["remedy"] == problem["remedy"]


async def test_an_unknown_code_has_no_meaning(desk):
    assert (await desk.ask("/errors/NoSuchError")).status_code == 404
