from datetime import timedelta

import pytest

from api.keys import Scope
from goodstanding.messages import AcknowledgeNotice, DecideReview
from goodstanding.vocabulary import Verdict
from storage import texts
from tests.api.desk import Desk
from tests.domain.playing import BIRCH, D0, HOLDER

DAY = timedelta(days=1)


async def inbox(desk: Desk, account_id: str, **params):
    path = f"/accounts/{account_id}/notices"
    return (await desk.told(path, Scope.NOTICES, params=params))["notices"]


async def test_a_notice_comes_with_its_words_newest_first(desk):
    account_id = await desk.active()
    desk.clock.now = D0 + DAY
    await desk.violation(account_id, "illegal_goods")

    newest, *older = await inbox(desk, account_id)

    assert newest["kind"] == "violation_decided"
    assert newest["language"] == "en"
    assert newest["issued_at"] == newest["handed_over_at"] == "2026-01-06T10:00:00Z"
    assert newest["acknowledged_at"] is None
    title, empty, *body = newest["text"].split("\n")
    assert title
    assert empty == ""
    assert "illegal_goods" in "\n".join(body)
    assert "Seen and read by a person." in newest["text"]
    assert [one["kind"] for one in older] == ["activated"]


async def test_reading_is_not_acknowledging_but_acknowledging_shows(desk):
    account_id = await desk.active()
    (notice,) = await inbox(desk, account_id)
    assert (await inbox(desk, account_id))[0]["acknowledged_at"] is None

    await desk.send(AcknowledgeNotice, account_id, HOLDER, notice_id=notice["notice_id"])

    assert (await inbox(desk, account_id))[0]["acknowledged_at"] == "2026-01-05T10:00:00Z"


async def test_a_closed_account_keeps_its_inbox(desk):
    account_id = await desk.active()
    await desk.violation(account_id, "threat_to_life")
    await desk.send(
        DecideReview,
        account_id,
        BIRCH,
        review_id=await desk.open_review(account_id),
        verdict=Verdict.CONFIRM,
        reasons="Seen by a second person.",
    )

    assert (await desk.told(f"/accounts/{account_id}", Scope.READ))["stage"] == "closed"
    kinds = {one["kind"]: one["text"] for one in await inbox(desk, account_id)}
    assert kinds["account_closed"]
    assert kinds["activated"]


async def test_the_inbox_gives_as_many_as_are_asked_for(desk):
    account_id = await desk.active()
    await desk.violation(account_id, "illegal_goods")

    assert len(await inbox(desk, account_id)) == 2
    assert len(await inbox(desk, account_id, limit=1)) == 1
    response = await desk.ask(
        f"/accounts/{account_id}/notices", Scope.NOTICES, params={"limit": 501}
    )
    assert (response.status_code, response.json()["field"]) == (422, "limit")


async def test_the_inbox_comes_in_pages_to_its_oldest_notice(any_desk):
    account_id = await any_desk.active()
    await any_desk.violation(account_id, "illegal_goods")
    await any_desk.violation(account_id, "illegal_goods")
    path = f"/accounts/{account_id}/notices"
    every = (await any_desk.told(path, Scope.NOTICES))["notices"]
    params, read = {"limit": 1}, []

    while True:
        page = await any_desk.told(path, Scope.NOTICES, params=params)
        read += page["notices"]
        if page["after"] is None:
            break
        params["after"] = page["after"]

    assert read == every
    assert len(read) == 3


@pytest.mark.parametrize(
    ("params", "status", "code"),
    [
        ({"after": "nobody.c1.1"}, 404, "NoticeNotFoundError"),
        ({"limitt": 5}, 422, "MalformedError"),
    ],
)
async def test_a_page_that_there_is_not_is_refused(desk, params, status, code):
    account_id = await desk.active()

    response = await desk.ask(f"/accounts/{account_id}/notices", Scope.NOTICES, params=params)

    assert (response.status_code, response.json()["code"]) == (status, code)


async def test_a_notice_stays_without_words_when_they_are_erased(desk):
    account_id = await desk.active()
    async with desk.database.sessions.begin() as session:
        await texts.destroy(await session.connection(), account_id)

    (notice,) = await inbox(desk, account_id)

    assert notice["kind"] == "activated"
    assert notice["text"] is None


async def test_a_notice_comes_as_a_page_too_with_what_people_wrote_escaped(desk):
    account_id = await desk.active(display_name="River <b>&</b> Hill", language="zh")

    (notice,) = await inbox(desk, account_id)

    assert '<html lang="zh" dir="ltr">' in notice["html"]
    assert "River <b>&</b> Hill" in notice["text"]
    assert "River &lt;b&gt;&amp;&lt;/b&gt; Hill" in notice["html"]
    assert "<b>" not in notice["html"]


async def test_the_reasons_of_a_decision_are_read_field_by_field(any_desk):
    account_id = await any_desk.active(language="zh")
    answer = await any_desk.violation(account_id, "illegal_goods")
    decision_id = answer.created[0]
    path = f"/accounts/{account_id}/decisions/{decision_id}/statements"

    told = await any_desk.told(path, Scope.NOTICES)

    (notice,) = told["statements"]
    statement = notice["statement"]
    assert statement["decision_id"] == notice["decision_id"] == decision_id
    assert statement["language"] == "zh"
    assert statement["restriction"]["penalty"] == "restricted_publishing"
    assert statement["circumstances"]["facts"] == "Seen and read by a person."
    assert statement["contractual_ground"]["rule"] == "illegal_goods"
    assert statement["redress"]["judicial"] == "依法向人民法院提起诉讼"
    newest, oldest = await inbox(any_desk, account_id)
    assert newest["statement"] == statement
    assert oldest["statement"] is None


async def test_the_reasons_go_with_the_words(desk):
    account_id = await desk.active()
    await desk.violation(account_id, "illegal_goods")
    async with desk.database.sessions.begin() as session:
        await texts.destroy(await session.connection(), account_id)

    newest, _ = await inbox(desk, account_id)

    assert (newest["text"], newest["html"], newest["statement"]) == (None, None, None)


async def test_of_a_decision_that_there_is_not_nothing_is_told(desk):
    account_id = await desk.active()

    response = await desk.ask(f"/accounts/{account_id}/decisions/nothing/statements", Scope.NOTICES)

    assert (response.status_code, response.json()["code"]) == (404, "DecisionNotFoundError")
