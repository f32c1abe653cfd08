"""From a finding to a penalty, on the shipped policies."""

from datetime import timedelta

import pytest

from goodstanding.domain.decide import Decided
from goodstanding.domain.record import CaseState, DecisionState
from goodstanding.messages import (
    AcknowledgeNotice,
    Actor,
    AnswerHearing,
    FileReport,
    LiftPenalty,
    Refusal,
    VoidStrike,
)
from goodstanding.vocabulary import ReviewKind, Role, Verdict
from tests.domain.playing import ASH, BIRCH, CEDAR, D0, HOLDER, Life


def code(result) -> str:
    assert isinstance(result, Refusal), result
    return result.code


@pytest.fixture
def life() -> Life:
    return Life().active()


def test_the_first_occurrence_of_a_minor_rule_warns_whatever_the_meter_says(life):
    life.violation("illegal_goods")
    life.violation("illegal_goods", BIRCH)
    life.violation("spam_flooding", CEDAR)
    assert [p.code for p in life.record.penalties][-1] == "warning"


def test_points_add_up_to_the_next_rung(life):
    for rule in ("illegal_goods", "fraud_offer", "privacy_exposure"):
        life.violation(rule)
    assert [p.code for p in life.record.penalties] == [
        "restricted_publishing",
        "suspended_updates",
        "suspended_updates",
    ]
    assert life.standing() == "suspended"


def test_a_penalty_denies_until_its_end_and_not_at_it(life):
    life.violation("illegal_goods")
    end = D0 + timedelta(days=7)
    assert "post" not in life.can(end - timedelta(microseconds=1))
    assert "post" in life.can(end)


def test_overlapping_penalties_add_up_and_each_ends_by_itself(life):
    life.violation("illegal_goods")
    life.day(2).violation("illegal_goods", BIRCH)
    assert life.day(7).kinds().count("PenaltyExpired") == 1
    assert "update" not in life.can()
    assert "update" in life.day(32).can()


def test_an_acknowledged_warning_ends_and_its_strike_stays(life):
    made = life.violation("spam_flooding")
    notice = made.created[-1]
    life.send(AcknowledgeNotice, HOLDER, notice_id=notice)
    assert life.record.active_penalties(life.now) == ()
    assert life.standing() == "warned"


def test_a_warning_ends_at_the_latest_with_its_strike(life):
    life.violation("spam_flooding")
    assert life.record.penalties[0].ends_at == life.record.strikes[0].expires_at
    assert life.day(90).standing() == "good"


def test_closure_is_proposed_heard_confirmed_announced_and_then_in_force(life):
    for day, rule in enumerate(["illegal_goods"] * 4):
        made = life.day(day * 40).violation(rule)
    decision_id = made.created[0]
    assert life.record.decision(decision_id).proposal.hearing_until == D0 + timedelta(days=125)
    life.day(122).send(AnswerHearing, HOLDER, decision_id=decision_id, statement="Sorry.")
    assert code(life.vote(life.open_review(), Verdict.CONFIRM, ASH)) == "SelfApprovalError"
    life.vote(life.open_review(), Verdict.CONFIRM, BIRCH)
    assert life.record.stage == "closing"
    assert life.day(128.9).record.stage == "closing"
    assert life.day(129).record.stage == "closed"
    assert life.standing() == "closed"
    assert life.can() == {"appeal", "export"}


def test_closure_needs_an_earlier_notice(life):
    life.violation("threat_to_life")
    life.vote(life.open_review(), Verdict.REJECT, BIRCH)
    made = life.violation("illegal_goods")
    assert life.record.decision(made.created[0]).proposal is None


def test_a_grave_finding_starts_an_interim_and_closes_when_a_second_person_confirms(life):
    made = life.violation("threat_to_life")
    assert life.record.decision(made.created[0]).state is DecisionState.HELD
    assert life.record.strikes == ()
    assert "message" not in life.can()
    assert code(life.vote(life.open_review(), Verdict.CONFIRM, ASH)) == "SelfApprovalError"
    life.vote(life.open_review(), Verdict.CONFIRM, BIRCH)
    assert life.record.stage == "closed"
    assert life.record.strikes[0].points == 10


def test_an_interim_that_nobody_confirms_lapses_and_its_case_is_open_again(life):
    made = life.violation("threat_to_life")
    end = D0 + timedelta(days=7)
    assert "message" not in life.can(end - timedelta(microseconds=1))
    life.to(end)
    assert life.record.decision(made.created[0]).state is DecisionState.LAPSED
    assert life.standing() == "good"
    assert life.record.cases[0].state is CaseState.OPEN
    life.vote(life.open_review(), Verdict.NO_VIOLATION, CEDAR)
    assert life.record.cases[0].state is CaseState.NO_VIOLATION


def test_a_person_may_go_one_rung_lower_with_reasons(life):
    life.violation("illegal_goods", rung="warn")
    assert life.record.penalties[0].code == "warning"
    assert life.record.strikes[0].points == 3


def test_a_person_may_not_leave_the_bounds_of_the_severity(life):
    assert code(life.violation("spam_flooding", rung="suspend")) == "ChoiceOutOfBoundsError"
    assert life.record.decisions == ()


def test_a_higher_rung_waits_for_a_second_person(life):
    life.violation("illegal_goods", rung="suspend")
    assert [p.code for p in life.record.penalties] == ["restricted_publishing"]
    life.vote(life.open_review(), Verdict.CONFIRM, BIRCH)
    assert [p.code for p in life.record.penalties][-1] == "suspended_updates"
    assert life.record.decisions[0].rung == "suspend"


def test_a_higher_rung_that_nobody_confirms_lapses_and_the_lower_one_stands(life):
    life.violation("illegal_goods", rung="suspend")
    life.day(20)
    assert life.record.decisions[0].proposal.is_over
    assert life.record.decisions[0].rung == "restrict"


def test_one_act_counts_once(life):
    life.violation("illegal_goods", item="i1")
    assert code(life.violation("fraud_offer", item="i1")) == "AlreadyDecidedError"
    assert len(life.record.strikes) == 1


def test_a_general_line_alone_carries_nothing(life):
    assert code(life.violation("public_order")) == "RuleTooBroadError"


def test_an_unknown_rule_is_refused_by_its_own_code(life):
    assert code(life.violation("no_such_rule")) == "RuleNotFoundError"


def test_a_detector_proposes_and_a_person_decides(life):
    robot = Actor(id="robot", role=Role.DETECTOR)
    made = life.violation("spam_flooding", robot, item="i9")
    assert isinstance(made, Decided)
    assert life.record.penalties == ()
    assert life.record.open_reviews(ReviewKind.CASE)
    assert code(life.violation("violent_overthrow_call", robot)) == "DetectorNotAllowedError"


def test_what_touches_public_affairs_is_found_by_two_people(life):
    life.violation("state_secret_disclosure")
    assert life.record.penalties == ()
    life.vote(life.open_review(), Verdict.CONFIRM, BIRCH)
    assert [p.code for p in life.record.penalties] == ["restricted_publishing"]


def test_a_lifted_penalty_ends_and_its_points_stay(life):
    life.violation("illegal_goods")
    penalty = life.record.penalties[0].penalty_id
    life.day(1).send(LiftPenalty, CEDAR, penalty_id=penalty, reasons="Enough.")
    assert "post" in life.can()
    assert life.standing() == "warned"
    again = life.send(LiftPenalty, CEDAR, penalty_id=penalty, reasons="Enough.")
    assert code(again) == "PenaltyEndedError"


def test_a_voided_strike_takes_later_penalties_with_it_that_stood_on_it(life):
    life.violation("illegal_goods")
    life.day(1).violation("illegal_goods", BIRCH)
    assert life.standing() == "suspended"
    life.day(2).send(
        VoidStrike, CEDAR, strike_id=life.record.strikes[0].strike_id, reasons="A mistake."
    )
    assert life.standing() == "restricted"
    assert life.record.decisions[1].rung == "restrict"


def test_a_reduced_decision_is_replaced_from_where_it_began_and_keeps_its_strike(life):
    made = life.violation("illegal_goods")
    life.day(1).appeal(made.created[0])
    life.day(2).vote(life.open_review(), Verdict.REDUCED, CEDAR, rung="warn")
    assert life.standing() == "warned"
    assert life.record.strikes[0].points == 3
    assert "post" in life.can()


def test_an_appeal_is_judged_by_somebody_else_and_once(life):
    made = life.violation("illegal_goods")
    life.day(1).appeal(made.created[0])
    assert code(life.vote(life.open_review(), Verdict.UPHELD, ASH)) == "SelfApprovalError"
    life.vote(life.open_review(), Verdict.UPHELD, CEDAR)
    assert code(life.appeal(made.created[0])) == "AlreadyAppealedError"


def test_the_appeal_window_closes_at_its_instant(life):
    made = life.violation("illegal_goods")
    end = D0 + timedelta(days=60)
    before = life.copy().to(end - timedelta(seconds=1)).appeal(made.created[0])
    assert isinstance(before, Decided)
    life.to(end)
    assert code(life.appeal(made.created[0])) == "AppealWindowExpiredError"


def test_reports_on_one_item_are_one_case_and_one_strike(life):
    public = Actor(id="reader", role=Role.PUBLIC)
    ground = next(iter(life.policy.process.reports.grounds))
    for number in (1, 2):
        life.send(
            FileReport,
            public,
            report_id=f"r{number}",
            ground=ground,
            item="i5",
            statement="Look at this.",
        )
    assert len(life.record.cases) == 1
    life.vote(
        life.open_review(),
        Verdict.VIOLATION,
        ASH,
        finding={
            "violation_id": "v5",
            "acted_at": life.now,
            "rule": "spam_flooding",
            "item": "i5",
            "facts": "Seen.",
        },
    )
    assert len(life.record.strikes) == 1
    assert life.kinds().count("CaseAnswered") == 1
    life.send(FileReport, public, report_id="r3", ground=ground, item="i5", statement="Again.")
    assert len(life.record.strikes) == 1
    assert life.kinds().count("ReportAnswered") == 1
