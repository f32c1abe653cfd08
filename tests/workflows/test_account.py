"""How an account's run behaves, point by point: when it runs, sleeps, goes on, and what ops see of it."""

import asyncio
import inspect
from datetime import UTC, datetime, timedelta

import pytest
from temporalio import workflow
from temporalio.client import WorkflowExecutionStatus

from goodstanding.accounts import Accounts
from goodstanding.errors import NoticeNotFoundError
from goodstanding.messages import COMMANDS, AcknowledgeNotice, Agenda, EffectRef, Pace, Withdraw
from goodstanding.names import (
    ACCOUNT_STAGE,
    ACCOUNT_STANDING,
    ACCOUNT_WORKFLOW,
    NEXT_DEADLINE,
    POLICY_VERSION,
    QUEUE,
    WAITING_FOR,
    account_workflow_id,
)
from tests.workflows.stand import HOLDER
from workflows.account import AccountWorkflow
from workflows.timer import alarm_of, place_in

RUNNING = WorkflowExecutionStatus.RUNNING
EVERY_DEADLINE = Pace(horizon=None)


def test_every_command_has_its_update_and_its_method():
    updates = {name for name, _ in inspect.getmembers(AccountWorkflow, _is_update)}
    commands = {command.model_fields["name"].default for command in COMMANDS}
    assert updates == commands | {"pass_time", "settle_effects"}
    assert commands <= set(dir(Accounts))


def _is_update(member):
    return isinstance(member, workflow.UpdateMethodMultiParam)


async def start(stand, account_id):
    return await stand.client.start_workflow(
        ACCOUNT_WORKFLOW, account_id, id=account_workflow_id(account_id), task_queue=QUEUE
    )


async def test_point_01_a_run_without_a_command_begins_by_reading_its_agenda(skipped, account_id):
    skipped.ledger.paces[account_id] = EVERY_DEADLINE
    await skipped.goodstanding.accounts.register(skipped.register(account_id))
    await skipped.environment.sleep(1)
    await skipped.handle(account_id).terminate()
    skipped.ledger.asked.clear()
    await start(skipped, account_id)
    await skipped.environment.sleep(1)
    view = await skipped.handle(account_id).query("view")
    assert skipped.ledger.names_asked(account_id) == ["pass_time"]
    assert view["next_due"] == "registration_expires"


async def test_point_01_a_run_that_comes_with_a_command_does_not_ask_twice(skipped, account_id):
    await skipped.goodstanding.accounts.register(skipped.register(account_id))
    await skipped.asleep(account_id)
    assert skipped.ledger.names_asked(account_id) == ["register"]


async def test_point_01_a_run_of_an_unknown_account_ends_by_itself(skipped, account_id):
    await start(skipped, account_id)
    await skipped.asleep(account_id)
    asleep = await skipped.result(skipped.handle(account_id))
    assert (asleep["stage"], asleep["seq"]) == (None, 0)


async def test_point_02_a_quiet_account_sleeps_and_its_next_command_wakes_it(skipped, account_id):
    accounts = skipped.goodstanding.accounts
    first = await accounts.register(skipped.register(account_id))
    await skipped.asleep(account_id)
    asleep = await skipped.result(skipped.handle(account_id))
    assert (asleep["seq"], asleep["stage"]) == (first.seq, "registering")
    withdrawn = await accounts.withdraw(
        Withdraw(account_id=account_id, command_id="c2", actor=HOLDER)
    )
    assert withdrawn.stage == "withdrawn"


async def test_point_02_a_run_stays_open_for_what_is_due_within_the_horizon(skipped, account_id):
    skipped.ledger.paces[account_id] = Pace(horizon=timedelta(days=76), margin=timedelta(days=5))
    await skipped.goodstanding.accounts.register(skipped.register(account_id))
    await skipped.environment.sleep(60)
    assert await skipped.status(account_id) is RUNNING
    await skipped.environment.sleep(timedelta(days=80))
    await skipped.until(lambda: skipped.has_happened(account_id, "Declined"))


async def test_point_02_a_run_sleeps_where_the_deadline_lies_beyond_the_horizon(
    skipped, account_id
):
    skipped.ledger.paces[account_id] = Pace(horizon=timedelta(days=74), margin=timedelta(days=5))
    await skipped.goodstanding.accounts.register(skipped.register(account_id))
    await skipped.asleep(account_id)
    assert not await skipped.has_happened(account_id, "Declined")


@pytest.mark.parametrize(
    ("given_up_in", "is_kept"),
    [(None, False), (4, False), (6, True), (-1, True)],
)
def test_point_02_a_far_deadline_is_kept_while_an_effect_may_last_until_it_is_near(
    given_up_in, is_kept
):
    now = datetime(2026, 1, 5, tzinfo=UTC)
    effects = tuple(
        EffectRef(effect_id="a1.c.1", kind="notice", give_up_at=now + timedelta(days=days))
        for days in (given_up_in,)
        if days is not None
    )
    # beyond horizon and margin by five days
    agenda = Agenda(effects=effects, next_deadline=now + timedelta(days=40))
    assert alarm_of("a1", agenda, now) == (agenda.next_deadline if is_kept else None)


async def test_point_02_a_quiet_run_lingers_for_the_next_command(live, live_id):
    accounts = live.goodstanding.accounts
    await accounts.register(live.register(live_id))
    await accounts.file_report(live.report(live_id))
    run_id = await live.run_id(live_id)
    await asyncio.sleep(0.5)
    await accounts.file_report(live.report(live_id))
    assert await live.run_id(live_id) == run_id


async def test_point_02_the_run_of_an_account_that_was_left_alone_ends_at_once(live, live_id):
    accounts = live.goodstanding.accounts
    live.ledger.paces[live_id] = Pace(
        horizon=timedelta(0), margin=timedelta(0), linger=timedelta(minutes=10)
    )
    await accounts.register(live.register(live_id))
    await live.asleep(live_id)
    history = await live.history(live_id)
    assert not any(event.HasField("timer_started_event_attributes") for event in history)


async def test_point_02_commands_of_a_hot_account_share_one_timer(live, live_id):
    live.ledger.paces[live_id] = Pace(linger=timedelta(seconds=30))
    accounts = live.goodstanding.accounts
    await accounts.register(live.register(live_id))
    for n in range(5):
        refused = AcknowledgeNotice(
            account_id=live_id, command_id=f"n{n}", actor=HOLDER, notice_id="none"
        )
        with pytest.raises(NoticeNotFoundError):
            await accounts.acknowledge_notice(refused)
    timers = [
        event
        for event in await live.history(live_id)
        if event.HasField("timer_started_event_attributes")
    ]
    assert len(timers) == 1


async def test_point_02_commands_around_the_end_of_a_run_are_all_answered_once(live, live_id):
    live.ledger.paces[live_id] = Pace(
        horizon=timedelta(0), margin=timedelta(0), linger=timedelta(0)
    )
    accounts = live.goodstanding.accounts
    await accounts.register(live.register(live_id))
    run_ids, seqs = set(), []
    for n in range(30):
        # some come while the run still completes, some when it is gone
        await asyncio.sleep(n % 6 * 0.01)
        report = live.report(live_id, item="item-1")
        seqs.append((await accounts.file_report(report)).seq)
        run_ids.add(await live.run_id(live_id))
    assert seqs == sorted(set(seqs))
    assert (await live.kinds(live_id)).count("ReportFiled") == 30
    assert len(run_ids) > 1


async def test_point_03_the_deadline_survives_a_run_that_goes_on_in_a_new_one(skipped, account_id):
    skipped.ledger.paces[account_id] = Pace(horizon=None, long_history=20)
    await skipped.goodstanding.accounts.register(skipped.register(account_id))
    first = await skipped.run_id(account_id)
    for n in range(8):
        refused = AcknowledgeNotice(
            account_id=account_id, command_id=f"n{n}", actor=HOLDER, notice_id="none"
        )
        with pytest.raises(NoticeNotFoundError):
            await skipped.goodstanding.accounts.acknowledge_notice(refused)
    await skipped.environment.sleep(1)
    assert await skipped.run_id(account_id) != first
    await skipped.environment.sleep(timedelta(days=80))
    await skipped.until(lambda: skipped.has_happened(account_id, "Declined"))


async def test_point_04_what_happens_bears_the_time_of_the_workflow(skipped, account_id):
    await skipped.environment.sleep(timedelta(days=3))
    before = await skipped.now()
    answer = await skipped.goodstanding.accounts.register(skipped.register(account_id))
    assert before <= answer.at <= await skipped.now()
    assert skipped.ledger.asked[-1].now == answer.at


async def test_point_04_each_deadline_is_kept_at_its_instant_and_never_before(skipped, account_id):
    skipped.ledger.paces[account_id] = EVERY_DEADLINE
    await skipped.active(account_id)
    for day in range(3):
        violation = skipped.violation(account_id, f"n{day}", acted_at=await skipped.now())
        await skipped.goodstanding.accounts.record_violation(violation)
        await skipped.environment.sleep(timedelta(days=1))
    await skipped.environment.sleep(timedelta(days=400))
    late = await skipped.lateness(account_id)
    assert len(late) >= 6
    assert all(timedelta(0) <= one < timedelta(seconds=2) for one in late), late


async def test_point_11_a_long_run_goes_on_in_a_new_one_and_loses_nothing(live, live_id):
    live.ledger.paces[live_id] = Pace(horizon=None, long_history=40)
    await live.goodstanding.accounts.register(live.register(live_id))
    run_ids = set()
    for _ in range(15):
        reports = [live.report(live_id, item="item-1") for _ in range(4)]
        await asyncio.gather(*(live.goodstanding.accounts.file_report(one) for one in reports))
        run_ids.add(await live.run_id(live_id))
    assert (await live.kinds(live_id)).count("ReportFiled") == 60
    assert len(run_ids) > 3


async def test_point_11_a_run_that_is_never_idle_refuses_commands_until_it_goes_on(live, live_id):
    live.ledger.paces[live_id] = Pace(horizon=None, long_history=20)
    accounts = live.goodstanding.accounts
    await accounts.register(live.register(live_id))

    async def keep_asking():
        for _ in range(12):
            await accounts.file_report(live.report(live_id, item="item-1"))

    await asyncio.gather(*(keep_asking() for _ in range(8)))
    assert (await live.kinds(live_id)).count("ReportFiled") == 96
    history = await live.history(live_id)
    assert len(history) < 8 * 20


async def test_point_13_deadlines_of_one_instant_are_spread_by_account(skipped, account_id):
    spread = timedelta(hours=6)
    skipped.ledger.paces[account_id] = Pace(horizon=None, spread=spread)
    await skipped.goodstanding.accounts.register(skipped.register(account_id))
    await skipped.environment.sleep(timedelta(days=81))
    await skipped.until(lambda: skipped.has_happened(account_id, "Declined"))
    (late,) = await skipped.lateness(account_id)
    own = place_in(spread, account_id)
    assert own <= late < own + timedelta(seconds=2)
    assert len({place_in(spread, f"a{n}") for n in range(50)}) == 50


async def test_point_14_no_run_is_bound_to_a_build_until_that_is_asked_for(live, live_id):
    await live.goodstanding.accounts.register(live.register(live_id))
    described = await live.handle(live_id).describe()
    info = described.raw_description.workflow_execution_info
    assert not info.HasField("versioning_info") or not info.versioning_info.behavior


async def test_ops_see_how_an_account_stands_and_what_it_waits_for(live, live_id):
    live.ledger.paces[live_id] = EVERY_DEADLINE
    await live.goodstanding.accounts.register(live.register(live_id))
    shown = (await live.handle(live_id).describe()).typed_search_attributes
    assert shown[ACCOUNT_STAGE] == "registering"
    assert shown[ACCOUNT_STANDING] == "good"
    assert shown[POLICY_VERSION] == "neutral@1"
    assert shown[WAITING_FOR] == "holder:identity"
    answer = (await live.events(live_id))[-1].at
    assert timedelta(days=79) < shown[NEXT_DEADLINE] - answer < timedelta(days=81)
    metadata = await live.handle(live_id).query("__temporal_workflow_metadata")
    assert "**registering**" in str(metadata)


async def test_a_command_of_long_ago_that_is_repeated_shows_how_the_account_stands_today(
    live, live_id
):
    live.ledger.paces[live_id] = EVERY_DEADLINE
    registration = live.register(live_id)
    await live.goodstanding.accounts.register(registration)
    await live.submit(live_id, live.contact(live_id))
    await live.until(lambda: live.has_happened(live_id, "Activated"))
    for n in range(2):
        violation = live.violation(live_id, f"n{n}", rule="hate")
        seq = (await live.goodstanding.accounts.record_violation(violation)).seq
    await live.handle(live_id).terminate()
    repeated = await live.goodstanding.accounts.register(registration)
    assert (repeated.seq, repeated.stage, repeated.standing) == (1, "registering", "good")
    shown = (await live.handle(live_id).describe()).typed_search_attributes
    assert (shown[ACCOUNT_STAGE], shown[ACCOUNT_STANDING]) == ("active", "suspended")
    view = await live.handle(live_id).query("view")
    assert (view["seq"], view["stage"], view["standing"]) == (seq, "active", "suspended")


async def test_a_run_that_is_about_to_complete_is_not_listed(live, live_id):
    await live.goodstanding.accounts.register(live.register(live_id))
    shown = (await live.handle(live_id).describe()).typed_search_attributes
    assert ACCOUNT_STANDING not in shown
    metadata = await live.handle(live_id).query("__temporal_workflow_metadata")
    assert "**registering**" in str(metadata)


async def test_search_attributes_are_written_only_when_they_change(live, live_id):
    live.ledger.paces[live_id] = EVERY_DEADLINE
    await live.goodstanding.accounts.register(live.register(live_id))
    for _ in range(5):
        await live.goodstanding.accounts.file_report(live.report(live_id, item="item-1"))
    upserts = [
        event
        for event in await live.history(live_id)
        if event.HasField("upsert_workflow_search_attributes_event_attributes")
    ]
    # at the registration, and when the report's review was opened
    assert len(upserts) == 2


async def test_a_deadline_that_does_not_move_parks_the_account_and_commands_still_work(
    skipped, account_id
):
    await skipped.goodstanding.accounts.register(skipped.register(account_id))
    skipped.ledger.stuck.add(account_id)
    await skipped.goodstanding.accounts.pass_time(account_id)
    await skipped.environment.sleep(10)
    view = await skipped.handle(account_id).query("view")
    assert view["waiting_for"] == "ops:parked"
    assert "made_to_stay" in view["parked"][0]
    asked = len(skipped.ledger.names_asked(account_id))
    await skipped.environment.sleep(timedelta(minutes=30))
    assert len(skipped.ledger.names_asked(account_id)) == asked
    reported = await skipped.goodstanding.accounts.file_report(skipped.report(account_id))
    assert reported.created
    skipped.ledger.stuck.discard(account_id)
    await skipped.environment.sleep(timedelta(hours=1, minutes=1))
    view = await skipped.handle(account_id).query("view")
    assert view["parked"] == []


async def test_a_mistake_in_passing_time_parks_the_account_until_it_is_mended(skipped, account_id):
    skipped.ledger.paces[account_id] = EVERY_DEADLINE
    await skipped.goodstanding.accounts.register(skipped.register(account_id))
    skipped.ledger.mistakes[account_id, "pass_time"] = TypeError("made to fail")
    await skipped.environment.sleep(timedelta(days=80, minutes=1))
    view = await skipped.handle(account_id).query("view")
    assert view["parked"] == ["pass_time: TypeError"]
    del skipped.ledger.mistakes[account_id, "pass_time"]
    await skipped.environment.sleep(timedelta(hours=1, minutes=1))
    assert await skipped.has_happened(account_id, "Declined")
