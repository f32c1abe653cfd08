"""Complaints and cases."""

from dataclasses import dataclass
from datetime import datetime

from goodstanding.domain.events.texts import Text
from goodstanding.vocabulary import Origin


@dataclass(frozen=True, slots=True)
class CaseOpened:
    """Somebody complained, or a detector found something; `decide_by` is in the review."""

    case_id: str
    item: str
    review_id: str
    opened_because: str


@dataclass(frozen=True, slots=True)
class ReportFiled:
    """A complaint came in and got its number."""

    report_id: str
    case_id: str
    ground: str
    item: str
    reporter: str
    reporter_role: str
    statement: Text
    evidence: tuple[str, ...]
    origin: Origin
    by_account: str | None = None
    """The account of this platform with which it was filed."""
    received_at: datetime | None = None
    """When the platform got it, where it says so."""


@dataclass(frozen=True, slots=True)
class CaseAnswered:
    """A case has an outcome, and everybody who reported can read it."""

    case_id: str
    outcome: str
    reports: int


@dataclass(frozen=True, slots=True)
class ReportAnswered:
    """Who reported what had been decided before can read the outcome that stands."""

    report_id: str
    outcome: str


@dataclass(frozen=True, slots=True)
class FindingProposed:
    """A detector found something; a person decides."""

    case_id: str
    violation_id: str
    rule: str
    detector: str
    facts: Text


@dataclass(frozen=True, slots=True)
class CaseDismissed:
    """No violation was found."""

    case_id: str
    reasons: Text
