"""The index of display names: what finds a name that resembles another, and what it is found by.

How names are folded is not known here; the keys come from the caller.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from goodstanding.domain.record import Record
from goodstanding.vocabulary import Stage
from storage.inserts import Inserts
from storage.tables import NameKeyRow, NameRow, table_of

_NAME = table_of(NameRow)
_KEY = table_of(NameKeyRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedName:
    """A name with its keys; `near` are the keys that its neighbours share."""

    plain: str
    folded: str
    skeleton: str
    sound: str
    near: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundName:
    """A name in the index, and whose it is."""

    account_id: str
    plain: str
    folded: str
    skeleton: str
    sound: str


async def resembling(
    connection: AsyncConnection, name: IndexedName, account_id: str
) -> Sequence[FoundName]:
    """Names of other accounts that this one may resemble; the caller measures again.

    Those of accounts with a mark, by any key, and those that a closed account still holds, where
    they fold to the same. Nothing is locked: a name that is being entered has no mark, and accounts
    without one may have the same name.
    """
    # an empty key, of a name without letters, resembles nothing
    alike = [column == key for column, key in _keys(name) if key]
    near = select(_KEY.c.account_id).where(_KEY.c.key.in_(sorted(name.near - {""})))
    badged = _NAME.c.is_badged & or_(*alike, _NAME.c.account_id.in_(near))
    held = _NAME.c.is_held & (_NAME.c.folded == name.folded) & (_NAME.c.folded != "")
    rows = await connection.execute(
        select(*(_NAME.c[field] for field in FoundName.__slots__))
        .where(_NAME.c.account_id != account_id, badged | held)
        .order_by(_NAME.c.account_id)
    )
    return [FoundName(**row._asdict()) for row in rows]


def enter(batch: Inserts, account_id: str, name: IndexedName) -> None:
    """Index the display name of a new account."""
    keys = {column.name: key for column, key in _keys(name)}
    row = {"account_id": account_id, "plain": name.plain, "is_held": False, "is_badged": False}
    batch.add(_NAME, [row | keys])
    batch.add(_KEY, ({"key": key, "account_id": account_id} for key in sorted(name.near - {""})))


async def follow(
    connection: AsyncConnection, before: Record, after: Record, marks: tuple[str | None, str | None]
) -> None:
    """Keep in step with the record who is taken for whom; `marks` are the one before and after."""
    if after.is_identity_erased:
        if not before.is_identity_erased:
            await connection.execute(delete(_NAME).where(_NAME.c.account_id == after.account_id))
        return
    had, has = (mark is not None for mark in marks)
    if had != has or is_held(before) != is_held(after):
        await connection.execute(
            update(_NAME)
            .where(_NAME.c.account_id == after.account_id)
            .values(is_badged=has, is_held=is_held(after))
        )


def is_held(record: Record) -> bool:
    """The account is closed, and nobody else may take its name yet."""
    return record.stage is Stage.CLOSED and record.name_until is not None


def _keys(name: IndexedName) -> Iterable[tuple[Any, str]]:
    return (
        (_NAME.c.folded, name.folded),
        (_NAME.c.skeleton, name.skeleton),
        (_NAME.c.sound, name.sound),
    )
