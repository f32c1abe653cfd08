"""The tables of bulk operations: the operation, its steps, and the accounts that it is about."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from goodstanding.messages import BulkState, Operation, TargetState
from storage.tables import RecordTable, words


class BulkRow(RecordTable, table=True):
    """A bulk operation as its last step left it."""

    __tablename__ = "bulk"

    bulk_id: str = Field(primary_key=True)
    state: BulkState = Field(sa_type=words(BulkState))
    operation: Operation = Field(sa_type=words(Operation))
    planned_at: datetime = Field(index=True)
    seq: int
    head_hash: str
    snapshot: str
    """The fold of the steps, as JSON."""
    has_work: bool = Field(index=True)
    """A run has something to do for it."""
    text_key: bytes | None
    """Of what people wrote about it; wrapped by the master key."""


class BulkStepRow(RecordTable, table=True):
    """One step of an operation, only ever appended; `hash` is over all the other columns but `words`."""

    __tablename__ = "bulk_step"
    __table_args__ = (
        CheckConstraint("seq > 0", name="seq_counts_from_one"),
        UniqueConstraint("bulk_id", "command_id"),
    )

    bulk_id: str = Field(primary_key=True)
    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime
    kind: str
    command_id: str | None
    """None where it followed by itself."""
    guard: str | None
    """The keyed digest of the command's body."""
    actor: str
    body: str
    """Canonical JSON."""
    previous_hash: str
    hash: str
    words: bytes | None
    """What was written with it, under the operation's text key; the body holds the commitment."""


class BulkTargetRow(RecordTable, table=True):
    """An account that an operation is about, what was foreseen for it, and what became of its command."""

    __tablename__ = "bulk_target"
    __table_args__ = (
        UniqueConstraint("bulk_id", "account_id", "subject"),
        Index("ix_bulk_target_bulk_id_state", "bulk_id", "state"),
        Index("ix_bulk_target_bulk_id_undo", "bulk_id", "undo"),
    )

    bulk_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    account_id: str
    subject: str
    """Empty where the plan names the item."""
    state: TargetState = Field(sa_type=words(TargetState))
    code: str | None
    """Why it was refused."""
    standing: str | None
    """After it."""
    foreseen: str | None
    """What the dry run says would happen: `done`, `held` or `refused`; None before it."""
    foreseen_code: str | None
    foreseen_rung: str | None
    standing_before: str | None
    """As of the dry run."""
    foreseen_standing: str | None
    undo: TargetState | None = Field(sa_type=words(TargetState), nullable=True)
    undo_code: str | None
