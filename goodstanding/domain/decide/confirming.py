"""What a second person confirms: held decisions and proposed penalties, and the hearing before them."""

from goodstanding.domain import events as e
from goodstanding.domain import record
from goodstanding.domain.decide import content
from goodstanding.domain.decide.answering import answer_reports
from goodstanding.domain.decide.enforcing import take
from goodstanding.domain.decide.imposing import close, closing_started, impose
from goodstanding.domain.decide.weighing import ladder_for
from goodstanding.domain.draft import Draft
from goodstanding.domain.ladder import index_of
from goodstanding.domain.record import Decision, DecisionState, Review
from goodstanding.domain.statements import decision_values
from goodstanding.errors import (
    DecisionNotFoundError,
    HearingNotOpenError,
    HearingOpenError,
    ReviewEndedError,
)
from goodstanding.messages import AnswerHearing, DecideReview
from goodstanding.policy.schema import Channel, Proposal
from goodstanding.vocabulary import NoticeKind, ReviewKind


def confirmed(draft: Draft, review: Review, command: DecideReview) -> None:
    """The needed people agree: the held decision counts, or the proposed penalty follows."""
    decision = _subject(draft, review)
    by = tuple(vote.by for vote in review.votes)
    if decision.state is DecisionState.HELD:
        _end_interims(draft, decision, "confirmed")
        take(draft, decision, confirmed_by=by, reasons=command.reasons)
        return
    proposal = decision.proposal
    if proposal is None or proposal.is_over:
        raise ReviewEndedError
    if proposal.hearing_until and not proposal.is_hearing_over:
        message = f"The holder may answer until {draft.day(proposal.hearing_until)}."
        raise HearingOpenError(message, "review_id")
    _follow(draft, decision, proposal, command.reasons)


def rejected(draft: Draft, review: Review, command: DecideReview) -> None:
    """A person does not agree: the held decision, or the proposal, is gone."""
    decision = _subject(draft, review)
    if decision.state is DecisionState.HELD:
        lapse(draft, decision, "rejected", reopen=False)
        draft.add(e.CaseDismissed(decision.case_id, draft.text(command.reasons)))
        answer_reports(draft, decision.case_id)
        return
    lapse_proposal(draft, decision, "rejected")


def lapse(draft: Draft, decision: Decision, because: str, *, reopen: bool = True) -> None:
    """A held decision is gone: the interim ends, no strike is left, the case goes back to the queue."""
    due_at = decision.lapses_at if reopen else None
    draft.add(e.DecisionLapsed(decision.decision_id, because, due_at))
    for penalty in draft.record.penalties:
        if penalty.decision_id == decision.decision_id and not penalty.is_over:
            if due_at:
                draft.add(e.PenaltyExpired(penalty.penalty_id, due_at))
            else:
                draft.add(e.PenaltyEnded(penalty.penalty_id, because))
    draft.cancel_reviews(because, ReviewKind.CONFIRMATION, subject_id=decision.decision_id)
    content.undo(draft, decision)
    if reopen:
        review_id = draft.open_review(
            ReviewKind.CASE,
            decision.case_id,
            draft.policy.process.reports.decide_urgent,
        )
        draft.add(e.CaseOpened(decision.case_id, decision.item, review_id, because))
    values = decision_values(draft, decision)
    draft.tell(NoticeKind.INTERIM_LAPSED, values, decision_id=decision.decision_id)


def lapse_proposal(draft: Draft, decision: Decision, because: str) -> None:
    """A proposed penalty is gone; what was imposed with the decision runs on."""
    proposal = decision.proposal
    due_at = proposal.lapses_at if proposal and because == "time" else None
    draft.add(e.ProposalLapsed(decision.decision_id, because, due_at))
    draft.cancel_reviews(because, ReviewKind.CONFIRMATION, subject_id=decision.decision_id)
    draft.tell(
        NoticeKind.PROPOSAL_LAPSED,
        decision_values(draft, decision),
        decision_id=decision.decision_id,
    )


def answer_hearing(draft: Draft, command: AnswerHearing) -> None:
    """The holder is heard; an answer ends the hearing, and the confirmation's time runs from it."""
    decision = draft.record.decision(command.decision_id)
    if decision is None:
        raise DecisionNotFoundError(f"No decision {command.decision_id}.", "decision_id")
    if decision.state is DecisionState.HELD and decision.lapses_at:
        _keep_answer(draft, decision, command)
        return
    proposal = decision.proposal
    if proposal is None or proposal.is_over or proposal.is_hearing_over:
        raise HearingNotOpenError
    if proposal.hearing_until is None:
        raise HearingNotOpenError
    _keep_answer(draft, decision, command)


def end_hearing(draft: Draft, decision: Decision) -> None:
    """The hearing ended without an answer."""
    draft.add(e.HearingEnded(decision.decision_id, draft.moment))
    draft.tell(
        NoticeKind.HEARING_ENDED,
        decision_values(draft, decision),
        decision_id=decision.decision_id,
    )


def proposal_of(draft: Draft, decision: Decision) -> Proposal | None:
    """What the decision's rung proposes, in the policy that it stands on."""
    ladder = ladder_for(draft, decision)
    rung = decision.proposal.rung if decision.proposal else decision.rung
    return ladder.rungs[index_of(ladder, rung)].proposes if rung else None


def _keep_answer(draft: Draft, decision: Decision, command: AnswerHearing) -> None:
    proposed = proposal_of(draft, decision)
    lapses_at = draft.after(proposed.confirm) if proposed else draft.now
    draft.add(e.HearingAnswered(decision.decision_id, draft.text(command.statement), lapses_at))


def _follow(draft: Draft, decision: Decision, proposal: record.Proposal, reasons: str) -> None:
    review = draft.record.review(proposal.review_id)
    by = tuple(vote.by for vote in review.votes) if review else ()
    policy = draft.context.book.of(decision.substance_digest).policy
    proposed = proposal_of(draft, decision)
    notice = proposed.notice if proposed else None
    closes_at = draft.after(notice) if notice else None
    at_once = draft.policy.process.notices.handed_over_by is Channel.INBOX
    window = draft.after(draft.policy.process.appeal.window) if at_once else None
    draft.add(e.ProposalConfirmed(decision.decision_id, by, draft.text(reasons), closes_at, window))
    decision = draft.record.the_decision(decision.decision_id)
    if not policy.penalties[proposal.penalty].closes:
        impose(draft, decision, proposal.penalty)
        _tell(draft, NoticeKind.PENALTY_RAISED, decision, reasons)
    elif closes_at is None:
        close(draft, decision, proposal.penalty, reasons=reasons)
    else:
        draft.add(closing_started(draft, decision.decision_id, closes_at))
        _tell(draft, NoticeKind.CLOSING_ANNOUNCED, decision, reasons, until=draft.day(closes_at))


def _tell(draft: Draft, kind: NoticeKind, decision: Decision, reasons: str, **more: str) -> None:
    decision = draft.record.the_decision(decision.decision_id)
    values = {**decision_values(draft, decision, reasons=reasons), **more}
    draft.tell(kind, values, decision_id=decision.decision_id)


def _end_interims(draft: Draft, decision: Decision, because: str) -> None:
    for penalty in draft.record.penalties:
        if penalty.decision_id == decision.decision_id and not penalty.is_over:
            draft.add(e.PenaltyEnded(penalty.penalty_id, because))


def _subject(draft: Draft, review: Review) -> Decision:
    decision = draft.record.decision(review.subject_id)
    if decision is None:
        raise DecisionNotFoundError
    return decision
