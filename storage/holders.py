"""Accounts of the same identity, recognised by its keyed fingerprint."""

from collections import Counter
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from goodstanding.domain.context import HolderFacts
from goodstanding.domain.record import Record
from goodstanding.vocabulary import Stage
from storage.tables import HolderRow, table_of
from storage.upserts import inserting, lock

_HOLDER = table_of(HolderRow)
_IN_USE = frozenset({Stage.ACTIVE, Stage.CLOSING})


async def remember(connection: AsyncConnection, record: Record, fingerprint: str) -> None:
    """Keep whose account it is, as of now that it is verified; a newer one replaces it."""
    is_open, closed_until = _state(record)
    row = {
        "account_id": record.account_id,
        "fingerprint": fingerprint,
        "kind": record.kind,
        "is_open": is_open,
        "closed_until": closed_until,
    }
    insert = inserting(_HOLDER, connection.dialect.name).values(row)
    newer = {"fingerprint": insert.excluded.fingerprint}
    await connection.execute(
        insert.on_conflict_do_update(index_elements=["account_id"], set_=newer)
    )


async def facts_of(
    connection: AsyncConnection, account_id: str, fingerprint: str | None
) -> HolderFacts:
    """What is known of the holder's other accounts; none of them is activated until this commits.

    `fingerprint` is of an identity that may be verified now; None stands for the one that was.
    """
    fingerprint = fingerprint or await connection.scalar(_own(account_id))
    if fingerprint is None:
        return HolderFacts()
    await lock(connection, "fingerprint", fingerprint)
    return await _facts(connection, account_id, fingerprint)


async def seen_facts_of(connection: AsyncConnection, account_id: str) -> HolderFacts:
    """The same for who only looks: it may have changed by the time somebody decides."""
    fingerprint = await connection.scalar(_own(account_id))
    return await _facts(connection, account_id, fingerprint) if fingerprint else HolderFacts()


def _own(account_id: str) -> Select[Any]:
    return select(_HOLDER.c.fingerprint).where(_HOLDER.c.account_id == account_id)


async def _facts(connection: AsyncConnection, account_id: str, fingerprint: str) -> HolderFacts:
    rows = await connection.execute(
        select(_HOLDER.c.kind, _HOLDER.c.is_open, _HOLDER.c.closed_until).where(
            _HOLDER.c.fingerprint == fingerprint, _HOLDER.c.account_id != account_id
        )
    )
    others = rows.all()
    closed = [row.closed_until for row in others if row.closed_until]
    return HolderFacts(
        open_accounts=Counter(row.kind for row in others if row.is_open),
        closed_until=max(closed, default=None),
    )


async def follow(connection: AsyncConnection, before: Record, after: Record) -> None:
    """Keep in step with the record what other accounts of the holder are told of this one."""
    if is_forgotten(after):
        if not is_forgotten(before):
            await forget(connection, after.account_id)
    elif _state(before) != _state(after):
        is_open, closed_until = _state(after)
        await connection.execute(
            update(_HOLDER)
            .where(_HOLDER.c.account_id == after.account_id)
            .values(is_open=is_open, closed_until=closed_until)
        )


async def forget(connection: AsyncConnection, account_id: str) -> None:
    """No longer recognise the identity behind the account."""
    await connection.execute(delete(_HOLDER).where(_HOLDER.c.account_id == account_id))


def is_forgotten(record: Record) -> bool:
    """The time of remembering is over, or the identity erased where no closure by penalty follows it."""
    closure = record.closure
    if closure is not None and (closure.by_penalty or record.fingerprint_until is None):
        return record.fingerprint_until is None
    return record.is_identity_erased


def _state(record: Record) -> tuple[bool, datetime | None]:
    closure = record.closure
    by_penalty = closure is not None and closure.by_penalty
    return record.stage in _IN_USE, record.fingerprint_until if by_penalty else None
