"""One workflow for each bulk operation that is under way: its commands in turn, and slice after slice.

It holds nothing that the record does not hold: a run may be terminated, reset or lost, and the next one goes on.
What is sent to which account, and whether it still may be, is in activities/bulk_sending.py.
"""

import asyncio

from temporalio import workflow
from temporalio.exceptions import ApplicationError, FailureError

from activities.bulk import BulkActivities
from activities.bulk_rehearsal import BulkRehearsal
from activities.bulk_sending import BulkSending, Slice
from goodstanding.messages import (
    AbortBulk,
    AddTargets,
    AnyBulkCommand,
    ApproveBulk,
    BulkAnswer,
    BulkCommand,
    BulkStanding,
    BulkTransaction,
    BulkWork,
    PauseBulk,
    PlanBulk,
    RehearseBulk,
    ResumeBulk,
    StartBulk,
    UndoBulk,
)
from goodstanding.names import BULK_WORKFLOW
from workflows.failures import code_of, final_in
from workflows.options import BULK_SLICE, BULK_STEP, LONG_BULK, NOBODY_ANSWERED, PARKED


@workflow.defn(name=BULK_WORKFLOW)
class BulkWorkflow:
    """Carries one bulk operation out."""

    @workflow.init
    def __init__(self, bulk_id: str) -> None:
        self._bulk_id = bulk_id
        # unknown until the record was read
        self._standing: BulkStanding | None = None
        self._turn = asyncio.Lock()  # handlers await: without it two commands would interleave

    @workflow.run
    async def run(self, bulk_id: str) -> BulkStanding | None:
        """Stay while there is something to do; then complete, and be revived by the next command."""
        # no deadline: a command that came with the start is carried out or refused
        await workflow.wait_condition(lambda: self._standing is not None or self._is_idle())
        if self._standing is None and not await self._is_there():
            return None
        while not self._is_quiet():
            if self._work is BulkWork.NOTHING:
                # no deadline: the handlers come to their end
                await workflow.wait_condition(self._has_to_look)
                continue
            await self._go_on()
            if self._is_long() and self._is_idle():
                workflow.continue_as_new(bulk_id)
        return self._standing

    @workflow.query
    def view(self) -> BulkStanding | None:
        """How far it is, as the record was last read; for ops."""
        return self._standing

    @workflow.update
    async def plan_bulk(self, command: PlanBulk) -> BulkAnswer:
        """Take a plan in."""
        return await self._answer(command)

    @workflow.update
    async def add_targets(self, command: AddTargets) -> BulkAnswer:
        """Take a page of accounts in."""
        return await self._answer(command)

    @workflow.update
    async def rehearse_bulk(self, command: RehearseBulk) -> BulkAnswer:
        """Begin the dry run."""
        return await self._answer(command)

    @workflow.update
    async def approve_bulk(self, command: ApproveBulk) -> BulkAnswer:
        """Take the second person's agreement in."""
        return await self._answer(command)

    @workflow.update
    async def start_bulk(self, command: StartBulk) -> BulkAnswer:
        """Begin to send."""
        return await self._answer(command)

    @workflow.update
    async def pause_bulk(self, command: PauseBulk) -> BulkAnswer:
        """Send nothing more for now."""
        return await self._answer(command)

    @workflow.update
    async def resume_bulk(self, command: ResumeBulk) -> BulkAnswer:
        """Go on."""
        return await self._answer(command)

    @workflow.update
    async def abort_bulk(self, command: AbortBulk) -> BulkAnswer:
        """Send nothing more, ever."""
        return await self._answer(command)

    @workflow.update
    async def undo_bulk(self, command: UndoBulk) -> BulkAnswer:
        """Take in that it is to be undone."""
        return await self._answer(command)

    @plan_bulk.validator
    def _check_plan(self, command: PlanBulk) -> None:
        self._check(command)

    @add_targets.validator
    def _check_targets(self, command: AddTargets) -> None:
        self._check(command)

    def _check(self, command: BulkCommand) -> None:
        if command.bulk_id != self._bulk_id:
            message = f"The command is for another operation than {self._bulk_id}."
            raise ApplicationError(message, "bulk_id", type="MalformedError", non_retryable=True)

    async def _answer(self, command: AnyBulkCommand) -> BulkAnswer:
        self._check(command)
        try:
            return (await self._transact(command)).answer
        except FailureError as error:
            raise (final_in(error) or error) from error

    async def _transact(self, command: AnyBulkCommand | None) -> BulkStanding:
        async with self._turn:
            standing: BulkStanding = await workflow.execute_activity_method(
                BulkActivities.transact_bulk,
                BulkTransaction(bulk_id=self._bulk_id, command=command, now=workflow.now()),
                summary=command.name if command else "looks how far it is",
                **BULK_STEP,
            )
            self._standing = standing
            self._show()
            return standing

    async def _is_there(self) -> bool:
        """Whether there is such an operation; a run that was started without a command finds out."""
        try:
            await self._transact(None)
        except FailureError as error:
            if final_in(error) is None:
                raise
            return False
        return True

    async def _go_on(self) -> None:
        """Do the next piece; a mistake of ours parks it in view of ops, and is tried again."""
        try:
            if self._work is BulkWork.DRY_RUN:
                await workflow.execute_activity_method(
                    BulkRehearsal.rehearse, self._bulk_id, summary="dry run", **BULK_SLICE
                )
            elif not await self._sent_slice():
                await workflow.sleep(NOBODY_ANSWERED, summary="nobody answered, asking again")
            await self._transact(None)
        except FailureError as error:
            workflow.logger.error("bulk operation %s is parked: %s", self._bulk_id, code_of(error))
            workflow.set_current_details(f"**parked**: {code_of(error)}")
            await workflow.sleep(PARKED, summary=f"parked, looking again: {code_of(error)}")

    async def _sent_slice(self) -> bool:
        """Whether anything was answered."""
        done: Slice = await workflow.execute_activity_method(
            BulkSending.send_slice, self._bulk_id, summary="sends a slice", **BULK_SLICE
        )
        return bool(done.answered)

    @property
    def _work(self) -> BulkWork:
        return self._standing.work if self._standing else BulkWork.NOTHING

    def _has_to_look(self) -> bool:
        return self._work is not BulkWork.NOTHING or self._is_idle()

    def _is_quiet(self) -> bool:
        return self._work is BulkWork.NOTHING and self._is_idle()

    def _is_idle(self) -> bool:
        return workflow.all_handlers_finished() and not self._turn.locked()

    def _is_long(self) -> bool:
        return workflow.info().get_current_history_length() > LONG_BULK

    def _show(self) -> None:
        if self._standing is None:
            return
        answer, tally = self._standing.answer, self._standing.tally
        lines = [f"**{answer.state}**, {answer.targets} accounts"]
        lines += [f"- {name}: {many}" for name, many in tally.model_dump().items() if many]
        workflow.set_current_details("\n".join(lines))
