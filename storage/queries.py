"""What the API, the command line and upkeep read. A record is as of its last event: ask it for an instant."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from goodstanding.domain.context import HeldLicence
from goodstanding.domain.record import Record
from goodstanding.vocabulary import Stage
from storage.records import records_of
from storage.tables import AccountRow, ApiKeyRow, EffectRow, NoticeRow, ReportRow, ReviewRow
from storage.texts import TextKeys, read_texts

_LOOKED_AT = (Stage.REGISTERING, Stage.VERIFYING, Stage.ACTIVE)
"""Nothing new is asked of an account that is closing or has ended."""


@dataclass(frozen=True, slots=True)
class ReadNotice:
    """A notice with its words; None once they were erased."""

    row: NoticeRow
    text: str | None
    statement: str | None = None
    """The reasons of its decision, as JSON; None where it is about none, or they were erased."""


@dataclass(frozen=True, slots=True)
class OpenReview:
    """A review that waits for people, with what its run is told when it starts."""

    row: ReviewRow
    told: Mapping[str, Any]

    @property
    def place(self) -> tuple[datetime, str]:
        """Where it stands among the open ones."""
        return self.row.due_at, self.row.review_id

    @property
    def votes(self) -> Sequence[Mapping[str, str]]:
        """Who has voted, and how."""
        votes: list[dict[str, str]] = json.loads(self.row.votes)
        return votes


async def record(session: AsyncSession, account_id: str) -> Record | None:
    """The record of an account; None where there is no such account."""
    return (await records(session, [account_id])).get(account_id)


async def records(session: AsyncSession, account_ids: Iterable[str]) -> Mapping[str, Record]:
    """The records of those accounts that exist, in one statement."""
    rows = await session.exec(
        select(AccountRow).where(col(AccountRow.account_id).in_(set(account_ids)))
    )
    return await records_of(await session.connection(), rows)


def held_licences(provider: Record) -> tuple[HeldLicence, ...]:
    """What the platform holds, as other accounts see it."""
    return tuple(
        HeldLicence(held.code, held.valid_from, held.valid_until) for held in provider.licences
    )


async def notices(
    session: AsyncSession,
    keys: TextKeys,
    account_id: str,
    limit: int = 100,
    *,
    before: int | None = None,
) -> list[ReadNotice]:
    """The inbox of an account, newest first; from the notice of a number on, without it."""
    asked = select(NoticeRow).where(NoticeRow.account_id == account_id)
    if before is not None:
        asked = asked.where(col(NoticeRow.number) < before)
    found = await session.exec(asked.order_by(col(NoticeRow.number).desc()).limit(limit))
    return await _with_words(session, keys, account_id, found.all())


async def statements(
    session: AsyncSession, keys: TextKeys, account_id: str, decision_id: str
) -> list[ReadNotice]:
    """The notices that told the reasons of a decision, newest first."""
    found = await session.exec(
        select(NoticeRow)
        .where(
            NoticeRow.account_id == account_id,
            NoticeRow.decision_id == decision_id,
            col(NoticeRow.statement_id).is_not(None),
        )
        .order_by(col(NoticeRow.number).desc())
    )
    return await _with_words(session, keys, account_id, found.all())


async def _with_words(
    session: AsyncSession, keys: TextKeys, account_id: str, rows: Sequence[NoticeRow]
) -> list[ReadNotice]:
    ids = [text_id for row in rows for text_id in (row.text_id, row.statement_id) if text_id]
    words = await read_texts(session, keys, account_id, ids)
    return [
        ReadNotice(row, words.get(row.text_id), words.get(row.statement_id or "")) for row in rows
    ]


async def report(session: AsyncSession, account_id: str, report_id: str) -> ReportRow | None:
    """What came of a complaint; `outcome` is None while nobody has decided."""
    return await session.get(ReportRow, (account_id, report_id))


async def due_before(
    session: AsyncSession,
    instant: datetime,
    after: tuple[datetime, str] | None = None,
    limit: int = 500,
) -> list[tuple[datetime, str]]:
    """Accounts that have something to do before the instant, earliest first, a page at a time.

    `after` is the last entry of the page before.
    """
    wake_at = col(AccountRow.wake_at)
    asked = select(AccountRow.wake_at, AccountRow.account_id).where(wake_at < instant)
    if after:
        at, account_id = after
        later = (wake_at == at) & (col(AccountRow.account_id) > account_id)
        asked = asked.where(or_(wake_at > at, later))
    in_order = asked.order_by(wake_at, col(AccountRow.account_id)).limit(limit)
    return [(at, account_id) for at, account_id in await session.exec(in_order) if at]


async def looked_at_before(
    session: AsyncSession, policy_id: str, version: int, after: str = "", limit: int = 500
) -> Sequence[str]:
    """Accounts that were last looked at under an older version of their policy, by id, a page at a time."""
    found = await session.exec(
        select(AccountRow.account_id)
        .where(
            AccountRow.policy_id == policy_id,
            col(AccountRow.stage).in_(_LOOKED_AT),
            AccountRow.policy_version < version,
            AccountRow.account_id > after,
        )
        .order_by(col(AccountRow.account_id))
        .limit(limit)
    )
    return found.all()


async def is_over(session: AsyncSession, account_id: str, review_id: str) -> bool:
    """Whether the review was decided or cancelled."""
    row = await session.get(ReviewRow, (account_id, review_id))
    return row is not None and row.ended_at is not None


async def open_reviews(
    session: AsyncSession,
    opened_before: datetime,
    after: tuple[datetime, str] | None = None,
    limit: int = 500,
) -> list[OpenReview]:
    """Reviews that wait for people, the most urgent first, a page at a time.

    `after` is the place of the last entry of the page before.
    """
    due_at, review_id = col(ReviewRow.due_at), col(ReviewRow.review_id)
    # what a review's run is told stands in the effect that starts it
    is_own = col(EffectRow.account_id) == col(ReviewRow.account_id)
    starts = is_own & (col(EffectRow.effect_id) == review_id)
    asked = (
        select(ReviewRow, EffectRow.body)
        .join(EffectRow, starts)
        .where(col(ReviewRow.ended_at).is_(None), ReviewRow.opened_at < opened_before)
    )
    if after:
        at, last = after
        asked = asked.where(or_(due_at > at, (due_at == at) & (review_id > last)))
    found = await session.exec(asked.order_by(due_at, review_id).limit(limit))
    return [OpenReview(row, json.loads(body)) for row, body in found]


async def api_key(session: AsyncSession, key_hash: str, now: datetime) -> ApiKeyRow | None:
    """The key with this hash, while it can be used."""
    row = await session.get(ApiKeyRow, key_hash)
    if row is None or row.revoked_at or (row.ends_at and row.ends_at <= now):
        return None
    return row
