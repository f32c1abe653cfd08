"""What a play needs of a world: to act in it, to look at it, and to let time pass."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from goodstanding.domain.capabilities import Check
from goodstanding.domain.events import Event
from goodstanding.domain.record import Record
from goodstanding.messages import Actor, Answer, AnyCommand, Licence, RecordLicence, SealedIdentity
from goodstanding.policy.book import PolicyBook, Published
from goodstanding.sealing import Identity
from goodstanding.vocabulary import PROVIDER_ACCOUNT, Role

HOUR = 10
"""UTC: day 0 begins at it, and all commands of a day are sent at it."""
LAST_DAY = 180
SYSTEM = Actor(id="system", role=Role.SYSTEM)


@dataclass(frozen=True)
class Entry:
    """One line of an account's ledger."""

    seq: int
    at: datetime
    event: Event


@dataclass(frozen=True)
class Told:
    """A notice as the holder reads it."""

    notice_id: str
    kind: str
    at: datetime
    text: str


@dataclass(frozen=True)
class Duty:
    """Something that is asked of the holder, now or later."""

    code: str
    due: datetime | None


@dataclass(frozen=True)
class Counted:
    """How often third parties were asked about an account, failures included."""

    provider: int
    authority: int


class World(Protocol):
    """Where a play happens. Commands go in by `send` alone; all else only looks."""

    start: datetime
    """The instant of day 0."""
    slack: timedelta
    """How late something due may be seen to happen."""
    lag: timedelta
    """So much earlier in the day acts come than those of the day before: on a real clock an act and what an earlier one
    made due would else meet within a moment, now in one order and now in the other."""
    book: PolicyBook

    async def seal(self, account_id: str, actor_id: str, identity: Identity) -> SealedIdentity:
        """Close an identity, so that only the verifier can open it."""
        ...

    async def send(self, command: AnyCommand) -> Answer:
        """Carry a command out; a refusal is in the answer, also where it is not stored."""
        ...

    async def check(self, account_id: str, capability: str) -> Check:
        """Whether the account may do exactly this now."""
        ...

    async def duties(self, account_id: str) -> tuple[Duty, ...]:
        """What is asked of the holder, as of now."""
        ...

    async def record(self, account_id: str) -> Record:
        """The record; its stage is None where there is no account."""
        ...

    async def ledger(self, account_id: str) -> tuple[Entry, ...]:
        """All that happened, in order."""
        ...

    async def notices(self, account_id: str) -> tuple[Told, ...]:
        """What the holder was told, in order."""
        ...

    async def skip_to(self, instant: datetime) -> None:
        """Let time pass, and all happen that is due on the way."""
        ...

    async def settled(self) -> None:
        """Wait until nothing is under way."""
        ...

    def fail_authority(self, account_id: str, times: int) -> None:
        """Let the authority's endpoint be out of order for so many tries about this account."""
        ...

    def asked(self, account_id: str) -> Counted:
        """How often provider and authority were asked about this account."""
        ...


def day_zero(now: datetime) -> datetime:
    """The next instant at which a day of the play may begin."""
    today = now.astimezone(UTC).replace(hour=HOUR, minute=0, second=0, microsecond=0)
    return today if today > now else today + timedelta(days=1)


def licences_of_platform(published: Published, start: datetime) -> tuple[RecordLicence, ...]:
    """The licences that the policy asks of the platform, valid throughout, as commands."""
    day = start.astimezone(published.policy.zone).date()
    return tuple(
        RecordLicence(
            account_id=PROVIDER_ACCOUNT,
            command_id=f"licence-{code}",
            actor=SYSTEM,
            code=code,
            licence=Licence(
                number=f"{code}-1",
                authority="licensing_authority",
                valid_from=day.replace(year=day.year - 1, day=1),
                valid_to=day.replace(year=day.year + 3, day=1),
            ),
        )
        for code in published.policy.provider.licences
    )
