"""Taking a decision back without an appeal: a rule proved wrong, say, or the platform sees its own mistake."""

from dataclasses import dataclass
from datetime import datetime

from goodstanding.domain import events as e
from goodstanding.domain.decide import joining, qualifying
from goodstanding.domain.decide.apart import check_not_own
from goodstanding.domain.decide.undoing import check_reasons, overturn
from goodstanding.domain.draft import Draft
from goodstanding.domain.record import Decision, DecisionState, QualificationState, Review
from goodstanding.domain.statements import decision_values
from goodstanding.errors import (
    AlreadyPendingError,
    DecisionNotFoundError,
    DecisionNotInForceError,
    RoleNotAllowedError,
    SelfApprovalError,
)
from goodstanding.messages import Actor, DecideReview, OverturnDecision
from goodstanding.vocabulary import (
    ENDED_STAGES,
    PEOPLE,
    NoticeKind,
    ReviewKind,
    Verdict,
)


@dataclass(frozen=True, slots=True)
class Overturnable:
    """What can be taken back, and who took part in it."""

    decision_id: str
    deciders: tuple[str, ...]


def overturn_decision(draft: Draft, command: OverturnDecision) -> None:
    """Take a decision back at once where enough people agree, else ask the ones that are missing."""
    found = overturnable(draft, command.decision_id)
    _check_people(draft, command, found)
    check_reasons(draft, command.reasons)
    rule = draft.policy.process.overturn
    agreeing = (command.actor, *command.agreed_by)
    if command.actor.role in rule.alone or len(agreeing) >= rule.people:
        take_back(draft, command.decision_id, tuple(a.id for a in agreeing), command.reasons)
        return
    for review in draft.record.open_reviews(ReviewKind.OVERTURN):
        if review.subject_id == command.decision_id:
            raise AlreadyPendingError
    review_id = draft.open_review(
        ReviewKind.OVERTURN,
        command.decision_id,
        rule.decide or draft.policy.process.appeal.decide,
        people=rule.people,
        excluded=found.deciders,
    )
    for actor in agreeing:
        reasons = draft.text(command.reasons)
        draft.add(e.VoteCast(review_id, actor.id, Verdict.CONFIRM, reasons))


def decided(draft: Draft, review: Review, command: DecideReview) -> None:
    """The others agreed, or one of them did not: then the decision stands."""
    if command.verdict is Verdict.REJECT:
        return
    overturnable(draft, review.subject_id)
    first = draft.read(review.votes[0].reasons)
    by = tuple(vote.by for vote in review.votes)
    take_back(draft, review.subject_id, by, f"{first}\n{command.reasons}".strip())


def take_back(
    draft: Draft,
    decision_id: str,
    by: tuple[str, ...],
    reasons: str,
    kind: NoticeKind = NoticeKind.DECISION_OVERTURNED,
) -> None:
    """Let it never have been, whoever said so; an appeal that is open gets what it asks for."""
    draft.cancel_reviews("overturned", ReviewKind.OVERTURN, subject_id=decision_id)
    draft.add(e.OverturnAgreed(decision_id, by, draft.text(reasons), _kept_until(draft)))
    _answer_appeal(draft, decision_id, by, reasons)
    decision = draft.record.decision(decision_id)
    if decision is not None:
        overturn(draft, decision)
        _tell(draft, decision, kind, reasons)
        return
    if draft.record.qualification(decision_id):
        qualifying.restore(draft, decision_id, reasons)
        return
    reason_code = draft.record.ended.reason_code if draft.record.ended else None
    joining.reopen(draft, decision_id, reason_code)
    draft.tell(NoticeKind.ACCOUNT_RESTORED, {"reasons": reasons})


def overturnable(draft: Draft, decision_id: str) -> Overturnable:
    """What has this id and counts; `DecisionNotFoundError` or `DecisionNotInForceError`."""
    record = draft.record
    decision = record.decision(decision_id)
    if decision is not None:
        if decision.state is not DecisionState.IN_FORCE:
            raise _not_in_force(decision_id, decision.state)
        return Overturnable(decision_id, decision.deciders)
    qualification = record.qualification(decision_id)
    if qualification is not None:
        taken = (QualificationState.REFUSED, QualificationState.REVOKED)
        if qualification.state not in taken:
            raise _not_in_force(decision_id, qualification.state)
        return Overturnable(decision_id, qualification.decided_by)
    ended = record.ended
    if ended is None or ended.decision_id != decision_id:
        raise DecisionNotFoundError(f"No decision {decision_id}.", "decision_id")
    if not ended.decided_by:
        message = "This registration ended by itself: nobody decided anything to take back."
        raise DecisionNotInForceError(message, "decision_id")
    return Overturnable(decision_id, ended.decided_by)


def _not_in_force(decision_id: str, state: str) -> DecisionNotInForceError:
    message = f"The decision {decision_id} is {state}: there is nothing to take back."
    return DecisionNotInForceError(message, "decision_id")


def _check_people(draft: Draft, command: OverturnDecision, found: Overturnable) -> None:
    """Whoever decided may take it back, since they know their mistake best; those who agree are others."""
    rule = draft.policy.process.overturn
    if command.actor.role not in PEOPLE and command.actor.role not in rule.alone:
        message = f"The policy lets no {command.actor.role} take a decision back."
        raise RoleNotAllowedError(message, "actor.role")
    check_not_own(draft, command.actor.id)
    seen = {command.actor.id}
    for other in command.agreed_by:
        _check_other(draft, other, seen, found)
        seen.add(other.id)


def _check_other(draft: Draft, other: Actor, seen: set[str], found: Overturnable) -> None:
    if other.role not in PEOPLE:
        message = f"A {other.role} is not counted among those who agree."
        raise RoleNotAllowedError(message, "agreed_by")
    check_not_own(draft, other.id)
    if other.id in seen:
        raise SelfApprovalError("The same person is counted once.", "agreed_by")
    if other.id in found.deciders:
        message = "Whoever took part in the decision is not counted among those who agree."
        raise SelfApprovalError(message, "agreed_by")


def _answer_appeal(draft: Draft, decision_id: str, by: tuple[str, ...], reasons: str) -> None:
    for appeal in draft.record.appeals:
        if appeal.decision_id != decision_id or appeal.verdict is not None:
            continue
        draft.cancel_reviews("overturned", ReviewKind.APPEAL, subject_id=appeal.appeal_id)
        said, until = draft.text(reasons), _kept_until(draft)
        draft.add(
            e.AppealDecided(appeal.appeal_id, decision_id, Verdict.OVERTURNED, by[0], said, until)
        )


def _kept_until(draft: Draft) -> datetime | None:
    """How long the words are kept, where the account has ended: from the final decision."""
    ended = draft.record.stage in ENDED_STAGES
    return draft.after(draft.policy.records.decisions) if ended else None


def _tell(draft: Draft, decision: Decision, kind: NoticeKind, reasons: str) -> None:
    current = draft.record.the_decision(decision.decision_id)
    values = decision_values(draft, current, reasons=reasons)
    draft.tell(kind, values, decision_id=decision.decision_id)
