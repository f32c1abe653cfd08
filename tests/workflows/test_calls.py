"""What a caller gets, whatever happens meanwhile: to the database, to the run, to the worker, to the caller."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import (
    Client,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowUpdateFailedError,
)
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.exceptions import ApplicationError, CancelledError

import goodstanding
from goodstanding.converter import data_converter
from goodstanding.errors import (
    AccountBusyError,
    AccountNotFoundError,
    AgreementMissingError,
    CommandStaleError,
    ConfigurationError,
    ConflictError,
    GoodstandingError,
    RoleNotAllowedError,
    ServiceUnreachableError,
)
from goodstanding.messages import Answer, Pace, Withdraw
from goodstanding.names import SEARCH_ATTRIBUTES, account_workflow_id
from goodstanding.sending import send
from goodstanding.update_ids import update_id
from tests import servers
from tests.workflows.stand import ASH, HOLDER, prepared
from worker.running import running_workers

# refusals, and what is not stored


async def test_a_refusal_is_raised_as_its_error_and_stays_the_answer(skipped, account_id):
    accounts = skipped.goodstanding.accounts
    wrong = skipped.register(account_id)
    wrong = wrong.model_copy(
        update={"agreement": wrong.agreement.model_copy(update={"version": 9})}
    )
    for _ in range(2):
        with pytest.raises(AgreementMissingError) as refused:
            await accounts.register(wrong)
        assert refused.value.field == "agreement.version"
    corrected = skipped.register(account_id, command_id="register-2")
    assert (await accounts.register(corrected)).stage == "registering"


async def test_a_command_to_an_unknown_account_is_refused_and_leaves_nothing(skipped, account_id):
    command = Withdraw(account_id=account_id, command_id="c1", actor=HOLDER)
    with pytest.raises(AccountNotFoundError):
        await skipped.goodstanding.accounts.withdraw(command)
    assert await skipped.events(account_id) == []
    await skipped.asleep(account_id)


async def test_a_command_that_is_meant_for_another_account_is_refused_at_the_door(
    skipped, account_id
):
    skipped.ledger.paces[account_id] = Pace(horizon=None)
    await skipped.goodstanding.accounts.register(skipped.register(account_id))
    before = len(await skipped.history(account_id))
    stray = Withdraw(account_id="somebody-else", command_id="c9", actor=HOLDER)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await _update(skipped.client, account_id, stray)
    cause = refused.value.cause
    assert isinstance(cause, ApplicationError)
    assert cause.type == "MalformedError"
    assert len(await skipped.history(account_id)) <= before + 3


async def test_a_command_that_comes_too_late_is_refused_as_stale(skipped, account_id):
    late = skipped.register(account_id, expires_at=datetime(2020, 1, 1, tzinfo=UTC))
    with pytest.raises(CommandStaleError):
        await skipped.goodstanding.accounts.register(late)


async def test_a_role_that_may_not_send_a_command_is_refused(skipped, account_id):
    await skipped.goodstanding.accounts.register(skipped.register(account_id))
    withdraw = Withdraw(account_id=account_id, command_id="c2", actor=ASH)
    with pytest.raises(RoleNotAllowedError):
        await skipped.goodstanding.accounts.withdraw(withdraw)


# point 5


async def _has_tried(stand, account_id, name, times):
    return stand.ledger.names_asked(account_id).count(name) >= times


async def test_point_05_an_outage_of_the_database_is_bridged_and_ends_with_it(live, live_id):
    accounts = live.goodstanding.accounts
    await accounts.register(live.register(live_id))
    with live.outage():
        report = live.report(live_id)
        asked = asyncio.create_task(accounts.file_report(report))
        await live.until(lambda: _is_trying(live, live_id))
        await live.until(lambda: _has_tried(live, live_id, "file_report", 4))
    answer = await asked
    assert answer.refusal is None
    assert live.ledger.names_asked(live_id).count("file_report") > 4
    assert (await live.kinds(live_id)).count("ReportFiled") == 1


async def test_point_05_a_database_that_hangs_is_left_to_an_activity_within_one_workflow_task(
    live, live_id
):
    async def was_asked():
        return bool(live.ledger.names_asked(live_id))

    async def is_seen():
        return "transact" in await live.activities_of(live_id)

    with live.holding(live_id) as gate:
        call = asyncio.create_task(live.goodstanding.accounts.register(live.register(live_id)))
        await live.until(was_asked)
        # in real time: local activities know no other
        await live.until(is_seen)
        tasks = [
            event
            for event in await live.history(live_id)
            if event.HasField("workflow_task_started_event_attributes")
        ]
        gate.set()
        assert (await call).stage == "registering"
    assert len(tasks) == 1


async def test_point_05_a_mistake_of_ours_fails_that_command_and_no_other(skipped, account_id):
    accounts = skipped.goodstanding.accounts
    await accounts.register(skipped.register(account_id))
    skipped.ledger.mistakes[account_id, "file_report"] = KeyError("made to fail")
    with pytest.raises(GoodstandingError) as failed:
        await accounts.file_report(skipped.report(account_id))
    assert type(failed.value) is GoodstandingError
    assert "made to fail" not in failed.value.message
    withdraw = Withdraw(account_id=account_id, command_id="c2", actor=HOLDER)
    assert (await accounts.withdraw(withdraw)).stage == "withdrawn"


# point 6


async def test_point_06_a_graceful_stop_loses_nothing_and_a_later_worker_takes_what_was_sent(
    keys, policies, tmp_path
):
    urls = tuple(f"sqlite+aiosqlite:///{tmp_path}/{name}.db" for name in ("record", "vault"))
    async with (
        servers.running_dev_server(
            data_converter=data_converter(keys.codec), search_attributes=SEARCH_ATTRIBUTES
        ) as environment,
        prepared(environment, keys, urls, policies) as stand,
    ):
        accounts = stand.goodstanding.accounts
        stand.ledger.paces["a1"] = Pace(horizon=None)
        async with running_workers(stand.client, stand.activities, stand.running):
            await accounts.register(stand.register("a1"))
            # it is still open, in the cache of this worker
            assert await stand.status("a1") is WorkflowExecutionStatus.RUNNING
        report = stand.report("a1")
        asked = asyncio.create_task(accounts.file_report(report))
        await asyncio.sleep(0.5)
        assert not asked.done()
        async with running_workers(stand.client, stand.activities, stand.running):
            assert (await asked).created


# point 7


async def test_point_07_a_repeat_gets_the_answer_of_the_first(skipped, account_id):
    skipped.ledger.paces[account_id] = Pace(horizon=timedelta(0), margin=timedelta(0))
    accounts = skipped.goodstanding.accounts
    command = skipped.register(account_id)
    first = await accounts.register(command)
    withdraw = Withdraw(account_id=account_id, command_id="c2", actor=HOLDER)
    await accounts.withdraw(withdraw)
    await skipped.asleep(account_id)
    assert await accounts.register(command) == first


async def test_point_07_another_body_under_the_same_command_id_is_a_conflict(skipped, account_id):
    accounts = skipped.goodstanding.accounts
    await accounts.register(skipped.register(account_id))
    with pytest.raises(ConflictError):
        await accounts.register(skipped.register(account_id, language="zh"))


async def test_point_07_identical_calls_in_flight_share_one_execution(live, live_id):
    accounts = live.goodstanding.accounts
    await accounts.register(live.register(live_id))
    report = live.report(live_id)
    answers = await asyncio.gather(*(accounts.file_report(report) for _ in range(15)))
    assert len({answer.seq for answer in answers}) == 1
    assert live.ledger.names_asked(live_id).count("file_report") == 1


async def test_point_07_a_command_whose_caller_gave_up_is_still_carried_out(live, live_id):
    await live.goodstanding.accounts.register(live.register(live_id))
    report = live.report(live_id)
    with live.holding(live_id), pytest.raises(AccountBusyError):
        await send(live.client, report, deadline=timedelta(seconds=1))
    await live.until(lambda: live.has_happened(live_id, "ReportFiled"))
    assert (await live.goodstanding.accounts.file_report(report)).created


async def test_point_07_a_cancelled_caller_is_cancelled_and_not_told_otherwise(live, live_id):
    await live.goodstanding.accounts.register(live.register(live_id))
    with live.holding(live_id):
        asked = asyncio.create_task(live.goodstanding.accounts.file_report(live.report(live_id)))
        await asyncio.sleep(0.3)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await live.goodstanding.accounts.file_report(live.report(live_id))


async def test_point_07_a_run_terminated_under_a_command_is_followed_by_the_next(live, live_id):
    accounts = live.goodstanding.accounts
    await accounts.register(live.register(live_id))
    report = live.report(live_id)
    with live.holding(live_id):
        asked = asyncio.create_task(accounts.file_report(report))
        await live.until(lambda: _is_asked(live, live_id, "file_report"))
        first = await live.run_id(live_id)
        await live.handle(live_id).terminate("a test")
    answer = await asked
    assert answer.created
    assert await live.run_id(live_id) != first
    assert (await live.kinds(live_id)).count("ReportFiled") == 1


# point 12


async def test_point_12_a_cancelled_run_answers_who_waits_and_then_ends(live, live_id):
    accounts = live.goodstanding.accounts
    await accounts.register(live.register(live_id))
    with live.holding(live_id) as gate:
        waiting = asyncio.create_task(accounts.file_report(live.report(live_id)))
        await live.until(lambda: _is_asked(live, live_id, "file_report"))
        first = await live.run_id(live_id)
        handle = live.handle(live_id, first)
        await handle.cancel()
        await asyncio.sleep(0.3)
        assert (await handle.describe()).status is WorkflowExecutionStatus.RUNNING
        late = asyncio.create_task(accounts.file_report(live.report(live_id, "late")))
        await asyncio.sleep(0.3)
        gate.set()
        assert (await waiting).created
    with pytest.raises(WorkflowFailureError) as ended:
        await handle.result()
    assert isinstance(ended.value.cause, CancelledError)
    # by this run, where it came in before the run knew of its end, or else by the next one
    assert (await late).created


# the client


async def test_a_temporal_client_that_does_not_encrypt_is_refused(skipped):
    config = skipped.client.config()
    config["data_converter"] = pydantic_data_converter
    with pytest.raises(ConfigurationError):
        await goodstanding.connect(Client(**config), None, skipped.keys.client)


async def test_a_client_can_be_made_from_an_address(live, live_id):
    address = live.client.service_client.config.target_host
    async with await goodstanding.connect(address, None, live.keys.client) as made:
        assert (await made.accounts.register(live.register(live_id))).stage == "registering"
    with pytest.raises(ServiceUnreachableError):
        await goodstanding.connect("127.0.0.1:9", None, live.keys.client)


async def test_a_namespace_that_does_not_exist_is_said_at_once(live):
    config = live.client.config()
    config["namespace"] = "nowhere"
    with pytest.raises(ConfigurationError):
        await send(Client(**config), live.register("a1"))


async def test_reads_without_an_address_say_so(skipped):
    with pytest.raises(ConfigurationError):
        await skipped.goodstanding.accounts.get("a1")


async def _is_trying(stand, account_id):
    described = await stand.handle(account_id).describe()
    return any(one.attempt > 1 for one in described.raw_description.pending_activities)


async def _is_asked(stand, account_id, name):
    return name in stand.ledger.names_asked(account_id)


async def _update(client, account_id, command):
    return await client.get_workflow_handle(account_workflow_id(account_id)).execute_update(
        command.name, command, result_type=Answer
    )


async def test_what_failed_without_being_kept_is_asked_of_the_record_again(live, live_id):
    accounts = live.goodstanding.accounts
    report = live.report(live_id)
    with pytest.raises(AccountNotFoundError):
        await accounts.file_report(report)
    await accounts.register(live.register(live_id))

    assert (await accounts.file_report(report)).created


async def test_the_id_of_an_update_does_not_tell_what_was_asked(live, live_id):
    command = live.register(live_id)
    await live.goodstanding.accounts.register(command)

    (accepted,) = (
        event.workflow_execution_update_accepted_event_attributes
        for event in await live.history(live_id)
        if event.HasField("workflow_execution_update_accepted_event_attributes")
    )
    asked_as = accepted.protocol_instance_id
    assert asked_as == update_id(live.client, command)
    assert command.digest not in asked_as
