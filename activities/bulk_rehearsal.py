"""The dry run: what would be decided about each account, by the very rules, on its record as it is.

Nothing is written to any account.
"""

import asyncio

from sqlmodel.ext.asyncio.session import AsyncSession
from temporalio import activity

from activities.beating import beating
from activities.bulk import BulkActivities
from goodstanding.domain import events as e
from goodstanding.domain.bulk_commands import command_for
from goodstanding.domain.bulk_steps import Bulk
from goodstanding.domain.context import Context
from goodstanding.domain.decide import Decided, decide
from goodstanding.domain.record import Record
from goodstanding.domain.standing import standing_at
from goodstanding.errors import GoodstandingError
from goodstanding.messages import AnyCommand, BulkState, Refusal, Template
from goodstanding.policy.book import PolicyBook
from storage import api_reads, bulk_targets, bulks, reports
from storage.bulk_targets import Foreseen, Numbered
from storage.engine import Sessions
from storage.policies import LiveBook

_PAGE = 200
_AT_A_STRETCH = 5
"""Decisions after which others have a turn: they are taken in the worker's own loop."""

DONE = "done"
HELD = "held"
REFUSED = "refused"


class BulkRehearsal:
    """Rehearses a bulk operation, a page at a time; a repeat goes on where nothing is foreseen yet."""

    def __init__(self, sessions: Sessions, bulks_: BulkActivities, book: PolicyBook) -> None:
        self._sessions = sessions
        self._bulks = bulks_
        self._book = LiveBook(book)

    @activity.defn
    async def rehearse(self, bulk_id: str) -> None:
        """Say of every target what would be decided; stops where the operation is rehearsed no longer."""
        async with beating():
            while await self._page(bulk_id):
                pass

    async def _page(self, bulk_id: str) -> bool:
        async with self._sessions() as session:
            connection = await session.connection()
            stored = await bulks.look(connection, bulk_id)
            if stored.bulk.state is not BulkState.REHEARSING:
                return False
            template = await self._bulks.template_of(connection, stored)
            page = await bulk_targets.unrehearsed(connection, bulk_id, _PAGE)
            found = await self._foreseen(session, stored.bulk, template, page)
        if not found:
            return False
        async with self._sessions.begin() as session:
            connection = await session.connection()
            now = (await bulks.load(connection, bulk_id)).bulk
            if now.rehearsing_at == stored.bulk.rehearsing_at:
                await bulk_targets.foresee(connection, bulk_id, found)
        return True

    async def _foreseen(
        self, session: AsyncSession, bulk: Bulk, template: Template, page: list[Numbered]
    ) -> list[Foreseen]:
        at = bulk.rehearsing_at
        assert at is not None  # noqa: S101 - a rehearsal has begun
        connection = await session.connection()
        ids = {one.target.account_id for one in page}
        read = await api_reads.accounts(session, ids)
        named = {record.policy_id for record in read.records.values()}
        book = await self._book.current(session, named)
        found = []
        for number, one in enumerate(page):
            if not number % _AT_A_STRETCH:
                await asyncio.sleep(0)
            account_id = one.target.account_id
            record = read.records.get(account_id) or Record(account_id)
            command = command_for(bulk, template, one.target)
            facts = await reports.facts_for(connection, record, command)
            context = Context(now=at, book=book, licences=read.licences, reports=facts)
            found.append(foreseen(one, command, record, context))
        return found


def foreseen(one: Numbered, command: AnyCommand, record: Record, context: Context) -> Foreseen:
    """What the command would do to the record."""
    try:
        decided = decide(record, command, context)
    except GoodstandingError as error:
        return Foreseen(one.number, REFUSED, error.code)
    before = _standing(record, context)
    if isinstance(decided, Refusal):
        return Foreseen(one.number, REFUSED, decided.code, None, before, before)
    after = _standing(decided.record, context)
    return Foreseen(one.number, _outcome(decided), None, _rung(decided), before, after)


def _standing(record: Record, context: Context) -> str:
    at = max(context.now, record.last_at or context.now)
    policy = context.book.current(record.policy_id, at).policy
    return standing_at(record, policy, at)


def _outcome(decided: Decided) -> str:
    held = any(isinstance(one, e.ViolationFound) and one.is_held for one in decided.events)
    asked = any(isinstance(one, e.ReviewOpened) for one in decided.events)
    taken = any(isinstance(one, e.DecisionTaken) for one in decided.events)
    return HELD if held or (asked and not taken) else DONE


def _rung(decided: Decided) -> str | None:
    taken = [one for one in decided.events if isinstance(one, e.DecisionTaken)]
    return taken[-1].rung if taken else None
