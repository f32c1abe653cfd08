"""How an account ends."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ClosingStarted:
    """The account will be closed at an instant."""

    decision_id: str | None
    until: datetime
    waits_for_appeal: bool
    """An appeal against the decision that closes pauses it."""


@dataclass(frozen=True, slots=True)
class ClosingCancelled:
    """The account will not be closed."""

    because: str


@dataclass(frozen=True, slots=True)
class AccountClosed:
    """The account is closed; appeal and export are left."""

    decision_id: str | None
    by_penalty: bool
    name_until: datetime
    erase_at: datetime
    fingerprint_until: datetime
    texts_until: datetime
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AccountRestored:
    """The closure never happened, or was lifted."""

    because: str


@dataclass(frozen=True, slots=True)
class NameReleased:
    """The display name may be taken by others."""

    due_at: datetime


@dataclass(frozen=True, slots=True)
class IdentityErased:
    """The identity key was destroyed; the account is not erased unless it was closed."""

    requested_by: str
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FingerprintForgotten:
    """The same identity is no longer recognised."""

    due_at: datetime


@dataclass(frozen=True, slots=True)
class TextsErased:
    """The retention of the last decision ended; what people wrote is gone."""

    due_at: datetime
