from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, delete, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.audit import Finding, verify
from storage.chain import hash_of
from storage.tables import AccountRow, EventRow, table_of
from tests.storage.ledgers import Ledger

EVENT = table_of(EventRow)
ACCOUNT = table_of(AccountRow)
Tampering = Callable[[AsyncConnection, Ledger], Awaitable[None]]


async def tampered(ledger: Ledger, tampering: Tampering) -> list[Finding]:
    """What is found after somebody who owns the database took the triggers away and had their way."""
    async with ledger.database.sessions() as session:
        connection = await session.connection()
        for drop in await connection.run_sync(_without_triggers):
            await connection.execute(text(drop))
        await tampering(connection, ledger)
        found = await verify(session)
        await session.rollback()
    return [one for one in found if one.account_id.startswith(ledger.id)]


def _without_triggers(connection: Connection) -> list[str]:
    if connection.dialect.name == "sqlite":
        rows = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
        return [f"DROP TRIGGER {name}" for (name,) in rows]
    return [f"ALTER TABLE {name} DISABLE TRIGGER USER" for name in ("event", "command")]


async def _set(connection: AsyncConnection, ledger: Ledger, row: int, **values: Any) -> None:
    here = (EVENT.c.account_id == ledger.id) & (EVENT.c.seq == row)
    await connection.execute(update(EVENT).where(here).values(values))


async def a_changed_body(connection: AsyncConnection, ledger: Ledger) -> None:
    body = (await ledger.rows(EventRow))[2]["body"].replace(ledger.id, "another")
    await _set(connection, ledger, 3, body=body)


async def a_deleted_row(connection: AsyncConnection, ledger: Ledger) -> None:
    here = (EVENT.c.account_id == ledger.id) & (EVENT.c.seq == 3)
    await connection.execute(delete(EVENT).where(here))


async def a_deleted_first_row(connection: AsyncConnection, ledger: Ledger) -> None:
    here = (EVENT.c.account_id == ledger.id) & (EVENT.c.seq == 1)
    await connection.execute(delete(EVENT).where(here))


async def a_cut_tail(connection: AsyncConnection, ledger: Ledger) -> None:
    here = (EVENT.c.account_id == ledger.id) & (EVENT.c.seq > 4)
    await connection.execute(delete(EVENT).where(here))


async def two_exchanged_rows(connection: AsyncConnection, ledger: Ledger) -> None:
    await _set(connection, ledger, 3, seq=1000)
    await _set(connection, ledger, 4, seq=3)
    await _set(connection, ledger, 1000, seq=4)


async def a_row_hashed_anew(connection: AsyncConnection, ledger: Ledger) -> None:
    row = (await ledger.rows(EventRow))[2] | {"actor": "reviewer:another"}
    await _set(connection, ledger, 3, actor=row["actor"], hash=hash_of(row))


async def all_rows_deleted(connection: AsyncConnection, ledger: Ledger) -> None:
    await connection.execute(delete(EVENT).where(EVENT.c.account_id == ledger.id))


async def a_head_deleted(connection: AsyncConnection, ledger: Ledger) -> None:
    await connection.execute(delete(ACCOUNT).where(ACCOUNT.c.account_id == ledger.id))


async def a_cut_tail_with_its_head(connection: AsyncConnection, ledger: Ledger) -> None:
    rows = await ledger.rows(EventRow)
    await a_cut_tail(connection, ledger)
    await connection.execute(
        update(ACCOUNT)
        .where(ACCOUNT.c.account_id == ledger.id)
        .values(seq=4, head_hash=rows[3]["hash"])
    )


async def a_changed_head(connection: AsyncConnection, ledger: Ledger) -> None:
    here = ACCOUNT.c.account_id == ledger.id
    await connection.execute(update(ACCOUNT).where(here).values(head_hash="f" * 64))


async def a_nameless_kind_with_its_hash(connection: AsyncConnection, ledger: Ledger) -> None:
    row = (await ledger.rows(EventRow))[2] | {"kind": "Unheard"}
    await _set(connection, ledger, 3, kind=row["kind"], hash=hash_of(row))


async def a_changed_snapshot(connection: AsyncConnection, ledger: Ledger) -> None:
    snapshot = (await ledger.row(AccountRow))["snapshot"].replace('"active"', '"closed"')
    here = ACCOUNT.c.account_id == ledger.id
    await connection.execute(update(ACCOUNT).where(here).values(snapshot=snapshot))


async def a_changed_stage(connection: AsyncConnection, ledger: Ledger) -> None:
    here = ACCOUNT.c.account_id == ledger.id
    await connection.execute(update(ACCOUNT).where(here).values(stage="closed"))


@pytest.mark.parametrize(
    ("tampering", "seq", "what"),
    [
        (a_changed_body, 3, "the row was changed"),
        (a_deleted_row, 3, "the row is missing"),
        (a_deleted_first_row, 1, "the row is missing"),
        (a_cut_tail, 5, "the row is missing"),
        (two_exchanged_rows, 3, "the row does not follow the one before it"),
        (a_row_hashed_anew, 4, "the row does not follow the one before it"),
        (all_rows_deleted, 1, "the row is missing"),
        (a_head_deleted, None, "the account's row is missing"),
        (a_cut_tail_with_its_head, None, "not what the events give: account.stage"),
        (a_changed_head, None, "the account's row names another head"),
        (a_nameless_kind_with_its_hash, 3, "the row cannot be read"),
        (a_changed_snapshot, None, "not what the events give: account.snapshot: stage"),
        (a_changed_stage, None, "not what the events give: account.stage"),
    ],
)
async def test_it_is_found_and_named(
    ledger: Ledger, tampering: Tampering, seq: int | None, what: str
):
    await ledger.active()

    assert await tampered(ledger, tampering) == [Finding(ledger.id, seq, what)]


@pytest.mark.parametrize("column", [column.name for column in EVENT.c])
async def test_a_change_of_any_column_is_found(ledger: Ledger, column: str):
    await ledger.active()
    row = (await ledger.rows(EventRow))[2]
    changed: dict[str, Any] = {
        "seq": 90,
        "version": 2,
        "at": row["at"] + timedelta(microseconds=1),
        "account_id": f"{ledger.id}-9",
    }

    async def tampering(connection: AsyncConnection, ledger: Ledger) -> None:
        await _set(connection, ledger, 3, **{column: changed.get(column, "f" * 64)})

    findings = await tampered(ledger, tampering)

    first = {"seq": (3, "the row is missing"), "account_id": (3, "the row is missing")}
    named = (
        3,
        "the row does not follow the one before it"
        if "previous" in column
        else "the row was changed",
    )
    assert [(f.seq, f.what) for f in findings if f.account_id == ledger.id] == [
        first.get(column, named)
    ]


async def test_a_sound_ledger_has_no_findings_over_many_pages(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("storage.audit._PAGE", 2)
    for n in range(5):
        await ledger.at(f"{ledger.id}-{n}").active()

    async with ledger.database.reading() as session:
        assert await verify(session) == []


async def test_each_account_has_its_own_first_finding(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("storage.audit._PAGE", 2)
    ids = [f"{ledger.id}-{n}" for n in range(3)]
    for account_id in ids:
        await ledger.at(account_id).active()

    async def tampering(connection: AsyncConnection, ledger: Ledger) -> None:
        for seq, account_id in ((2, ids[0]), (5, ids[2]), (4, ids[2])):
            await _set(connection, ledger.at(account_id), seq, actor="another")

    assert await tampered(ledger, tampering) == [
        Finding(ids[0], 2, "the row was changed"),
        Finding(ids[2], 4, "the row was changed"),
    ]
