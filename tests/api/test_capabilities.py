from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event, update
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from api.keys import Scope
from goodstanding.domain.record import Record
from goodstanding.messages import DecideReview
from goodstanding.vocabulary import PROVIDER_ACCOUNT, Verdict
from storage import queries
from storage.snapshots import dump
from storage.tables import AccountRow
from tests.api.desk import Desk
from tests.domain.playing import BIRCH, D0

DAY = timedelta(days=1)
A_MOMENT = timedelta(microseconds=1)


@contextmanager
def statements(desk: Desk) -> Iterator[list[str]]:
    """What is asked meanwhile, without the framing of transactions and the look for new policies."""
    engine, seen = desk.database.engines[-1].sync_engine, []

    def note(_connection, _cursor, statement, *_more):
        if not statement.startswith("BEGIN") and "FROM policy" not in statement:
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def starting(desk: Desk, account_id: str, **fields) -> None:
    """The account's one penalty, changed as no command does."""
    async with desk.database.sessions.begin() as session:
        record = await queries.record(session, account_id)
        assert record
        (penalty,) = record.penalties
        penalty = replace(penalty, **fields)
        await write(session, replace(record, penalties=(penalty,)))


@asynccontextmanager
async def licences_until(desk: Desk, end: datetime) -> AsyncIterator[None]:
    """The platform's licences end then, as long as the block lasts."""
    async with desk.database.sessions.begin() as session:
        record = await queries.record(session, PROVIDER_ACCOUNT)
        assert record
        shorter = tuple(replace(held, valid_until=end) for held in record.licences)
        await write(session, replace(record, licences=shorter))
    yield
    async with desk.database.sessions.begin() as session:
        await write(session, record)


async def write(session: AsyncSession, record: Record) -> None:
    where = col(AccountRow.account_id) == record.account_id
    await session.exec(update(AccountRow).where(where).values(snapshot=dump(record)))


async def test_a_penalty_ends_at_its_very_instant_with_no_job_in_between(any_desk):
    account_id = await any_desk.active()
    await any_desk.violation(account_id, "illegal_goods")
    end = D0 + 7 * DAY

    assert not await any_desk.may(account_id, "post", D0)
    assert not await any_desk.may(account_id, "post", end - A_MOMENT)
    assert await any_desk.may(account_id, "post", end)


async def test_a_penalty_starts_at_its_very_instant_with_no_job_in_between(any_desk):
    account_id = await any_desk.active()
    await any_desk.violation(account_id, "illegal_goods")
    start = D0 + 3 * DAY
    await starting(any_desk, account_id, starts_at=start, ends_at=start + DAY)

    assert await any_desk.may(account_id, "post", start - A_MOMENT)
    assert not await any_desk.may(account_id, "post", start)
    assert not await any_desk.may(account_id, "post", start + DAY - A_MOMENT)
    assert await any_desk.may(account_id, "post", start + DAY)


async def test_a_penalty_that_is_to_start_is_told_as_such(desk):
    account_id = await desk.active()
    await desk.violation(account_id, "illegal_goods")
    await starting(desk, account_id, starts_at=None, ends_at=None)

    (told,) = (await desk.told(f"/accounts/{account_id}", Scope.READ))["penalties"]

    assert (told["is_active"], told["starts_at"]) == (False, None)
    assert await desk.may(account_id, "post")


async def test_a_check_costs_one_statement(any_desk):
    account_id = await any_desk.active()
    await any_desk.may(account_id, "post")

    with statements(any_desk) as seen:
        await any_desk.may(account_id, "post")

    assert len(seen) == 1


async def test_a_batch_costs_one_statement_too(any_desk):
    account_ids = [await any_desk.active() for _ in range(3)]
    await any_desk.violation(account_ids[1], "illegal_goods")
    asked = {"checks": [{"account_id": id_, "capability": "post"} for id_ in account_ids]}
    await any_desk.may(account_ids[0], "post")

    with statements(any_desk) as seen:
        told = await any_desk.told("/capabilities", Scope.CAPABILITIES, method="POST", json=asked)

    assert len(seen) == 1
    assert [one["allowed"] for one in told["checks"]] == [True, False, True]
    assert told["as_of"] == "2026-01-05T10:00:00Z"


async def test_a_denial_says_why_and_until_when(desk):
    account_id = await desk.active()
    await desk.violation(account_id, "illegal_goods")

    told = await desk.told(f"/accounts/{account_id}/capabilities/post", Scope.CAPABILITIES)

    assert not told["allowed"]
    assert told["denial"] == "PENALTY_DENIES"
    assert told["cause"].startswith(account_id)
    assert told["until"] == "2026-01-12T10:00:00Z"
    assert told["refusal"] is None


async def test_a_right_by_licence_ends_with_the_day_of_the_licence(desk):
    account_id = await desk.news_account(D0 + 100 * DAY)
    # through the day in Shanghai, which ends at 16:00 UTC
    end = (D0 + 100 * DAY).replace(hour=16)

    assert await desk.may(account_id, "publish_political_news", end - A_MOMENT)
    assert not await desk.may(account_id, "publish_political_news", end)
    told = await desk.told(
        f"/accounts/{account_id}/capabilities/publish_political_news", Scope.CAPABILITIES
    )
    assert told["denial"] == "QUALIFICATION_LAPSED"


async def test_a_right_rests_from_the_instant_at_which_the_platform_lacks_its_licence(desk):
    account_id = await desk.news_account(D0 + 100 * DAY)
    end = D0 + 5 * DAY
    path = f"/accounts/{account_id}/capabilities/publish_political_news"

    async with licences_until(desk, end):
        assert await desk.may(account_id, "publish_political_news", end - A_MOMENT)
        desk.clock.now = end
        told = await desk.told(path, Scope.CAPABILITIES)
        assert told["denial"] == "PROVIDER_UNQUALIFIED"
        assert told["cause"] == "internet_news_licence"


@pytest.mark.parametrize(("code", "licensed"), [("publish_political_news", True), ("post", False)])
async def test_a_check_says_whether_the_policy_calls_it_licensed(desk, code, licensed):
    account_id = await desk.active()

    told = await desk.told(f"/accounts/{account_id}/capabilities/{code}", Scope.CAPABILITIES)

    assert told["licensed"] is licensed


async def test_appeal_and_export_are_never_denied(desk):
    account_id = await desk.active()
    await desk.violation(account_id, "threat_to_life")
    review_id = await desk.open_review(account_id)
    await desk.send(
        DecideReview,
        account_id,
        BIRCH,
        review_id=review_id,
        verdict=Verdict.CONFIRM,
        reasons="Seen by a second person.",
    )

    assert (await desk.told(f"/accounts/{account_id}", Scope.READ))["stage"] == "closed"
    assert not await desk.may(account_id, "read")
    assert await desk.may(account_id, "appeal")
    assert await desk.may(account_id, "export")


async def test_a_capability_that_the_policy_does_not_know_is_not_found(desk):
    account_id = await desk.active()

    response = await desk.ask(f"/accounts/{account_id}/capabilities/fly", Scope.CAPABILITIES)

    assert response.status_code == 404
    assert response.json()["code"] == "CapabilityNotFoundError"


async def test_in_a_batch_one_unanswered_question_spoils_no_other(desk):
    account_id = await desk.active()
    pairs = [("nobody", "post"), (account_id, "fly"), (account_id, "post")]
    asked = {"checks": [{"account_id": id_, "capability": code} for id_, code in pairs]}

    told = await desk.told("/capabilities", Scope.CAPABILITIES, method="POST", json=asked)

    nobody, fly, post = told["checks"]
    assert (nobody["allowed"], nobody["refusal"]["code"]) == (False, "AccountNotFoundError")
    assert (fly["allowed"], fly["refusal"]["code"]) == (False, "CapabilityNotFoundError")
    assert (post["allowed"], post["refusal"]) == (True, None)


@pytest.mark.parametrize("number", [0, 501])
async def test_a_batch_has_between_one_and_500_questions(desk, number):
    asked = {"checks": [{"account_id": f"a{n}", "capability": "post"} for n in range(number)]}

    response = await desk.ask("/capabilities", Scope.CAPABILITIES, "POST", json=asked)

    assert response.status_code == 422
    assert response.json()["field"] == "checks"


async def test_a_batch_of_500_is_answered(desk):
    account_id = await desk.active()
    pair = {"account_id": account_id, "capability": "publish_political_news"}

    told = await desk.told(
        "/capabilities", Scope.CAPABILITIES, method="POST", json={"checks": [pair] * 500}
    )

    assert len(told["checks"]) == 500
