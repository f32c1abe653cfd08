"""What the HTTP service reads besides `storage.queries`: the hot path, pages of the queue, what calls back."""

import hmac
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
from goodstanding.envelope import receipt_number
from goodstanding.errors import NoticeNotFoundError, ReviewNotFoundError
from goodstanding.names import account_of
from goodstanding.vocabulary import PROVIDER_ACCOUNT, ReviewKind
from storage import queries
from storage.queries import ReadNotice, held_licences
from storage.records import records_of
from storage.tables import (
    AccountRow,
    ApiKeyRow,
    EffectRow,
    NoticeRow,
    ReportRow,
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
    session: AsyncSession, account_id: str, keys: TextKeys, limit: int, after: str | None = None
) -> Sequence[ReadNotice] | None:
    """What the holder was told, newest first; None where there is no such account.

    One more than the limit where there are more; `NoticeNotFoundError` where `after` is none of these.
    """
    if await session.get(AccountRow, account_id) is None:
        return None
    before = None
    if after is not None:
        last = await session.get(NoticeRow, (account_id, after))
        if last is None:
            raise NoticeNotFoundError(
                "The account has no such notice, so none follows it.", "after"
            )
        before = last.number
    return await queries.notices(session, keys, account_id, limit + 1, before=before)


async def queue(session: AsyncSession, wanted: Wanted) -> Sequence[ReviewRow]:
    """Open reviews by deadline: one more than the limit where there are more.

    Raise `ReviewNotFoundError` where `after` was never a review: no page follows it, not an empty one.
    """
    narrowed = _narrowed(wanted)
    if wanted.after is not None:
        narrowed.append(await _follows(session, wanted.after))
    found = await session.exec(
        select(ReviewRow)
        .where(col(ReviewRow.ended_at).is_(None), *narrowed)
        .order_by(col(ReviewRow.due_at), col(ReviewRow.review_id))
        .limit(wanted.limit + 1)
    )
    return found.all()


async def report(session: AsyncSession, keys: TextKeys, number: str) -> ReportRow | None:
    """The report of a receipt number; None where the number is none, whether or not there is the report."""
    account_id, report_id, _ = number.split(".")
    found = await session.exec(
        select(AccountRow.text_key).where(AccountRow.account_id == account_id)
    )
    wrapped = found.first()
    if wrapped is None:
        return None
    text_key = await keys.of(account_id, wrapped)
    # before the report is looked for: how long this takes must not say whether there is one
    if not hmac.compare_digest(receipt_number(text_key, account_id, report_id), number):
        return None
    return await queries.report(session, account_id, report_id)


async def effect(session: AsyncSession, effect_id: str) -> EffectRow | None:
    """The effect with this id, settled or not."""
    return await session.get(EffectRow, (account_of(effect_id), effect_id))


async def has_api_key(session: AsyncSession, now: datetime) -> bool:
    """Whether there is any key that can be used."""
    lasting = or_(col(ApiKeyRow.ends_at).is_(None), col(ApiKeyRow.ends_at) > now)
    usable = select(ApiKeyRow.hash).where(col(ApiKeyRow.revoked_at).is_(None), lasting)
    return (await session.exec(usable.limit(1))).first() is not None


async def had_api_key(session: AsyncSession) -> bool:
    """Whether there ever was a key; one that ended, or was revoked, stays on record."""
    return (await session.exec(select(ApiKeyRow.hash).limit(1))).first() is not None


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
    return where


def _lacks(text: Any, part: str) -> ColumnElement[bool]:
    # LIKE would take capitals for small letters on SQLite, and an underscore for any sign
    lacks: ColumnElement[bool] = func.replace(text, part, "") == text
    return lacks


async def _follows(session: AsyncSession, review_id: str) -> ColumnElement[bool]:
    last = await session.get(ReviewRow, (account_of(review_id), review_id))
    if last is None:
        raise ReviewNotFoundError("No review has this id, so none follows it.", "after")
    same = col(ReviewRow.due_at) == last.due_at
    return or_(
        col(ReviewRow.due_at) > last.due_at, and_(same, col(ReviewRow.review_id) > review_id)
    )
