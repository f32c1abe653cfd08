"""What a bulk operation sends to each account: ordinary commands, whose ids follow from operation and target.

So whatever crashes, a command that is sent again is the same one, and each target is treated once.
"""

from hashlib import sha256

from goodstanding.domain.bulk_steps import Bulk
from goodstanding.domain.record import DecisionState, Record
from goodstanding.errors import MalformedError
from goodstanding.messages import (
    Actor,
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
from goodstanding.vocabulary import ReviewKind, Role, Verdict

_DIGITS = 36
_LONGEST_ITEM = 64

SECOND_PERSON = Actor(id="second-person", role=Role.REVIEWER)
"""Whoever will approve it, as long as nobody knows who: in the dry run."""


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


def undo_for(bulk: Bulk, target: Target, record: Record, reasons: str) -> AnyCommand | None:
    """The command that takes back what this operation decided about the target; None where that was nothing."""
    violation_id = command_id(bulk.bulk_id, target)
    found = next((d for d in record.decisions if d.violation_id == violation_id), None)
    if found is None or bulk.undo_by is None or bulk.undo_agreed_by is None:
        return None
    made = f"undo-{bulk.undo_round}-{_digest(bulk.bulk_id, target)}"
    whose = {"account_id": target.account_id, "command_id": made, "reasons": reasons}
    held = record.open_reviews(ReviewKind.CONFIRMATION) if found.state is DecisionState.HELD else ()
    for review in held:
        if review.subject_id == found.decision_id:
            # the one who agreed has no part in the decision, so the vote counts
            actor, no = bulk.undo_agreed_by, Verdict.REJECT
            return DecideReview(review_id=review.review_id, verdict=no, actor=actor, **whose)
    return None


def command_id(bulk_id: str, target: Target) -> str:
    """The id of the command, and of the violation that it states."""
    return f"bulk-{_digest(bulk_id, target)}"


def _digest(bulk_id: str, target: Target) -> str:
    parts = (bulk_id, target.account_id, target.subject or "")
    return sha256("\n".join(parts).encode()).hexdigest()[:_DIGITS]
