"""Undoing: a decision that never happened, one that is reduced, and every later one that stood on it.

Overturned means as if it had not happened (F8). Later decisions are re-derived in the order in which they were
taken, each with the strikes that are left before it, from the record alone and never to the holder's harm.
"""

from dataclasses import replace

from goodstanding.domain import events as e
from goodstanding.domain.decide import content
from goodstanding.domain.decide.answering import answer_reports
from goodstanding.domain.decide.apart import check_not_own
from goodstanding.domain.decide.imposing import closing_started, impose, shorten
from goodstanding.domain.decide.weighing import in_order, ladder_for, lowest
from goodstanding.domain.draft import Draft
from goodstanding.domain.filings import correct
from goodstanding.domain.ladder import Step, index_of
from goodstanding.domain.record import Decision, Penalty
from goodstanding.domain.statements import decision_values, denied_titles, penalty_title
from goodstanding.errors import (
    PenaltyEndedError,
    PenaltyNotFoundError,
    ReasonsTooShortError,
    StrikeNotFoundError,
)
from goodstanding.messages import LiftPenalty, VoidStrike
from goodstanding.vocabulary import NoticeKind, ReviewKind, Stage


def lift_penalty(draft: Draft, command: LiftPenalty) -> None:
    """End a penalty early; its strike stays."""
    check_not_own(draft, command.actor.id)
    penalty = next((p for p in draft.record.penalties if p.penalty_id == command.penalty_id), None)
    if penalty is None:
        raise PenaltyNotFoundError(f"No penalty {command.penalty_id}.", "penalty_id")
    if penalty.is_over:
        raise PenaltyEndedError
    check_reasons(draft, command.reasons)
    reasons = draft.text(command.reasons)
    draft.add(e.PenaltyLifted(penalty.penalty_id, command.actor.id, reasons))
    _restore_after(draft, penalty)
    _tell_end(draft, penalty, NoticeKind.PENALTY_LIFTED, reasons=command.reasons)


def _restore_after(draft: Draft, penalty: Penalty) -> None:
    """A lifted closure brings the account back, and ends the question whether it still has to stand."""
    draft.cancel_reviews("lifted", ReviewKind.REINSTATEMENT, subject_id=penalty.penalty_id)
    closure = draft.record.closure
    is_its_closure = closure is not None and closure.decision_id == penalty.decision_id
    if penalty.closes and is_its_closure and draft.record.stage is Stage.CLOSED:
        draft.add(e.AccountRestored("lifted"))


def tell_ended(draft: Draft, penalty: Penalty) -> None:
    """Say that a penalty ended, and what is still denied by others."""
    _tell_end(draft, penalty, NoticeKind.PENALTY_ENDED)


def void_strike(draft: Draft, command: VoidStrike) -> None:
    """Cancel a mistaken strike, and re-derive what stood only because of it."""
    check_not_own(draft, command.actor.id)
    strike = next((s for s in draft.record.strikes if s.strike_id == command.strike_id), None)
    if strike is None or strike.is_void:
        raise StrikeNotFoundError(f"No strike {command.strike_id} weighs.", "strike_id")
    check_reasons(draft, command.reasons)
    draft.add(e.StrikeVoided(strike.strike_id, draft.text(command.reasons)))
    _end_with_strike(draft, strike.decision_id)
    values = {"points": str(strike.points), "reasons": command.reasons}
    draft.tell(NoticeKind.STRIKE_VOIDED, values, decision_id=strike.decision_id)
    rederive(draft, skip=strike.decision_id)


def _end_with_strike(draft: Draft, decision_id: str) -> None:
    """What lasts as long as its strike ends with it."""
    digest = draft.record.the_decision(decision_id).substance_digest
    penalties = draft.context.book.of(digest).policy.penalties
    for penalty in draft.record.penalties:
        own = penalty.decision_id == decision_id and not penalty.is_over
        if own and penalties[penalty.code].ends_with_strike:
            draft.add(e.PenaltyEnded(penalty.penalty_id, "strike"))


def overturn(draft: Draft, decision: Decision) -> None:
    """Let the decision never have happened: its strike, penalties, closing and closure go."""
    draft.add(e.DecisionOverturned(decision.decision_id))
    for strike in draft.record.strikes:
        if strike.decision_id == decision.decision_id and not strike.is_void:
            draft.add(e.StrikeVoided(strike.strike_id, None))
    for penalty in draft.record.penalties:
        if penalty.decision_id == decision.decision_id and not penalty.is_overturned:
            draft.add(e.PenaltyOverturned(penalty.penalty_id))
            draft.cancel_reviews(
                "overturned", ReviewKind.REINSTATEMENT, subject_id=penalty.penalty_id
            )
    draft.cancel_reviews("overturned", ReviewKind.CONFIRMATION, subject_id=decision.decision_id)
    _undo_closing(draft, decision, "overturned")
    content.undo(draft, decision)
    answer_reports(draft, decision.case_id)
    rederive(draft)
    resume_closings(draft)


def rederive(draft: Draft, skip: str | None = None) -> None:
    """Look again at each decision that counts, earliest first, and mend what no longer stands as it was."""
    for decision in in_order(draft):
        if decision.decision_id != skip:
            _rederive_one(draft, decision)


def reduce(draft: Draft, decision: Decision, rung: str) -> None:
    """Let a milder rung take the place of the decided one; the strike stays."""
    policy = draft.context.book.of(decision.substance_digest).policy
    ladder = ladder_for(draft, decision)
    draft.add(e.DecisionReduced(decision.decision_id, rung))
    step = Step(
        ladder,
        policy.severities[policy.rules[decision.rule].severity],
        index_of(ladder, rung),
        0,
    )
    _replace_penalties(draft, draft.record.the_decision(decision.decision_id), step)
    content.undo(draft, decision, is_reduced=True)
    resume_closings(draft)


def resume_closings(draft: Draft) -> None:
    """Once a closure is undone, a closing that another decision had begun goes on."""
    if draft.record.stage is not Stage.ACTIVE:
        return
    if draft.record.wished_closing:
        draft.add(closing_started(draft, None, draft.record.wished_closing))
        return
    for decision in in_order(draft):
        proposal = decision.proposal
        if proposal is None or proposal.rung != decision.rung:
            continue
        if proposal.is_confirmed and proposal.closes_at:
            imposed = any(
                p.closes and p.decision_id == decision.decision_id and p.is_over
                for p in draft.record.penalties
            )
            if not imposed:
                draft.add(closing_started(draft, decision.decision_id, proposal.closes_at))
                return


def check_reasons(draft: Draft, reasons: str) -> None:
    """`ReasonsTooShortError` where the reasons are shorter than the policy asks for."""
    least = draft.policy.process.least_reasons
    if len(reasons.strip()) < least:
        message = f"Give reasons of at least {least} characters."
        raise ReasonsTooShortError(message, "reasons")


def _rederive_one(draft: Draft, decision: Decision) -> None:
    step = lowest(draft, decision)
    target = step.at(_target(decision, step))
    _reweigh(draft, decision, step)
    shorten(draft, decision)
    if target.rung.code == decision.rung:
        return
    draft.add(
        e.DecisionRederived(
            decision.decision_id,
            target.rung.code,
            step.rung.code,
            draft.after(draft.policy.process.appeal.window),
        )
    )
    _replace_penalties(draft, draft.record.the_decision(decision.decision_id), target)
    decision = draft.record.the_decision(decision.decision_id)
    draft.tell(
        NoticeKind.DECISION_REDERIVED,
        decision_values(draft, decision),
        decision_id=decision.decision_id,
    )


def _target(decision: Decision, step: Step) -> int:
    """The rung on which the decision stands now: where a person had picked, never harsher than before."""
    now = index_of(step.ladder, decision.rung or step.rung.code)
    if decision.is_reduced or decision.chosen_rung is None:
        return min(now, step.index)
    picked = index_of(step.ladder, decision.chosen_rung)
    before = index_of(step.ladder, decision.proposed_rung or step.rung.code)
    raised = max(picked - before, 0) if now == picked else 0
    return min(now, picked, step.index + raised)


def _reweigh(draft: Draft, decision: Decision, step: Step) -> None:
    for strike in draft.record.strikes:
        if strike.decision_id != decision.decision_id or strike.is_void:
            continue
        if not step.leaves_strike:
            draft.add(e.StrikeVoided(strike.strike_id, None))
        elif step.points < strike.points:
            draft.add(e.StrikeRederived(strike.strike_id, step.points))


def _replace_penalties(draft: Draft, decision: Decision, target: Step) -> None:
    _undo_proposal(draft, decision, target)
    standing = [
        p
        for p in draft.record.penalties
        if p.decision_id == decision.decision_id and not p.is_overturned and not p.is_interim
    ]
    gone = [p for p in standing if p.code != target.rung.penalty]
    for penalty in gone:
        draft.add(e.PenaltyOverturned(penalty.penalty_id))
    if any(penalty.closes for penalty in gone):
        _undo_closing(draft, decision, "reduced")
    if len(gone) < len(standing):
        return
    had_begun = any(p.starts_at for p in standing)
    start = decision.taken_at if had_begun or not standing else None
    penalty_id = impose(draft, decision, target.rung.penalty, start=start)
    _inherit_end(draft, penalty_id, gone)


def _inherit_end(draft: Draft, penalty_id: str, before: list[Penalty]) -> None:
    """What takes the place of an ended penalty is over when that was lifted, or by its own shorter time."""
    made = next(p for p in draft.record.penalties if p.penalty_id == penalty_id)
    lifted = [p.ended_at for p in before if p.ended_because == "lifted" and p.ended_at]
    acknowledged = any(
        n.decision_id == made.decision_id and n.acknowledged_at for n in draft.record.notices
    )
    ends = [end for end in (made.ends_at, *lifted) if end is not None and end <= draft.moment]
    if ends:
        draft.add(e.PenaltyExpired(penalty_id, min(ends)))
    elif acknowledged and made.ends_when_acknowledged:
        draft.add(e.PenaltyEnded(penalty_id, "acknowledged"))


def _undo_proposal(draft: Draft, decision: Decision, target: Step) -> None:
    proposal = decision.proposal
    if proposal is None:
        return
    if proposal.rung == target.rung.code and target.rung.proposes:
        return
    if not proposal.is_over:
        draft.add(e.ProposalLapsed(decision.decision_id, "rederived"))
        draft.cancel_reviews("rederived", ReviewKind.CONFIRMATION, subject_id=decision.decision_id)
    _undo_closing(draft, decision, "rederived")


def _undo_closing(draft: Draft, decision: Decision, because: str) -> None:
    closing, closure = draft.record.closing, draft.record.closure
    if closing and closing.decision_id == decision.decision_id:
        draft.add(e.ClosingCancelled(because))
    if closure and closure.decision_id == decision.decision_id:
        if draft.record.stage is Stage.CLOSED:
            draft.add(e.AccountRestored(because))
        correct(draft, decision)
        return
    correct(draft, decision)


def _tell_end(draft: Draft, penalty: Penalty, kind: NoticeKind, **more: str) -> None:
    decision = draft.record.decision(penalty.decision_id)
    digest = decision.substance_digest if decision else draft.published.digest
    policy = draft.context.book.of(digest).policy
    denied = tuple(
        sorted({c for p in draft.record.active_penalties(draft.moment) for c in p.denies})
    )
    values = {
        "penalty": penalty_title(draft, policy, replace(penalty)),
        "still_denied": denied_titles(draft, policy, denied),
        **more,
    }
    draft.tell(kind, values, decision_id=penalty.decision_id, subject_id=penalty.penalty_id)
