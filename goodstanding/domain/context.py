"""All that a decision needs and that is not the account's own record, gathered in the same transaction."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from goodstanding.policy.book import PolicyBook


@dataclass(frozen=True, slots=True)
class HeldLicence:
    """A licence of the platform, as other accounts see it."""

    code: str
    valid_from: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class HolderFacts:
    """What is known of the other accounts of the same identity, read under the lock on its fingerprint."""

    open_accounts: Mapping[str, int] = field(default_factory=dict)
    """How many are open, by kind."""
    closed_until: datetime | None = None
    """An account of this identity was closed by penalty, and that is remembered until then."""


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """What the table of reports says, since the fold keeps no list of them."""

    is_known: bool = False
    """The report that the command names is there already."""
    cases_of_actor: frozenset[str] = frozenset()
    """Cases of this account about which whoever acts has complained."""


def no_commitment(text_id: str, text: str) -> str:
    """Stand in for the keyed commitment where nothing is stored: rehearsals and tests of the pure domain."""
    return f"{text_id}:{len(text)}"


@dataclass(frozen=True, slots=True)
class Context:
    """What `decide` is given besides the record and the command."""

    now: datetime
    book: PolicyBook
    licences: tuple[HeldLicence, ...] = ()
    holder: HolderFacts = HolderFacts()
    reports: ReportFacts = ReportFacts()
    name_signals: tuple[str, ...] = ()
    """What the display name resembles (at registration)."""
    display_name: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    """Words of earlier events that the notices of this decision repeat, by text id."""
    commit: Callable[[str, str], str] = no_commitment
    """The commitment to a text, keyed by the account's text key."""

    def holds_licence(self, code: str, instant: datetime) -> bool:
        """Whether the platform holds this licence at the instant."""
        return any(
            held.code == code and held.valid_from <= instant < held.valid_until
            for held in self.licences
        )
