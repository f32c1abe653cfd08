"""What a policy file may say. Every word that is not the engine's comes from here.

The file is YAML, read strictly (`storage/policy_files.py`); `docs/policy.md` explains each key with
an example; facts and sources of its numbers stand in its `basis`.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, StringConstraints

from goodstanding.policy.content import Content
from goodstanding.policy.durations import Duration
from goodstanding.policy.enforcement import (
    Category,
    FirstOccurrence,
    FirstOf,
    Jump,
    Ladder,
    Machine,
    Meter,
    MeterCounts,
    Penalty,
    PenaltyStart,
    Proposal,
    Recovery,
    Rule,
    Rung,
    Severity,
    StandingLevel,
)
from goodstanding.policy.forms import Clause, Denial, Section, Texts, Word
from goodstanding.policy.ordering import Authorities, Authority, Duty, Orders
from goodstanding.policy.procedure import (
    Appeal,
    Channel,
    Filing,
    Filings,
    Grounds,
    Hold,
    Notices,
    Process,
    Records,
    Reports,
    SelfClosure,
)
from goodstanding.vocabulary import Assurance, Stage

__all__ = [
    "Agreement",
    "AgreementClause",
    "Appeal",
    "Authorities",
    "Authority",
    "Basis",
    "BasisStatus",
    "Capabilities",
    "Capability",
    "Category",
    "Channel",
    "Clause",
    "Content",
    "DeclineReasons",
    "Denial",
    "Denials",
    "Duty",
    "Filing",
    "Filings",
    "FirstOccurrence",
    "FirstOf",
    "Grounds",
    "Header",
    "Hold",
    "Jump",
    "Kind",
    "Ladder",
    "Machine",
    "Mark",
    "Meter",
    "MeterCounts",
    "Names",
    "Notices",
    "Orders",
    "Penalty",
    "PenaltyStart",
    "Pledge",
    "Policy",
    "Process",
    "Proposal",
    "Provider",
    "ProviderLicence",
    "Qualification",
    "QualificationFilings",
    "Records",
    "Recovery",
    "Registration",
    "Reports",
    "Rule",
    "Rung",
    "Section",
    "SelfClosure",
    "Severity",
    "StandingLevel",
    "Texts",
    "Verification",
    "VerificationMethod",
    "Word",
]


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        message = "name a time zone of the IANA list, such as Asia/Shanghai"
        raise ValueError(message) from error
    return name


class BasisStatus(StrEnum):
    """Where a number comes from."""

    LAW = "law"
    PRACTICE = "practice"
    CHOICE = "choice"


class Basis(Section):
    """The source of the numbers at some places of the file; `*` stands for one step of a path."""

    of: tuple[str, ...] = Field(min_length=1)
    status: BasisStatus
    source: str


class Header(Section):
    """What the policy is and when it is in force (from midnight in its own zone)."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
    version: int = Field(ge=1)
    valid_from: date
    valid_to: date | None = None
    time_zone: Annotated[str, AfterValidator(_zone)]
    languages: tuple[str, ...] = Field(min_length=1)
    default_language: str
    jurisdiction: str
    title: Texts
    disclaimer: Texts


class ProviderLicence(Section):
    """A licence that the platform itself has to hold."""

    title: Texts
    register_kinds: tuple[Word, ...] = ()
    """Kinds of account that cannot be opened without it."""
    qualifications: tuple[Word, ...] = ()
    """Qualifications that cannot be granted without it."""
    capabilities: tuple[Word, ...] = ()
    """Rights that rest while it is lapsed."""
    remind_before: tuple[Duration, ...] = ()


class Provider(Section):
    """What the policy asks of the platform."""

    licences: Mapping[Word, ProviderLicence] = {}


class Denials(Section):
    """The code with which a capability check says no, by cause."""

    unknown_stage: Denial
    not_granted: Denial
    qualification_lapsed: Denial
    verification_lapsed: Denial
    agreement_outdated: Denial
    provider_unqualified: Denial
    penalty: Denial


class Capability(Section):
    """Something an account may do."""

    title: Texts
    not_granted: Denial | None = None
    """Said in place of the general code where the right was never granted."""
    licensed: bool = False
    """Denied, rather than allowed, while the service cannot be asked."""
    waits_for_verification: bool = False
    waits_for_agreement: bool = False


class Capabilities(Section):
    """All capabilities, and what is left of them outside the stage active."""

    all: Mapping[Word, Capability]
    denials: Denials
    stages: Mapping[Stage, tuple[Word, ...]]
    """What stays in a stage other than active; appeal and export always do."""


class Kind(Section):
    """A kind of account."""

    title: Texts
    holder_types: tuple[Word, ...] = Field(min_length=1)
    grants: tuple[Word, ...]
    """What every active account of this kind may do."""
    open_at_once: Mapping[Word, int] = {}
    """How many one holder may have open, by holder type; a type that is not named has no cap."""
    least_age: int | None = None
    """Of the natural person who holds it."""


class Pledge(Section):
    """One line of the agreement that is accepted by itself."""

    clause: Clause
    title: Texts


class AgreementClause(Section):
    """A clause of the agreement; `ground` says what it stands on."""

    ground: Word
    title: Texts
    too_broad: bool = False
    """A general line: alone it carries nothing above the ladder's first rung (R33)."""


class Agreement(Section):
    """The terms, in one version."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
    version: int = Field(ge=1)
    text_digest: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    pledges: Mapping[Word, Pledge] = {}
    clauses: Mapping[Clause, AgreementClause]
    in_force_from: date | None = None
    """When this version of the agreement came into force; None: with the policy that first names it."""
    new_version_due: Duration
    remind_before: tuple[Duration, ...] = ()


class DeclineReasons(Section):
    """The stable codes of why a registration ended without an account."""

    expired: Word
    under_age: Word
    cap: Word
    not_verified: Word
    name: Word
    closed_identity: Word


class Registration(Section):
    """How an account begins."""

    unfinished_expires: Duration
    ended_erased: Duration
    """After a withdrawn or declined registration the identity goes."""
    declined_as: DeclineReasons


class VerificationMethod(Section):
    """What one holder type has to show."""

    documents: tuple[Word, ...] = Field(min_length=1)
    operator_documents: tuple[Word, ...] = ()
    """For an organisation: what the person who acts for it shows."""
    assurance: Assurance
    valid: Duration | None = None
    stores_identity: bool = True


class Verification(Section):
    """How a holder is verified, and how long it holds."""

    methods: Mapping[Word, VerificationMethod]
    attempts: int = Field(ge=1)
    provider_answers: Duration
    """After that without an answer a person decides."""
    person_decides: Duration
    remind_before: tuple[Duration, ...] = ()
    existing_due: Duration | None = None
    """By when an account that exists is verified as the policy asks for now; None: nobody is asked to."""
    closed_identity_decides: Duration
    closed_identity_remembered: Duration


class Names(Section):
    """Display names: signals lead to a person, never to an automatic refusal."""

    protected: Mapping[Word, str] = {}
    person_decides: Duration
    held_after_closure: Duration


class QualificationFilings(Section):
    """Which filing follows."""

    granted: Word | None = None
    changed: Word | None = None


class Qualification(Section):
    """A right that is applied for, reviewed, dated and revocable."""

    title: Texts
    kinds: tuple[Word, ...] = Field(min_length=1)
    holder_types: tuple[Word, ...] = Field(min_length=1)
    requires: tuple[Word, ...] = ()
    excludes: tuple[Word, ...] = ()
    """Not open to who holds one of these."""
    needs_licence: bool = False
    people: int = Field(ge=1)
    decide: Duration
    decide_by_holder: Mapping[Word, Duration] = {}
    gives: tuple[Word, ...] = ()
    gives_one_of: tuple[Word, ...] = ()
    """The application names one of these."""
    valid: Duration | None = None
    """At most; never past the end of the licence. None: as long as the account is open."""
    remind_before: tuple[Duration, ...] = ()
    filings: QualificationFilings = QualificationFilings()
    applications: int | None = None
    applications_within: Duration | None = None


class Mark(Section):
    """A public mark: shown exactly while the check of all its rights answers yes.

    The first that fits is shown.
    """

    rights: tuple[Word, ...] = Field(min_length=1)
    title: Texts


class Policy(Section):
    """A policy, whole."""

    policy: Header
    provider: Provider = Provider()
    capabilities: Capabilities
    kinds: Mapping[Word, Kind]
    holder_types: Mapping[Word, Texts]
    grounds: Mapping[Word, Texts]
    agreement: Agreement
    registration: Registration
    verification: Verification
    names: Names
    qualifications: Mapping[Word, Qualification] = {}
    marks: Mapping[Word, Mark] = {}
    meters: Mapping[Word, Meter]
    severities: Mapping[Word, Severity]
    categories: Mapping[Word, Category]
    rules: Mapping[Word, Rule]
    content: Content | None = None
    penalties: Mapping[Word, Penalty]
    ladders: Mapping[Word, Ladder]
    standing: tuple[StandingLevel, ...] = Field(min_length=1)
    process: Process
    filings: Filings = Filings()
    authorities: Authorities = Authorities()
    orders: Orders | None = None
    records: Records
    basis: tuple[Basis, ...] = ()

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone in which days and months are counted."""
        return ZoneInfo(self.policy.time_zone)
