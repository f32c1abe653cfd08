"""Rights that are applied for."""

from dataclasses import dataclass
from datetime import datetime

from goodstanding.domain.events.texts import Text


@dataclass(frozen=True, slots=True)
class QualificationApplied:
    """A qualification was asked for."""

    qualification_id: str
    code: str
    right: str | None
    licence_number: str | None
    licence_authority: str | None
    licence_until: datetime | None
    evidence: tuple[str, ...]
    review_id: str


@dataclass(frozen=True, slots=True)
class QualificationGranted:
    """Rights were given, and with them the mark that follows from them."""

    qualification_id: str
    gives: tuple[str, ...]
    valid_until: datetime | None
    reminders: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class QualificationRefused:
    """The application was refused."""

    qualification_id: str
    reasons: Text
    decided_by: tuple[str, ...]
    appeal_until: datetime


@dataclass(frozen=True, slots=True)
class QualificationReminded:
    """A qualification ends soon."""

    qualification_id: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class QualificationLapsed:
    """A qualification ended by time."""

    qualification_id: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class QualificationRevoked:
    """A qualification was taken away."""

    qualification_id: str
    reasons: Text
    decided_by: tuple[str, ...]
    appeal_until: datetime


@dataclass(frozen=True, slots=True)
class QualificationRestored:
    """A refusal or a revocation was overturned: it is looked at again, or holds as if never revoked."""

    qualification_id: str
