"""The sweep: an account that has something to do, and no run, gets one."""

import asyncio
from datetime import datetime

from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import WorkflowAlreadyStartedError

from goodstanding.messages import Message
from goodstanding.names import ACCOUNT_WORKFLOW, QUEUE, account_workflow_id
from goodstanding.upkeep import Swept
from storage.engine import Sessions
from storage.queries import due_before

OVERDUE_METRIC = "goodstanding_overdue_accounts_started"
"""Accounts whose deadline had passed without a run: it was terminated or lost. Normally none."""

_PAGE = 500
_AT_ONCE = 25


class Sweep(Message):
    """Which accounts are swept up."""

    before: datetime
    is_overdue: bool
    """What is found is late already, and counted."""


class _Progress(Message):
    """Where a sweep goes on when it is tried again."""

    found: int = 0
    started: int = 0
    last: tuple[datetime, str] | None = None


class UpkeepActivities:
    """Goes through the accounts that have something to do."""

    def __init__(self, sessions: Sessions, temporal: Client) -> None:
        self._sessions = sessions
        self._temporal = temporal

    @activity.defn
    async def sweep(self, sweep: Sweep) -> Swept:
        """Start what has no run; a repeat goes on after the last page that was done."""
        done = _progress()
        while page := await self._page(sweep.before, done.last):
            account_ids = [account_id for _, account_id in page]
            started = await self._start_all(account_ids, done)
            done = _Progress(
                found=done.found + len(page), started=done.started + started, last=page[-1]
            )
            activity.heartbeat(done)
            if sweep.is_overdue and started:
                activity.metric_meter().create_counter(
                    OVERDUE_METRIC, "Accounts whose deadline had passed without a run"
                ).add(started)
                activity.logger.warning("%d accounts were overdue and had no run", started)
        return Swept(found=done.found, started=done.started)

    async def _page(
        self, before: datetime, after: tuple[datetime, str] | None
    ) -> list[tuple[datetime, str]]:
        async with self._sessions() as session:
            return await due_before(session, before, after, _PAGE)

    async def _start_all(self, account_ids: list[str], done: _Progress) -> int:
        started = 0
        for first in range(0, len(account_ids), _AT_ONCE):
            some = account_ids[first : first + _AT_ONCE]
            started += sum(await asyncio.gather(*(self._start(one) for one in some)))
            activity.heartbeat(done)
        return started

    async def _start(self, account_id: str) -> bool:
        try:
            # no command: the run's first act brings what there is to do
            await self._temporal.start_workflow(
                ACCOUNT_WORKFLOW,
                account_id,
                id=account_workflow_id(account_id),
                task_queue=QUEUE,
                static_summary=f"account {account_id}",
            )
        except WorkflowAlreadyStartedError:
            return False
        return True


def _progress() -> _Progress:
    """What an attempt before this one has done."""
    details = activity.info().heartbeat_details
    return _Progress.model_validate(details[0]) if details else _Progress()
