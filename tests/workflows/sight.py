"""What tests see of a deployment: the record, the runs, and their histories."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlmodel import col, select
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflow.v1 import WorkflowExecutionInfo
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer

from examples.services.identity_provider import IdentityProviderService
from goodstanding.messages import EffectRef
from goodstanding.names import account_of, account_workflow_id
from goodstanding.vocabulary import EffectKind, EffectState
from storage.engine import Database
from storage.tables import EffectRow, EventRow, HolderRow, TextRow
from worker.running import RUNNER, WORKFLOWS

_REPLAYED = 5
"""Of a chain of runs the last few."""


class Sight:
    """Looks, and changes nothing but the time."""

    environment: WorkflowEnvironment
    client: Client
    database: Database
    provider: IdentityProviderService

    def handle(self, account_id: str, run_id: str | None = None) -> WorkflowHandle[Any, Any]:
        return self.client.get_workflow_handle(account_workflow_id(account_id), run_id=run_id)

    async def result(self, handle: WorkflowHandle[Any, Any]) -> Any:
        """What a run that has ended said; waiting for it would move the clock of all the others."""
        with self.environment.auto_time_skipping_disabled():
            return await handle.result()

    async def status(self, account_id: str) -> WorkflowExecutionStatus | None:
        return WorkflowExecutionStatus((await self.info(account_id)).status)

    async def info(self, account_id: str) -> WorkflowExecutionInfo:
        """What the server says of the account's last run.

        The SDK's own `describe` stumbles over an unset date, which the time-skipping server gives as null.
        """
        request = DescribeWorkflowExecutionRequest(
            namespace=self.client.namespace,
            execution=WorkflowExecution(workflow_id=account_workflow_id(account_id)),
        )
        found = await self.client.workflow_service.describe_workflow_execution(request)
        return found.workflow_execution_info

    async def events(self, account_id: str) -> list[EventRow]:
        async with self.database.reading() as session:
            asked = select(EventRow).where(EventRow.account_id == account_id)
            return list(await session.exec(asked.order_by(col(EventRow.seq))))

    async def lateness(self, account_id: str) -> list[timedelta]:
        """By how much each deadline that was kept lay before the event that kept it."""
        found = [(event.at, json.loads(event.body)) for event in await self.events(account_id)]
        return [
            at - datetime.fromisoformat(body["due_at"]) for at, body in found if body.get("due_at")
        ]

    async def kinds(self, account_id: str) -> list[str]:
        return [event.kind for event in await self.events(account_id)]

    async def has_happened(self, account_id: str, kind: str) -> bool:
        return kind in await self.kinds(account_id)

    async def bodies(self, account_id: str, kind: str) -> list[Any]:
        return [
            json.loads(event.body) for event in await self.events(account_id) if event.kind == kind
        ]

    async def fingerprint(self, account_id: str) -> str | None:
        async with self.database.reading() as session:
            row = await session.get(HolderRow, account_id)
        return row.fingerprint if row else None

    async def erase_texts(self, account_id: str, *text_ids: str) -> None:
        """Let these words be gone, or all of the account's."""
        erased = delete(TextRow).where(col(TextRow.account_id) == account_id)
        if text_ids:
            erased = erased.where(col(TextRow.text_id).in_(text_ids))
        async with self.database.sessions.begin() as session:
            await session.exec(erased)

    def effect_ref(self, effect_id: str, kind: EffectKind = EffectKind.NOTICE) -> EffectRef:
        return EffectRef(effect_id=effect_id, kind=kind, give_up_at=datetime.now(UTC))

    def body(self, effect: EffectRow) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(effect.body)
        return body

    async def nothing_is_pending(self, account_id: str) -> bool:
        found = await self.effects(account_id)
        return bool(found) and all(one.state is not EffectState.PENDING for one in found)

    async def is_delivered(self, account_id: str, kind: str) -> bool:
        return any(
            one.kind == kind and one.state is EffectState.DELIVERED
            for one in await self.effects(account_id)
        )

    async def was_asked(self, account_id: str) -> bool:
        return any(account_of(effect_id) == account_id for effect_id in self.provider.asked)

    async def effects(self, account_id: str) -> list[EffectRow]:
        async with self.database.reading() as session:
            asked = select(EffectRow).where(EffectRow.account_id == account_id)
            return list(await session.exec(asked.order_by(col(EffectRow.effect_id))))

    async def has_status(self, account_id: str, status: WorkflowExecutionStatus) -> bool:
        return await self.status(account_id) is status

    async def asleep(self, account_id: str) -> None:
        """Wait until the account's run has completed."""
        await self.until(lambda: self.has_status(account_id, WorkflowExecutionStatus.COMPLETED))

    async def until(self, holds: Any, within: float = 15) -> None:
        """Wait in real time until something holds; time that can be skipped is skipped along."""
        async with asyncio.timeout(within):
            while not await holds():
                if self.environment.supports_time_skipping:
                    await self.environment.sleep(0.2)
                else:
                    await asyncio.sleep(0.02)

    async def now(self) -> datetime:
        return await self.environment.get_current_time()

    async def history(self, account_id: str, run_id: str | None = None) -> list[Any]:
        found = await self.handle(account_id, run_id).fetch_history()
        return list(found.events)

    async def activities_of(self, account_id: str) -> list[str]:
        """The regular activities of the account's last run, in order."""
        return [
            event.activity_task_scheduled_event_attributes.activity_type.name
            for event in await self.history(account_id)
            if event.HasField("activity_task_scheduled_event_attributes")
        ]

    async def run_id(self, account_id: str) -> str:
        """The run that is, or was, the account's last one."""
        return (await self.info(account_id)).execution.run_id

    async def replay(self, workflow_id: str) -> None:
        """Play the last run's history again, and those of the runs before it that went on in it.

        Another order of its commands would raise.
        """
        replayer = Replayer(
            workflows=WORKFLOWS,
            data_converter=self.client.data_converter,
            workflow_runner=RUNNER,
        )
        run_id: str | None = None
        for _ in range(_REPLAYED):
            handle = self.client.get_workflow_handle(workflow_id, run_id=run_id)
            history = await handle.fetch_history()
            # the replayer waits for ever for the first task of a run that has just begun
            if any(e.HasField("workflow_task_completed_event_attributes") for e in history.events):
                await replayer.replay_workflow(history)
            started = history.events[0].workflow_execution_started_event_attributes
            run_id = started.continued_execution_run_id
            if not run_id:
                break
