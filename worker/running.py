"""The workers of both queues, with everything that they run."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.client import Client
from temporalio.converter import StorageDriverStoreContext
from temporalio.worker import (
    Worker,
    WorkerDeploymentConfig,
    WorkflowInstance,
    WorkflowInstanceDetails,
)
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import Info

from activities.bulk import BulkActivities
from activities.bulk_rehearsal import BulkRehearsal
from activities.bulk_sending import BulkSending
from activities.content import ContentActivities
from activities.filings import FilingActivities
from activities.identity import IdentityActivities
from activities.notices import NoticeActivities
from activities.pacing import PacedLedger
from activities.reviews import ReviewActivities
from activities.upkeep import UpkeepActivities
from goodstanding.names import BULK_QUEUE, EFFECTS_QUEUE, QUEUE
from workflows.account import AccountWorkflow
from workflows.bulk import BulkWorkflow
from workflows.review import ReviewWorkflow
from workflows.upkeep import UpkeepWorkflow

WORKFLOWS: tuple[type, ...] = (AccountWorkflow, BulkWorkflow, ReviewWorkflow, UpkeepWorkflow)


class _Runner(SandboxedWorkflowRunner):
    """A sandbox that is not asked, three times for each payload, in which context the payload stands.

    Our converter treats all payloads alike. The answer, which is always the same, would be worked out inside the
    sandbox each time: an eighth of the worker's time.
    """

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        return _Instance(super().create_instance(det))


class _Instance(WorkflowInstance):
    def __init__(self, sandboxed: WorkflowInstance) -> None:
        self._sandboxed = sandboxed

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        return self._sandboxed.activate(act)

    def get_info(self) -> Info:
        return self._sandboxed.get_info()

    def get_thread_id(self) -> int | None:
        return self._sandboxed.get_thread_id()

    def get_serialization_context(self, command_info: object) -> None:
        """None of any: what the converter makes of a payload depends on the payload alone."""

    def get_external_store_context(self, command_info: object) -> StorageDriverStoreContext:  # noqa: ARG002
        """Nothing is stored outside."""
        return _NOWHERE


_NOWHERE = StorageDriverStoreContext(target=None)

RUNNER = _Runner(
    # loaded once: a run that loads messages and tables for itself takes 0.8 s to start instead of 0.03
    restrictions=SandboxRestrictions.default.with_passthrough_modules(
        "goodstanding",
        "activities",
        "storage",
        # what the workflows have in common; loaded for each run it trebles what a run's start costs
        "workflows.commands",
        "workflows.effects",
        "workflows.failures",
        "workflows.options",
        "workflows.signs",
        "workflows.timer",
    )
)

STICKY = timedelta(seconds=3)
"""A run in the cache of a worker that died is waited for so long, instead of ten seconds."""


@dataclass(frozen=True)
class Activities:
    """Everything that runs outside the workflows, ready with its collaborators."""

    ledger: PacedLedger
    notices: NoticeActivities
    identity: IdentityActivities
    filings: FilingActivities
    content: ContentActivities
    reviews: ReviewActivities
    upkeep: UpkeepActivities
    bulk: "BulkParts | None" = None
    """None where this process takes no part in bulk operations."""


@dataclass(frozen=True)
class BulkParts:
    """What carries bulk operations out."""

    steps: BulkActivities
    rehearsal: BulkRehearsal
    sending: BulkSending


@dataclass(frozen=True)
class Running:
    """How a worker process runs."""

    max_cached_workflows: int = 1000
    effects_concurrency: int = 50
    bulk_concurrency: int = 4
    shutdown_grace: timedelta = timedelta(seconds=20)
    deployment: WorkerDeploymentConfig | None = None
    """With worker versioning only."""


def account_worker(client: Client, activities: Activities, running: Running) -> Worker:
    """The worker of the accounts: workflows, the ledger, reviews and the sweep."""
    return Worker(
        client,
        task_queue=QUEUE,
        workflows=[one for one in WORKFLOWS if one is not BulkWorkflow],
        activities=[
            activities.ledger.transact,
            activities.reviews.start_reviews,
            activities.reviews.send_vote,
            activities.upkeep.sweep,
            activities.upkeep.sweep_reviews,
            activities.upkeep.sweep_policies,
        ],
        workflow_runner=RUNNER,
        max_cached_workflows=running.max_cached_workflows,
        sticky_queue_schedule_to_start_timeout=STICKY,
        graceful_shutdown_timeout=running.shutdown_grace,
        **_versioned(running),
    )


def effects_worker(client: Client, activities: Activities, running: Running) -> Worker:
    """The worker of what goes out to third parties, however slow they are."""
    return Worker(
        client,
        task_queue=EFFECTS_QUEUE,
        activities=[
            activities.notices.deliver_notices,
            activities.notices.send_letter,
            activities.identity.verify_identity,
            activities.filings.file_with_authority,
            activities.content.ask_platform,
        ],
        max_concurrent_activities=running.effects_concurrency,
        graceful_shutdown_timeout=running.shutdown_grace,
        **_versioned(running),
    )


def bulk_worker(client: Client, parts: BulkParts, running: Running) -> Worker:
    """The worker of bulk operations: their workflows too, so that accounts wait for none of it."""
    return Worker(
        client,
        task_queue=BULK_QUEUE,
        workflows=[BulkWorkflow],
        activities=[
            parts.steps.transact_bulk,
            parts.steps.sweep_bulks,
            parts.rehearsal.rehearse,
            parts.sending.send_slice,
        ],
        workflow_runner=RUNNER,
        max_cached_workflows=running.max_cached_workflows,
        max_concurrent_activities=running.bulk_concurrency,
        sticky_queue_schedule_to_start_timeout=STICKY,
        graceful_shutdown_timeout=running.shutdown_grace,
        **_versioned(running),
    )


@asynccontextmanager
async def running_workers(
    client: Client, activities: Activities, running: Running | None = None
) -> AsyncIterator[None]:
    """Run them until the block is left; then what was begun is finished within the grace."""
    how = running or Running()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(account_worker(client, activities, how))
        await stack.enter_async_context(effects_worker(client, activities, how))
        if activities.bulk:
            await stack.enter_async_context(bulk_worker(client, activities.bulk, how))
        yield


def _versioned(running: Running) -> dict[str, Any]:
    return {"deployment_config": running.deployment} if running.deployment else {}
