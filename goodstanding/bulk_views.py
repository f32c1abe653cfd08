"""What the service answers about bulk operations: plain values as of an instant."""

from collections.abc import Mapping
from datetime import datetime

from goodstanding.messages import BulkState, Operation, Tally, TargetState, Template
from goodstanding.views import View


class BulkDryRunView(View):
    """What the last dry run says would happen, counted."""

    at: datetime
    """As of when; what happens later may be another."""
    outcome: Mapping[str, int]
    """`done`, `held` (a second person has to confirm, for each account) or `refused`."""
    rung: Mapping[str, int]
    standing: Mapping[str, int]
    """Changes, `before > after`."""
    refusal: Mapping[str, int]
    """By the code of the error."""


class BulkStepView(View):
    """A step of an operation."""

    seq: int
    at: datetime
    kind: str
    actor: str
    """Capacity and id."""
    reasons: str | None
    because: str | None
    """Of a pause: `asked`, `canary` or `otherwise`."""


class BulkLineView(View):
    """An operation in the list."""

    bulk_id: str
    state: BulkState
    operation: Operation
    planned_at: datetime


class BulkView(BulkLineView):
    """How far a bulk operation is."""

    as_of: datetime
    template: Template | None
    """What every account is sent; None once the words are gone."""
    targets: int
    tally: Tally
    limits: Mapping[str, int]
    plan_digest: str
    """What a second person approves."""
    dry_run: BulkDryRunView | None
    """Of this very plan; None where there is none."""
    steps: tuple[BulkStepView, ...]


class BulksView(View):
    """Operations, those planned last first."""

    as_of: datetime
    bulks: tuple[BulkLineView, ...]


class BulkTargetView(View):
    """One account of an operation."""

    number: int
    account_id: str
    subject: str | None
    command_id: str
    """By which its ledger names the operation's command."""
    state: TargetState
    code: str | None
    """Why it was refused."""
    standing: str | None
    foreseen: str | None
    foreseen_code: str | None
    foreseen_rung: str | None
    standing_before: str | None
    foreseen_standing: str | None
    undo: TargetState | None
    undo_code: str | None


class BulkTargetsView(View):
    """A page of accounts, in their order."""

    as_of: datetime
    targets: tuple[BulkTargetView, ...]
    after: int | None
    """Asked for the next page; None on the last."""
