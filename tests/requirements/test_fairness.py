"""What is fair to the holder whatever the policy says: a hearing, a person, an end, an appeal, one punishment."""

from datetime import timedelta

import pytest

from goodstanding.domain.entries import DecisionState
from goodstanding.errors import (
    AlreadyAppealedError,
    AlreadyDecidedError,
    AppealWindowExpiredError,
    ChoiceOutOfBoundsError,
    DetectorNotAllowedError,
    HearingNotOpenError,
    HearingOpenError,
    RoleNotAllowedError,
    SelfApprovalError,
)
from goodstanding.messages import AnswerHearing
from goodstanding.vocabulary import ReviewKind, Verdict
from tests.requirements.platform import (
    ASH,
    BIRCH,
    CEDAR,
    DETECTOR,
    HOLDER,
    NEUTRAL,
    Account,
    Platform,
)

MOMENT = timedelta(microseconds=1)
LADDER = ("warning", "restricted_publishing", "suspended_updates")


async def proposed_closure(platform: Platform) -> tuple[Account, str]:
    """An account whose closure is proposed, and the decision that proposes it."""
    account = await platform.active()
    for rule in ("illegal_goods", "fraud_offer", "impersonation"):
        await account.violate(rule)
    decision = await account.violate("privacy_exposure")
    assert decision.proposal.penalty == "closure"
    return account, decision.decision_id


async def test_f03_the_holder_answers_before_a_closure_is_confirmed(platform):
    account, decision_id = await proposed_closure(platform)
    decision = (await account.record()).the_decision(decision_id)
    assert decision.proposal.hearing_until - decision.taken_at == timedelta(days=5)
    requirements = await platform.client.accounts.requirements(account.id)
    asked = [r for r in requirements.currently_due if r.code == "hearing.answer"]
    assert [r.deadline for r in asked] == [decision.proposal.hearing_until]

    review_id = decision.proposal.review_id
    refused = await account.refused(account.vote(review_id, Verdict.CONFIRM, BIRCH))
    assert (type(refused), refused.field) == (HearingOpenError, "review_id")
    hearing = {"decision_id": decision_id, "statement": "The account was taken over."}
    await account.send(AnswerHearing, HOLDER, **hearing)
    refused = await account.refused(account.send(AnswerHearing, HOLDER, **hearing))
    assert type(refused) is HearingNotOpenError
    await account.vote(review_id, Verdict.CONFIRM, BIRCH)

    assert (await account.record()).stage == "closing"
    (answered,) = await account.bodies("HearingAnswered")
    assert answered["decision_id"] == decision_id


async def test_f03_a_hearing_without_an_answer_ends_by_itself_and_confirms_nothing(platform):
    account, decision_id = await proposed_closure(platform)
    proposal = (await account.record()).the_decision(decision_id).proposal
    await platform.pass_to(proposal.hearing_until)
    await account.happens("HearingEnded")
    assert (await account.told())[-1] == "hearing_ended"
    assert (await account.record()).stage == "active"

    await platform.pass_to(proposal.lapses_at)
    await account.happens("ProposalLapsed")
    assert (await account.told())[-1] == "proposal_lapsed"
    assert (await account.record()).stage == "active"
    assert "closure" not in await account.penalties()


async def test_f03_a_closure_is_announced_and_waits_for_an_appeal(platform):
    account, decision_id = await proposed_closure(platform)
    hearing = {"decision_id": decision_id, "statement": "It was not me."}
    await account.send(AnswerHearing, HOLDER, **hearing)
    review_id = await account.open_review(ReviewKind.CONFIRMATION)
    answer = await account.vote(review_id, Verdict.CONFIRM, BIRCH)
    until = (await account.record()).closing.until
    assert until - answer.at == timedelta(days=7)
    assert await account.can() >= {"read", "message", "remove", "appeal", "export"}

    appeal = await account.appeal(decision_id)
    await platform.pass_to(until + timedelta(days=1))
    assert (await account.record()).stage == "closing"
    await account.vote(appeal, Verdict.OVERTURNED, CEDAR)
    assert (await account.record()).stage == "active"


async def test_f03_while_an_interim_runs_the_holder_is_heard(platform):
    account = await platform.active()
    held = await account.violate("threat_to_life")
    hearing = {"decision_id": held.decision_id, "statement": "It is a line of a film."}
    await account.send(AnswerHearing, HOLDER, **hearing)

    assert (await account.kinds()).count("HearingAnswered") == 1
    # the confirmation need not wait for it
    await account.vote(await account.open_review(ReviewKind.CONFIRMATION), Verdict.REJECT, BIRCH)
    assert (await account.record()).the_decision(held.decision_id).state is DecisionState.LAPSED


async def test_f04_the_window_is_counted_from_the_notice_and_closes_at_its_instant(platform):
    account = await platform.active()
    first = await account.violate("illegal_goods")
    second = await account.violate("spam_flooding")
    notice = await account.notice("violation_decided")
    assert second.appeal_until - notice.handed_over_at == timedelta(days=60)

    await platform.pass_to(second.appeal_until - timedelta(minutes=1))
    await account.appeal(second.decision_id)
    await platform.pass_to(second.appeal_until)
    refused = await account.refused(account.appeal(first.decision_id))
    assert (type(refused), refused.field) == (AppealWindowExpiredError, "decision_id")
    await account.wake()
    assert "appeal_window_ended" in await account.told()


async def test_f04_there_is_one_free_appeal_for_each_decision(platform):
    account = await platform.active()
    decision = await account.violate("illegal_goods")
    review_id = await account.appeal(decision.decision_id, statement="New: I have the receipt.")
    refused = await account.refused(account.appeal(decision.decision_id))
    assert (type(refused), refused.field) == (AlreadyAppealedError, "decision_id")

    await account.vote(review_id, Verdict.UPHELD, CEDAR, "The receipt is for something else.")
    refused = await account.refused(account.appeal(decision.decision_id))
    assert type(refused) is AlreadyAppealedError
    upheld = (await account.notice("appeal_upheld")).text
    assert "The receipt is for something else." in upheld
    other = await account.violate("fraud_offer")
    assert await account.appeal(other.decision_id)


async def test_f04_nobody_who_took_part_judges_the_appeal(platform):
    account, decision_id = await proposed_closure(platform)
    hearing = {"decision_id": decision_id, "statement": "It was not me."}
    await account.send(AnswerHearing, HOLDER, **hearing)
    review_id = await account.open_review(ReviewKind.CONFIRMATION)
    await account.vote(review_id, Verdict.CONFIRM, BIRCH)
    appeal = await account.appeal(decision_id)

    for who in (ASH, BIRCH):
        refused = await account.refused(account.vote(appeal, Verdict.UPHELD, who))
        assert (type(refused), refused.field) == (SelfApprovalError, "actor.id")
    queue = await platform.client.reviews.queue(ReviewKind.APPEAL)
    (queued,) = [one for one in queue.reviews if one.account_id == account.id]
    assert {ASH.id, BIRCH.id} <= set(queued.excluded)
    await account.vote(appeal, Verdict.UPHELD, CEDAR)


async def test_f04_who_is_suspended_or_closed_reaches_the_appeal(platform):
    suspended = await platform.active()
    await suspended.violate("illegal_goods")
    decision = await suspended.violate("fraud_offer")
    assert await suspended.standing() == "suspended"
    assert "appeal" in await suspended.can()
    assert await suspended.appeal(decision.decision_id)

    closed = await platform.active()
    decision = await closed.close()
    assert await closed.can() == {"appeal", "export"}
    assert await closed.overturn(decision.decision_id)
    assert (await closed.record()).stage == "active"


async def test_f04_an_appeal_that_is_late_is_escalated_and_decides_nothing_by_itself(platform):
    account = await platform.active()
    decision = await account.violate("illegal_goods")
    review_id = await account.appeal(decision.decision_id)
    review = (await account.record()).review(review_id)
    assert review.due_at - review.opened_at == timedelta(days=15)
    received = (await account.notice("appeal_received")).text
    assert f"{review.due_at.astimezone((await account.policy()).zone):%Y-%m-%d}" in received

    await platform.pass_to(review.due_at)
    await account.happens("ReviewEscalated")
    record = await account.record()
    assert record.appeals[0].verdict is None
    assert record.the_decision(decision.decision_id).state is DecisionState.IN_FORCE


async def test_f04_a_reduction_is_never_harsher_and_is_told_with_reasons(platform):
    account = await platform.active()
    decision = await account.violate("illegal_goods")
    review_id = await account.appeal(decision.decision_id)
    harsher = account.vote(review_id, Verdict.REDUCED, CEDAR, rung="suspend")
    refused = await account.refused(harsher)
    assert (refused.code, refused.field) == ("VerdictNotPossibleError", "rung")

    await account.vote(review_id, Verdict.REDUCED, CEDAR, "It was the first time.", rung="warn")
    assert await account.penalties() == ["warning"]
    assert "post" in await account.can()
    assert "It was the first time." in (await account.notice("appeal_reduced")).text


@pytest.mark.parametrize("rule", ["spam_flooding", "illegal_goods", "threat_to_life"])
async def test_f05_a_detector_proposes_and_nothing_is_denied_before_a_person_decides(
    platform, rule
):
    account = await platform.active()
    before = await account.can()

    await account.propose(rule, item="item-7")

    record = await account.record()
    assert (record.penalties, record.strikes, record.decisions) == ((), (), ())
    assert await account.can() == before
    (proposed,) = await account.bodies("FindingProposed")
    assert (proposed["detector"], proposed["rule"]) == (DETECTOR.id, rule)
    finding = await account.finding(rule, item="item-7")
    review_id = await account.open_review(ReviewKind.CASE)
    refused = await account.refused(
        account.vote(review_id, Verdict.VIOLATION, DETECTOR, finding=finding)
    )
    assert (type(refused), refused.field) == (RoleNotAllowedError, "actor.role")
    await account.vote(review_id, Verdict.VIOLATION, ASH, finding=finding)
    assert (await account.record()).penalties[0].code


async def test_f05_where_the_policy_says_so_a_detector_proposes_nothing(platform):
    account = await platform.active()

    refused = await account.refused(account.propose("violent_overthrow_call"))

    assert (type(refused), refused.field) == (DetectorNotAllowedError, "finding.rule")


async def test_f05_no_closure_rests_on_one_person(platform):
    account, decision_id = await proposed_closure(platform)
    hearing = {"decision_id": decision_id, "statement": "It was not me."}
    await account.send(AnswerHearing, HOLDER, **hearing)
    review_id = await account.open_review(ReviewKind.CONFIRMATION)
    refused = await account.refused(account.vote(review_id, Verdict.CONFIRM, ASH))
    assert type(refused) is SelfApprovalError
    await account.vote(review_id, Verdict.CONFIRM, BIRCH)

    decision = (await account.record()).the_decision(decision_id)
    assert len(set(decision.deciders)) == 2


async def test_f06_the_lowest_rung_that_fits_is_taken(platform):
    account = await platform.active()
    for rule, penalty in (
        ("spam_flooding", "warning"),
        ("misleading_headline", "warning"),
        ("spam_flooding", "restricted_publishing"),
        ("illegal_goods", "suspended_updates"),
    ):
        decision = await account.violate(rule)
        assert (await account.penalties())[-1] == penalty
        assert decision.rung == decision.proposed_rung


async def test_f06_to_go_higher_needs_reasons_and_a_second_person(platform):
    account = await platform.active()
    decision = await account.violate("illegal_goods", rung="suspend")
    assert await account.penalties() == ["restricted_publishing"]
    text = (await account.notice("violation_decided")).text
    assert "As the circumstances ask." in text
    assert "something more severe" in text

    await account.vote(await account.open_review(ReviewKind.CONFIRMATION), Verdict.CONFIRM, BIRCH)
    assert (await account.penalties())[-1] == "suspended_updates"
    (found,) = await account.bodies("ViolationFound")
    assert found["chosen_rung"] == "suspend"
    assert found["choice_reasons"]
    assert decision.found_by == ASH.id


async def test_f06_a_person_may_be_milder_by_one_rung_and_stays_within_the_bounds(platform):
    account = await platform.active()
    await account.violate("illegal_goods", rung="warn")
    assert await account.penalties() == ["warning"]
    assert (await account.record()).strikes[0].points == 3

    for rule, rung in (("spam_flooding", "suspend"), ("fraud_offer", "close_grave")):
        refused = await account.refused(account.violate(rule, rung=rung))
        assert (type(refused), refused.field) == (ChoiceOutOfBoundsError, "finding.choice.rung")


async def test_f06_more_severity_or_history_gives_no_lower_rung(platform):
    reached = []
    for history in ((), ("spam_flooding",), ("illegal_goods",)):
        row = []
        for rule in ("misleading_headline", "fraud_offer"):
            account = await platform.active()
            for earlier in history:
                await account.violate(earlier)
            await account.violate(rule)
            row.append(LADDER.index((await account.penalties())[-1]))
        assert row == sorted(row)
        reached.append(row)
    for column in zip(*reached, strict=True):
        assert list(column) == sorted(column)


@pytest.mark.parametrize("policy", ["cn-im-2014", NEUTRAL])
async def test_f07_every_penalty_but_a_closure_has_an_end_of_its_own(platform, policy):
    account = await platform.active(policy=policy)
    rules = (await account.policy()).rules
    minor = [code for code, rule in rules.items() if rule.severity == "minor"]
    serious = [code for code, rule in rules.items() if rule.severity == "serious"]
    for rule in (minor[0], *serious[-3:], serious[-3]):
        await account.violate(rule)
    held = await account.violate("threat_to_life")
    reviews = (await account.record()).open_reviews(ReviewKind.CONFIRMATION)
    (review_id,) = [r.review_id for r in reviews if r.subject_id == held.decision_id]
    await account.vote(review_id, Verdict.CONFIRM, BIRCH)

    penalties = (await account.record()).penalties
    assert {penalty.closes for penalty in penalties} == {True, False}
    for penalty in penalties:
        assert penalty.closes or penalty.ends_at is not None, penalty.code
        assert not penalty.closes or penalty.next_review_at is not None


async def test_f07_an_interim_lapses_by_itself(platform):
    account = await platform.active()
    before = await account.can()
    held = await account.violate("threat_to_life")
    (interim,) = (await account.record()).penalties
    assert interim.ends_at == held.lapses_at
    assert await account.can() < before

    await platform.pass_to(interim.ends_at)
    await account.happens("DecisionLapsed")
    assert await account.can() == before


async def test_f09_the_same_act_is_not_punished_twice(platform):
    account = await platform.active()
    finding = await account.finding("illegal_goods", item="item-7")
    await account.violate("illegal_goods", item="item-7", violation_id=finding.violation_id)

    again = account.violate("fraud_offer", item="item-7")
    refused = await account.refused(again)
    assert (type(refused), refused.field) == (AlreadyDecidedError, "finding.item")
    same = account.violate("fraud_offer", violation_id=finding.violation_id)
    refused = await account.refused(same)
    assert (type(refused), refused.field) == (AlreadyDecidedError, "finding.violation_id")
    await account.report("r1", "item-7")
    record = await account.record()
    assert (len(record.strikes), len(record.penalties)) == (1, 1)
    assert record.open_reviews() == ()


async def test_f09_what_was_found_to_be_allowed_is_not_opened_again(platform):
    account = await platform.active()
    await account.report("r1", "item-7")
    await account.vote(await account.open_review(ReviewKind.CASE), Verdict.NO_VIOLATION, ASH)

    receipt = (await account.report("r2", "item-7")).receipt
    assert (await account.record()).open_reviews() == ()
    status = await platform.asked(f"/reports/{receipt}")
    assert (status["state"], status["outcome"]) == ("answered", "no_violation")
    refused = await account.refused(account.violate("illegal_goods", item="item-7"))
    assert (type(refused), refused.field) == (AlreadyDecidedError, "finding.item")


async def test_f09_what_was_overturned_is_not_decided_again(platform):
    account = await platform.active()
    decision = await account.violate("illegal_goods", item="item-7")
    await account.overturn(decision.decision_id)

    refused = await account.refused(account.violate("fraud_offer", item="item-7"))

    assert (type(refused), refused.field) == (AlreadyDecidedError, "finding.item")
