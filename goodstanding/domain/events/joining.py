"""How an account begins: registration, verification, and the platform itself."""

from dataclasses import dataclass
from datetime import datetime

from goodstanding.domain.events.texts import Text
from goodstanding.vocabulary import Assurance, Outcome


@dataclass(frozen=True, slots=True)
class Registered:
    """An account began, under a policy and an agreement."""

    policy_id: str
    kind: str
    holder_type: str
    language: str
    display_name: Text
    agreement: str
    agreement_version: int
    agreement_digest: str
    accepted_by: str
    clauses: tuple[str, ...]
    declared_age: int | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ProviderOpened:
    """The account that is the platform itself."""

    policy_id: str


@dataclass(frozen=True, slots=True)
class LicenceRecorded:
    """The platform holds a licence."""

    licence_id: str
    code: str
    number: str
    authority: str
    valid_from: datetime
    valid_until: datetime
    reminders: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class LicenceReminded:
    """A licence of the platform ends soon."""

    licence_id: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class LicenceLapsed:
    """A licence of the platform ended."""

    licence_id: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class NameDoubted:
    """The display name resembles another; a person decides."""

    signals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IdentitySubmitted:
    """A sealed identity came in; the vault has it under this reference."""

    verification_id: str
    submitted_by: str


@dataclass(frozen=True, slots=True)
class IdentityAsked:
    """The provider was asked and will call back."""

    verification_id: str
    until: datetime


@dataclass(frozen=True, slots=True)
class IdentityOpened:
    """Somebody read the identity: who, and what for."""

    verification_id: str
    opened_by: str
    purpose: str


@dataclass(frozen=True, slots=True)
class IdentityChecked:
    """A verifier, or a person, answered."""

    verification_id: str
    outcome: Outcome
    assurance: Assurance | None
    checks: tuple[str, ...]
    reason_code: str | None
    attempts_left: int


@dataclass(frozen=True, slots=True)
class IdentityVerified:
    """The identity behind the account is real."""

    verification_id: str
    assurance: Assurance
    valid_until: datetime | None
    reminders: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class VerificationReminded:
    """The verification ends soon."""

    due_at: datetime


@dataclass(frozen=True, slots=True)
class VerificationLapsed:
    """The verification ended; what waits for it rests."""

    due_at: datetime


@dataclass(frozen=True, slots=True)
class Activated:
    """The account may be used."""


@dataclass(frozen=True, slots=True)
class Declined:
    """The registration ended without an account."""

    reason_code: str
    decision_id: str
    reasons: Text | None
    decided_by: tuple[str, ...]
    appeal_until: datetime | None
    erase_at: datetime
    texts_until: datetime
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The applicant gave up."""

    erase_at: datetime
    texts_until: datetime


@dataclass(frozen=True, slots=True)
class AgreementAccepted:
    """A newer version of the agreement was accepted."""

    agreement: str
    agreement_version: int
    agreement_digest: str
    accepted_by: str
    clauses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RegistrationReopened:
    """A declined registration goes on after its appeal."""

    decision_id: str
    expires_at: datetime
    is_verified: bool
