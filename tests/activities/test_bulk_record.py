"""The record of bulk operations on both engines: steps are history, words are sealed, claims see the state."""

from dataclasses import replace
from unittest.mock import sentinel

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError
from temporalio.exceptions import ApplicationError

from activities.bulk import BulkActivities
from goodstanding.messages import (
    AbortBulk,
    AddTargets,
    BulkState,
    BulkTransaction,
    PlanBulk,
    Target,
    Violations,
)
from storage import bulk_targets, bulks
from storage.bulk_audit import verify_bulks
from storage.bulk_tables import BulkRow, BulkStepRow
from storage.chain import GENESIS
from storage.tables import table_of
from tests.domain.playing import ASH, D0

FACTS = "Forty messages of the same words."
REASONS = "As the registrar's data show."
TEMPLATE = Violations(acted_at=D0, rule="spam", item="network", facts=FACTS)


@pytest.fixture
def steps(ledger) -> BulkActivities:
    return BulkActivities(ledger.database.sessions, ledger.keys, sentinel.temporal)


async def transact(steps, ledger, sort, number, **fields):
    bulk_id = ledger.id
    command = sort(
        bulk_id=bulk_id, command_id=f"c{number}", actor=ASH, **{"reasons": REASONS, **fields}
    )
    return await steps.transact_bulk(BulkTransaction(bulk_id=bulk_id, command=command, now=D0))


async def planned(steps, ledger, many=3):
    await transact(steps, ledger, PlanBulk, 1, template=TEMPLATE)
    targets = tuple(Target(account_id=f"a{n}") for n in range(many))
    return await transact(steps, ledger, AddTargets, 2, targets=targets)


async def rows(ledger):
    table = table_of(BulkStepRow)
    async with ledger.database.reading() as session:
        connection = await session.connection()
        asked = select(table).where(table.c.bulk_id == ledger.id).order_by(table.c.seq)
        return [row._asdict() for row in await connection.execute(asked)]


async def test_r28_the_steps_of_an_operation_are_chained_and_its_row_names_the_head(steps, ledger):
    await planned(steps, ledger)
    await transact(steps, ledger, AbortBulk, 3)
    previous = GENESIS
    for row in await rows(ledger):
        assert row["previous_hash"] == previous
        assert row["hash"] == bulks.hash_of(row)
        previous = row["hash"]
    async with ledger.database.reading() as session:
        head = await session.get(BulkRow, ledger.id)
    assert (head.state, head.seq, head.head_hash) == (BulkState.ABORTED, 3, previous)


@pytest.mark.parametrize("change", ["update", "delete"])
async def test_r28_a_step_can_neither_be_changed_nor_deleted(steps, ledger, change):
    await planned(steps, ledger)
    table = table_of(BulkStepRow)
    changed = update(table).values(actor="nobody") if change == "update" else delete(table)
    async with ledger.database.sessions() as session:
        connection = await session.connection()
        with pytest.raises(DBAPIError, match="history"):
            await connection.execute(changed)


async def test_r28_an_operation_that_was_changed_behind_its_steps_is_found_and_named(steps, ledger):
    async def findings():
        async with ledger.database.reading() as session:
            found = await verify_bulks(session)
        return [one for one in found if one.account_id == f"bulk/{ledger.id}"]

    await planned(steps, ledger)
    assert await findings() == []
    row = table_of(BulkRow)
    async with ledger.database.sessions.begin() as session:
        connection = await session.connection()
        changed = update(row).where(row.c.bulk_id == ledger.id).values(state=BulkState.APPROVED)
        await connection.execute(changed)
    (found,) = await findings()
    assert (found.seq, found.what) == (None, "the operation's row is not what the steps give")


async def test_what_people_wrote_about_an_operation_stands_nowhere_in_the_clear(steps, ledger):
    await planned(steps, ledger)
    async with ledger.database.reading() as session:
        head = await session.get(BulkRow, ledger.id)
    kept = str([*await rows(ledger), head.model_dump()])
    assert FACTS not in kept
    assert REASONS not in kept
    async with ledger.database.reading() as session:
        connection = await session.connection()
        stored = await bulks.look(connection, ledger.id)
        assert await steps.template_of(connection, stored) == TEMPLATE


async def test_a_refused_step_leaves_nothing_and_may_be_sent_again(steps, ledger):
    with pytest.raises(ApplicationError) as refused:
        await transact(steps, ledger, AddTargets, 1, targets=(Target(account_id="a1"),))
    assert refused.value.type == "BulkNotFoundError"
    assert await rows(ledger) == []
    assert (await planned(steps, ledger)).answer.targets == 3


async def test_a_repeat_of_a_page_adds_nothing(steps, ledger):
    first = await planned(steps, ledger)
    targets = tuple(Target(account_id=f"a{n}") for n in range(3))
    again = await transact(steps, ledger, AddTargets, 2, targets=targets)
    assert again.answer == first.answer
    assert again.tally.waiting == 3


async def test_operations_with_the_same_id_elsewhere_share_nothing(steps, ledger):
    await planned(steps, ledger)
    other = replace(ledger, id=f"{ledger.id}-b")
    await planned(steps, other, many=2)
    async with ledger.database.reading() as session:
        connection = await session.connection()
        assert (await bulk_targets.tally(connection, ledger.id)).waiting == 3
        assert (await bulk_targets.tally(connection, other.id)).waiting == 2


async def test_what_is_claimed_is_in_doubt_until_it_is_answered(steps, ledger):
    await planned(steps, ledger, many=4)
    async with ledger.database.sessions.begin() as session:
        connection = await session.connection()
        claimed = await bulk_targets.claim(connection, ledger.id, 9, is_undo=False, up_to=3)
    assert [one.number for one in claimed] == [1, 2, 3]
    async with ledger.database.sessions.begin() as session:
        connection = await session.connection()
        assert await bulk_targets.in_doubt(connection, ledger.id) == claimed
        answers = [
            bulk_targets.Answered(claimed[0], None, "warned"),
            bulk_targets.Answered(claimed[1], "AccountNotFoundError", None),
        ]
        await bulk_targets.answer(connection, ledger.id, answers, then_undo=False)
        tally = await bulk_targets.tally(connection, ledger.id)
    assert (tally.waiting, tally.sent, tally.done, tally.refused, tally.otherwise) == (
        1,
        1,
        1,
        1,
        1,
    )
