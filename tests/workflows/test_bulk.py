"""Bulk operations through client, workflow and record: each account once, and nothing without two people."""

from collections import Counter

import pytest

from goodstanding.domain.bulk import WrongBulkStateError
from goodstanding.errors import ConflictError, SelfApprovalError
from goodstanding.messages import (
    AbortBulk,
    Actor,
    BulkState,
    LiftPenalty,
    Lifts,
    PauseBulk,
    PlanBulk,
    ResumeBulk,
    StartBulk,
    Target,
    TargetState,
    UndoBulk,
)
from goodstanding.names import bulk_workflow_id
from goodstanding.vocabulary import Role
from tests.workflows.bulks import AT_ONCE, BulkDesk
from tests.workflows.stand import ASH, BIRCH

CEDAR = Actor(id="cedar", role=Role.REVIEWER)

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
async def desk(live, new_id):
    desk = BulkDesk(live, new_id)
    yield desk
    await live.replay(bulk_workflow_id(new_id))


async def test_two_hundred_accounts_each_get_their_own_decision_and_notice_once(desk):
    ids = await desk.accounts(200)
    await desk.started(ids)
    view = await desk.becomes(BulkState.DONE, within=120)
    assert (view.tally.done, view.tally.refused) == (200, 0)
    assert await desk.found(ids) == Counter(ids)
    assert await desk.notices(ids) == Counter(ids)


async def test_the_dry_run_writes_nothing_and_says_exactly_what_then_happens(desk):
    ids = await desk.accounts(12)
    for account_id in ids[:4]:
        # of these the next one is not the first
        for n in range(2):
            violation = desk.stand.violation(account_id, f"before-{n}")
            await desk.stand.goodstanding.accounts.record_violation(violation)
    gone = f"{ids[0]}-unknown"
    events = [await desk.stand.kinds(one) for one in ids]
    await desk.planned([*ids, gone])
    view = await desk.rehearsed()
    assert [await desk.stand.kinds(one) for one in ids] == events
    assert view.dry_run.outcome == {"done": 12, "refused": 1}
    assert view.dry_run.refusal == {"AccountNotFoundError": 1}
    assert sum(view.dry_run.standing.values()) == 12
    assert len(view.dry_run.standing) == 2
    await desk.approved()
    await desk.do(StartBulk)
    await desk.becomes(BulkState.DONE)
    for target in await desk.targets():
        assert target.code == target.foreseen_code
        assert target.standing == target.foreseen_standing
    rungs = {one: await desk.stand.bodies(one, "DecisionTaken") for one in ids}
    foreseen = {one.account_id: one.foreseen_rung for one in await desk.targets()}
    assert {one: taken[-1]["rung"] for one, taken in rungs.items()} == {
        one: foreseen[one] for one in ids
    }


async def test_f05_whoever_planned_it_does_not_approve_it(desk):
    await desk.planned(await desk.accounts(1))
    await desk.rehearsed()
    with pytest.raises(SelfApprovalError):
        await desk.approved(ASH)
    # a refusal is not kept: the same may be asked for again, rightly this time
    assert (await desk.approved(BIRCH)).state is BulkState.APPROVED


async def test_it_stops_after_its_first_slice_until_somebody_has_looked(desk):
    ids = await desk.accounts(10)
    await desk.started(ids, canary=3)
    view = await desk.becomes(BulkState.PAUSED)
    assert (view.tally.done, view.tally.waiting) == (3, 7)
    assert view.steps[-1].because == "canary"
    assert await desk.found(ids) == Counter(ids[:3])
    await desk.do(ResumeBulk)
    assert (await desk.becomes(BulkState.DONE)).tally.done == 10


async def test_paused_it_sends_nothing_and_aborted_it_never_does(desk):
    ids = await desk.accounts(60)
    await desk.started(ids, per_second=10, at_once=2)

    async def some_are_done():
        return (await desk.view()).tally.done > 3

    await desk.stand.until(some_are_done)
    await desk.do(PauseBulk)

    async def nothing_is_in_doubt():
        return not (await desk.view()).tally.sent

    await desk.stand.until(nothing_is_in_doubt)
    paused = await desk.view()
    assert 0 < paused.tally.done < 60
    await desk.do(ResumeBulk)

    async def more_are_done():
        return (await desk.view()).tally.done > paused.tally.done

    await desk.stand.until(more_are_done)
    await desk.do(AbortBulk)
    await desk.stand.until(nothing_is_in_doubt)
    aborted = await desk.view()
    assert aborted.state is BulkState.ABORTED
    assert aborted.tally.waiting + aborted.tally.done == 60
    treated = [one.account_id for one in await desk.targets() if one.state is TargetState.DONE]
    assert await desk.found(ids) == Counter(treated)
    with pytest.raises(WrongBulkStateError):
        await desk.do(ResumeBulk)


async def test_it_stops_where_accounts_answer_otherwise_than_foreseen(desk):
    ids = await desk.accounts(40)
    await desk.planned(ids, at_once=2, per_second=20)
    await desk.rehearsed()
    await desk.approved()
    for account_id in ids[:20]:
        # somebody was faster: the act is decided already
        violation = desk.stand.violation(account_id, "faster")
        finding = violation.finding.model_copy(update={"item": "item-1"})
        await desk.stand.goodstanding.accounts.record_violation(
            violation.model_copy(update={"finding": finding})
        )
    await desk.do(StartBulk)
    view = await desk.becomes(BulkState.PAUSED)
    assert view.steps[-1].because == "otherwise"
    assert view.tally.otherwise == view.tally.refused
    assert 0 < view.tally.refused < 20
    assert view.tally.done == 0


async def test_a_step_that_is_repeated_happens_once_and_another_body_is_a_conflict(desk):
    ids = await desk.accounts(2)
    await desk.planned(ids)
    first = await desk.rehearsed()
    desk.sent -= 1
    await desk.rehearsed()
    assert len((await desk.view()).steps) == len(first.steps)
    desk.sent -= 1
    with pytest.raises(ConflictError):
        await desk.approved()


async def test_the_same_accounts_are_not_added_twice(desk):
    ids = await desk.accounts(3)
    await desk.planned(ids)
    answer = await desk.add([Target(account_id=one) for one in [*ids, *ids]])
    assert answer.targets == 3


async def test_what_is_lifted_in_bulk_is_lifted_for_each(desk):
    ids = await desk.accounts(5)
    penalties = []
    for account_id in ids:
        for n in range(3):
            violation = desk.stand.violation(account_id, f"before-{n}")
            await desk.stand.goodstanding.accounts.record_violation(violation)
        penalties.append((await desk.stand.bodies(account_id, "PenaltyImposed"))[-1]["penalty_id"])
    lift = LiftPenalty(
        account_id=ids[0],
        command_id="lift",
        actor=BIRCH,
        penalty_id=penalties[0],
        reasons="It was lifted already, by hand.",
    )
    await desk.stand.goodstanding.accounts.lift_penalty(lift)
    lifts = Lifts(reasons="The detector was at fault that day.")
    await desk.do(PlanBulk, template=lifts, limits=AT_ONCE)
    await desk.add([Target(account_id=a, subject=p) for a, p in zip(ids, penalties, strict=True)])
    view = await desk.rehearsed()
    assert view.dry_run.outcome == {"done": 4, "refused": 1}
    await desk.approved()
    await desk.do(StartBulk)
    await desk.becomes(BulkState.DONE)
    for account_id in ids:
        lifted = await desk.stand.bodies(account_id, "PenaltyLifted")
        assert len(lifted) == 1


async def test_a_run_that_was_lost_goes_on_once_upkeep_has_looked(desk):
    ids = await desk.accounts(60)
    await desk.started(ids, per_second=10, at_once=2)
    handle = desk.stand.client.get_workflow_handle(bulk_workflow_id(desk.bulk_id))
    await handle.terminate("lost")
    assert desk.bulk_id in await desk.with_work()
    assert (await desk.stand.activities.bulk.steps.sweep_bulks()).started >= 1
    assert (await desk.becomes(BulkState.DONE, within=90)).tally.done == 60
    assert await desk.found(ids) == Counter(ids)
    assert desk.bulk_id not in await desk.with_work()


async def test_f08_what_was_decided_in_bulk_is_undone_for_each_with_its_notice(desk):
    ids = await desk.accounts(30)
    for account_id in ids[:10]:
        await desk.stand.goodstanding.accounts.record_violation(
            desk.stand.violation(account_id, "earlier")
        )
    before = await desk.standings(ids)
    await desk.started(ids)
    await desk.becomes(BulkState.DONE)
    assert await desk.standings(ids) != before
    await desk.do(UndoBulk, BIRCH)
    with pytest.raises(SelfApprovalError):
        await desk.approved(BIRCH)
    with pytest.raises(SelfApprovalError):
        await desk.approved(ASH)
    await desk.approved(CEDAR)
    view = await desk.becomes(BulkState.UNDONE)
    assert (view.tally.undo_done, view.tally.undo_refused) == (30, 0)
    assert await desk.standings(ids) == before
    assert await desk.notices(ids, "strike_voided") == Counter(ids)


async def test_only_what_was_treated_is_undone(desk):
    ids = await desk.accounts(12)
    await desk.started(ids, canary=5)
    await desk.becomes(BulkState.PAUSED)
    await desk.do(AbortBulk)
    await desk.do(UndoBulk)
    await desk.approved(BIRCH)
    view = await desk.becomes(BulkState.UNDONE)
    assert (view.tally.undo_done, view.tally.waiting) == (5, 7)
    assert await desk.notices(ids, "strike_voided") == Counter(ids[:5])
    assert await desk.found(ids) == Counter(ids[:5])
