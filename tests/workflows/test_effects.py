"""What has to happen outside: in order, once, for as long as is right, and never in anybody's way."""

from datetime import date, timedelta
from functools import partial

import pytest
from temporalio.exceptions import ApplicationError

from activities.notices import NO_WEBHOOK, NoticeActivities
from examples.invented import resident_number
from examples.services.identity_provider import Behaviour
from goodstanding.messages import (
    AcknowledgeNotice,
    DecideReview,
    FileAppeal,
    Pace,
    RetryEffect,
    SettleEffects,
    Settlement,
    Verified,
    Withdraw,
)
from goodstanding.sealing import Identity
from goodstanding.vocabulary import Assurance, EffectKind, EffectState, Outcome, Verdict
from storage.texts import TextKeys
from tests.workflows.stand import BIRCH, COPIES, HOLDER, OPS
from workflows.effects import InHand, in_hand_of


async def test_point_08_a_notice_in_the_inbox_alone_needs_no_activity(skipped, account_id):
    accounts = skipped.goodstanding.accounts
    await accounts.register(skipped.register(account_id))
    await accounts.withdraw(Withdraw(account_id=account_id, command_id="c2", actor=HOLDER))
    assert "NoticeIssued" in await skipped.kinds(account_id)
    assert await skipped.effects(account_id) == []
    assert await skipped.activities_of(account_id) == []


async def test_point_08_the_notices_of_a_command_leave_in_one_activity_and_are_settled_once(
    skipped, account_id
):
    await skipped.active(account_id, COPIES)
    await skipped.goodstanding.accounts.record_violation(skipped.violation(account_id))
    await skipped.until(lambda: skipped.nothing_is_pending(account_id))
    sent = [one for one in skipped.webhook.messages if one.body["account_id"] == account_id]
    assert [one.body["kind"] for one in sent] == ["activated", "violation_decided"]
    assert sent[1].body["title"]
    assert skipped.ledger.names_asked(account_id).count("settle_effects") == 3


async def test_point_08_a_copy_is_sent_again_until_the_platform_takes_it(skipped, account_id):
    skipped.webhook.fail_first(3)
    await skipped.active(account_id, COPIES)
    await skipped.until(lambda: skipped.nothing_is_pending(account_id))
    sent = [
        one.body["kind"] for one in skipped.webhook.messages if one.body["account_id"] == account_id
    ]
    assert sent == ["activated"]
    assert "NoticeDelivered" in await skipped.kinds(account_id)


async def test_point_08_a_copy_that_nobody_takes_is_given_up_recorded_and_can_be_tried_again(
    skipped, account_id
):
    skipped.webhook.fail_first(10_000)
    await skipped.active(account_id, COPIES)
    await skipped.environment.sleep(timedelta(days=7, minutes=1))
    skipped.webhook.fail_first(0)
    (effect,) = [one for one in await skipped.effects(account_id) if one.kind == "notice"]
    assert (effect.state, effect.last_error) == (EffectState.FAILED, "WebhookUndeliveredError")
    assert "EffectFailed" in await skipped.kinds(account_id)
    retry = RetryEffect(
        account_id=account_id, command_id="again", actor=OPS, effect_id=effect.effect_id
    )
    await skipped.goodstanding.accounts.retry_effect(retry)
    await skipped.until(lambda: skipped.nothing_is_pending(account_id))
    assert "NoticeDelivered" in await skipped.kinds(account_id)


async def overturned(stand, account_id):
    """Two notices of one command: of the decision that is overturned, and of the one that follows from it."""
    accounts = stand.goodstanding.accounts
    for name in ("one", "two"):
        await accounts.record_violation(stand.violation(account_id, name, rule="hate"))
    appeal = FileAppeal(
        account_id=account_id,
        command_id="appeal",
        actor=HOLDER,
        appeal_id="appeal",
        decision_id=f"{account_id}.c-one.1",
        statement="That was not hate.",
    )
    review_id = (await accounts.file_appeal(appeal)).created[0]
    await stand.until(lambda: stand.nothing_is_pending(account_id))
    vote = DecideReview(
        account_id=account_id,
        command_id="vote",
        actor=BIRCH,
        review_id=review_id,
        verdict=Verdict.OVERTURNED,
        reasons="It was a quotation.",
    )
    return [f"{account_id}.vote.2", f"{account_id}.vote.3"], partial(accounts.decide_review, vote)


async def test_point_08_a_copy_that_was_taken_is_not_sent_again_with_its_neighbour(
    skipped, account_id
):
    await skipped.active(account_id, COPIES)
    ids, decide = await overturned(skipped, account_id)
    repeats = skipped.webhook.repeats
    skipped.webhook.fail_first(1)
    await decide()
    await skipped.until(lambda: skipped.nothing_is_pending(account_id))
    sent = [one.message_id for one in skipped.webhook.messages if one.message_id in ids]
    # the first was refused and came later
    assert sent == ids[::-1]
    assert skipped.webhook.repeats == repeats


async def test_a_copy_that_cannot_be_sent_any_more_says_so_though_its_neighbour_was_refused(
    skipped, account_id
):
    await skipped.active(account_id, COPIES)
    ids, decide = await overturned(skipped, account_id)
    skipped.webhook.fail_first(10_000)
    await decide()
    first = next(one for one in await skipped.effects(account_id) if one.effect_id == ids[0])
    await skipped.erase_texts(account_id, skipped.body(first)["text_id"])
    await skipped.environment.sleep(timedelta(days=7, minutes=1))
    skipped.webhook.fail_first(0)
    errors = {one.effect_id: one.last_error for one in await skipped.effects(account_id)}
    assert [errors[one] for one in ids] == ["text_erased", "WebhookUndeliveredError"]


async def test_a_copy_whose_words_were_erased_meanwhile_is_not_sent(skipped, account_id):
    skipped.webhook.fail_first(10_000)
    await skipped.active(account_id, COPIES)
    await skipped.erase_texts(account_id)
    skipped.webhook.fail_first(0)
    await skipped.until(lambda: skipped.nothing_is_pending(account_id))
    (effect,) = [one for one in await skipped.effects(account_id) if one.kind == "notice"]
    assert (effect.state, effect.last_error) == (EffectState.FAILED, "text_erased")
    assert account_id not in {one.body["account_id"] for one in skipped.webhook.messages}


async def test_a_deadline_is_kept_though_an_effect_kept_the_run_open_since_long_before(
    skipped, account_id
):
    accounts = skipped.goodstanding.accounts
    skipped.ledger.paces[account_id] = Pace(horizon=timedelta(days=1), margin=timedelta(0))
    await skipped.active(account_id, COPIES)
    await accounts.record_violation(skipped.violation(account_id, rule="hate"))
    await skipped.until(lambda: skipped.nothing_is_pending(account_id))
    await skipped.environment.sleep(timedelta(days=2))
    skipped.webhook.fail_first(10_000)
    acted_at = await skipped.now() - timedelta(minutes=1)
    await accounts.record_violation(skipped.violation(account_id, acted_at=acted_at))
    # the restriction ends in five days, beyond the horizon; the copy of the notice is tried for seven
    await skipped.environment.sleep(timedelta(days=5, minutes=1))
    skipped.webhook.fail_first(0)
    assert not await skipped.nothing_is_pending(account_id)
    assert "PenaltyExpired" in await skipped.kinds(account_id)
    assert (await skipped.lateness(account_id))[-1] < timedelta(seconds=2)


async def test_without_a_webhook_the_copy_fails_and_says_why(skipped, account_id):
    await skipped.goodstanding.accounts.register(skipped.register(account_id))
    notices = NoticeActivities(skipped.database.reading, TextKeys(skipped.keys.wrapper))
    effects = tuple(skipped.effect_ref(f"{account_id}.{n}") for n in range(2))
    settled = await notices.deliver_notices(effects)
    assert [(one.delivered, one.error) for one in settled] == [(False, NO_WEBHOOK)] * 2


async def test_point_08_a_slow_third_party_keeps_no_command_waiting(skipped, account_id):
    accounts = skipped.goodstanding.accounts
    await accounts.register(skipped.register(account_id))
    identity = skipped.contact(account_id, Behaviour(unavailable=10_000))
    await skipped.submit(account_id, identity)
    await skipped.until(lambda: skipped.was_asked(account_id))
    reported = await accounts.file_report(skipped.report(account_id))
    assert reported.created
    assert "ReviewOpened" in await skipped.kinds(account_id)
    await skipped.until(lambda: skipped.is_delivered(account_id, "review"))
    withdrawn = await accounts.withdraw(
        Withdraw(account_id=account_id, command_id="c9", actor=HOLDER)
    )
    assert withdrawn.stage == "withdrawn"


async def test_point_08_an_unavailable_provider_fails_nobody_a_person_decides(skipped, account_id):
    await skipped.goodstanding.accounts.register(skipped.register(account_id))
    identity = skipped.contact(account_id, Behaviour(unavailable=10_000))
    await skipped.submit(account_id, identity)
    await skipped.environment.sleep(timedelta(days=3, minutes=1))
    kinds = await skipped.kinds(account_id)
    assert "IdentityChecked" in kinds
    assert kinds[-2:] == ["ReviewOpened", "NoticeIssued"]
    (effect,) = [one for one in await skipped.effects(account_id) if one.kind == "verification"]
    assert effect.last_error == "ProviderUnavailableError"


async def test_a_verification_is_asked_again_until_the_provider_answers(skipped, account_id):
    await skipped.goodstanding.accounts.register(skipped.register(account_id))
    await skipped.submit(account_id, skipped.contact(account_id, Behaviour(unavailable=3)))
    await skipped.until(lambda: skipped.has_happened(account_id, "Activated"))
    (effect,) = [one for one in await skipped.effects(account_id) if one.kind == "verification"]
    assert skipped.provider.asked.count(effect.effect_id) == 4
    assert await skipped.vault.sealed(effect.effect_id) is None


async def test_a_call_back_settles_a_verification_that_waited(skipped, account_id):
    accounts = skipped.goodstanding.accounts
    await accounts.register(skipped.register(account_id))
    await skipped.submit(account_id, skipped.contact(account_id, Behaviour(calls_back=True)))
    await skipped.until(lambda: skipped.has_happened(account_id, "IdentityAsked"))
    (effect,) = [one for one in await skipped.effects(account_id) if one.kind == "verification"]
    await skipped.environment.sleep(timedelta(hours=5))
    passed = Verified(outcome=Outcome.PASS, assurance=Assurance.ISSUER, is_old_enough=True)
    settlement = Settlement(effect_id=effect.effect_id, delivered=True, verified=passed)
    for _ in range(2):
        await accounts.settle_effects(
            SettleEffects(account_id=account_id, settlements=(settlement,))
        )
    kinds = await skipped.kinds(account_id)
    assert kinds.count("Activated") == 1
    assert skipped.provider.asked.count(effect.effect_id) == 1


async def test_a_provider_that_never_calls_back_leaves_it_to_a_person(skipped, account_id):
    await skipped.goodstanding.accounts.register(skipped.register(account_id))
    await skipped.submit(account_id, skipped.contact(account_id, Behaviour(calls_back=True)))
    await skipped.environment.sleep(timedelta(days=3, minutes=1))
    await skipped.until(lambda: skipped.has_happened(account_id, "ReviewOpened"))
    (opened,) = await skipped.bodies(account_id, "ReviewOpened")
    assert opened["kind"] == "identity"
    assert not await skipped.has_happened(account_id, "Declined")


async def test_an_effect_that_the_record_no_longer_waits_for_is_dropped(skipped, account_id):
    accounts = skipped.goodstanding.accounts
    await accounts.register(skipped.register(account_id))
    await skipped.submit(account_id, skipped.contact(account_id, Behaviour(unavailable=10_000)))
    await skipped.until(lambda: skipped.was_asked(account_id))
    (effect,) = [one for one in await skipped.effects(account_id) if one.kind == "verification"]
    passed = Verified(outcome=Outcome.PASS, assurance=Assurance.ISSUER, is_old_enough=True)
    settlement = Settlement(effect_id=effect.effect_id, delivered=True, verified=passed)
    command = SettleEffects(account_id=account_id, settlements=(settlement,))
    await accounts.settle_effects(command)
    await skipped.environment.sleep(1)
    view = await skipped.handle(account_id).query("view")
    assert (view["effects"], view["in_hand"]) == ([], [])


async def test_a_terminated_run_loses_no_effect(skipped, account_id):
    accounts = skipped.goodstanding.accounts
    await accounts.register(skipped.register(account_id))
    await skipped.submit(account_id, skipped.contact(account_id, Behaviour(unavailable=4)))
    await skipped.until(lambda: skipped.was_asked(account_id))
    await skipped.handle(account_id).terminate()
    await accounts.pass_time(account_id)
    await skipped.until(lambda: skipped.has_happened(account_id, "Activated"))
    assert (await skipped.kinds(account_id)).count("IdentityChecked") == 1


async def test_a_copy_that_was_taken_is_delivered_though_others_of_the_batch_were_not(skipped):
    effects = tuple(skipped.effect_ref(f"a.{n}") for n in range(2))
    error = ApplicationError("not all", ["a.0"], type="WebhookUndeliveredError")
    settled = InHand(EffectKind.NOTICE, effects).given_up(error)
    assert [(one.delivered, one.error) for one in settled] == [
        (True, None),
        (False, "WebhookUndeliveredError"),
    ]


def test_what_one_command_caused_goes_together_and_reviews_keep_their_order(skipped):
    first = skipped.effect_ref("a.1")
    later = first.model_copy(
        update={"effect_id": "a.2", "give_up_at": first.give_up_at + timedelta(days=1)}
    )
    together = first.model_copy(update={"effect_id": "a.3"})
    reviews = [skipped.effect_ref(f"r.{n}", EffectKind.REVIEW) for n in range(3)]
    filings = [skipped.effect_ref(f"f.{n}", EffectKind.FILING) for n in range(2)]
    found = [batch.ids for batch in in_hand_of([first, *reviews, together, *filings, later])]
    assert found == [("a.1", "a.3"), ("a.2",), ("r.0", "r.1", "r.2"), ("f.0",), ("f.1",)]


@pytest.mark.parametrize(
    ("document", "number", "reason"),
    [
        ("organisation_code", "91350211M000100Y43", "document_type_not_asked"),
        ("contact", "no address at all", "phone_malformed"),
    ],
)
async def test_a_document_that_cannot_be_right_fails_at_once_and_asks_nobody(
    skipped, account_id, document, number, reason
):
    await skipped.goodstanding.accounts.register(skipped.register(account_id))
    identity = Identity(document=document, number=number, name="Nobody", country="CN")
    await skipped.submit(account_id, identity)
    await skipped.until(lambda: skipped.has_happened(account_id, "IdentityChecked"))
    (checked,) = await skipped.bodies(account_id, "IdentityChecked")
    assert (checked["outcome"], checked["reason_code"]) == ("fail", reason)
    (effect,) = [one for one in await skipped.effects(account_id) if one.kind == "verification"]
    assert effect.effect_id not in skipped.provider.asked


async def test_an_identity_that_was_sealed_for_somebody_else_is_not_taken_for_theirs(
    skipped, account_id
):
    await skipped.goodstanding.accounts.register(skipped.register(account_id))
    await skipped.submit_sealed_for(account_id, "somebody-else")
    await skipped.until(lambda: skipped.has_happened(account_id, "IdentityChecked"))
    (checked,) = await skipped.bodies(account_id, "IdentityChecked")
    assert (checked["outcome"], checked["reason_code"]) == ("fail", "identity_not_opened")


async def test_a_verified_identity_is_kept_wrapped_and_recognised_again(licensed, account_id):
    stand = licensed
    number = resident_number(born=date(1984, 5, 20), serial=int(account_id[1:5], 16) % 999)
    stand.provider._people[number] = Behaviour()
    identity = Identity(
        document="resident_identity_number", number=number, name="无名氏", country="CN"
    )
    await stand.goodstanding.accounts.register(stand.register(account_id, "cn-im-2014"))
    await stand.submit(account_id, identity)
    await stand.until(lambda: stand.has_happened(account_id, "Activated"))
    assert await stand.vault.open_identity(account_id) == identity
    assert await stand.fingerprint(account_id)
    for event in await stand.events(account_id):
        assert number not in event.body


async def test_nothing_of_an_identity_is_in_a_history(skipped, account_id):
    await skipped.active(account_id)
    text = str(await skipped.history(account_id))
    assert f"{account_id}@people" not in text
    assert "Somebody" not in text


async def test_a_notice_is_acknowledged_by_its_holder(skipped, account_id):
    await skipped.active(account_id)
    (notice,) = await skipped.bodies(account_id, "NoticeIssued")
    command = AcknowledgeNotice(
        account_id=account_id, command_id="read", actor=HOLDER, notice_id=notice["notice_id"]
    )
    await skipped.goodstanding.accounts.acknowledge_notice(command)
    assert "NoticeAcknowledged" in await skipped.kinds(account_id)
