"""Complaints and cases."""

from dataclasses import dataclass

from goodstanding.domain.events.texts import Text


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


@dataclass(frozen=True, slots=True)
class ReportAnswered:
    """The reporter can read what came of it."""

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
