"""What the HTTP service reads besides `storage.queries`: the hot path, pages of the queue, what calls back."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func, or_
from sqlalchemy import select as select_columns
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from goodstanding.domain.context import HeldLicence
from goodstanding.domain.record import Record
from goodstanding.names import account_of
from goodstanding.vocabulary import PROVIDER_ACCOUNT, ReviewKind
from storage.queries import ReadNotice, held_licences, notices
from storage.records import records_of
from storage.tables import (
    AccountRow,
    ApiKeyRow,
    EffectRow,
    ReviewRow,
    table_of,
)
from storage.texts import TextKeys

_ACCOUNT = table_of(AccountRow)
_ACCOUNTS = select_columns(
    _ACCOUNT.c.account_id, _ACCOUNT.c.snapshot, _ACCOUNT.c.snapshot_version
).where(_ACCOUNT.c.account_id.in_(bindparam("ids", expanding=True)))


@dataclass(frozen=True, slots=True)
class Accounts:
    """Accounts by id, and the licences of the platform on which their rights may hang."""

    records: Mapping[str, Record]
    licences: tuple[HeldLicence, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of the queue; None narrows nothing."""

    limit: int
    kind: ReviewKind | None = None
    account_id: str | None = None
    language: str | None = None
    due_before: datetime | None = None
    escalated: bool | None = None
    reviewer: str | None = None
    after: str | None = None


async def accounts(session: AsyncSession, account_ids: Collection[str]) -> Accounts:
    """The accounts of these ids that there are; one statement, the platform's licences with it."""
    wanted = sorted({*account_ids, PROVIDER_ACCOUNT})
    connection = await session.connection()
    rows: Sequence[Any] = (await connection.execute(_ACCOUNTS, {"ids": wanted})).all()
    records = await records_of(connection, rows)
    provider = records.get(PROVIDER_ACCOUNT)
    return Accounts(
        records={id_: one for id_, one in records.items() if id_ in account_ids and one.stage},
        licences=held_licences(provider) if provider else (),
    )


async def inbox(
    session: AsyncSession, account_id: str, keys: TextKeys, limit: int
) -> Sequence[ReadNotice] | None:
    """What the holder was told, newest first; None where there is no such account."""
    if await session.get(AccountRow, account_id) is None:
        return None
    return await notices(session, keys, account_id, limit)


async def queue(session: AsyncSession, wanted: Wanted) -> Sequence[ReviewRow]:
    """Open reviews by deadline: one more than the limit where there are more."""
    found = await session.exec(
        select(ReviewRow)
        .where(col(ReviewRow.ended_at).is_(None), *_narrowed(wanted))
        .order_by(col(ReviewRow.due_at), col(ReviewRow.review_id))
        .limit(wanted.limit + 1)
    )
    return found.all()


async def effect(session: AsyncSession, effect_id: str) -> EffectRow | None:
    """The effect with this id, settled or not."""
    return await session.get(EffectRow, (account_of(effect_id), effect_id))


async def has_api_key(session: AsyncSession, now: datetime) -> bool:
    """Whether there is any key that can be used."""
    lasting = or_(col(ApiKeyRow.ends_at).is_(None), col(ApiKeyRow.ends_at) > now)
    usable = select(ApiKeyRow.hash).where(col(ApiKeyRow.revoked_at).is_(None), lasting)
    return (await session.exec(usable.limit(1))).first() is not None


async def ping(session: AsyncSession) -> None:
    """Return where the database answers and has its tables."""
    await session.exec(select(AccountRow.account_id).limit(1))


def _narrowed(wanted: Wanted) -> list[ColumnElement[bool]]:
    equal: dict[Any, Any] = {
        ReviewRow.kind: wanted.kind,
        ReviewRow.account_id: wanted.account_id,
        ReviewRow.language: wanted.language,
        ReviewRow.is_escalated: wanted.escalated,
    }
    where = [column == value for column, value in equal.items() if value is not None]
    if wanted.due_before is not None:
        where.append(col(ReviewRow.due_at) < wanted.due_before)
    if wanted.reviewer is not None:
        excluded = " " + col(ReviewRow.excluded) + " "
        where += [
            _lacks(excluded, f" {wanted.reviewer} "),
            _lacks(ReviewRow.votes, f'"by":"{wanted.reviewer}"'),
        ]
    if wanted.after is not None:
        where.append(_follows(wanted.after))
    return where


def _lacks(text: Any, part: str) -> ColumnElement[bool]:
    # LIKE would take capitals for small letters on SQLite, and an underscore for any sign
    lacks: ColumnElement[bool] = func.replace(text, part, "") == text
    return lacks


def _follows(review_id: str) -> ColumnElement[bool]:
    place = select(ReviewRow.due_at).where(
        ReviewRow.account_id == account_of(review_id), ReviewRow.review_id == review_id
    )
    due_at = place.scalar_subquery()
    later = col(ReviewRow.due_at) > due_at
    return or_(later, and_(col(ReviewRow.due_at) == due_at, col(ReviewRow.review_id) > review_id))
