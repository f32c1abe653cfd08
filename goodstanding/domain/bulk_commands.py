"""What a bulk operation sends to each account: ordinary commands, whose ids follow from operation and target.

So whatever crashes, a command that is sent again is the same one, and each target is treated once.
"""

from hashlib import sha256

from goodstanding.domain.bulk_steps import Bulk
from goodstanding.domain.record import Decision, DecisionState, Record
from goodstanding.errors import MalformedError
from goodstanding.messages import (
    AnyCommand,
    DecideReview,
    Finding,
    LiftPenalty,
    Lifts,
    RecordViolation,
    Target,
    Template,
    Violations,
    Voids,
    VoidStrike,
)
from goodstanding.vocabulary import ReviewKind, Verdict

_DIGITS = 36
_LONGEST_ITEM = 64
_GONE = (DecisionState.LAPSED, DecisionState.OVERTURNED)


def check_target(template: Template, target: Target) -> None:
    """`MalformedError` where the target does not say what the template leaves to it."""
    if isinstance(template, Violations):
        if target.subject is None and template.item is None:
            raise MalformedError("The target names no item, and neither does the plan.", "subject")
        if len(target.subject or "") > _LONGEST_ITEM:
            raise MalformedError("subject: an item has at most 64 characters.", "subject")
    elif target.subject is None:
        message = f"The target names nothing that {template.operation} could be about."
        raise MalformedError(message, "subject")


def command_for(bulk: Bulk, template: Template, target: Target) -> AnyCommand:
    """The command that this target gets, the same each time."""
    actor = bulk.planned_by
    assert actor is not None  # noqa: S101 - a planned operation has its planner
    made = command_id(bulk.bulk_id, target)
    whose = {"account_id": target.account_id, "command_id": made, "actor": actor}
    match template:
        case Violations():
            finding = Finding(
                violation_id=made,
                acted_at=template.acted_at,
                rule=template.rule,
                item=target.subject or template.item or "",
                facts=template.facts,
                choice=template.choice,
            )
            return RecordViolation(finding=finding, **whose)
        case Lifts():
            return LiftPenalty(penalty_id=target.subject, reasons=template.reasons, **whose)
        case Voids():
            return VoidStrike(strike_id=target.subject, reasons=template.reasons, **whose)


def next_undo(bulk: Bulk, target: Target, record: Record, reasons: str) -> AnyCommand | None:
    """The next command that takes back what this operation decided about the target; None once nothing is left.

    A confirmation that is open is refused, the strike cancelled, and what still denies something lifted. Each
    follows from the record as it is, so whoever takes over goes on where the last one stopped.
    """
    decision = decided_by(bulk, target, record)
    by, agreed_by = bulk.undo_by, bulk.undo_agreed_by
    if decision is None or decision.state in _GONE or by is None or agreed_by is None:
        return None
    decision_id = decision.decision_id
    whose = {"account_id": target.account_id, "reasons": reasons}

    def made(what: str) -> str:
        return f"undo-{bulk.undo_round}-{_digest(bulk.bulk_id, target, what)}"

    for review in record.open_reviews(ReviewKind.CONFIRMATION):
        if review.subject_id == decision_id:
            # the one who agreed has no part in the decision, so the vote counts
            vote = {"review_id": review.review_id, "verdict": Verdict.REJECT, "actor": agreed_by}
            return DecideReview(command_id=made(review.review_id), **vote, **whose)
    for strike in record.strikes:
        if strike.decision_id == decision_id and not strike.is_void:
            void = {"strike_id": strike.strike_id, "actor": by}
            return VoidStrike(command_id=made(strike.strike_id), **void, **whose)
    for penalty in record.penalties:
        if penalty.decision_id == decision_id and not penalty.is_over:
            lift = {"penalty_id": penalty.penalty_id, "actor": by}
            return LiftPenalty(command_id=made(penalty.penalty_id), **lift, **whose)
    return None


def decided_by(bulk: Bulk, target: Target, record: Record) -> Decision | None:
    """What this operation decided about the target, whether or not it still counts."""
    violation_id = command_id(bulk.bulk_id, target)
    return next((d for d in record.decisions if d.violation_id == violation_id), None)


def command_id(bulk_id: str, target: Target) -> str:
    """The id of the command, and of the violation that it states."""
    return f"bulk-{_digest(bulk_id, target)}"


def _digest(bulk_id: str, target: Target, what: str = "") -> str:
    parts = (bulk_id, target.account_id, target.subject or "", what)
    return sha256("\n".join(parts).encode()).hexdigest()[:_DIGITS]
