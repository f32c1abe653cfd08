from datetime import datetime, timedelta

import pytest
from sqlmodel import delete

from goodstanding.messages import AcknowledgeNotice, ApplyForQualification, FileReport
from goodstanding.reviews import brief_of
from goodstanding.vocabulary import EffectKind, EffectState, ReviewKind, Verdict
from storage import effects, queries
from storage.tables import ApiKeyRow
from storage.texts import TextKeys
from tests.storage.ledgers import ASH, BIRCH, D0, HOLDER, LICENCE, Ledger


async def test_records_of_many_accounts_come_at_once(ledger: Ledger):
    other = ledger.at(f"{ledger.id}-b")
    await ledger.active()
    await other.tell(other.register())

    async with ledger.database.reading() as session:
        found = await queries.records(session, [ledger.id, other.id, "unheard-of", ledger.id])

    assert found == {ledger.id: await ledger.record(), other.id: await other.record()}


async def test_the_inbox_has_the_newest_first_with_its_words(ledger: Ledger):
    await ledger.active()
    ledger.now += timedelta(hours=1)
    told = await ledger.tell(ledger.violation())
    await ledger.send(AcknowledgeNotice, HOLDER, notice_id=told.answer.created[-1])

    async with ledger.database.reading() as session:
        keys = TextKeys(ledger.keys.wrapper)
        newest, oldest = await queries.notices(session, keys, ledger.id)
        (only,) = await queries.notices(session, keys, ledger.id, limit=1)

    assert only == newest
    assert (newest.row.kind, oldest.row.kind) == ("violation_decided", "activated")
    assert newest.text
    assert "forty times" in newest.text
    assert newest.row.handed_over_at == newest.row.acknowledged_at == ledger.now
    assert oldest.row.acknowledged_at is None


async def test_a_report_has_its_outcome_once_it_is_decided(ledger: Ledger):
    await ledger.active()
    fields = {"ground": "unlawful", "item": "item-1", "statement": "Look at this."}
    await ledger.send(FileReport, BIRCH, report_id="r1", **fields)

    async def outcome() -> str | None:
        async with ledger.database.reading() as session:
            row = await queries.report(session, ledger.id, "r1")
            assert await queries.report(session, ledger.id, "r2") is None
        assert row
        assert (row.item, row.reporter, row.filed_at) == ("item-1", BIRCH.id, D0)
        return row.outcome

    assert await outcome() is None
    (case,) = (await ledger.record()).open_reviews(ReviewKind.CASE)
    await ledger.vote(case.review_id, Verdict.NO_VIOLATION, ASH)

    assert await outcome() == "no_violation"


async def test_accounts_wake_in_order_a_page_at_a_time(own_ledger: Ledger):
    for n in range(4):
        await own_ledger.at(f"b{n}").tell(own_ledger.at(f"b{n}").register())
    expires = D0 + timedelta(days=80)

    async with own_ledger.database.reading() as session:
        first = await queries.due_before(session, expires + timedelta(days=1), limit=3)
        rest = await queries.due_before(session, expires + timedelta(days=1), first[-1], limit=3)
        assert await queries.due_before(session, D0) == []

    assert [account_id for _, account_id in first + rest] == ["b0", "b1", "b2", "b3"]
    assert {at for at, _ in first} == {expires}


async def test_open_reviews_come_with_what_their_runs_are_told_a_page_at_a_time(
    own_ledger: Ledger,
):
    for n in range(3):
        await own_ledger.at(f"b{n}").active()
        await own_ledger.at(f"b{n}").reported()
    later = D0 + timedelta(seconds=1)

    async with own_ledger.database.reading() as session:
        first = await queries.open_reviews(session, later, limit=2)
        rest = await queries.open_reviews(session, later, first[-1].place, limit=2)
        assert await queries.open_reviews(session, D0) == []

    assert [one.row.account_id for one in first + rest] == ["b0", "b1", "b2"]
    brief = brief_of("b0", first[0].told)
    assert (brief.review_id, brief.due_at) == (first[0].row.review_id, first[0].row.due_at)


async def test_a_review_is_open_until_it_is_decided_and_its_votes_are_told(own_ledger: Ledger):
    await own_ledger.active(kind="public", holder_type="news_organisation")
    fields = {"qualification": "public_account", "licence": LICENCE}
    applied = await own_ledger.send(ApplyForQualification, HOLDER, **fields)
    await own_ledger.vote(applied.answer.created[1], Verdict.GRANT, ASH)
    applied = await own_ledger.send(
        ApplyForQualification, HOLDER, **{**fields, "qualification": "news_unit"}
    )
    await own_ledger.vote(applied.answer.created[1], Verdict.GRANT, ASH)
    later = D0 + timedelta(seconds=1)

    async def left() -> list[queries.OpenReview]:
        async with own_ledger.database.reading() as session:
            return await queries.open_reviews(session, later)

    (open_one,) = await left()
    assert open_one.votes == [{"by": ASH.id, "verdict": "grant"}]
    await own_ledger.vote(open_one.row.review_id, Verdict.GRANT, BIRCH)
    assert await left() == []
    async with own_ledger.database.reading() as session:
        assert await queries.is_over(session, own_ledger.id, open_one.row.review_id)
        assert not await queries.is_over(session, own_ledger.id, "unheard-of")


@pytest.mark.parametrize(
    ("ends", "revoked", "usable"),
    [(None, None, True), (1, None, True), (0, None, False), (1, -1, False)],
)
async def test_a_key_is_good_until_it_ends_or_is_revoked(
    ledger: Ledger, ends: int | None, revoked: int | None, usable: bool
):
    def at(days: int | None) -> datetime | None:
        return None if days is None else D0 + timedelta(days=days)

    row = ApiKeyRow(
        hash=ledger.id,
        actor_id="shop",
        role="platform",
        scopes="accounts",
        created_at=D0 - timedelta(days=9),
        ends_at=at(ends),
        revoked_at=at(revoked),
    )
    async with ledger.database.sessions.begin() as session:
        session.add(row)

    async with ledger.database.reading() as session:
        found = await queries.api_key(session, ledger.id, D0)
        assert await queries.api_key(session, "unheard-of", D0) is None
    async with ledger.database.sessions.begin() as session:
        await session.exec(delete(ApiKeyRow))

    assert (found is not None) is usable


async def test_bodies_are_read_by_id(ledger: Ledger):
    effect_id = await ledger.submitted()

    async with ledger.database.reading() as session:
        found = await effects.bodies(session, [effect_id, "unheard-of.1"])

    assert set(found) == {effect_id}
    assert (found[effect_id].account_id, found[effect_id].kind) == (
        ledger.id,
        EffectKind.VERIFICATION,
    )
    assert found[effect_id].body["submitted_by"] == HOLDER.id
    assert found[effect_id].give_up_at == D0 + timedelta(days=3)


async def test_ops_see_what_is_pending_and_what_failed(own_ledger: Ledger):
    await own_ledger.active()
    (effect,) = (await own_ledger.tell(own_ledger.violation())).agenda.effects

    async def seen() -> tuple[list[str], list[str]]:
        async with own_ledger.database.reading() as session:
            pending, failed = await effects.pending(session), await effects.failed(session)
        assert all(row.state is EffectState.FAILED for row in failed)
        return [row.effect_id for row in pending], [row.effect_id for row in failed]

    assert await seen() == ([effect.effect_id], [])
    await own_ledger.settle(effect.effect_id, delivered=False, error="unreachable")
    assert await seen() == ([], [effect.effect_id])
