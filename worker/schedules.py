"""The schedules of Upkeep: what is due soon, what is overdue, open reviews, and accounts under a newer policy."""

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
from goodstanding.names import (
    QUEUE,
    UPKEEP_BULKS,
    UPKEEP_DAILY,
    UPKEEP_OVERDUE,
    UPKEEP_POLICIES,
    UPKEEP_REVIEWS,
    UPKEEP_WORKFLOW,
)
from goodstanding.upkeep import Upkeep

DAILY = timedelta(days=1)
OFTEN = timedelta(minutes=5)
REVIEWS = timedelta(minutes=15)
"""Each time it is tried to start every open review: a thousand take a second or two."""
POLICIES = timedelta(minutes=15)
"""So long after a policy version began its accounts are asked for what is new in it; the grace runs from then."""
OVERDUE = timedelta(minutes=2)
"""A deadline that passed so long ago has no run, else it would have been kept; nor has a review its own."""


async def ensure_schedules(client: Client, pace: Pace) -> None:
    """Create the schedules, or bring them to what this version and its settings ask for."""
    await _ensure(client, UPKEEP_DAILY, DAILY, Upkeep(reach=pace.horizon))
    await _ensure(client, UPKEEP_OVERDUE, OFTEN, Upkeep(reach=-OVERDUE))
    reviews = Upkeep(reach=-OVERDUE, of_reviews=True)
    await _ensure(client, UPKEEP_REVIEWS, REVIEWS, reviews)
    policies = Upkeep(reach=timedelta(0), of_policies=True)
    await _ensure(client, UPKEEP_POLICIES, POLICIES, policies)
    await _ensure(client, UPKEEP_BULKS, OFTEN, Upkeep(reach=None, of_bulks=True))


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
