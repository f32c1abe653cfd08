"""One decision over many accounts: what is asked of a bulk operation, and what it answers (docs/bulk.md).

Each account still gets an ordinary command of its own, with its own decision, notice and appeal.
"""

import json
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from typing import Annotated, Literal, get_args

from pydantic import AwareDatetime, Field

from goodstanding.messages.forms import Checked, ChosenId, Code, Digest, MadeId, Message, Prose
from goodstanding.messages.parts import Actor, Choice

MOST_TARGETS = 100_000
"""Of one operation; what is larger is planned as several, each looked at by itself."""
PAGE_OF_TARGETS = 1_000


class BulkState(StrEnum):
    """How far a bulk operation is."""

    PLANNED = "planned"
    REHEARSING = "rehearsing"
    """The dry run is under way."""
    DRY_RUN_DONE = "dry_run_done"
    APPROVED = "approved"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    ABORTED = "aborted"
    UNDO_ASKED = "undo_asked"
    """It waits for a second person."""
    UNDOING = "undoing"
    UNDONE = "undone"


class Operation(StrEnum):
    """The command that each account gets; the values are the names of the commands."""

    VIOLATION = "record_violation"
    LIFT = "lift_penalty"
    VOID = "void_strike"
    OVERTURN = "overturn_decision"


class TargetState(StrEnum):
    """What became of one account's command."""

    WAITING = "waiting"
    SENT = "sent"
    """Its answer is not known yet; it is asked for again until it is."""
    DONE = "done"
    REFUSED = "refused"


class BulkWork(StrEnum):
    """What a run has to do for an operation."""

    NOTHING = "nothing"
    DRY_RUN = "dry_run"
    SEND = "send"


class Violations(Message):
    """The same finding about every account; each target may name its own item."""

    operation: Literal[Operation.VIOLATION] = Operation.VIOLATION
    acted_at: AwareDatetime
    rule: Code
    item: Code | None = None
    """Of targets that name none."""
    facts: Prose
    choice: Choice | None = None


class Lifts(Message):
    """The end of a penalty of each account; the target names it."""

    operation: Literal[Operation.LIFT] = Operation.LIFT
    reasons: Prose


class Voids(Message):
    """A strike of each account was a mistake; the target names it."""

    operation: Literal[Operation.VOID] = Operation.VOID
    reasons: Prose


class Overturns(Message):
    """A decision about each account never happened, where its rule proved wrong say; the target names it."""

    operation: Literal[Operation.OVERTURN] = Operation.OVERTURN
    reasons: Prose


Template = Annotated[Violations | Lifts | Voids, Field(discriminator="operation")]


class Target(Message):
    """An account, and what of it is meant: the item, or the penalty, strike or decision by its id."""

    account_id: ChosenId
    subject: MadeId | None = None


class BulkLimits(Message):
    """How carefully it goes; what is not given is as the service's settings say."""

    at_once: int | None = Field(default=None, ge=1, le=1_000)
    """Commands that wait for their answer at the same time."""
    per_second: int | None = Field(default=None, ge=1, le=10_000)
    canary: int | None = Field(default=None, ge=0)
    """So many are treated first; then it pauses and somebody looks. 0: none."""
    stop_percent: int | None = Field(default=None, ge=0, le=100)
    """It pauses once a larger share of answers is another than the dry run foresaw."""


class BulkCommand(Checked):
    """A wish for one bulk operation; repeating it under the same `command_id` is harmless."""

    bulk_id: ChosenId
    command_id: ChosenId
    actor: Actor
    reasons: Prose = ""
    """Why; asked for by every step that moves the operation."""

    @cached_property
    def digest(self) -> str:
        """Tell two bodies under one command id apart."""
        body = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return sha256(body.encode()).hexdigest()


class PlanBulk(BulkCommand):
    """Say what is to be done; nothing happens to any account yet."""

    name: Literal["plan_bulk"] = "plan_bulk"
    template: Template
    limits: BulkLimits = BulkLimits()


class AddTargets(BulkCommand):
    """Add a page of accounts; one that is there already is not added again."""

    name: Literal["add_targets"] = "add_targets"
    targets: tuple[Target, ...] = Field(min_length=1, max_length=PAGE_OF_TARGETS)


class RehearseBulk(BulkCommand):
    """Start the dry run: what would be decided about each account, as of now. Nothing is written to any."""

    name: Literal["rehearse_bulk"] = "rehearse_bulk"


class ApproveBulk(BulkCommand):
    """Agree as the second person: to the plan that was looked at, or to undoing it."""

    name: Literal["approve_bulk"] = "approve_bulk"
    plan_digest: Digest


class StartBulk(BulkCommand):
    """Let the approved operation begin."""

    name: Literal["start_bulk"] = "start_bulk"


class PauseBulk(BulkCommand):
    """Send nothing more until it is resumed."""

    name: Literal["pause_bulk"] = "pause_bulk"


class ResumeBulk(BulkCommand):
    """Go on after a pause, whoever or whatever had asked for it."""

    name: Literal["resume_bulk"] = "resume_bulk"


class AbortBulk(BulkCommand):
    """End it: what was sent stays, what was not is never sent."""

    name: Literal["abort_bulk"] = "abort_bulk"


class UndoBulk(BulkCommand):
    """Ask for the decisions of this operation to be overturned; a second person has to agree."""

    name: Literal["undo_bulk"] = "undo_bulk"


AnyBulkCommand = (
    PlanBulk
    | AddTargets
    | RehearseBulk
    | ApproveBulk
    | StartBulk
    | PauseBulk
    | ResumeBulk
    | AbortBulk
    | UndoBulk
)
BULK_COMMANDS: tuple[type[BulkCommand], ...] = get_args(AnyBulkCommand)
"""All of them; each is an update of its `name` on the operation's workflow."""


class Tally(Message):
    """What there is of the targets, counted."""

    unrehearsed: int = 0
    waiting: int = 0
    sent: int = 0
    done: int = 0
    refused: int = 0
    otherwise: int = 0
    """Of those refused: the dry run had not foreseen it, or had foreseen another refusal."""
    undo_waiting: int = 0
    undo_sent: int = 0
    undo_done: int = 0
    undo_refused: int = 0

    @property
    def treated(self) -> int:
        """How many have their answer."""
        return self.done + self.refused


class BulkAnswer(Message):
    """What the sender of a command gets, and each time it asks again."""

    bulk_id: str
    seq: int
    at: AwareDatetime
    state: BulkState
    targets: int
    plan_digest: str


class BulkStanding(Message):
    """Where an operation stands for its run: what it has to do next."""

    answer: BulkAnswer
    work: BulkWork
    tally: Tally = Tally()


class BulkTransaction(Message):
    """A command, or None to look what the sending has come to, and the instant at which its turn came."""

    bulk_id: ChosenId
    command: Annotated[AnyBulkCommand, Field(discriminator="name")] | None
    now: AwareDatetime
