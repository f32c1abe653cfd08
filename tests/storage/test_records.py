import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from goodstanding.domain.evolve import evolve, fold
from goodstanding.domain.record import Record
from goodstanding.messages import Transacted
from goodstanding.vocabulary import Verdict
from storage import projection, records, snapshots
from storage.accounts import RecordMovedOnError
from storage.inserts import Inserts
from storage.projection import changes_between, rows_of
from storage.records import history_of, rebuild
from storage.tables import (
    AccountRow,
    LockRow,
    NoticeRow,
    PenaltyRow,
    ReviewRow,
    StrikeRow,
    table_of,
)
from tests.storage.ledgers import ASH, ROWS, Ledger
from tests.storage.lives import full_life


async def folded(ledger: Ledger) -> tuple[Record, projection.History]:
    async with ledger.database.reading() as session:
        history = await history_of(await session.connection(), ledger.id)
    return fold(ledger.id, history), history


async def test_folding_the_ledger_gives_the_snapshot(ledger: Ledger):
    await full_life(ledger)

    record, _ = await folded(ledger)

    assert await ledger.record() == record


async def test_folding_the_ledger_gives_the_read_models(ledger: Ledger):
    await full_life(ledger)

    expected = rows_of(*await folded(ledger))

    for table in projection.READ_MODELS:
        (row,) = [one for one in ROWS if table_of(one) is table]
        assert projection.are_same(table, await ledger.rows(row), expected[table]), table.name


async def test_each_step_writes_only_the_rows_that_changed(ledger: Ledger):
    await full_life(ledger)
    _, history = await folded(ledger)
    most = 0
    record = Record(ledger.id)
    for step in history:
        after = evolve(record, *step)
        changes = changes_between(record, after, [step])
        most = max(most, sum(map(len, [*changes.new.values(), *changes.changed.values()])))
        record = after

    assert most == 1


async def test_a_sound_account_is_rebuilt_to_the_same(ledger: Ledger):
    await full_life(ledger)
    before = await ledger.everything()

    async with ledger.database.sessions.begin() as session:
        assert await rebuild(session, ledger.id) == ()

    assert await ledger.everything() == before


async def test_rebuilding_mends_what_is_wrong_and_names_it(ledger: Ledger):
    await full_life(ledger)
    before = await ledger.everything()
    account, strike, notice = table_of(AccountRow), table_of(StrikeRow), table_of(NoticeRow)
    async with ledger.database.sessions.begin() as session:
        connection = await session.connection()
        own = account.c.account_id == ledger.id
        snapshot = before["AccountRow"][0]["snapshot"].replace('"kind":"public"', '"kind":"other"')
        await connection.execute(update(account).where(own).values(snapshot=snapshot))
        await connection.execute(
            update(strike).where(strike.c.account_id == ledger.id).values(points=99)
        )
        await connection.execute(delete(notice).where(notice.c.account_id == ledger.id))

    async with ledger.database.sessions.begin() as session:
        wrong = await rebuild(session, ledger.id)

    assert set(wrong) == {"account.snapshot: kind", "strike", "notice"}
    assert await ledger.everything() == before


async def told_while_rebuilding(
    ledger: Ledger, command: Coroutine[Any, Any, Transacted]
) -> tuple[tuple[str, ...], Transacted]:
    """Let the command come while the account is rebuilt."""
    async with ledger.database.sessions.begin() as session:
        wrong = await rebuild(session, ledger.id)
        told = asyncio.create_task(command)
        # on both engines it waits
        done, _ = await asyncio.wait({told}, timeout=0.3)
        assert not done
    return wrong, await told


async def test_a_command_that_comes_while_the_account_is_rebuilt_loses_nothing(ledger: Ledger):
    await ledger.active()
    review_id = await ledger.reported()

    vote = ledger.vote(review_id, Verdict.NO_VIOLATION, ASH)
    assert (await told_while_rebuilding(ledger, vote))[0] == ()

    row = await ledger.row(ReviewRow)
    assert (row["ended_at"], row["verdict"]) == (ledger.now, "no_violation")
    async with ledger.database.sessions.begin() as session:
        assert await rebuild(session, ledger.id) == ()


async def test_a_command_that_comes_while_the_account_is_rebuilt_stands_on_what_was_mended(
    ledger: Ledger,
):
    await ledger.active()
    account = table_of(AccountRow)
    async with ledger.database.sessions.begin() as session:
        changed = update(account).where(account.c.account_id == ledger.id).values(snapshot="{}")
        await (await session.connection()).execute(changed)

    wrong, told = await told_while_rebuilding(ledger, ledger.tell(ledger.violation()))

    assert wrong == ("account.snapshot: unreadable",)
    assert told.answer.refusal is None


async def test_an_attempt_that_waited_for_another_of_the_same_command_is_made_again(
    ledger: Ledger,
):
    await ledger.active()
    command = ledger.violation().model_copy(update={"expected_seq": (await ledger.record()).seq})

    first, second = await asyncio.gather(
        ledger.tell(command), ledger.tell(command), return_exceptions=True
    )

    # which of them comes first is open, but neither is told that the record has moved on
    answers = {one.answer for one in (first, second) if isinstance(one, Transacted)}
    assert len(answers) == 1
    assert all(isinstance(one, Transacted | RecordMovedOnError) for one in (first, second))
    assert (await ledger.tell(command)).answer in answers


async def test_an_unreadable_snapshot_is_rebuilt(ledger: Ledger):
    await ledger.active()
    before = await ledger.everything()
    account = table_of(AccountRow)
    async with ledger.database.sessions.begin() as session:
        changed = update(account).where(account.c.account_id == ledger.id).values(snapshot="{}")
        await (await session.connection()).execute(changed)

    async with ledger.database.sessions.begin() as session:
        assert await rebuild(session, ledger.id) == ("account.snapshot: unreadable",)

    assert await ledger.everything() == before


async def test_a_snapshot_of_another_shape_is_folded_anew(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
):
    await ledger.active()
    before = await ledger.record()
    account = table_of(AccountRow)
    async with ledger.database.sessions.begin() as session:
        values = {"snapshot": '{"other": 1}', "snapshot_version": "another"}
        changed = update(account).where(account.c.account_id == ledger.id).values(values)
        await (await session.connection()).execute(changed)

    assert await ledger.record() == before
    told = await ledger.tell(ledger.violation())

    assert told.answer.refusal is None
    row = await ledger.row(AccountRow)
    assert row["snapshot_version"] == snapshots.SNAPSHOT_VERSION
    assert snapshots.load(row["snapshot"]) == await ledger.record()


async def test_a_snapshot_keeps_no_plain_text(ledger: Ledger):
    await ledger.active()
    await ledger.tell(ledger.violation())

    snapshot = (await ledger.row(AccountRow))["snapshot"]

    assert "forty times" not in snapshot
    assert snapshots.dump(await ledger.record()) == snapshot


async def test_the_read_models_say_what_the_record_says(ledger: Ledger):
    await ledger.active()
    told = await ledger.tell(ledger.violation(rule="fraud_offer"))
    decision_id = told.answer.created[0]

    penalty = await ledger.row(PenaltyRow)

    assert (penalty["decision_id"], penalty["code"]) == (decision_id, "restricted_publishing")
    assert "publish" in penalty["denies"].split()
    assert penalty["ends_at"] == ledger.now + timedelta(days=7)
    strike = await ledger.row(StrikeRow)
    assert (strike["points"], strike["is_void"]) == (3, False)
    assert await ledger.rows(ReviewRow) == []


async def test_a_batch_writes_no_value_that_no_column_holds(ledger: Ledger):
    batch = Inserts()
    batch.add(table_of(LockRow), [{"name": object()}])

    async with ledger.database.sessions() as session:
        with pytest.raises((TypeError, DBAPIError)):
            await batch.write(await session.connection())


async def test_an_empty_batch_asks_nothing(ledger: Ledger):
    async with ledger.database.sessions.begin() as session:
        await Inserts().write(await session.connection())
        assert await records.records_of(await session.connection(), []) == {}
