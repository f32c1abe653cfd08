"""What a hostile reader found of closings, closures and their undoing, and what holds since."""

from datetime import timedelta

from goodstanding.domain.decide import Decided
from goodstanding.messages import (
    AnswerHearing,
    CloseAccount,
    LiftPenalty,
)
from goodstanding.vocabulary import ReviewKind, Verdict
from tests.domain.attacks import DOVE, report, sole, to_proposed_closure
from tests.domain.playing import ASH, BIRCH, CEDAR, D0, HOLDER, Life


def test_a_closing_at_the_holders_wish_waits_for_the_case_that_opens_meanwhile():
    life = Life().active()
    life.send(CloseAccount, HOLDER)
    life.day(10)
    report(life)
    life.day(16)
    result = life.vote(sole(life, ReviewKind.CASE), Verdict.NO_VIOLATION, ASH)
    assert isinstance(result, Decided), result


def test_a_grave_finding_is_not_escaped_by_a_closing_at_the_holders_wish():
    life = Life().active()
    life.send(CloseAccount, HOLDER)
    life.day(14)
    life.violation("threat_to_life")
    life.day(16)
    result = life.vote(sole(life, ReviewKind.CONFIRMATION), Verdict.CONFIRM, BIRCH)
    assert isinstance(result, Decided), result


def test_a_report_on_a_closed_account_can_be_decided():
    life = Life().active()
    life.send(CloseAccount, HOLDER)
    life.day(16)
    report(life)
    reviews = life.record.open_reviews()
    result = life.vote(reviews[0].review_id, Verdict.NO_VIOLATION, ASH) if reviews else None
    assert result is None or isinstance(result, Decided), result


def test_a_confirmed_closure_waits_for_the_hearing():
    life = Life().active()
    to_proposed_closure(life)
    life.vote(sole(life, ReviewKind.CONFIRMATION), Verdict.CONFIRM, BIRCH)
    assert life.record.stage == "active"


def test_a_grave_closure_that_is_reduced_on_appeal_brings_the_account_back():
    life = Life().active()
    made = life.violation("threat_to_life")
    life.vote(sole(life, ReviewKind.CONFIRMATION), Verdict.CONFIRM, BIRCH)
    life.day(5).appeal(made.created[0])
    life.day(6).vote(sole(life, ReviewKind.APPEAL), Verdict.REDUCED, CEDAR, rung="suspend")
    assert life.record.stage == "active"


def test_a_closing_that_an_appeal_paused_does_not_close_in_the_past():
    life = Life().active()
    decision = to_proposed_closure(life)
    life.day(121).send(AnswerHearing, HOLDER, decision_id=decision, statement="No.")
    life.vote(sole(life, ReviewKind.CONFIRMATION), Verdict.CONFIRM, BIRCH)
    life.day(124).appeal(decision)
    life.day(138).vote(sole(life, ReviewKind.APPEAL), Verdict.UPHELD, CEDAR)
    life.day(138.1)
    assert life.record.stage == "closed"
    assert life.record.closure.closed_at >= D0 + timedelta(days=138)


def test_a_closing_closes_at_its_instant_without_a_job():
    life = Life().active()
    life.send(CloseAccount, HOLDER)
    assert life.can(D0 + timedelta(days=16)) == {"appeal", "export"}


def test_an_erased_account_comes_to_rest():
    life = Life().active()
    life.violation("threat_to_life")
    life.vote(sole(life, ReviewKind.CONFIRMATION), Verdict.CONFIRM, BIRCH)
    life.day(365 * 5)
    from goodstanding.domain.deadlines import next_deadline

    assert next_deadline(life.record) is None


def test_a_restored_account_has_no_review_of_its_closure_left():
    life = Life().active()
    life.violation("threat_to_life")
    life.vote(sole(life, ReviewKind.CONFIRMATION), Verdict.CONFIRM, BIRCH)
    life.day(180.5)
    assert life.record.open_reviews(ReviewKind.REINSTATEMENT)
    penalty = next(p for p in life.record.penalties if p.closes)
    life.send(LiftPenalty, CEDAR, penalty_id=penalty.penalty_id, reasons="Enough.")
    assert life.record.stage == "active"
    assert life.record.open_reviews() == ()


def test_a_stale_review_of_a_lifted_closure_does_not_undo_the_next_closure():
    life = Life().active()
    life.violation("threat_to_life")
    life.vote(sole(life, ReviewKind.CONFIRMATION), Verdict.CONFIRM, BIRCH)
    life.day(180.5)
    stale = sole(life, ReviewKind.REINSTATEMENT)
    penalty = next(p for p in life.record.penalties if p.closes)
    life.send(LiftPenalty, CEDAR, penalty_id=penalty.penalty_id, reasons="Enough.")
    life.violation("child_sexual_abuse")
    life.vote(sole(life, ReviewKind.CONFIRMATION), Verdict.CONFIRM, BIRCH)
    assert life.record.stage == "closed"
    life.vote(stale, Verdict.ACCEPT, DOVE)
    assert life.record.stage == "closed"
