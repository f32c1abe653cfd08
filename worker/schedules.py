"""The schedules of Upkeep: what is due within the horizon, what is overdue, and the reviews that are open."""

from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)

from goodstanding.messages import Pace
from goodstanding.names import QUEUE, UPKEEP_DAILY, UPKEEP_OVERDUE, UPKEEP_REVIEWS, UPKEEP_WORKFLOW
from goodstanding.upkeep import Upkeep

DAILY = timedelta(days=1)
OFTEN = timedelta(minutes=5)
REVIEWS = timedelta(minutes=15)
"""Each time it is tried to start every open review: a thousand take a second or two."""
OVERDUE = timedelta(minutes=2)
"""A deadline that passed so long ago has no run, else it would have been kept; nor has a review its own."""


async def ensure_schedules(client: Client, pace: Pace) -> None:
    """Create the schedules, or bring them to what this version and its settings ask for."""
    await _ensure(client, UPKEEP_DAILY, DAILY, Upkeep(reach=pace.horizon))
    await _ensure(client, UPKEEP_OVERDUE, OFTEN, Upkeep(reach=-OVERDUE))
    reviews = Upkeep(reach=-OVERDUE, of_reviews=True)
    await _ensure(client, UPKEEP_REVIEWS, REVIEWS, reviews)


async def _ensure(client: Client, schedule_id: str, every: timedelta, upkeep: Upkeep) -> None:
    schedule = Schedule(
        action=ScheduleActionStartWorkflow(
            UPKEEP_WORKFLOW,
            upkeep,
            id=schedule_id,
            task_queue=QUEUE,
            static_summary="starts a run for whatever has something to do and has none",
        ),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=every)]),
        # what was missed while nobody was there is what the next one does anyway
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=every),
    )
    try:
        await client.create_schedule(schedule_id, schedule)
    except ScheduleAlreadyRunningError:

        async def renewed(found: ScheduleUpdateInput) -> ScheduleUpdate:
            # whether somebody has paused it is not for us to undo
            schedule.state = found.description.schedule.state
            return ScheduleUpdate(schedule=schedule)

        await client.get_schedule_handle(schedule_id).update(renewed)
