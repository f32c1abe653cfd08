"""Every vote of a person: quorum, distinct people and conflicts are judged here, then the chapter goes on."""

from collections.abc import Callable, Mapping

from goodstanding.domain import events as e
from goodstanding.domain.deadlines import GOES_ON_WHEN_CLOSED
from goodstanding.domain.decide import (
    apart,
    appealing,
    confirming,
    joining,
    ordering,
    overturning,
    periodic,
    qualifying,
    reporting,
)
from goodstanding.domain.decide.undoing import check_reasons
from goodstanding.domain.draft import Draft
from goodstanding.domain.record import Review
from goodstanding.errors import (
    AccountClosedError,
    ReviewEndedError,
    ReviewNotFoundError,
    VerdictNotPossibleError,
)
from goodstanding.messages import DecideReview
from goodstanding.vocabulary import ReviewKind, Stage, Verdict

_ACCEPT = (Verdict.ACCEPT, Verdict.REFUSE)
_CONFIRM = (Verdict.CONFIRM, Verdict.REJECT)
VERDICTS: Mapping[ReviewKind, tuple[Verdict, Verdict] | tuple[Verdict, ...]] = {
    ReviewKind.IDENTITY: _ACCEPT,
    ReviewKind.NAME: _ACCEPT,
    ReviewKind.RETURN: _ACCEPT,
    ReviewKind.REINSTATEMENT: _ACCEPT,
    ReviewKind.QUALIFICATION: (Verdict.GRANT, Verdict.REFUSE),
    ReviewKind.REVOCATION: _CONFIRM,
    ReviewKind.CONFIRMATION: _CONFIRM,
    ReviewKind.ORDER: _CONFIRM,
    ReviewKind.OVERTURN: _CONFIRM,
    ReviewKind.CASE: (Verdict.VIOLATION, Verdict.NO_VIOLATION),
    ReviewKind.APPEAL: (Verdict.UPHELD, Verdict.REDUCED, Verdict.OVERTURNED),
}
"""How a review of each kind can end."""

_MILD = frozenset({Verdict.REFUSE, Verdict.REJECT, Verdict.NO_VIOLATION})
"""One person is enough to say no; the quorum guards what takes or gives a right."""

_THEN: Mapping[ReviewKind, Callable[[Draft, Review, DecideReview], None]] = {
    ReviewKind.IDENTITY: joining.identity_decided,
    ReviewKind.NAME: joining.name_decided,
    ReviewKind.RETURN: joining.return_decided,
    ReviewKind.QUALIFICATION: qualifying.review_decided,
    ReviewKind.REVOCATION: qualifying.revocation_decided,
    ReviewKind.CASE: reporting.case_decided,
    ReviewKind.APPEAL: appealing.decided,
    ReviewKind.REINSTATEMENT: periodic.decided,
    ReviewKind.ORDER: ordering.decided,
    ReviewKind.OVERTURN: overturning.decided,
}


def decide_review(draft: Draft, command: DecideReview) -> None:
    """Count the vote; with enough of them the review is decided."""
    review = draft.record.review(command.review_id)
    if review is None:
        raise ReviewNotFoundError(f"No review {command.review_id}.", "review_id")
    _check(draft, review, command)
    reasons = draft.text(command.reasons)
    draft.add(e.VoteCast(review.review_id, command.actor.id, command.verdict, reasons))
    voted = draft.record.review(review.review_id) or review
    agreeing = sum(vote.verdict is command.verdict for vote in voted.votes)
    if agreeing < voted.people and command.verdict not in _MILD:
        return
    late_by = max(int((draft.now - voted.due_at).total_seconds()), 0)
    draft.add(e.ReviewDecided(voted.review_id, command.verdict, late_by))
    if voted.kind is ReviewKind.CONFIRMATION:
        step = confirming.confirmed if command.verdict is Verdict.CONFIRM else confirming.rejected
        step(draft, voted, command)
        return
    _THEN[voted.kind](draft, voted, command)


def _check(draft: Draft, review: Review, command: DecideReview) -> None:
    if not review.is_open:
        message = f"The review {review.review_id} is {review.verdict or 'cancelled'}."
        raise ReviewEndedError(message, "review_id")
    if draft.record.stage is Stage.CLOSED and review.kind not in GOES_ON_WHEN_CLOSED:
        raise AccountClosedError
    if command.verdict not in VERDICTS[review.kind]:
        may = ", ".join(VERDICTS[review.kind])
        message = f"A review of the kind {review.kind} ends with {may}."
        raise VerdictNotPossibleError(message, "verdict")
    apart.check_apart(draft, review, command.actor.id)
    check_reasons(draft, command.reasons)
