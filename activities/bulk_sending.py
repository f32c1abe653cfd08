"""Sending a bulk operation's commands: a window of so many in flight, at so many a second, each once.

What is claimed counts as sent: whoever takes over asks for its answer again, under the same command id. Nothing
is claimed but while the operation runs, so that after a pause or an abort nothing new is ever sent.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, field

from pydantic import BaseModel
from temporalio import activity
from temporalio.client import Client

from activities.beating import beating
from activities.bulk import BulkActivities
from goodstanding.domain.bulk import is_canary, is_otherwise
from goodstanding.domain.bulk_commands import command_for, decided_by, next_undo
from goodstanding.domain.bulk_steps import Bulk, Limits, StepKind
from goodstanding.domain.record import Record
from goodstanding.errors import ConfigurationError, GoodstandingError, UnansweredError
from goodstanding.messages import AnyCommand, BulkState, Template
from goodstanding.sending import Sender
from storage import bulk_targets, bulks, queries
from storage.bulk_targets import Answered, Numbered
from storage.engine import Sessions

_SECONDS = 5
"""For about so long a slice sends; then the run looks at what came of it."""
NOTHING_TO_UNDO = "NothingToUndo"
"""The code of a target about which this operation has decided nothing."""
UNDO_NEVER_ENDS = "UndoNeverEnds"
_MOST_UNDOS = 12
"""Commands that take one decision back: a confirmation, a strike, a few penalties."""


class Slice(BaseModel):
    """What came of a slice."""

    answered: int
    unanswered: int


@dataclass
class _Job:
    """A slice while it is sent."""

    bulk: Bulk
    template: Template
    undo_reasons: str
    waiting: deque[Numbered]
    left: int
    """So many may still be claimed."""
    answers: list[Answered] = field(default_factory=list)
    answered: int = 0
    unanswered: int = 0
    is_over: bool = False
    claiming: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def limits(self) -> Limits:
        assert self.bulk.limits is not None  # noqa: S101 - a planned operation has them
        return self.bulk.limits


class _Pacer:
    """Lets so many through a second, evenly."""

    def __init__(self, per_second: int) -> None:
        self._gap = 1 / per_second
        self._next = 0.0

    async def turn(self) -> None:
        now = asyncio.get_running_loop().time()
        mine = max(self._next, now)
        self._next = mine + self._gap
        if mine > now:
            await asyncio.sleep(mine - now)


class BulkSending:
    """Sends what is to be sent, and keeps what is answered."""

    def __init__(self, sessions: Sessions, bulks_: BulkActivities, temporal: Client) -> None:
        self._sessions = sessions
        self._bulks = bulks_
        self._sender = Sender(temporal)

    @activity.defn
    async def send_slice(self, bulk_id: str) -> Slice:
        """Send a slice, what is in doubt first, and return once all of it was answered or given up for now."""
        async with beating():
            job = await self._begun(bulk_id)
            pacer = _Pacer(job.limits.per_second)
            async with asyncio.TaskGroup() as senders:
                for _ in range(job.limits.at_once):
                    senders.create_task(self._send_on(job, pacer))
            await self._keep(job)
        return Slice(answered=job.answered, unanswered=job.unanswered)

    async def _begun(self, bulk_id: str) -> _Job:
        async with self._sessions() as session:
            connection = await session.connection()
            stored = await bulks.look(connection, bulk_id)
            template = await self._bulks.template_of(connection, stored)
            reasons = await self._bulks.words_of(connection, stored, StepKind.UNDO_ASKED)
            in_doubt = await bulk_targets.in_doubt(connection, bulk_id)
        limits = stored.bulk.limits
        size = limits.per_second * _SECONDS if limits else 0
        return _Job(stored.bulk, template, reasons, deque(in_doubt), size)

    async def _send_on(self, job: _Job, pacer: _Pacer) -> None:
        while one := await self._next(job):
            await pacer.turn()
            answer = await self._asked(job, one)
            if answer is None:
                job.unanswered += 1
                continue
            job.answered += 1
            job.answers.append(answer)

    async def _next(self, job: _Job) -> Numbered | None:
        async with job.claiming:
            if not job.waiting and not job.is_over:
                await self._refill(job)
            return job.waiting.popleft() if job.waiting else None

    async def _refill(self, job: _Job) -> None:
        """Keep what was answered, then claim more, as long as the operation still runs."""
        many = min(job.limits.at_once, job.left)
        answers, job.answers = job.answers, []
        bulk_id = job.bulk.bulk_id
        async with self._sessions.begin() as session:
            connection = await session.connection()
            bulk = (await bulks.load(connection, bulk_id)).bulk
            await bulk_targets.answer(connection, bulk_id, answers, then_undo=bulk.is_undoing)
            is_undo = bulk.state is BulkState.UNDOING
            claims = many > 0 and (is_undo or bulk.state is BulkState.RUNNING)
            if claims and not is_undo:
                tally = await bulk_targets.tally(connection, bulk_id)
                claims = not is_otherwise(bulk, tally)
            if claims:
                up_to = job.limits.canary if is_canary(bulk) and not is_undo else None
                job.waiting.extend(
                    await bulk_targets.claim(
                        connection, bulk_id, many, is_undo=is_undo, up_to=up_to
                    )
                )
        job.bulk = bulk
        job.left -= len(job.waiting)
        job.is_over = not job.waiting

    async def _keep(self, job: _Job) -> None:
        async with self._sessions.begin() as session:
            connection = await session.connection()
            bulk = (await bulks.load(connection, job.bulk.bulk_id)).bulk
            await bulk_targets.answer(
                connection, bulk.bulk_id, job.answers, then_undo=bulk.is_undoing
            )

    async def _asked(self, job: _Job, one: Numbered) -> Answered | None:
        """The answer; None where nobody knows yet."""
        if one.is_undone:
            return await self._undone(job, one)
        return await self._answer(one, command_for(job.bulk, job.template, one.target))

    async def _answer(self, one: Numbered, command: AnyCommand) -> Answered | None:
        try:
            answer = await self._sender.send(command)
        except UnansweredError:
            return None
        except ConfigurationError:
            # not the account's answer: somebody has to mend the service first
            raise
        except GoodstandingError as error:
            return Answered(one, error.code, None)
        return Answered(one, answer.refusal.code if answer.refusal else None, answer.standing)

    async def _undone(self, job: _Job, one: Numbered) -> Answered | None:
        """Send what takes the decision back, one after the other, until nothing of it is left."""
        record = await self._record(one)
        if record is None or decided_by(job.bulk, one.target, record) is None:
            return Answered(one, NOTHING_TO_UNDO, None)
        answered: Answered | None = Answered(one, None, None)
        for _ in range(_MOST_UNDOS):
            command = next_undo(job.bulk, one.target, record, job.undo_reasons)
            if command is None:
                return answered
            answered = await self._answer(one, command)
            if answered is None or answered.code:
                return answered
            record = await self._record(one) or record
        return Answered(one, UNDO_NEVER_ENDS, None)

    async def _record(self, one: Numbered) -> Record | None:
        async with self._sessions() as session:
            return await queries.record(session, one.target.account_id)
