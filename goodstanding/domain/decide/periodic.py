"""A penalty without an end is looked at again from time to time."""

from goodstanding.domain import events as e
from goodstanding.domain.draft import Draft
from goodstanding.domain.record import Penalty, Review
from goodstanding.messages import DecideReview
from goodstanding.vocabulary import NoticeKind, ReviewKind, Stage, Verdict


def due(draft: Draft, penalty: Penalty) -> None:
    """Ask a person whether it still has to stand."""
    decision = draft.record.decision(penalty.decision_id)
    digest = decision.substance_digest if decision else draft.published.digest
    every = draft.context.book.of(digest).policy.penalties[penalty.code].review_every
    if every is None:
        return
    draft.add(e.PenaltyReviewDue(penalty.penalty_id, draft.moment, draft.after(every)))
    open_already = draft.record.open_reviews(ReviewKind.REINSTATEMENT)
    if draft.record.stage is Stage.ERASED or open_already:
        return
    excluded = decision.deciders if decision else ()
    draft.open_review(
        ReviewKind.REINSTATEMENT,
        penalty.penalty_id,
        draft.policy.process.appeal.decide,
        excluded=excluded,
    )


def decided(draft: Draft, review: Review, command: DecideReview) -> None:
    """Accept: the penalty ends and the account is back; refuse: it stands until the next time."""
    if command.verdict is Verdict.REFUSE:
        return
    reasons = draft.text(command.reasons)
    draft.add(e.PenaltyLifted(review.subject_id, command.actor.id, reasons))
    penalty = next(p for p in draft.record.penalties if p.penalty_id == review.subject_id)
    closure = draft.record.closure
    if closure and closure.decision_id == penalty.decision_id:
        draft.add(e.AccountRestored("lifted"))
    draft.tell(NoticeKind.ACCOUNT_RESTORED, {"reasons": command.reasons})
