"""What a hostile reader found of notices that a channel outside the house hands over, and what holds since."""

from goodstanding.domain.decide import Effects as Queue
from goodstanding.messages import (
    AnswerHearing,
    LiftPenalty,
    SettleEffects,
    Settlement,
)
from goodstanding.vocabulary import EffectKind, ReviewKind, Verdict
from tests.domain.attacks import only, sole, to_proposed_closure
from tests.domain.playing import BIRCH, CEDAR, HOLDER, Life


class Slow(Life):
    """Notices stay on their way until they are delivered by hand."""

    hold = True

    def _settle(self, events):
        kept = tuple(e for e in events if not (self.hold and type(e).__name__ == "NoticeIssued"))
        super()._settle(kept)

    def deliver(self, kind):
        notice = next(n.notice_id for n in self.record.notices if n.kind == kind)
        one = Settlement(effect_id=notice, delivered=True)
        return self.ask(
            SettleEffects(account_id="a1", settlements=(one,)),
            Queue(pending={notice: EffectKind.NOTICE}),
        )


def slow():
    notices = {"channels": ["inbox", "webhook"], "handed_over_by": "webhook", "give_up": "P7D"}
    return Slow(policies=only(lambda d: d["process"].update(notices=notices))).active()


def test_another_notice_does_not_start_a_penalty_that_waits_for_its_own():
    life = slow()
    life.appeal(life.violation("illegal_goods").created[0])
    life.deliver("appeal_received")
    assert life.record.penalties[0].starts_at is None


def test_a_penalty_lifted_before_its_notice_never_starts():
    life = slow()
    life.violation("illegal_goods")
    life.send(LiftPenalty, CEDAR, penalty_id=life.record.penalties[0].penalty_id, reasons="Enough.")
    life.deliver("violation_decided")
    assert "PenaltyStarted" not in life.kinds()


def test_a_reduced_penalty_waits_for_its_notice_too():
    life = slow()
    life.violation("illegal_goods")
    made = life.violation("illegal_goods", BIRCH)
    life.appeal(made.created[0])
    life.vote(sole(life, ReviewKind.APPEAL), Verdict.REDUCED, CEDAR, rung="restrict")
    assert life.record.penalties[-1].starts_at is None


def test_the_window_of_a_confirmed_closure_counts_from_the_delivery_of_its_notice():
    life = slow()
    life.hold = False
    decision = to_proposed_closure(life)
    life.hold = True
    life.send(AnswerHearing, HOLDER, decision_id=decision, statement="No.")
    life.vote(sole(life, ReviewKind.CONFIRMATION), Verdict.CONFIRM, BIRCH)
    assert life.record.decision(decision).appeal_until is None


def test_the_name_is_held_until_a_window_that_opened_with_the_delivery_is_over():
    life = slow()
    life.violation("threat_to_life")
    life.vote(sole(life, ReviewKind.CONFIRMATION), Verdict.CONFIRM, BIRCH)
    life.deliver("account_closed")
    assert life.record.name_until >= life.record.decisions[0].appeal_until


def test_a_held_decision_has_no_appeal_window():
    life = slow()
    life.violation("threat_to_life")
    life.deliver("interim_started")
    assert life.record.decisions[0].appeal_until is None
