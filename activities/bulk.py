"""The record of bulk operations: one transaction for each step, and the words that came with it."""

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError

from goodstanding.domain.bulk import (
    BulkContext,
    BulkNotFoundError,
    decide_bulk,
    settle_bulk,
    work_of,
)
from goodstanding.domain.bulk_commands import check_target
from goodstanding.domain.bulk_steps import Bulk, Limits, Step, StepKind, evolve_bulk
from goodstanding.envelope import commitment, guard
from goodstanding.errors import ConflictError, GoodstandingError
from goodstanding.keys import Keys
from goodstanding.messages import (
    Actor,
    AddTargets,
    AnyBulkCommand,
    BulkStanding,
    BulkTransaction,
    PlanBulk,
    Tally,
    Target,
    Template,
)
from goodstanding.names import BULK_QUEUE, BULK_WORKFLOW, bulk_workflow_id
from goodstanding.upkeep import Swept
from goodstanding.vocabulary import Role
from storage import bulk_targets, bulks
from storage.bulks import Cause, Stored
from storage.engine import Sessions
from storage.texts import TextKeys

_ITSELF = Actor(id="goodstanding", role=Role.SYSTEM)
"""Who makes the steps that follow by themselves."""
_TEMPLATE: TypeAdapter[Template] = TypeAdapter(Template)
_PAGE = 100


DEFAULT_LIMITS = Limits(at_once=20, per_second=20, canary=50, stop_percent=5)


@dataclass(frozen=True)
class BulkPace:
    """How bulk operations go where their plan says nothing; from the settings."""

    limits: Limits = DEFAULT_LIMITS
    dry_run_holds: timedelta = timedelta(hours=24)


@dataclass(frozen=True)
class _Turn:
    """One command while it is carried out, with what was read for it."""

    connection: AsyncConnection
    stored: Stored
    now: datetime
    tally: Tally
    key: bytes = b""
    stored_key: bytes = b""
    """The text key as its row keeps it."""

    @property
    def bulk(self) -> Bulk:
        return self.stored.bulk


class BulkActivities:
    """Changes bulk operations, one transaction per command."""

    def __init__(
        self, sessions: Sessions, keys: Keys, temporal: Client, pace: BulkPace | None = None
    ) -> None:
        self._sessions = sessions
        self._text_keys = TextKeys(keys.wrapper)
        self._peppers = keys.peppers
        self._temporal = temporal
        self._pace = pace or BulkPace()

    @activity.defn
    async def transact_bulk(self, transaction: BulkTransaction) -> BulkStanding:
        """Carry the command out once, or let follow what follows by itself.

        A refusal is not stored: the same command may be sent again.
        """
        try:
            async with self._sessions.begin() as session:
                connection = await session.connection()
                stored = await bulks.load(connection, transaction.bulk_id)
                return await self._carry_out(connection, stored, transaction)
        except GoodstandingError as error:
            said, field = error.message, error.field
            raise ApplicationError(said, field, type=error.code, non_retryable=True) from None

    @activity.defn
    async def sweep_bulks(self) -> Swept:
        """See that each operation for which there is something to do has a run."""
        found, started, last = 0, 0, ""
        while True:
            async with self._sessions() as session:
                page = await bulks.with_work(session, last, _PAGE)
            if not page:
                return Swept(found=found, started=started)
            for bulk_id in page:
                started += await self._start(bulk_id)
            found, last = found + len(page), page[-1]

    async def _start(self, bulk_id: str) -> bool:
        try:
            await self._temporal.start_workflow(
                BULK_WORKFLOW,
                bulk_id,
                id=bulk_workflow_id(bulk_id),
                task_queue=BULK_QUEUE,
                static_summary=f"bulk operation {bulk_id}",
            )
        except WorkflowAlreadyStartedError:
            return False
        return True

    async def _carry_out(
        self, connection: AsyncConnection, stored: Stored, transaction: BulkTransaction
    ) -> BulkStanding:
        tally = await bulk_targets.tally(connection, stored.bulk.bulk_id)
        stored_key = stored.text_key or b""
        turn = _Turn(connection, stored, transaction.now, tally, stored_key=stored_key)
        if transaction.command is None:
            return await self._settled(turn)
        command, bulk_id = transaction.command, stored.bulk.bulk_id
        if known := await bulks.given(connection, bulk_id, command.command_id):
            if known.guard not in self._guards(command):
                message = "This command id was used with another body."
                raise ConflictError(message, "command_id")
            return BulkStanding(answer=known.answer, work=work_of(stored.bulk, tally), tally=tally)
        return await self._commanded(await self._with_key(turn), command)

    async def _settled(self, turn: _Turn) -> BulkStanding:
        """Let follow what follows by itself."""
        bulk, tally, bulk_id = turn.bulk, turn.tally, turn.bulk.bulk_id
        if bulk.state is None:
            raise BulkNotFoundError(f"There is no bulk operation {bulk_id}.", "bulk_id")
        foreseen = await bulk_targets.counted(turn.connection, bulk_id)
        step = settle_bulk(bulk, tally, foreseen)
        if step is not None:
            return await _append(turn, step, Cause(_ITSELF, turn.now))
        work = work_of(bulk, tally)
        await bulks.note_work(turn.connection, bulk_id, work)
        return BulkStanding(answer=bulks.answer_of(bulk, turn.now), work=work, tally=tally)

    async def _with_key(self, turn: _Turn) -> _Turn:
        owner = bulks.owner_of(turn.bulk.bulk_id)
        if turn.stored.text_key is None:
            key, stored_key = await self._text_keys.new(owner)
            return replace(turn, key=key, stored_key=stored_key)
        return replace(turn, key=await self._text_keys.of(owner, turn.stored.text_key))

    async def _commanded(self, turn: _Turn, command: AnyBulkCommand) -> BulkStanding:
        bulk_id = turn.bulk.bulk_id
        text_id = bulks.text_id_of(bulk_id, turn.bulk.seq + 1)
        words = _words_of(command)
        said = commitment(turn.key, text_id, words) if words else None
        context = BulkContext(
            now=turn.now,
            defaults=self._pace.limits,
            dry_run_holds=self._pace.dry_run_holds,
            template=said or "",
            new_targets=await self._new_targets(turn, command),
            tally=turn.tally,
        )
        step = decide_bulk(turn.bulk, command, context)
        await _touch_targets(turn.connection, turn.bulk, step, context)
        cause = Cause(
            command.actor,
            turn.now,
            command.command_id,
            self._guards(command)[0],
            said,
            bulks.put_away(turn.key, bulk_id, text_id, words) if words else None,
        )
        tally = await bulk_targets.tally(turn.connection, bulk_id)
        return await _append(replace(turn, tally=tally), step, cause)

    async def _new_targets(self, turn: _Turn, command: AnyBulkCommand) -> tuple[Target, ...]:
        if not isinstance(command, AddTargets) or turn.bulk.state is None:
            return ()
        template = await self.template_of(turn.connection, turn.stored)
        for target in command.targets:
            check_target(template, target)
        return await bulk_targets.new_among(turn.connection, command.bulk_id, command.targets)

    async def template_of(self, connection: AsyncConnection, stored: Stored) -> Template:
        """What every account is sent."""
        words = await self.words_of(connection, stored, StepKind.PLANNED)
        return _TEMPLATE.validate_python(json.loads(words)["template"])

    async def words_of(self, connection: AsyncConnection, stored: Stored, kind: StepKind) -> str:
        """What was written with the last step of a kind."""
        bulk_id = stored.bulk.bulk_id
        key = await self._text_keys.of(bulks.owner_of(bulk_id), stored.text_key or b"")
        return await bulks.words_of(connection, bulk_id, kind, key) or ""

    def _guards(self, command: AnyBulkCommand) -> list[str]:
        owner = bulks.owner_of(command.bulk_id)
        return [guard(one, owner, command.command_id, command.digest) for one in self._peppers]


async def _append(turn: _Turn, step: Step, cause: Cause) -> BulkStanding:
    after = evolve_bulk(turn.bulk, step, cause.actor, cause.at)
    work = work_of(after, turn.tally)
    kept = turn.stored_key
    await bulks.append(turn.connection, turn.stored, step, after, cause, text_key=kept, work=work)
    answer = bulks.answer_of(after, cause.at)
    return BulkStanding(answer=answer, work=work, tally=turn.tally)


async def _touch_targets(
    connection: AsyncConnection, bulk: Bulk, step: Step, context: BulkContext
) -> None:
    """What a step does to the targets, in the same transaction."""
    if step.kind is StepKind.TARGETS_ADDED:
        await bulk_targets.add(connection, bulk.bulk_id, bulk.targets + 1, context.new_targets)
    elif step.kind is StepKind.REHEARSAL_BEGAN:
        await bulk_targets.forget_rehearsal(connection, bulk.bulk_id)
    elif step.kind is StepKind.UNDO_AGREED:
        await bulk_targets.ask_undo(connection, bulk.bulk_id)


def _words_of(command: AnyBulkCommand) -> str | None:
    if isinstance(command, PlanBulk):
        template = command.template.model_dump(mode="json")
        return json.dumps({"reasons": command.reasons, "template": template}, sort_keys=True)
    return command.reasons or None
