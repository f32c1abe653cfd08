"""Starts the run of every account that has something to do soon, or had, and of every open review, if it has none.

It is never the clock: a run keeps the exact instant itself, and a sweep may fail for weeks without a deadline
being late.
"""

from datetime import UTC, datetime

from temporalio import workflow

from activities.bulk import BulkActivities
from activities.upkeep import Sweep, UpkeepActivities
from goodstanding.names import BULK_QUEUE, UPKEEP_WORKFLOW
from goodstanding.upkeep import Swept, Upkeep
from workflows.options import BULK_STEP, SWEEP


@workflow.defn(name=UPKEEP_WORKFLOW)
class UpkeepWorkflow:
    """One sweep."""

    @workflow.run
    async def run(self, upkeep: Upkeep) -> Swept:
        """Sweep once; the schedule repeats it."""
        if upkeep.of_bulks:
            return await self._of_bulks()
        reach, now = upkeep.reach, workflow.now()
        before = datetime.max.replace(tzinfo=UTC) if reach is None else now + reach
        is_overdue = before <= now
        what = "what is overdue" if is_overdue else f"what is due before {before:%Y-%m-%d %H:%M}"
        asks = UpkeepActivities.sweep
        if upkeep.of_reviews:
            what, asks = "open reviews", UpkeepActivities.sweep_reviews
        elif upkeep.of_policies:
            what, asks = "accounts under a newer policy", UpkeepActivities.sweep_policies
        swept: Swept = await workflow.execute_activity_method(
            asks,
            Sweep(before=before, is_overdue=is_overdue),
            summary=f"starts a run for {what}",
            **SWEEP,
        )
        workflow.set_current_details(f"{what}: {swept.started} of {swept.found} had no run")
        return swept

    async def _of_bulks(self) -> Swept:
        swept: Swept = await workflow.execute_activity_method(
            BulkActivities.sweep_bulks,
            task_queue=BULK_QUEUE,
            summary="starts a run for bulk operations under way",
            **BULK_STEP,
        )
        return swept
