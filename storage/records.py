"""An account's record: from its snapshot, or from its history where the snapshot is of another shape."""

from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel.ext.asyncio.session import AsyncSession

from goodstanding.domain.deadlines import next_deadline
from goodstanding.domain.events import Event
from goodstanding.domain.evolve import fold
from goodstanding.domain.record import Record
from storage import projection
from storage.events import event_of
from storage.snapshots import SNAPSHOT_VERSION, dump, load
from storage.tables import AccountRow, EventRow, table_of

_ACCOUNT = table_of(AccountRow)
_EVENT = table_of(EventRow)
_HISTORY = (
    select(_EVENT.c.kind, _EVENT.c.version, _EVENT.c.body, _EVENT.c.at)
    .where(_EVENT.c.account_id == bindparam("of"))
    .order_by(_EVENT.c.seq)
)


async def history_of(connection: AsyncConnection, account_id: str) -> list[tuple[Event, datetime]]:
    """Everything that happened to the account, in order."""
    rows = await connection.execute(_HISTORY, {"of": account_id})
    return [(event_of(row.kind, row.version, row.body), row.at) for row in rows]


async def record_of(connection: AsyncConnection, row: Row[Any] | AccountRow) -> Record:
    """The record of an account's row; only a snapshot of another shape costs its history."""
    if row.snapshot_version == SNAPSHOT_VERSION:
        return load(row.snapshot)
    return fold(row.account_id, await history_of(connection, row.account_id))


async def records_of(
    connection: AsyncConnection, rows: Iterable[Row[Any] | AccountRow]
) -> dict[str, Record]:
    """The records of many rows, by account."""
    return {row.account_id: await record_of(connection, row) for row in rows}


async def rebuild(session: AsyncSession, account_id: str) -> tuple[str, ...]:
    """Fold the history again and write snapshot and read models anew; say what was not as it had to be.

    Until the session's end the account is nobody else's: what comes meanwhile finds it rebuilt.
    The display name, the fingerprint and the queue of effects are no views of the ledger and stay.
    """
    connection = await session.connection()
    asked = select(_ACCOUNT).where(_ACCOUNT.c.account_id == account_id).with_for_update()
    row = (await connection.execute(asked)).one()
    history = await history_of(connection, account_id)
    record = fold(account_id, history)
    expected = projection.rows_of(record, history)
    wrong = [*differences(row, record), *await _wrong_tables(connection, account_id, expected)]
    await projection.rewrite(connection, account_id, expected)
    due = next_deadline(record)
    await connection.execute(
        update(_ACCOUNT)
        .where(_ACCOUNT.c.account_id == account_id)
        .values(
            stage=record.stage,
            policy_id=record.policy_id,
            kind=record.kind,
            snapshot=dump(record),
            snapshot_version=SNAPSHOT_VERSION,
            wake_at=row.wake_at if row.has_pending_effects else due and due.at,
        )
    )
    return tuple(wrong)


def differences(row: Row[Any], record: Record) -> list[str]:
    """Where an account's row is not what its history makes of it; empty where it is."""
    derived = {"stage": record.stage, "policy_id": record.policy_id, "kind": record.kind}
    wrong = [f"account.{name}" for name, value in derived.items() if getattr(row, name) != value]
    if row.snapshot_version != SNAPSHOT_VERSION:
        return wrong
    try:
        kept = load(row.snapshot)
    except ValueError:
        return [*wrong, "account.snapshot: unreadable"]
    return wrong + [
        f"account.snapshot: {field.name}"
        for field in fields(Record)
        if getattr(kept, field.name) != getattr(record, field.name)
    ]


async def _wrong_tables(
    connection: AsyncConnection, account_id: str, expected: projection.Tables
) -> list[str]:
    wrong = []
    for table in projection.READ_MODELS:
        rows = await connection.execute(select(table).where(table.c.account_id == account_id))
        found = [row._asdict() for row in rows]
        if not projection.are_same(table, found, expected.get(table, [])):
            wrong.append(table.name)
    return wrong
