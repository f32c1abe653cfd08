"""The rules of a bulk operation: who may do what when, when it stops by itself, what each account is sent.

Pure, as all rules are. What happens to an account is decided by its own record alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from goodstanding.domain.bulk_steps import CANARY, OTHERWISE, Bulk, Limits, Step, StepKind
from goodstanding.errors import (
    ConflictError,
    MalformedError,
    NotFoundError,
    NotPossibleError,
    ReasonsTooShortError,
    RoleNotAllowedError,
    SelfApprovalError,
)
from goodstanding.messages import (
    MOST_TARGETS,
    AbortBulk,
    AddTargets,
    AnyBulkCommand,
    ApproveBulk,
    BulkLimits,
    BulkState,
    BulkWork,
    Operation,
    PauseBulk,
    PlanBulk,
    RehearseBulk,
    ResumeBulk,
    StartBulk,
    Tally,
    Target,
    UndoBulk,
)
from goodstanding.vocabulary import Role

_PEOPLE = frozenset({Role.REVIEWER, Role.SENIOR_REVIEWER})
_WHOLE = 100


class BulkNotFoundError(NotFoundError):
    """No bulk operation has this id."""

    remedy = "Check the id; an operation is there once it was planned."


class BulkExistsError(ConflictError):
    """There is a bulk operation with this id already."""

    remedy = "Plan it under another id."


class WrongBulkStateError(NotPossibleError):
    """The bulk operation is in a state in which this cannot be done."""

    remedy = "Read how far it is: GET /bulks/{bulk_id}."


class DryRunMissingError(NotPossibleError):
    """There is no dry run of this very plan that is young enough."""

    remedy = "Let it be rehearsed, look at what it says, then approve."


class PlanChangedError(ConflictError):
    """The plan is not the one that was looked at."""

    remedy = "Read the operation again and approve the digest that it names now."


class BulkTooLargeError(MalformedError):
    """There are more accounts than one bulk operation may have."""

    remedy = "Plan several, each looked at by itself."


class BulkEmptyError(NotPossibleError):
    """The bulk operation has no accounts."""

    remedy = "Add accounts first."


class BulkNotUndoableError(NotPossibleError):
    """What was done in the holders' favour is not taken back."""

    remedy = "State a new finding about an account where there is one."


@dataclass(frozen=True, slots=True)
class BulkContext:
    """What a step needs besides the operation and the command."""

    now: datetime
    defaults: Limits
    """By the settings; a plan goes no faster."""
    dry_run_holds: timedelta
    template: str = ""
    """The commitment to the planned template."""
    new_targets: tuple[Target, ...] = ()
    """Those of a page that are not there yet."""
    tally: Tally = field(default_factory=Tally)


_POSSIBLE: Mapping[type[Any], frozenset[BulkState | None]] = {
    PlanBulk: frozenset({None}),
    AddTargets: frozenset({BulkState.PLANNED, BulkState.DRY_RUN_DONE}),
    RehearseBulk: frozenset({BulkState.PLANNED, BulkState.DRY_RUN_DONE, BulkState.APPROVED}),
    ApproveBulk: frozenset({BulkState.DRY_RUN_DONE, BulkState.UNDO_ASKED}),
    StartBulk: frozenset({BulkState.APPROVED}),
    PauseBulk: frozenset({BulkState.RUNNING, BulkState.UNDOING}),
    ResumeBulk: frozenset({BulkState.PAUSED}),
    AbortBulk: frozenset(BulkState) - {BulkState.DONE, BulkState.ABORTED, BulkState.UNDONE},
    UndoBulk: frozenset({BulkState.PAUSED, BulkState.DONE, BulkState.ABORTED}),
}
_WITHOUT_REASONS = (AddTargets, RehearseBulk)


def decide_bulk(bulk: Bulk, command: AnyBulkCommand, context: BulkContext) -> Step:
    """What the command does to the operation; raises what it is refused with, and then nothing happens."""
    if command.actor.role not in _PEOPLE:
        message = f"{command.name} is for people: {', '.join(sorted(_PEOPLE))}."
        raise RoleNotAllowedError(message, "actor.role")
    if bulk.state is None and not isinstance(command, PlanBulk):
        raise BulkNotFoundError(f"There is no bulk operation {bulk.bulk_id}.", "bulk_id")
    if bulk.state is not None and isinstance(command, PlanBulk):
        raise BulkExistsError(field="bulk_id")
    if bulk.state not in _POSSIBLE[type(command)]:
        raise WrongBulkStateError(f"{command.name} cannot be done while it is {bulk.state}.")
    if not isinstance(command, _WITHOUT_REASONS) and not command.reasons.strip():
        raise ReasonsTooShortError("Say why.", "reasons")
    return _STEPS[type(command)](bulk, command, context)


def _planned(_bulk: Bulk, command: PlanBulk, context: BulkContext) -> Step:
    facts: dict[str, Any] = {
        "operation": command.template.operation.value,
        "template": context.template,
        "limits": _limits(command.limits, context.defaults).model_dump(),
    }
    return Step(StepKind.PLANNED, facts)


def _limits(asked: BulkLimits, defaults: Limits) -> Limits:
    for name in ("at_once", "per_second"):
        given, most = getattr(asked, name), getattr(defaults, name)
        if given is not None and given > most:
            raise MalformedError(f"limits.{name}: at most {most} here.", f"limits.{name}")
    given = {name: value for name, value in asked.model_dump().items() if value is not None}
    return defaults.model_copy(update=given)


def _targets_added(bulk: Bulk, _command: AddTargets, context: BulkContext) -> Step:
    if bulk.targets + len(context.new_targets) > MOST_TARGETS:
        raise BulkTooLargeError(f"At most {MOST_TARGETS} accounts.", "targets")
    digest = bulk.targets_digest
    for target in context.new_targets:
        line = f"{digest}\n{target.account_id}\n{target.subject or ''}"
        digest = sha256(line.encode()).hexdigest()
    return Step(StepKind.TARGETS_ADDED, {"added": len(context.new_targets), "digest": digest})


def _approved(bulk: Bulk, command: ApproveBulk, context: BulkContext) -> Step:
    if command.plan_digest != bulk.plan_digest:
        raise PlanChangedError(field="plan_digest")
    if bulk.state is BulkState.UNDO_ASKED:
        if command.actor.id in {*bulk.authors, bulk.undo_by.id if bulk.undo_by else ""}:
            raise SelfApprovalError(
                "Whoever planned it, or asked for the undoing, is not the second person.",
                "actor.id",
            )
        return Step(StepKind.UNDO_AGREED, {})
    if command.actor.id in bulk.authors:
        raise SelfApprovalError("Whoever planned it does not approve it.", "actor.id")
    _check_young(bulk, context)
    return Step(StepKind.APPROVED, {})


def _check_young(bulk: Bulk, context: BulkContext) -> None:
    if bulk.rehearsed_at is None or bulk.rehearsed_digest != bulk.plan_digest:
        raise DryRunMissingError("There is no dry run of this plan.")
    if context.now - bulk.rehearsed_at > context.dry_run_holds:
        message = f"The dry run is of {bulk.rehearsed_at:%Y-%m-%d %H:%M} UTC: too long ago."
        raise DryRunMissingError(message)


def _undo_asked(bulk: Bulk, _command: UndoBulk, context: BulkContext) -> Step:
    if bulk.operation is not Operation.VIOLATION:
        raise BulkNotUndoableError
    if not bulk.has_begun:
        raise WrongBulkStateError("Nothing was done yet that could be undone.")
    if context.tally.undo_sent:
        raise WrongBulkStateError("Answers of the last undoing are still to come; ask again soon.")
    return Step(StepKind.UNDO_ASKED, {})


def _rehearsal_began(bulk: Bulk, _command: RehearseBulk, _context: BulkContext) -> Step:
    if not bulk.targets:
        raise BulkEmptyError
    return Step(StepKind.REHEARSAL_BEGAN, {})


def _started(bulk: Bulk, _command: StartBulk, context: BulkContext) -> Step:
    _check_young(bulk, context)
    return Step(StepKind.STARTED, {})


def _paused(_bulk: Bulk, _command: PauseBulk, _context: BulkContext) -> Step:
    return Step(StepKind.PAUSED, {"because": "asked"})


def _resumed(_bulk: Bulk, _command: ResumeBulk, context: BulkContext) -> Step:
    tally = context.tally
    return Step(StepKind.RESUMED, {"treated": tally.treated, "otherwise": tally.otherwise})


def _aborted(_bulk: Bulk, _command: AbortBulk, _context: BulkContext) -> Step:
    return Step(StepKind.ABORTED, {})


_STEPS: Mapping[type[Any], Callable[[Bulk, Any, BulkContext], Step]] = {
    PlanBulk: _planned,
    AddTargets: _targets_added,
    RehearseBulk: _rehearsal_began,
    ApproveBulk: _approved,
    StartBulk: _started,
    PauseBulk: _paused,
    ResumeBulk: _resumed,
    AbortBulk: _aborted,
    UndoBulk: _undo_asked,
}


def settle_bulk(bulk: Bulk, tally: Tally, foreseen: Mapping[str, Mapping[str, int]]) -> Step | None:
    """What follows by itself from how far the targets are; None where nothing does."""
    match bulk.state:
        case BulkState.REHEARSING if not tally.unrehearsed:
            facts: dict[str, Any] = {"digest": bulk.plan_digest, "foreseen": foreseen}
            return Step(StepKind.REHEARSED, facts)
        case BulkState.RUNNING:
            return _while_running(bulk, tally)
        case BulkState.UNDOING if not (tally.sent or tally.undo_waiting or tally.undo_sent):
            undone = {"undone": tally.undo_done, "refused": tally.undo_refused}
            return Step(StepKind.UNDONE, undone)
    return None


def _while_running(bulk: Bulk, tally: Tally) -> Step | None:
    if is_otherwise(bulk, tally):
        return Step(StepKind.PAUSED, {"because": OTHERWISE, "otherwise": tally.otherwise})
    if not (tally.waiting or tally.sent):
        return Step(StepKind.COMPLETED, {"done": tally.done, "refused": tally.refused})
    if is_canary(bulk) and bulk.limits and tally.treated >= bulk.limits.canary:
        return Step(StepKind.PAUSED, {"because": CANARY, "otherwise": tally.otherwise})
    return None


def is_canary(bulk: Bulk) -> bool:
    """Whether only the first slice is sent yet."""
    return bool(bulk.limits and bulk.limits.canary and not bulk.canary_is_over)


def is_otherwise(bulk: Bulk, tally: Tally) -> bool:
    """Whether a larger share than the plan allows was answered otherwise than the dry run foresaw."""
    if bulk.limits is None:
        return False
    treated = tally.treated - bulk.treated_before
    otherwise = tally.otherwise - bulk.otherwise_before
    return otherwise * _WHOLE > bulk.limits.stop_percent * treated


def work_of(bulk: Bulk, tally: Tally) -> BulkWork:
    """What a run has to do now; what is in doubt is asked for in every state, since it may have happened."""
    if bulk.state is BulkState.REHEARSING:
        return BulkWork.DRY_RUN
    sends = bulk.state in (BulkState.RUNNING, BulkState.UNDOING)
    in_doubt = bool(tally.sent or tally.undo_sent)
    return BulkWork.SEND if sends or in_doubt else BulkWork.NOTHING
