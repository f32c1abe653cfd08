"""What a hostile reader found of who may decide about whom, and what holds since."""

import pytest

from goodstanding.domain.decide import Decided
from goodstanding.messages import (
    AnswerHearing,
    LiftPenalty,
    Refusal,
    RevokeQualification,
    VoidStrike,
)
from goodstanding.vocabulary import ReviewKind, Verdict
from tests.domain.attacks import (
    DOVE,
    OPERATOR_AS_REVIEWER,
    public_enterprise,
    report,
    sole,
    to_proposed_closure,
)
from tests.domain.playing import ASH, BIRCH, CEDAR, HOLDER, Life


@pytest.fixture
def struck():
    life = Life().active()
    life.violation("illegal_goods")
    return life


def test_nobody_lifts_a_penalty_of_their_own_account(struck):
    result = struck.send(
        LiftPenalty,
        OPERATOR_AS_REVIEWER,
        reasons="Mine.",
        penalty_id=struck.record.penalties[0].penalty_id,
    )
    assert isinstance(result, Refusal)


def test_nobody_voids_a_strike_of_their_own_account(struck):
    result = struck.send(
        VoidStrike,
        OPERATOR_AS_REVIEWER,
        reasons="Mine.",
        strike_id=struck.record.strikes[0].strike_id,
    )
    assert isinstance(result, Refusal)


def test_nobody_finds_a_milder_violation_on_their_own_item_first():
    life = Life().active()
    assert isinstance(life.violation("spam_flooding", OPERATOR_AS_REVIEWER, item="i1"), Refusal)


def test_whoever_confirmed_the_closure_does_not_judge_the_appeal_filed_before():
    life = Life().active()
    decision = to_proposed_closure(life)
    life.send(AnswerHearing, HOLDER, decision_id=decision, statement="No.")
    life.appeal(decision)
    life.vote(sole(life, ReviewKind.CONFIRMATION), Verdict.CONFIRM, BIRCH)
    result = life.vote(sole(life, ReviewKind.APPEAL), Verdict.UPHELD, BIRCH)
    assert isinstance(result, Refusal), "Birch confirmed, and judged"


def test_whoever_complained_is_not_the_second_person():
    life = Life().active()
    report(life, item="i1", ground="threat_to_life", actor=BIRCH)
    life.violation("threat_to_life", ASH, item="i1")
    result = life.vote(sole(life, ReviewKind.CONFIRMATION), Verdict.CONFIRM, BIRCH)
    assert isinstance(result, Refusal)


def test_whoever_complained_does_not_find_the_violation():
    life = Life().active()
    report(life, item="i1", actor=BIRCH)
    assert isinstance(life.violation("illegal_goods", BIRCH, item="i1"), Refusal)


def test_whoever_complained_does_not_judge_the_appeal():
    life = Life().active()
    report(life, item="i1", actor=BIRCH)
    made = life.violation("illegal_goods", ASH, item="i1")
    life.appeal(made.created[0])
    assert isinstance(life.vote(sole(life, ReviewKind.APPEAL), Verdict.UPHELD, BIRCH), Refusal)


def test_a_second_appeal_is_not_judged_by_who_judged_the_first():
    life = Life().active()
    first = life.violation("illegal_goods").created[0]
    second = life.violation("fraud_offer").created[0]
    life.appeal(second)
    life.vote(sole(life, ReviewKind.APPEAL), Verdict.UPHELD, CEDAR)
    life.appeal(first)
    life.vote(sole(life, ReviewKind.APPEAL), Verdict.OVERTURNED, DOVE)
    assert isinstance(life.appeal(second), Decided)
    assert isinstance(life.vote(sole(life, ReviewKind.APPEAL), Verdict.UPHELD, CEDAR), Refusal)


def test_revoking_takes_two_people():
    life = public_enterprise()
    life.send(
        RevokeQualification,
        ASH,
        qualification_id=life.record.qualifications[0].qualification_id,
        reasons="No longer fit.",
    )
    assert "publish" in life.can()


def test_a_suspension_above_the_proposed_rung_waits_for_a_second_person_in_neutral():
    life = Life(policy_id="neutral").active("standard", declared_age=30)
    life.violation("hate")
    life.violation("fraud", rung="close")
    assert [p.code for p in life.record.penalties] == ["restricted_posting", "suspended"]
