"""Upkeep: an account that has something to do, and no run, gets one; at the right time, and only then."""

from datetime import datetime, timedelta

from temporalio.client import ScheduleOverlapPolicy, WorkflowExecutionStatus

from goodstanding.messages import Pace
from goodstanding.names import (
    QUEUE,
    UPKEEP_DAILY,
    UPKEEP_OVERDUE,
    UPKEEP_REVIEWS,
    UPKEEP_WORKFLOW,
    review_workflow_id,
)
from goodstanding.upkeep import Swept, Upkeep
from tests.workflows.stand import ASH
from tests.workflows.test_review import opened, vote
from worker.schedules import OVERDUE, ensure_schedules

RUNNING = WorkflowExecutionStatus.RUNNING
COMPLETED = WorkflowExecutionStatus.COMPLETED


async def sweep(stand, reach, workflow_id, **more):
    handle = await stand.client.start_workflow(
        UPKEEP_WORKFLOW,
        Upkeep(reach=reach, **more),
        id=workflow_id,
        task_queue=QUEUE,
        result_type=Swept,
    )
    await stand.until(lambda: has_ended(handle))
    return await stand.result(handle)


async def has_ended(handle):
    return (await handle.describe()).status is COMPLETED


async def test_point_10_a_sleeping_account_with_a_far_deadline_is_started_in_time(
    skipped, account_id
):
    await skipped.goodstanding.accounts.register(skipped.register(account_id))
    await skipped.asleep(account_id)
    await skipped.environment.sleep(timedelta(days=46))
    await sweep(skipped, timedelta(days=30), f"early-{account_id}")
    assert await skipped.status(account_id) is COMPLETED
    await skipped.environment.sleep(timedelta(days=5))
    # by now it is as near as a run stays open for
    assert (await sweep(skipped, timedelta(days=30), f"in-time-{account_id}")).started >= 1
    assert await skipped.status(account_id) is RUNNING
    await skipped.environment.sleep(timedelta(days=30))
    (late,) = await skipped.lateness(account_id)
    assert timedelta(0) <= late < timedelta(seconds=2)
    await skipped.replay(f"in-time-{account_id}")


async def test_point_10_a_sweep_leaves_an_open_run_as_it_is(skipped, account_id):
    skipped.ledger.paces[account_id] = Pace(horizon=None)
    await skipped.goodstanding.accounts.register(skipped.register(account_id))
    run_id = await skipped.run_id(account_id)
    swept = await sweep(skipped, timedelta(days=90), f"sweep-{account_id}")
    assert swept.found >= 1
    assert await skipped.run_id(account_id) == run_id


async def test_point_10_what_is_overdue_without_a_run_is_found(skipped, account_id):
    skipped.ledger.paces[account_id] = Pace(horizon=None)
    await skipped.goodstanding.accounts.register(skipped.register(account_id))
    await skipped.environment.sleep(1)
    await skipped.handle(account_id).terminate()
    await skipped.environment.sleep(timedelta(days=81))
    assert not await skipped.has_happened(account_id, "Declined")
    swept = await sweep(skipped, -timedelta(minutes=2), f"overdue-{account_id}")
    assert swept.started >= 1
    await skipped.until(lambda: skipped.has_happened(account_id, "Declined"))
    # rights follow the instant at which it was due, not the one at which it was noticed
    (late,) = await skipped.lateness(account_id)
    assert late > timedelta(hours=20)
    assert (await sweep(skipped, -timedelta(minutes=2), f"none-{account_id}")).started == 0


async def test_point_10_the_schedules_are_made_once_and_renewed(live, live_id):
    await live.goodstanding.accounts.register(live.register(live_id))
    await live.asleep(live_id)
    await ensure_schedules(live.client, Pace(horizon=timedelta(days=30)))
    await ensure_schedules(live.client, Pace(horizon=timedelta(days=90)))
    daily = live.client.get_schedule_handle(UPKEEP_DAILY)
    described = await daily.describe()
    assert described.schedule.policy.overlap is ScheduleOverlapPolicy.SKIP
    assert described.schedule.policy.catchup_window == timedelta(days=1)
    assert described.schedule.spec.intervals[0].every == timedelta(days=1)
    overdue = await live.client.get_schedule_handle(UPKEEP_OVERDUE).describe()
    assert overdue.schedule.spec.intervals[0].every == timedelta(minutes=5)
    live.ledger.paces[live_id] = Pace(horizon=None)
    await daily.trigger()
    await live.until(lambda: live.has_status(live_id, RUNNING))


async def test_point_10_a_paused_schedule_stays_paused_when_it_is_renewed(live):
    await ensure_schedules(live.client, Pace())
    daily = live.client.get_schedule_handle(UPKEEP_DAILY)
    await daily.pause(note="a test")
    await ensure_schedules(live.client, Pace())
    assert (await daily.describe()).schedule.state.paused
    await daily.unpause()


async def test_point_10_a_triggered_sweep_says_what_it_found(live, live_id):
    await live.goodstanding.accounts.register(live.register(live_id))
    await ensure_schedules(live.client, Pace(horizon=timedelta(days=90)))
    overdue = live.client.get_schedule_handle(UPKEEP_OVERDUE)
    await overdue.trigger()

    async def ran():
        actions = (await overdue.describe()).info.recent_actions
        return bool(actions)

    await live.until(ran)
    action = (await overdue.describe()).info.recent_actions[-1].action
    handle = live.client.get_workflow_handle(action.workflow_id, result_type=Swept)
    assert (await handle.result()).started == 0


async def test_point_10_an_open_review_whose_run_was_lost_gets_another(live, live_id):
    review_id = await opened(live, live_id)
    handle = live.client.get_workflow_handle(review_workflow_id(review_id))
    lost = (await handle.describe()).run_id
    await handle.terminate()
    swept = await sweep(live, timedelta(0), f"lost-{live_id}", of_reviews=True)
    again = await sweep(live, timedelta(0), f"again-{live_id}", of_reviews=True)
    assert swept.started == 1
    assert (again.found, again.started) == (swept.found, 0)
    assert (await handle.describe()).run_id != lost
    assert (await live.goodstanding.reviews.claim(review_id, ASH)).claim
    await live.goodstanding.reviews.decide(vote(live_id, review_id))
    await live.until(lambda: has_ended(handle))
    await live.replay(review_workflow_id(review_id))


async def test_point_10_a_review_that_has_ended_or_has_only_just_begun_is_left_alone(live, live_id):
    review_id = await opened(live, live_id)
    handle = live.client.get_workflow_handle(review_workflow_id(review_id))
    await handle.terminate()
    # where its run is on its way, nothing is lost
    assert (await sweep(live, -OVERDUE, f"new-{live_id}", of_reviews=True)).started == 0
    await live.goodstanding.accounts.decide_review(vote(live_id, review_id))
    assert (await sweep(live, timedelta(0), f"ended-{live_id}", of_reviews=True)).started == 0


async def test_point_10_a_sweep_of_reviews_goes_on_page_by_page(live, live_id, monkeypatch):
    monkeypatch.setattr("activities.upkeep._PAGE", 1)
    first = await opened(live, live_id)
    report = live.report(live_id, "another")
    await live.goodstanding.accounts.file_report(report)
    await live.until(lambda: live.nothing_is_pending(live_id))
    swept = await sweep(live, timedelta(0), f"pages-{live_id}", of_reviews=True)
    assert swept.found >= 2
    assert swept.started == 0
    await live.goodstanding.reviews.decide(vote(live_id, first))


async def test_point_10_reviews_have_a_schedule_of_their_own(live):
    await ensure_schedules(live.client, Pace())
    schedule = live.client.get_schedule_handle(UPKEEP_REVIEWS)
    described = await schedule.describe()
    assert described.schedule.spec.intervals[0].every == timedelta(minutes=15)
    await schedule.trigger()

    async def ran():
        return bool((await schedule.describe()).info.recent_actions)

    await live.until(ran)
    action = (await schedule.describe()).info.recent_actions[-1].action
    handle = live.client.get_workflow_handle(action.workflow_id, result_type=Swept)
    assert (await handle.result()).started == 0


async def test_point_10_the_run_that_a_late_sweep_starts_keeps_the_very_instant(
    skipped, account_id
):
    skipped.ledger.paces[account_id] = Pace(
        horizon=timedelta(seconds=5), margin=timedelta(seconds=1)
    )
    await skipped.goodstanding.accounts.register(skipped.register(account_id))
    await skipped.asleep(account_id)
    (registered,) = await skipped.bodies(account_id, "Registered")
    due = datetime.fromisoformat(registered["expires_at"])
    await skipped.environment.sleep(due - await skipped.now() - timedelta(seconds=4))
    await sweep(skipped, timedelta(seconds=5), f"sweep-{account_id}")
    assert not await skipped.has_happened(account_id, "Declined")
    await skipped.environment.sleep(6)
    (late,) = await skipped.lateness(account_id)
    assert timedelta(0) <= late < timedelta(seconds=1)
