"""What an account that exists is asked for under a newer version of its policy: never a penalty."""

from dataclasses import dataclass
from datetime import datetime

from goodstanding.vocabulary import Assurance


@dataclass(frozen=True, slots=True)
class AgreementAsked:
    """A newer agreement has to be accepted; the grace runs from when the holder was told."""

    agreement: str
    agreement_version: int
    agreement_digest: str
    accept_by: datetime
    reminders: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class AgreementReminded:
    """The grace for the newer agreement ends soon."""

    due_at: datetime


@dataclass(frozen=True, slots=True)
class AgreementOverdue:
    """The grace ended; what waits for the agreement rests until it is accepted."""

    due_at: datetime


@dataclass(frozen=True, slots=True)
class VerificationAsked:
    """The policy asks for a verification that the account does not have; the one that it has ends then."""

    assurance: Assurance
    verify_by: datetime
    reminders: tuple[datetime, ...]
