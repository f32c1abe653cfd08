"""What is kept, that nobody changes it, and that everything follows from it."""

import asyncio
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DatabaseError
from sqlmodel import select

from goodstanding.domain.evolve import fold
from goodstanding.errors import ConflictError
from goodstanding.messages import AnswerHearing, CloseAccount, Withdraw
from goodstanding.names import account_workflow_id
from storage.audit import verify
from storage.records import history_of, rebuild
from storage.tables import AccountRow, EventRow, NoticeRow, PenaltyRow, TextRow
from tests.requirements.platform import ASH, HOLDER, NEUTRAL, Account, Platform


@pytest.fixture(scope="module")
async def lived(shared: Platform) -> Account:
    """An account of which much is recorded."""
    account = await shared.news_unit()
    await account.report("r1")
    first = await account.violate("illegal_goods")
    for rule in ("fraud_offer", "impersonation", "privacy_exposure"):
        decision = await account.violate(rule)
    hearing = {"decision_id": decision.decision_id, "statement": "It was not me."}
    await account.send(AnswerHearing, HOLDER, **hearing)
    await account.overturn(first.decision_id)
    await account.settles()
    return account


async def sound(platform: Platform, account: Account) -> bool:
    async with platform.stand.database.reading() as session:
        found = await verify(session)
    return not any(one.account_id == account.id for one in found)


async def test_r01_every_event_names_the_digest_of_the_policy_it_was_decided_under(platform):
    account = await platform.active()
    await account.violate("illegal_goods")

    published = platform.stand.book.current(account.policy_id, await platform.now())
    events = await platform.stand.events(account.id)
    assert {event.policy_digest for event in events} == {published.digest}
    view = await platform.client.accounts.get(account.id)
    assert (view.policy.digest, view.policy.version) == (published.digest, 1)
    (found,) = await account.bodies("ViolationFound")
    assert found["substance_digest"] == published.digest


async def test_r28_the_ledger_is_chained_and_nothing_in_it_can_be_changed_or_taken_out(
    platform, lived
):
    account = lived
    events = await platform.stand.events(account.id)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    for before, after in pairwise(events):
        assert after.previous_hash == before.hash
    assert await sound(platform, account)

    here = (EventRow.account_id == account.id) & (EventRow.seq == 3)
    for statement in (
        update(EventRow).where(here).values(actor="somebody"),
        delete(EventRow).where(here),
    ):
        with pytest.raises(DatabaseError):
            async with platform.stand.database.sessions.begin() as session:
                await session.exec(statement)
    assert [e.hash for e in await platform.stand.events(account.id)] == [e.hash for e in events]


async def test_r28_decisions_are_kept_for_their_time_and_the_words_no_longer(platform):
    account = await platform.active()
    await account.close()
    kept = await account.ledger()
    record = await account.record()
    years = record.texts_until.year - record.closure.closed_at.year
    assert years == 3

    await platform.pass_to(record.texts_until - timedelta(days=1))
    await account.wake()
    assert all(notice.text for notice in await account.inbox())
    await platform.pass_to(record.texts_until)
    await account.wake()

    assert "TextsErased" in await account.kinds()
    assert {notice.text for notice in await account.inbox()} <= {None}
    assert (await account.ledger())[1] > kept[1]
    assert await sound(platform, account)
    # what was said before is gone, whoever holds the keys
    async with platform.stand.database.reading() as session:
        found = select(TextRow.text_id).where(TextRow.account_id == account.id)
        left = set(await session.exec(found))
    (found_violation,) = await account.bodies("ViolationFound")
    assert found_violation["facts"]["text_id"] not in left


async def test_r28_all_that_is_known_of_an_account_is_exported_at_any_time(platform):
    account = await platform.active()
    decision = await account.close()
    await account.settles()

    assert "export" in await account.can()
    view = await platform.client.accounts.get(account.id)
    inbox = await platform.client.accounts.notices(account.id)
    assert view.penalties[-1].cause.decision_id == decision.decision_id
    assert [strike.rule for strike in view.strikes] == ["threat_to_life"]
    assert all(notice.text for notice in inbox.notices)
    assert view.seq == (await account.record()).seq


async def test_r34_the_same_command_gets_the_same_answer_and_happens_once(platform):
    account = await platform.active()
    finding = await account.finding("illegal_goods")
    first = await account.violate_with(finding, command_id="once")
    await platform.pass_(days=3)

    for _ in range(2):
        assert await account.violate_with(finding, command_id="once") == first
    assert (await account.kinds()).count("ViolationFound") == 1


async def test_r34_the_same_command_sent_many_times_at_once_happens_once(platform):
    account = await platform.active()
    answers = await asyncio.gather(*(account.report("r1", command_id="at-once") for _ in range(8)))
    assert len({answer.seq for answer in answers}) == 1
    assert (await account.kinds()).count("ReportFiled") == 1


async def test_r34_the_same_id_with_another_body_is_a_conflict(platform):
    account = await platform.active()
    await account.report("r1", command_id="once")

    refused = await account.refused(account.report("r2", command_id="once"))
    assert (type(refused), refused.field) == (ConflictError, "command_id")
    refused = await account.refused(account.send(CloseAccount, HOLDER, command_id="once"))
    assert type(refused) is ConflictError


async def test_r34_a_command_that_expected_another_version_is_a_conflict(platform):
    account = await platform.active()
    await account.settles()
    seq = (await platform.client.accounts.get(account.id)).seq
    for stale in (seq - 1, seq + 1, 0):
        refused = await account.refused(account.report("r1", expected_seq=stale))
        assert (type(refused), refused.field) == (ConflictError, "expected_seq")

    answer = await account.report("r1", expected_seq=seq)
    assert answer.seq > seq
    # what was sent again is answered, though the record has moved on since
    last = f"c{account.sent}"
    again = await account.report("r1", expected_seq=seq, command_id=last)
    assert again == answer


async def test_r34_a_refusal_stays_the_answer_and_the_correction_has_an_id_of_its_own(platform):
    account = platform.applicant(policy=NEUTRAL)
    await account.register()
    await account.submit()
    await account.happens("Activated")
    refused = await account.refused(account.send(Withdraw, HOLDER, command_id="w"))
    again = await account.refused(account.send(Withdraw, HOLDER, command_id="w"))
    assert (again.code, again.message) == (refused.code, refused.message)
    await account.send(CloseAccount, HOLDER)


async def test_r36_the_state_follows_from_the_events_alone(platform, lived):
    account = lived
    async with platform.stand.database.reading() as session:
        history = await history_of(await session.connection(), account.id)

    assert fold(account.id, history) == await account.record()


async def test_r36_rebuilding_an_account_finds_nothing_to_mend(platform, lived):
    account = lived
    before = (await platform.client.accounts.get(account.id)).model_dump(exclude={"as_of"})
    async with platform.stand.database.sessions.begin() as session:
        assert await rebuild(session, account.id) == ()

    after = (await platform.client.accounts.get(account.id)).model_dump(exclude={"as_of"})
    assert after == before


async def test_r36_what_was_lost_of_the_views_is_written_anew(platform, lived):
    account = lived
    before = (await platform.client.accounts.get(account.id)).model_dump(exclude={"as_of"})
    inbox = await account.inbox()
    async with platform.stand.database.sessions.begin() as session:
        for table in (PenaltyRow, NoticeRow):
            await session.exec(delete(table).where(table.account_id == account.id))
        broken = update(AccountRow).where(AccountRow.account_id == account.id)
        await session.exec(broken.values(snapshot="{}", snapshot_version="of an older day"))
    async with platform.stand.database.sessions.begin() as session:
        assert set(await rebuild(session, account.id)) == {"notice", "penalty"}

    after = (await platform.client.accounts.get(account.id)).model_dump(exclude={"as_of"})
    assert after == before
    assert await account.inbox() == inbox


async def test_r36_the_ledger_goes_on_where_temporal_has_forgotten_the_account(platform):
    account = await platform.active()
    await account.violate("illegal_goods")
    await account.rests()
    before = await account.record()
    # as after the retention of the namespace: no run is left, and no history
    await platform.stand.client.get_workflow_handle(account_workflow_id(account.id)).terminate()

    await account.violate("fraud_offer")

    after = await account.record()
    assert after.decisions[:1] == before.decisions
    assert await account.penalties() == ["restricted_publishing", "suspended_updates"]
    assert ASH.id in {decision.found_by for decision in after.decisions}
