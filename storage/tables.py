"""The tables of the record and of the vault. Times come from the caller, never from the database.

`event` and `command` are only ever appended to. The read models at the end follow from the events
and can be written anew; everything else is the record itself.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Enum, Index, MetaData, Table, UniqueConstraint, column
from sqlmodel import Field, SQLModel

from goodstanding.domain.record import QualificationState
from goodstanding.vocabulary import (
    EffectKind,
    EffectState,
    NoticeKind,
    Origin,
    ReviewKind,
    Stage,
    Verdict,
)

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class RecordTable(SQLModel):
    """Base of what lies in the record's database."""

    metadata = MetaData(naming_convention=NAMING)


class VaultTable(SQLModel):
    """Base of what lies in the vault's database."""

    metadata = MetaData(naming_convention=NAMING)


def table_of(row: type[SQLModel]) -> Table:
    """The table behind a row class, for statements that need no objects."""
    table: Table = row.__table__  # type: ignore[attr-defined]
    return table


def words(kind: type[StrEnum]) -> Enum:
    """Store a word by its value, in 32 characters, and read the member back."""
    return Enum(
        kind,
        native_enum=False,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


_LOOKED_AT = ("policy_id", "stage", "policy_version")


class AccountRow(RecordTable, table=True):
    """An account as its last event left it; the head of its chain makes a cut tail visible."""

    __tablename__ = "account"
    __table_args__ = (Index("ix_account_policy_id_stage_policy_version", *_LOOKED_AT),)

    account_id: str = Field(primary_key=True)
    stage: Stage = Field(sa_type=words(Stage))
    standing: str
    """At the last change; an expiry since then shows only in what is computed for an instant."""
    mark: str | None
    """As `standing`."""
    policy_id: str
    policy_version: int
    """Under which it was last looked at: a newer one may ask something of it."""
    kind: str
    seq: int
    head_hash: str
    snapshot: str
    """The fold of the events, as JSON."""
    snapshot_version: str
    wake_at: datetime | None = Field(index=True)
    """From when a run has something to do; None where nothing is ever due by itself."""
    has_pending_effects: bool
    text_key: bytes | None
    """Wrapped by the master key; gone once the retention of the texts has ended."""


class EventRow(RecordTable, table=True):
    """One event of one account; `hash` is over all the other columns."""

    __tablename__ = "event"
    __table_args__ = (CheckConstraint("seq > 0", name="seq_counts_from_one"),)

    account_id: str = Field(primary_key=True)
    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime
    kind: str
    version: int
    command_id: str | None
    """None where a deadline or an effect caused it."""
    actor: str
    policy_digest: str
    body: str
    """Canonical JSON."""
    previous_hash: str
    hash: str


class CommandRow(RecordTable, table=True):
    """A command that was answered, so that repeating it changes nothing."""

    __tablename__ = "command"

    account_id: str = Field(primary_key=True)
    command_id: str = Field(primary_key=True)
    guard: str
    """The keyed digest of its body: whoever has only the table cannot try out what was in it."""
    answer: str


class EffectRow(RecordTable, table=True):
    """Something that has to happen outside, queued in the transaction that caused it."""

    __tablename__ = "effect"
    # what is delivered is looked for by nobody
    __table_args__ = (
        Index(
            "ix_effect_state_created_at",
            "state",
            "created_at",
            sqlite_where=column("state") != EffectState.DELIVERED.value,
            postgresql_where=column("state") != EffectState.DELIVERED.value,
        ),
    )

    account_id: str = Field(primary_key=True)
    effect_id: str = Field(primary_key=True)
    kind: EffectKind = Field(sa_type=words(EffectKind))
    body: str
    created_at: datetime
    give_up_at: datetime
    state: EffectState = Field(sa_type=words(EffectState))
    waits: bool
    """It was asked for, and a call-back will settle it."""
    attempts: int
    last_error: str | None


class TextRow(RecordTable, table=True):
    """What a person wrote, or was written to, under the account's text key."""

    __tablename__ = "text"

    account_id: str = Field(primary_key=True)
    text_id: str = Field(primary_key=True)
    ciphertext: bytes


class LockRow(RecordTable, table=True):
    """Something that two transactions may want at once; a fixed set of rows, none is about anyone."""

    __tablename__ = "lock"

    name: str = Field(primary_key=True)


class PolicyRow(RecordTable, table=True):
    """A policy version as it was published; the text never changes."""

    __tablename__ = "policy"
    __table_args__ = (UniqueConstraint("id", "version"),)

    digest: str = Field(primary_key=True)
    id: str
    version: int
    valid_from: date
    valid_to: date | None
    text: str
    words: str
    """The words of its notices by language, as JSON."""


class ApiKeyRow(RecordTable, table=True):
    """A key of the HTTP API, by its hash; it says who acts and in which capacity."""

    __tablename__ = "api_key"

    hash: str = Field(primary_key=True)
    actor_id: str
    role: str
    scopes: str
    """Words with a space between them."""
    created_at: datetime
    ends_at: datetime | None
    revoked_at: datetime | None


class NameRow(RecordTable, table=True):
    """The display name of an account and what it is found by. Not in the ledger, so not rebuilt from it."""

    __tablename__ = "name"

    account_id: str = Field(primary_key=True)
    plain: str
    folded: str = Field(index=True)
    skeleton: str = Field(index=True)
    sound: str = Field(index=True)
    is_held: bool
    """The account is closed and nobody else may take the name yet."""
    is_badged: bool
    """As of the account's last event; what ends by time alone, or with a licence of the platform, shows later."""


class NameKeyRow(RecordTable, table=True):
    """What is left of a name after dropping one character: neighbours share one of these."""

    __tablename__ = "name_key"

    key: str = Field(primary_key=True)
    account_id: str = Field(primary_key=True, foreign_key="name.account_id", ondelete="CASCADE")


class HolderRow(RecordTable, table=True):
    """The keyed fingerprint of the identity behind an account: it recognises, and reveals nothing."""

    __tablename__ = "holder"

    account_id: str = Field(primary_key=True)
    fingerprint: str = Field(index=True)
    kind: str
    is_open: bool
    closed_until: datetime | None
    """It was closed by penalty, and that is remembered until then."""


class NoticeRow(RecordTable, table=True):
    """The inbox: a message to the holder; its words are in `text`."""

    __tablename__ = "notice"

    account_id: str = Field(primary_key=True)
    notice_id: str = Field(primary_key=True)
    number: int
    """Which of the account's notices it is, from 1: several may be of one instant."""
    kind: NoticeKind = Field(sa_type=words(NoticeKind))
    decision_id: str | None
    subject_id: str | None
    language: str
    text_id: str
    statement_id: str | None
    """The text that holds the reasons of its decision, field by field."""
    issued_at: datetime
    handed_over_at: datetime | None
    acknowledged_at: datetime | None


class PenaltyRow(RecordTable, table=True):
    """A penalty; whether it is active depends on the instant."""

    __tablename__ = "penalty"

    account_id: str = Field(primary_key=True)
    penalty_id: str = Field(primary_key=True)
    decision_id: str
    code: str
    denies: str
    """Capabilities with a space between them."""
    closes: bool
    is_interim: bool
    imposed_at: datetime
    starts_at: datetime | None
    ends_at: datetime | None
    ended_at: datetime | None
    ended_because: str | None
    is_overturned: bool


class StrikeRow(RecordTable, table=True):
    """A strike; whether it weighs depends on the instant."""

    __tablename__ = "strike"
    __table_args__ = (CheckConstraint("expires_at > given_at", name="expires_after_given"),)

    account_id: str = Field(primary_key=True)
    strike_id: str = Field(primary_key=True)
    decision_id: str
    rule: str
    category: str
    points: int
    given_at: datetime
    expires_at: datetime | None
    is_void: bool


class QualificationRow(RecordTable, table=True):
    """A qualification that was applied for."""

    __tablename__ = "qualification"

    account_id: str = Field(primary_key=True)
    qualification_id: str = Field(primary_key=True)
    code: str
    state: QualificationState = Field(sa_type=words(QualificationState))
    gives: str
    """Capabilities with a space between them."""
    applied_at: datetime
    granted_at: datetime | None
    valid_until: datetime | None
    ended_at: datetime | None


class ReviewRow(RecordTable, table=True):
    """The queue: a decision that people take."""

    __tablename__ = "review"
    __table_args__ = (Index("ix_review_ended_at_due_at", "ended_at", "due_at"),)

    account_id: str = Field(primary_key=True)
    review_id: str = Field(primary_key=True)
    kind: ReviewKind = Field(sa_type=words(ReviewKind))
    subject_id: str
    language: str
    opened_at: datetime
    due_at: datetime
    is_escalated: bool
    people: int
    excluded: str
    """Actors with a space between them."""
    votes: str
    """Canonical JSON: who, and which verdict."""
    verdict: Verdict | None = Field(sa_type=words(Verdict), nullable=True)
    ended_at: datetime | None


class ReportRow(RecordTable, table=True):
    """A complaint and what came of it; who filed it is for nobody but those who decide apart from them."""

    __tablename__ = "report"
    __table_args__ = (
        Index("ix_report_account_id_case_id_filed_at", "account_id", "case_id", "filed_at"),
        Index("ix_report_reporter_answered_at", "reporter", "answered_at"),
    )

    account_id: str = Field(primary_key=True)
    report_id: str = Field(primary_key=True)
    case_id: str
    ground: str
    item: str
    reporter: str
    by_account: str | None
    """The account of this platform with which it was filed."""
    origin: Origin = Field(sa_type=words(Origin))
    text_id: str
    """What was written; empty where the row is older than the column."""
    evidence: str
    """References and digests, one a line."""
    received_at: datetime | None
    filed_at: datetime
    outcome: str | None
    answered_at: datetime | None


class SealedRow(VaultTable, table=True):
    """An identity as the client sealed it, until its verification is settled."""

    __tablename__ = "sealed"

    reference: str = Field(primary_key=True)
    account_id: str = Field(index=True)
    actor_id: str
    sealed: str


class IdentityRow(VaultTable, table=True):
    """An identity under a key of its own, which the master key wraps; one of an account's may be verified."""

    __tablename__ = "identity"

    reference: str = Field(primary_key=True)
    """The verification for which it was handed in."""
    account_id: str = Field(index=True)
    is_verified: bool
    """It is the account's; until then nobody has said whose it is."""
    fingerprint: str
    """Goes to the record when it is verified, and no sooner."""
    wrapped_key: bytes
    ciphertext: bytes
