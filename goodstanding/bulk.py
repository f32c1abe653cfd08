"""Bulk operations: one decision over many accounts, looked at by two people before it begins.

Each account gets an ordinary command of its own, and with it a decision, a notice and an appeal.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import islice
from typing import Any

from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy

from goodstanding.bulk_views import BulkTargetsView, BulkView

# the errors that may come back are known by their code once they are loaded
from goodstanding.domain import bulk as _rules  # noqa: F401
from goodstanding.messages import (
    PAGE_OF_TARGETS,
    Actor,
    AddTargets,
    AnyBulkCommand,
    BulkAnswer,
    Target,
    TargetState,
)
from goodstanding.names import BULK_QUEUE, BULK_WORKFLOW, bulk_workflow_id
from goodstanding.reads import Reads
from goodstanding.sending import answered
from goodstanding.update_ids import try_id


class BulkOperations:
    """What can be asked of bulk operations."""

    def __init__(self, temporal: Client, reads: Reads, *, deadline: timedelta) -> None:
        self._temporal = temporal
        self._reads = reads
        self._deadline = deadline

    async def send(self, command: AnyBulkCommand) -> BulkAnswer:
        """Have one step done; raises what it is refused with, and `AccountBusyError` where nobody answers in time.

        A repeat under the same command id changes nothing. What was refused may be sent again as it is.
        """

        async def ask() -> BulkAnswer:
            start = WithStartWorkflowOperation[Any, Any](
                BULK_WORKFLOW,
                command.bulk_id,
                id=bulk_workflow_id(command.bulk_id),
                task_queue=BULK_QUEUE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                static_summary=f"bulk operation {command.bulk_id}",
            )
            answer: BulkAnswer = await self._temporal.execute_update_with_start_workflow(
                command.name,
                command,
                id=try_id(command.command_id),
                result_type=BulkAnswer,
                start_workflow_operation=start,
            )
            return answer

        return await answered(ask, self._deadline)

    async def add(
        self, targets: Iterable[Target], *, bulk_id: str, command_id: str, actor: Actor
    ) -> BulkAnswer | None:
        """Add any number of accounts, page by page; None where there were none.

        Page n has the command id `{command_id}-{n}`: the same call again goes on where it broke off.
        """
        answer = None
        for number, page in enumerate(_pages(targets), start=1):
            command = AddTargets(
                bulk_id=bulk_id,
                command_id=f"{command_id}-{number}",
                actor=actor,
                targets=page,
            )
            answer = await self.send(command)
        return answer

    async def get(self, bulk_id: str) -> BulkView:
        """How far it is, what the dry run said, and every step with who took it and why."""
        return await self._reads.bulk(bulk_id)

    async def targets(
        self,
        bulk_id: str,
        *,
        state: TargetState | None = None,
        foreseen: str | None = None,
        limit: int | None = None,
        after: int | None = None,
    ) -> BulkTargetsView:
        """Its accounts in their order, and what became of each; `after` is of the page before."""
        return await self._reads.bulk_targets(
            bulk_id, state=state, foreseen=foreseen, limit=limit, after=after
        )


def _pages(targets: Iterable[Target]) -> Iterator[tuple[Target, ...]]:
    left = iter(targets)
    while page := tuple(islice(left, PAGE_OF_TARGETS)):
        yield page
