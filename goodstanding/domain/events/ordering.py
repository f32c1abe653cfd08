"""Orders of authorities: never a decision of the platform, so never a strike nor a penalty."""

from dataclasses import dataclass
from datetime import datetime

from goodstanding.domain.events.texts import Text


@dataclass(frozen=True, slots=True)
class OrderRecorded:
    """An authority ordered something; a held order does nothing until people have confirmed it."""

    order_id: str
    authority: str
    is_known: bool
    """The registry knew it as an authority that gives orders."""
    level: str
    region: str
    registry_version: int
    registry_digest: str
    reference: Text
    legal_basis: Text
    denies: tuple[str, ...]
    items: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    next_review_at: datetime | None
    secret_until: datetime | None
    secrecy_basis: Text | None
    entered_by: str
    entered_by_role: str
    lapses_at: datetime | None
    """Of a held one: until when it can be confirmed."""


@dataclass(frozen=True, slots=True)
class OrderConfirmed:
    """Enough people looked at the held order: it is followed."""

    order_id: str
    confirmed_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OrderLapsed:
    """Nobody confirmed the held order in time, or somebody rejected it: nothing followed from it."""

    order_id: str
    because: str
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrderStarted:
    """The instant from which the order is followed has come."""

    order_id: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class OrderDisclosed:
    """The secrecy ended: the holder is told now."""

    order_id: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class OrderReviewDue:
    """People look again whether the order is still followed."""

    order_id: str
    due_at: datetime
    next_review_at: datetime


@dataclass(frozen=True, slots=True)
class OrderExpired:
    """The order ended by time; rights followed its end, this only says so."""

    order_id: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class OrderWithdrawn:
    """The order is no longer followed: the authority took it back, or people found that it does not stand."""

    order_id: str
    withdrawn_by: str
    reasons: Text
