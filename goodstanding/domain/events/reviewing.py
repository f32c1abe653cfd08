"""What people decide."""

from dataclasses import dataclass
from datetime import datetime

from goodstanding.domain.events.texts import Text
from goodstanding.vocabulary import ReviewKind, Verdict


@dataclass(frozen=True, slots=True)
class ReviewOpened:
    """A person has to decide."""

    review_id: str
    kind: ReviewKind
    subject_id: str
    decide_by: datetime
    remind_at: datetime
    people: int
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VoteCast:
    """Somebody decided, for their part."""

    review_id: str
    by: str
    verdict: Verdict
    reasons: Text


@dataclass(frozen=True, slots=True)
class ReviewDecided:
    """Enough people have decided."""

    review_id: str
    verdict: Verdict
    late_by_seconds: int


@dataclass(frozen=True, slots=True)
class ReviewCancelled:
    """There is nothing left to decide."""

    review_id: str
    because: str


@dataclass(frozen=True, slots=True)
class ReviewReminded:
    """A review is due soon."""

    review_id: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class ReviewEscalated:
    """A review is late."""

    review_id: str
    due_at: datetime
