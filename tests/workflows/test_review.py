"""The run of a review: who is at work on it, when it is due, and how votes reach the record."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError

from activities.reviews import ensure_review, start_review
from goodstanding.errors import (
    ConflictError,
    MalformedError,
    ReviewEndedError,
    ReviewNotFoundError,
    RoleNotAllowedError,
    VerdictNotPossibleError,
)
from goodstanding.messages import (
    DecideReview,
    RetryEffect,
    SettleEffects,
    Settlement,
    Withdraw,
)
from goodstanding.names import WAITING_FOR, review_workflow_id
from goodstanding.reviews import ReviewClaimedError, brief_of
from goodstanding.vocabulary import Verdict
from tests.workflows.stand import ASH, BIRCH, HOLDER, OPS

COMPLETED = WorkflowExecutionStatus.COMPLETED


async def opened(stand, account_id):
    """A case that waits for a person."""
    await stand.goodstanding.accounts.register(stand.register(account_id))
    await stand.goodstanding.accounts.file_report(stand.report(account_id, "one"))
    (review,) = await stand.bodies(account_id, "ReviewOpened")
    await stand.until(lambda: stand.is_delivered(account_id, "review"))
    return review["review_id"]


def vote(account_id, review_id, actor=ASH, verdict=Verdict.NO_VIOLATION, command_id="vote"):
    return DecideReview(
        account_id=account_id,
        command_id=command_id,
        actor=actor,
        review_id=review_id,
        verdict=verdict,
        reasons="Looked at with care.",
    )


@pytest.fixture
async def review_id(skipped, account_id):
    """An open review, whose history is played again as well."""
    found = await opened(skipped, account_id)
    yield found
    await skipped.replay(review_workflow_id(found))


async def has_ended(stand, review_id):
    handle = stand.client.get_workflow_handle(review_workflow_id(review_id))
    return (await handle.describe()).status is COMPLETED


async def test_point_09_a_review_is_started_and_ends_when_the_record_says_so(
    skipped, account_id, review_id
):
    reviews = skipped.goodstanding.reviews
    answer = await reviews.decide(vote(account_id, review_id))
    assert answer.refusal is None
    await skipped.until(lambda: has_ended(skipped, review_id))
    kinds = await skipped.kinds(account_id)
    assert "VoteCast" in kinds
    assert "ReviewDecided" in kinds


async def test_point_09_a_review_that_the_record_cancels_ends_as_well(
    skipped, account_id, review_id
):
    withdraw = Withdraw(account_id=account_id, command_id="w", actor=HOLDER)
    await skipped.goodstanding.accounts.withdraw(withdraw)
    await skipped.until(lambda: has_ended(skipped, review_id))
    assert "ReviewCancelled" in await skipped.kinds(account_id)


async def test_who_claims_a_review_has_it_until_the_lease_ends(skipped, review_id):
    reviews = skipped.goodstanding.reviews
    first = await reviews.claim(review_id, ASH)
    assert first.claim is not None
    assert first.claim.until - first.as_of == timedelta(minutes=30)
    with pytest.raises(ReviewClaimedError):
        await reviews.claim(review_id, BIRCH)
    await skipped.environment.sleep(timedelta(minutes=29))
    renewed = await reviews.claim(review_id, ASH)
    await skipped.environment.sleep(timedelta(minutes=29))
    with pytest.raises(ReviewClaimedError):
        await reviews.claim(review_id, BIRCH)
    await skipped.environment.sleep(timedelta(minutes=2))
    taken = await reviews.claim(review_id, BIRCH)
    assert renewed.claim
    assert taken.claim
    assert taken.claim.by == BIRCH.id


async def test_a_claim_can_be_handed_back_by_who_holds_it_only(skipped, review_id):
    reviews = skipped.goodstanding.reviews
    await reviews.claim(review_id, ASH)
    with pytest.raises(ReviewClaimedError):
        await reviews.hand_back(review_id, BIRCH)
    assert (await reviews.hand_back(review_id, ASH)).claim is None
    assert (await reviews.hand_back(review_id, ASH)).claim is None
    assert (await reviews.claim(review_id, BIRCH)).claim is not None


async def test_only_reviewers_claim(skipped, review_id):
    with pytest.raises(RoleNotAllowedError):
        await skipped.goodstanding.reviews.claim(review_id, HOLDER)


async def test_nobody_votes_while_somebody_else_is_at_work(skipped, account_id, review_id):
    reviews = skipped.goodstanding.reviews
    await reviews.claim(review_id, ASH)
    with pytest.raises(ReviewClaimedError):
        await reviews.decide(vote(account_id, review_id, BIRCH))
    assert (await reviews.decide(vote(account_id, review_id, ASH))).refusal is None


async def test_the_record_judges_the_vote(skipped, account_id, review_id):
    reviews = skipped.goodstanding.reviews
    with pytest.raises(VerdictNotPossibleError):
        await reviews.decide(vote(account_id, review_id, verdict=Verdict.GRANT))
    with pytest.raises(ReviewNotFoundError):
        await reviews.decide(vote(account_id, f"{account_id}.unknown.1", command_id="v2"))


async def test_a_vote_that_the_record_does_not_store_is_raised_as_its_error(
    skipped, account_id, review_id
):
    moved_on = vote(account_id, review_id).model_copy(update={"expected_seq": 1})
    with pytest.raises(ConflictError):
        await skipped.goodstanding.reviews.decide(moved_on)


async def test_a_vote_for_another_review_is_refused_at_the_door(skipped, account_id, review_id):
    stray = vote("somebody-else", review_id)
    with pytest.raises(MalformedError):
        await skipped.goodstanding.reviews.decide(stray)


async def test_a_vote_that_is_repeated_counts_once(skipped, account_id, review_id):
    reviews = skipped.goodstanding.reviews
    first = await reviews.decide(vote(account_id, review_id))
    assert await reviews.decide(vote(account_id, review_id)) == first
    assert (await skipped.kinds(account_id)).count("VoteCast") == 1


async def test_a_vote_after_the_end_is_refused_by_the_record(skipped, account_id, review_id):
    reviews = skipped.goodstanding.reviews
    await reviews.decide(vote(account_id, review_id))
    await skipped.until(lambda: has_ended(skipped, review_id))
    with pytest.raises(ReviewEndedError):
        await reviews.decide(vote(account_id, review_id, BIRCH, command_id="late"))
    with pytest.raises(ReviewNotFoundError):
        await reviews.claim(review_id, BIRCH)


async def test_a_vote_that_went_past_the_run_ends_it_too(skipped, account_id, review_id):
    await skipped.goodstanding.accounts.decide_review(vote(account_id, review_id))
    await skipped.until(lambda: has_ended(skipped, review_id))
    assert (await skipped.kinds(account_id)).count("ReviewDecided") == 1


async def test_a_lost_run_keeps_nobody_from_voting_and_can_be_rebuilt(
    skipped, account_id, review_id
):
    handle = skipped.client.get_workflow_handle(review_workflow_id(review_id))
    await skipped.environment.sleep(1)
    await handle.terminate()
    (effect,) = await skipped.effects(account_id)
    brief = brief_of(account_id, skipped.body(effect))
    assert await start_review(skipped.client, brief)
    assert not await start_review(skipped.client, brief)
    assert (await skipped.goodstanding.reviews.claim(review_id, ASH)).claim
    await skipped.environment.sleep(1)
    await handle.terminate()
    await skipped.goodstanding.reviews.decide(vote(account_id, review_id))
    assert "ReviewDecided" in await skipped.kinds(account_id)


async def test_a_review_that_ended_is_not_started_again(skipped, account_id, review_id):
    await skipped.goodstanding.reviews.decide(vote(account_id, review_id))
    await skipped.until(lambda: has_ended(skipped, review_id))
    opening = next(one for one in await skipped.effects(account_id) if one.effect_id == review_id)
    assert not await start_review(skipped.client, brief_of(account_id, skipped.body(opening)))


async def test_a_review_that_was_decided_before_its_run_could_be_started_gets_none(
    skipped, account_id, monkeypatch
):
    async def away(*_):
        raise ConnectionRefusedError

    accounts = skipped.goodstanding.accounts
    await accounts.register(skipped.register(account_id))
    with monkeypatch.context() as patched:
        patched.setattr("activities.reviews.start_review", away)
        await accounts.file_report(skipped.report(account_id))
        (effect,) = await skipped.effects(account_id)
        failed = Settlement(effect_id=effect.effect_id, delivered=False, error="gave_up")
        await accounts.settle_effects(SettleEffects(account_id=account_id, settlements=(failed,)))
        await accounts.decide_review(vote(account_id, effect.effect_id))
    retry = RetryEffect(
        account_id=account_id, command_id="retry", actor=OPS, effect_id=effect.effect_id
    )
    await accounts.retry_effect(retry)
    await skipped.until(lambda: skipped.nothing_is_pending(account_id))
    handle = skipped.client.get_workflow_handle(review_workflow_id(effect.effect_id))
    with pytest.raises(RPCError, match="not found"):
        await handle.describe()


async def test_a_review_that_is_decided_while_its_run_is_started_ends_all_the_same(
    skipped, account_id, review_id
):
    handle = skipped.client.get_workflow_handle(review_workflow_id(review_id))
    await skipped.environment.sleep(1)
    await handle.terminate()
    opening = next(one for one in await skipped.effects(account_id) if one.effect_id == review_id)
    await skipped.goodstanding.accounts.decide_review(vote(account_id, review_id))
    await skipped.until(lambda: skipped.nothing_is_pending(account_id))
    # it was read as open before the vote
    brief = brief_of(account_id, skipped.body(opening))
    assert not await ensure_review(skipped.client, skipped.database.reading, brief)
    await skipped.until(lambda: has_ended(skipped, review_id))


@pytest.mark.parametrize("length", [5, 6, 7])
async def test_a_review_ends_though_it_has_just_become_too_long(live, live_id, monkeypatch, length):
    monkeypatch.setattr("workflows.options.LONG_REVIEW", length)
    review_id = await opened(live, live_id)
    await live.goodstanding.accounts.decide_review(vote(live_id, review_id))
    await live.until(lambda: has_ended(live, review_id))
    await live.replay(review_workflow_id(review_id))


async def test_reminder_and_deadline_are_shown_and_decide_nothing(skipped, account_id, review_id):
    handle = skipped.client.get_workflow_handle(review_workflow_id(review_id))
    await skipped.environment.sleep(timedelta(days=6, hours=12, minutes=1))
    view = await handle.query("view")
    assert (view["is_reminded"], view["is_overdue"]) == (True, False)
    await skipped.environment.sleep(timedelta(hours=12))
    view = await handle.query("view")
    assert view["is_overdue"]
    assert not view["has_ended"]
    assert "ReviewDecided" not in await skipped.kinds(account_id)


async def test_ops_see_which_review_waits_for_whom(live, live_id):
    review_id = await opened(live, live_id)
    handle = live.client.get_workflow_handle(review_workflow_id(review_id))
    shown = (await handle.describe()).typed_search_attributes
    assert shown[WAITING_FOR] == "review:case:open"
    await live.goodstanding.reviews.claim(review_id, ASH)
    shown = (await handle.describe()).typed_search_attributes
    assert shown[WAITING_FOR] == "review:case:claimed"


async def test_a_review_with_a_long_history_goes_on_in_a_new_run(live, live_id, monkeypatch):
    review_id = await opened(live, live_id)
    handle = live.client.get_workflow_handle(review_workflow_id(review_id))
    first = (await handle.describe()).run_id
    reviews = live.goodstanding.reviews
    for _ in range(30):
        await asyncio.gather(*(reviews.claim(review_id, ASH) for _ in range(5)))
    view = await reviews.claim(review_id, ASH)
    assert view.claim
    assert (await handle.describe()).run_id != first
    with pytest.raises(ReviewClaimedError):
        await reviews.claim(review_id, BIRCH)
    await live.replay(review_workflow_id(review_id))
