"""What a policy file may say. Every word that is not the engine's comes from here (facts and sources: `basis`).

The file is YAML, read strictly (`storage/policy_files.py`); `docs/policy.md` explains each key with an example.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from goodstanding.policy.durations import Duration
from goodstanding.vocabulary import Assurance, Stage

Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Denial = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")]
Clause = Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)*$")]
Texts = Mapping[str, str]
"""Words for people by BCP 47 tag."""


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError) as error:
        message = "name a time zone of the IANA list, such as Asia/Shanghai"
        raise ValueError(message) from error
    return name


class Section(BaseModel):
    """Base of everything in a policy."""

    model_config = ConfigDict(frozen=True, extra="forbid")


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
    new_version_due: Duration


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
    """A public mark: shown exactly while the check of all its rights answers yes; the first that fits is shown."""

    rights: tuple[Word, ...] = Field(min_length=1)
    title: Texts


class MeterCounts(StrEnum):
    """What a meter counts."""

    POINTS = "points"
    STRIKES = "strikes"


class Meter(Section):
    """A number counted from the active strikes, the new one included."""

    counts: MeterCounts
    same_category: bool = False
    """Only strikes of the category of the new one."""


class FirstOccurrence(Section):
    """What applies while no strike of the same rule is active."""

    rung: Word
    points: int = Field(ge=0)


class Jump(Section):
    """A grave rule skips rungs: an interim at once, the rung when the needed people have confirmed."""

    interim: Word
    rung: Word
    people: int = Field(ge=2)


class Severity(Section):
    """How grave a rule is."""

    title: Texts
    points: int = Field(ge=0)
    strike_lasts: Duration
    first_occurrence: FirstOccurrence | None = None
    floor: Word
    ceiling: Word
    """Rungs of the ladder: the least and the most that may follow."""
    jump: Jump | None = None


class Machine(StrEnum):
    """What a detector's finding may do by itself."""

    NOTHING = "nothing"
    PROPOSE = "propose"
    WARN = "warn"


class Category(Section):
    """A family of rules."""

    title: Texts
    people: int = Field(default=1, ge=1)
    """How many have to find a violation of it."""
    machine: Machine = Machine.PROPOSE


class Rule(Section):
    """What is forbidden."""

    title: Texts
    clause: Clause
    severity: Word
    category: Word
    ladder: Word = "main"
    covers: Texts


class PenaltyStart(StrEnum):
    """When a penalty begins."""

    DECIDED = "decided"
    NOTIFIED = "notified"


class Penalty(Section):
    """What is imposed: denied capabilities, a start rule, an end rule."""

    title: Texts
    deny: tuple[Word, ...] = ()
    closes: bool = False
    start: PenaltyStart = PenaltyStart.DECIDED
    lasts: Duration | None = None
    longest: Duration | None = None
    """No choice of a person makes it longer."""
    hearing_beyond: Duration | None = None
    """A person who makes it longer than this hears the holder first."""
    ends_when_acknowledged: bool = False
    ends_with_strike: bool = False
    review_every: Duration | None = None
    """Asked of a penalty without an end."""
    undo: Texts
    """How far an overturn brings back what it took, in words for the holder."""
    filing: Word | None = None


class Proposal(Section):
    """What a rung proposes beyond its penalty; it needs confirmation."""

    penalty: Word
    people: int = Field(ge=2)
    hearing: Duration | None = None
    confirm: Duration
    """After the hearing, or after the decision where there is none; then the proposal lapses."""
    notice: Duration | None = None
    """Between the confirmation and the start."""
    needs_earlier_notice: bool = False
    """Only where the holder was warned by an earlier decision whose notice was handed over."""


class Rung(Section):
    """One step of a ladder."""

    code: Word
    at: int | None = None
    """The meter from which it applies; None: reached by a jump or a choice only."""
    penalty: Word
    proposes: Proposal | None = None


class Ladder(Section):
    """The escalation: the highest rung whose threshold the meter reaches is proposed."""

    meter: Word
    rungs: tuple[Rung, ...] = Field(min_length=1)
    may_choose_lower: int = Field(default=0, ge=0)
    may_choose_higher: int = Field(default=0, ge=0)
    """How many rungs a person may go, within floor and ceiling; higher needs a second person."""
    higher_confirm: Duration | None = None


class StandingLevel(Section):
    """A level of standing; the first of the list of which any condition holds is the account's."""

    name: Word
    title: Texts
    stages: tuple[Stage, ...] = ()
    denied: tuple[Word, ...] = ()
    """Any of these is denied by an active penalty."""
    active_strike: bool = False
    always: bool = False


class Hold(Section):
    """How long a finding that needs more people is held; then it lapses and the case is open again."""

    lapses: Duration


class Appeal(Section):
    """How a decision is challenged."""

    window: Duration
    decide: Duration
    pauses_closing: bool = True


class SelfClosure(Section):
    """The cooling-off before a closure at the holder's wish, by audience."""

    up_to: int | None = None
    cooling_off: Duration


class Grounds(Section):
    """Why somebody may complain."""

    title: Texts
    urgent: bool = False


class Reports(Section):
    """How complaints are taken."""

    grounds: Mapping[Word, Grounds]
    acknowledge: Duration
    decide: Duration
    decide_urgent: Duration


class Channel(StrEnum):
    """By what a notice reaches the holder."""

    INBOX = "inbox"
    WEBHOOK = "webhook"


class Notices(Section):
    """How the holder is told; in the inbox a notice is handed over by the commit of the decision."""

    channels: tuple[Channel, ...] = Field(min_length=1)
    handed_over_by: Channel = Channel.INBOX
    give_up: Duration


class Process(Section):
    """The ways of deciding."""

    reports: Reports
    hold: Hold
    appeal: Appeal
    self_closure: tuple[SelfClosure, ...] = Field(min_length=1)
    notices: Notices
    remind_reviewers_before: Duration
    revocation_decides: Duration
    least_reasons: int = Field(default=1, ge=1)
    """Characters."""
    reinstatement_after: Duration | None = None
    probation: Duration | None = None
    probation_raises: int = Field(default=0, ge=0)
    """By how many steps a breach counts as graver while the account is on probation."""


class Filing(Section):
    """What is sent to an authority."""

    title: Texts
    to: Word
    within: Duration
    fields: tuple[Word, ...]


class Filings(Section):
    """All filings, and the one that corrects what an overturn undoes."""

    kinds: Mapping[Word, Filing] = {}
    correction: Word | None = None
    give_up: Duration | None = None
    """After its deadline a filing is escalated, and still tried for so long."""


class Records(Section):
    """How long what is kept."""

    decisions: Duration
    identity_after_closure: Duration
    access_log: Duration


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
    penalties: Mapping[Word, Penalty]
    ladders: Mapping[Word, Ladder]
    standing: tuple[StandingLevel, ...] = Field(min_length=1)
    process: Process
    filings: Filings = Filings()
    records: Records
    basis: tuple[Basis, ...] = ()

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone in which days and months are counted."""
        return ZoneInfo(self.policy.time_zone)
