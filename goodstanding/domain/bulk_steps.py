"""A bulk operation as its steps make it; pure, like everything by which it is decided."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from pydantic import AwareDatetime, Field

from goodstanding.messages import Actor, BulkState, Message, Operation


class StepKind(StrEnum):
    """What can happen to a bulk operation."""

    PLANNED = "planned"
    TARGETS_ADDED = "targets_added"
    REHEARSAL_BEGAN = "rehearsal_began"
    REHEARSED = "rehearsed"
    APPROVED = "approved"
    STARTED = "started"
    PAUSED = "paused"
    RESUMED = "resumed"
    ABORTED = "aborted"
    COMPLETED = "completed"
    UNDO_ASKED = "undo_asked"
    UNDO_AGREED = "undo_agreed"
    UNDONE = "undone"


CANARY = "canary"
OTHERWISE = "otherwise"
"""Why an operation pauses by itself: the first slice is through, or accounts answer otherwise than foreseen."""


class Limits(Message):
    """How carefully it goes, every number decided."""

    at_once: int
    per_second: int
    canary: int
    stop_percent: int


class Bulk(Message):
    """An operation as its steps have made it."""

    bulk_id: str
    seq: int = 0
    state: BulkState | None = None
    operation: Operation | None = None
    planned_by: Actor | None = None
    authors: tuple[str, ...] = ()
    """Who planned it or added accounts: none of them approves it."""
    limits: Limits | None = None
    template: str = ""
    """The commitment to what every account is sent."""
    targets: int = 0
    targets_digest: str = ""
    rehearsing_at: AwareDatetime | None = None
    """As of when the dry run that is under way, or was the last, says what would be decided."""
    rehearsed_at: AwareDatetime | None = None
    rehearsed_digest: str | None = None
    foreseen: Mapping[str, Mapping[str, int]] = Field(default_factory=dict)
    """What the last dry run said, counted: by outcome, rung, change of standing, refusal."""
    approved_by: Actor | None = None
    approved_at: AwareDatetime | None = None
    has_begun: bool = False
    canary_is_over: bool = False
    treated_before: int = 0
    otherwise_before: int = 0
    """As counted when somebody last looked and let it go on: the share is counted from there."""
    is_undoing: bool = False
    undo_by: Actor | None = None
    undo_agreed_by: Actor | None = None
    undo_round: int = 0
    """Undoing that was given up may be asked for again; each time is a wish of its own."""

    @property
    def plan_digest(self) -> str:
        """What is approved: template, limits and accounts."""
        limits = self.limits.model_dump_json() if self.limits else ""
        parts = (self.bulk_id, self.operation or "", self.template, limits, self.targets_digest)
        return sha256("\n".join(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens to an operation."""

    kind: StepKind
    facts: Mapping[str, Any]


_STATE_AFTER: Mapping[StepKind, BulkState] = {
    StepKind.PLANNED: BulkState.PLANNED,
    StepKind.TARGETS_ADDED: BulkState.PLANNED,
    StepKind.REHEARSAL_BEGAN: BulkState.REHEARSING,
    StepKind.REHEARSED: BulkState.DRY_RUN_DONE,
    StepKind.APPROVED: BulkState.APPROVED,
    StepKind.STARTED: BulkState.RUNNING,
    StepKind.PAUSED: BulkState.PAUSED,
    StepKind.ABORTED: BulkState.ABORTED,
    StepKind.COMPLETED: BulkState.DONE,
    StepKind.UNDO_ASKED: BulkState.UNDO_ASKED,
    StepKind.UNDO_AGREED: BulkState.UNDOING,
    StepKind.UNDONE: BulkState.UNDONE,
}


def evolve_bulk(bulk: Bulk, step: Step, actor: Actor, at: datetime) -> Bulk:
    """The operation after a step."""
    changes: dict[str, Any] = {"seq": bulk.seq + 1}
    if step.kind is StepKind.RESUMED:
        changes["state"] = BulkState.UNDOING if bulk.is_undoing else BulkState.RUNNING
    else:
        changes["state"] = _STATE_AFTER[step.kind]
    return bulk.model_copy(update={**changes, **_changed(bulk, step, actor, at)})


def _changed(bulk: Bulk, step: Step, actor: Actor, at: datetime) -> Mapping[str, Any]:
    changes = _CHANGES.get(step.kind)
    return changes(bulk, step.facts, actor, at) if changes else {}


Facts = Mapping[str, Any]


def _planned(_bulk: Bulk, facts: Facts, actor: Actor, _at: datetime) -> Facts:
    return {
        "operation": Operation(facts["operation"]),
        "template": facts["template"],
        "limits": Limits.model_validate(facts["limits"]),
        "planned_by": actor,
        "authors": (actor.id,),
    }


def _targets_added(bulk: Bulk, facts: Facts, actor: Actor, _at: datetime) -> Facts:
    return {
        "targets": bulk.targets + facts["added"],
        "targets_digest": facts["digest"],
        "authors": tuple(dict.fromkeys((*bulk.authors, actor.id))),
    }


def _rehearsal_began(_bulk: Bulk, _facts: Facts, _actor: Actor, at: datetime) -> Facts:
    gone = {"rehearsed_at": None, "approved_by": None, "approved_at": None}
    return {"rehearsing_at": at, **gone}


def _rehearsed(bulk: Bulk, facts: Facts, _actor: Actor, _at: datetime) -> Facts:
    seen = {"rehearsed_digest": facts["digest"], "foreseen": facts["foreseen"]}
    return {"rehearsed_at": bulk.rehearsing_at, **seen}


def _approved(_bulk: Bulk, _facts: Facts, actor: Actor, at: datetime) -> Facts:
    return {"approved_by": actor, "approved_at": at}


def _started(_bulk: Bulk, _facts: Facts, _actor: Actor, _at: datetime) -> Facts:
    return {"has_begun": True}


def _paused(bulk: Bulk, facts: Facts, _actor: Actor, _at: datetime) -> Facts:
    return {"canary_is_over": bulk.canary_is_over or facts["because"] == CANARY}


def _resumed(_bulk: Bulk, facts: Facts, _actor: Actor, _at: datetime) -> Facts:
    return {"treated_before": facts["treated"], "otherwise_before": facts["otherwise"]}


def _undo_asked(_bulk: Bulk, _facts: Facts, actor: Actor, _at: datetime) -> Facts:
    return {"undo_by": actor, "undo_agreed_by": None, "is_undoing": False}


def _undo_agreed(bulk: Bulk, _facts: Facts, actor: Actor, _at: datetime) -> Facts:
    return {"undo_agreed_by": actor, "is_undoing": True, "undo_round": bulk.undo_round + 1}


_CHANGES: Mapping[StepKind, Callable[[Bulk, Facts, Actor, datetime], Facts]] = {
    StepKind.PLANNED: _planned,
    StepKind.TARGETS_ADDED: _targets_added,
    StepKind.REHEARSAL_BEGAN: _rehearsal_began,
    StepKind.REHEARSED: _rehearsed,
    StepKind.APPROVED: _approved,
    StepKind.STARTED: _started,
    StepKind.PAUSED: _paused,
    StepKind.RESUMED: _resumed,
    StepKind.UNDO_ASKED: _undo_asked,
    StepKind.UNDO_AGREED: _undo_agreed,
}
