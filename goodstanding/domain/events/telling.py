"""What the holder, authorities and ops are told."""

from dataclasses import dataclass
from datetime import datetime

from goodstanding.domain.events.texts import Text
from goodstanding.vocabulary import NoticeKind


@dataclass(frozen=True, slots=True)
class NoticeIssued:
    """The holder can read it; where the inbox hands over it is thereby handed over."""

    notice_id: str
    kind: NoticeKind
    decision_id: str | None
    subject_id: str | None
    language: str
    text: Text
    is_handed_over: bool
    leaves_house: bool
    """The platform's webhook gets a copy."""
    by_mail: bool = False
    """The holder gets it by e-mail."""
    handed_over_by: str = "inbox"
    """The channel that hands it over."""
    inbox_counts_at: datetime | None = None
    """From then on the inbox does, whatever that channel says."""
    statement: Text | None = None
    """The reasons of the decision that it tells, field by field, as JSON."""


@dataclass(frozen=True, slots=True)
class NoticeDelivered:
    """A channel confirmed it; the inbox does, where the policy does not wait any longer for another."""

    notice_id: str
    channel: str = "webhook"
    due_at: datetime | None = None
    """Where the inbox hands over because its time has come: that time."""


@dataclass(frozen=True, slots=True)
class NoticeAcknowledged:
    """The holder said that it was read."""

    notice_id: str


@dataclass(frozen=True, slots=True)
class FilingDue:
    """Something is to be told to an authority, by an instant."""

    filing_id: str
    kind: str
    to: str
    decision_id: str | None
    subject_id: str | None
    corrects: str | None
    fields: tuple[tuple[str, str], ...]
    """Allow-listed by the policy; the display name is filled in when it is sent."""
    file_by: datetime
    give_up_at: datetime


@dataclass(frozen=True, slots=True)
class FilingAcknowledged:
    """The authority has it."""

    filing_id: str
    receipt: str


@dataclass(frozen=True, slots=True)
class FilingEscalated:
    """The authority has not acknowledged it in time; it is still being tried."""

    filing_id: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class EffectFailed:
    """Something could not be done outside; ops see it and can try it again."""

    effect_id: str
    kind: str
    error: str


@dataclass(frozen=True, slots=True)
class EffectRetried:
    """Ops had a failed effect tried again."""

    effect_id: str
    retried_by: str
