"""Who is too near to decide: the holder, whoever complained, and whoever decided the matter before (F4)."""

from collections.abc import Iterator

from goodstanding.domain.draft import Draft
from goodstanding.domain.record import Case, Decision, Record, Review
from goodstanding.errors import SelfApprovalError
from goodstanding.vocabulary import ReviewKind


def check_not_own(draft: Draft, who: str) -> None:
    """Nobody acts as the platform on their own account."""
    record = draft.record
    own = {record.account_id, record.verification.submitted_by}
    own.add(record.agreement.by if record.agreement else None)
    if who in own:
        raise SelfApprovalError("Nobody judges their own account.", "actor.id")


def check_not_reporter(draft: Draft, case: Case | None) -> None:
    """Whoever complained does not decide what comes of it."""
    if case and case.case_id in draft.context.reports.cases_of_actor:
        raise SelfApprovalError("Whoever complained does not decide the case.", "actor.id")


def check_apart(draft: Draft, review: Review, who: str) -> None:
    """Nobody votes on their own account, their own complaint, or what they have decided before."""
    check_not_own(draft, who)
    if any(vote.by == who for vote in review.votes):
        raise SelfApprovalError("The same person is counted once.", "actor.id")
    if who in review.excluded:
        message = "Whoever took the decision cannot be counted again, nor judge it."
        raise SelfApprovalError(message, "actor.id")
    record = draft.record
    if review.kind is ReviewKind.CASE:
        check_not_reporter(draft, record.case(review.subject_id))
        return
    decision = _decision(record, review)
    if decision is None:
        return
    check_not_reporter(draft, record.case(decision.case_id))
    before = set(decision.deciders)
    if review.kind is ReviewKind.APPEAL:
        before.update(_took_part(record, decision))
    if who in before:
        message = "Whoever took part in the decision cannot be counted again, nor judge it."
        raise SelfApprovalError(message, "actor.id")


def _decision(record: Record, review: Review) -> Decision | None:
    if review.kind is ReviewKind.CONFIRMATION:
        return record.decision(review.subject_id)
    if review.kind is ReviewKind.APPEAL:
        appeal = next((a for a in record.appeals if a.appeal_id == review.subject_id), None)
        return record.decision(appeal.decision_id) if appeal else None
    return None


def _took_part(record: Record, decision: Decision) -> Iterator[str]:
    appeals = {a.appeal_id for a in record.appeals if a.decision_id == decision.decision_id}
    for review in record.reviews:
        about = review.subject_id == decision.decision_id or review.subject_id in appeals
        if about and not review.is_open:
            yield from (vote.by for vote in review.votes)
