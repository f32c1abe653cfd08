import json
from datetime import timedelta

import pytest

from goodstanding.domain.record import VerificationState
from goodstanding.messages import PassTime, RetryEffect, Verified, Withdraw
from goodstanding.vocabulary import EffectKind, EffectState, Outcome, ReviewKind, Stage, Verdict
from storage.tables import AccountRow, EffectRow, EventRow
from tests.storage.ledgers import ASH, D0, HOLDER, PASSED, SYSTEM, Ledger


async def test_while_something_is_pending_the_account_wakes_now(ledger: Ledger):
    effect_id = await ledger.submitted()

    row = await ledger.row(AccountRow)
    told = await ledger.pass_time()

    assert (row["wake_at"], row["has_pending_effects"]) == (D0, True)
    assert [one.effect_id for one in told.agenda.effects] == [effect_id]
    assert told.agenda.effects[0].kind is EffectKind.VERIFICATION


async def test_then_it_wakes_for_the_next_deadline(ledger: Ledger):
    told = await ledger.active()

    row = await ledger.row(AccountRow)

    assert row["wake_at"] == told.agenda.next_deadline
    assert not row["has_pending_effects"]


async def test_an_account_to_which_nothing_will_happen_never_wakes(ledger: Ledger):
    await ledger.tell(ledger.register())
    await ledger.send(Withdraw, HOLDER)
    await ledger.deliver()
    await ledger.pass_time(D0 + timedelta(days=3000))
    await ledger.deliver()

    assert (await ledger.row(AccountRow))["wake_at"] is None


async def test_what_waits_for_a_call_back_is_pending_but_not_on_the_agenda(ledger: Ledger):
    effect_id = await ledger.submitted()

    told = await ledger.settle(effect_id, waits=True)

    assert told.agenda.effects == ()
    assert told.agenda.next_due == "provider_silent"
    row = await ledger.row(EffectRow)
    assert (row["state"], row["waits"], row["attempts"]) == (EffectState.PENDING, True, 1)
    assert (await ledger.row(AccountRow))["wake_at"] == told.agenda.next_deadline


async def test_the_call_back_settles_it(ledger: Ledger):
    effect_id = await ledger.submitted()
    await ledger.settle(effect_id, waits=True)

    told = await ledger.settle(effect_id, verified=PASSED)

    assert told.answer.stage is Stage.ACTIVE
    row = (await ledger.rows(EffectRow))[0]
    assert (row["state"], row["waits"], row["attempts"]) == (EffectState.DELIVERED, False, 2)


async def test_a_provider_that_stays_silent_leaves_nothing_pending(ledger: Ledger):
    effect_id = await ledger.submitted()
    await ledger.settle(effect_id, waits=True)

    await ledger.pass_time(D0 + timedelta(days=3))
    late = await ledger.settle(effect_id, verified=PASSED)

    row = next(r for r in await ledger.rows(EffectRow) if r["effect_id"] == effect_id)
    assert (row["state"], row["last_error"]) == (EffectState.FAILED, "unanswered")
    assert late.answer.stage is Stage.VERIFYING
    assert (await ledger.record()).verification.state is VerificationState.IN_REVIEW


async def test_a_provider_that_stays_silent_is_told_to_ops(ledger: Ledger):
    effect_id = await ledger.submitted()
    await ledger.settle(effect_id, waits=True)
    ledger.now = D0 + timedelta(days=3)

    told = await ledger.tell(PassTime(account_id=ledger.id))

    assert told.failures == ("unanswered",)
    (failed,) = [e for e in await ledger.rows(EventRow) if e["kind"] == "EffectFailed"]
    assert json.loads(failed["body"])["effect_id"] == effect_id


async def test_an_answer_on_the_last_instant_comes_after_the_silence(ledger: Ledger):
    effect_id = await ledger.submitted()
    await ledger.settle(effect_id, waits=True)
    ledger.now = D0 + timedelta(days=3)

    await ledger.settle(effect_id, verified=PASSED)

    row = next(r for r in await ledger.rows(EffectRow) if r["effect_id"] == effect_id)
    assert (row["state"], row["last_error"]) == (EffectState.FAILED, "unanswered")
    kinds = [event["kind"] for event in await ledger.rows(EventRow)]
    assert (kinds.count("EffectFailed"), kinds.count("IdentityOpened")) == (1, 1)
    assert (await ledger.record()).verification.state is VerificationState.IN_REVIEW


async def test_nobody_waits_for_the_answer_once_the_registration_is_given_up(ledger: Ledger):
    effect_id = await ledger.submitted()
    await ledger.settle(effect_id, waits=True)

    await ledger.send(Withdraw, HOLDER)

    row = next(r for r in await ledger.rows(EffectRow) if r["effect_id"] == effect_id)
    assert (row["state"], row["waits"]) == (EffectState.DELIVERED, False)
    assert "EffectFailed" not in [event["kind"] for event in await ledger.rows(EventRow)]


async def test_a_settlement_of_what_is_settled_is_ignored(ledger: Ledger):
    effect_id = await ledger.submitted()
    await ledger.settle(effect_id, verified=PASSED)
    before = await ledger.everything()

    await ledger.settle(effect_id, verified=Verified(outcome=Outcome.FAIL))
    await ledger.settle("unheard-of.1")

    assert await ledger.everything() == before


async def test_a_failed_effect_is_shown_and_blocks_nothing(ledger: Ledger):
    await ledger.active()
    told = await ledger.tell(ledger.violation())
    (effect,) = told.agenda.effects

    after = await ledger.settle(effect.effect_id, delivered=False, error="unreachable")

    assert after.agenda.effects == ()
    row = next(r for r in await ledger.rows(EffectRow) if r["effect_id"] == effect.effect_id)
    assert (row["state"], row["last_error"]) == (EffectState.FAILED, "unreachable")
    assert (await ledger.rows(EventRow))[-1]["kind"] == "EffectFailed"


async def test_a_failed_effect_is_tried_again_for_as_long_as_at_first(ledger: Ledger):
    await ledger.active()
    (effect,) = (await ledger.tell(ledger.violation())).agenda.effects
    await ledger.settle(effect.effect_id, delivered=False, error="unreachable")
    ledger.now += timedelta(days=20)

    told = await ledger.send(RetryEffect, SYSTEM, effect_id=effect.effect_id)

    (again,) = told.agenda.effects
    assert again.effect_id == effect.effect_id
    assert again.give_up_at == effect.give_up_at + timedelta(days=20)
    assert (await ledger.row(AccountRow))["wake_at"] == ledger.now
    settled = await ledger.settle(effect.effect_id)
    assert settled.agenda.effects == ()
    row = next(r for r in await ledger.rows(EffectRow) if r["effect_id"] == effect.effect_id)
    assert (row["state"], row["attempts"]) == (EffectState.DELIVERED, 2)


@pytest.mark.parametrize("verdict", [None, Verdict.ACCEPT])
async def test_a_verification_that_failed_is_a_persons_and_not_tried_again(
    ledger: Ledger, verdict: Verdict | None
):
    effect_id = await ledger.submitted()
    await ledger.settle(effect_id, delivered=False, error="ProviderUnavailableError")
    (review,) = (await ledger.record()).open_reviews(ReviewKind.IDENTITY)
    if verdict:
        await ledger.vote(review.review_id, verdict, ASH)
    before = await ledger.record()

    told = await ledger.send(RetryEffect, SYSTEM, effect_id=effect_id)

    assert told.answer.refusal
    assert told.answer.refusal.code == "EffectNotFailedError"
    assert effect_id not in {one.effect_id for one in told.agenda.effects}
    assert await ledger.record() == before


async def test_a_verification_that_was_given_up_is_in_the_ledger(ledger: Ledger):
    effect_id = await ledger.submitted()

    told = await ledger.settle(effect_id, delivered=False, error="SealingKeyUnknownError")

    assert told.failures == ("SealingKeyUnknownError",)
    assert "EffectFailed" in [event["kind"] for event in await ledger.rows(EventRow)]


async def test_what_has_not_failed_is_not_tried_again(ledger: Ledger):
    await ledger.active()
    (effect,) = (await ledger.tell(ledger.violation())).agenda.effects

    told = await ledger.send(RetryEffect, SYSTEM, effect_id=effect.effect_id)

    assert told.answer.refusal
    assert told.answer.refusal.code == "EffectNotFailedError"
    assert told.agenda.effects == (effect,)
