"""What a record is made of: one class for each thing that is known."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from goodstanding.domain.events import ContentItem, Text
from goodstanding.vocabulary import Assurance, Origin, ReviewKind, Verdict


@dataclass(frozen=True, slots=True)
class LicenceHeld:
    """A licence of the platform; it holds from the first instant until before the last."""

    licence_id: str
    code: str
    number: str
    valid_from: datetime
    valid_until: datetime
    reminders: tuple[datetime, ...] = ()
    has_lapsed: bool = False
    authority: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The agreement as it was accepted, by whom."""

    id: str
    version: int
    by: str
    at: datetime
    clauses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NewAgreement:
    """A newer agreement that the holder was asked to accept."""

    id: str
    version: int
    due_at: datetime
    """After that, what waits for it rests."""
    reminders: tuple[datetime, ...] = ()
    is_overdue: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """A registration that ended without an account."""

    decision_id: str | None
    reason_code: str | None
    erase_at: datetime
    appeal_until: datetime | None = None
    decided_by: tuple[str, ...] = ()
    appeal_id: str | None = None
    is_window_over: bool = False


class VerificationState(StrEnum):
    """How far the verification is."""

    NONE = "none"
    ASKED = "asked"
    WAITING = "waiting"
    IN_REVIEW = "in_review"
    FAILED = "failed"
    VERIFIED = "verified"


@dataclass(frozen=True, slots=True)
class Verification:
    """The check that the identity behind the account is real."""

    state: VerificationState = VerificationState.NONE
    verification_id: str | None = None
    submitted_by: str | None = None
    fails: int = 0
    waits_until: datetime | None = None
    verified_at: datetime | None = None
    valid_until: datetime | None = None
    reminders: tuple[datetime, ...] = ()
    has_lapsed: bool = False
    assurance: Assurance | None = None
    asked_for: Assurance | None = None
    """A newer policy version asks for this much; the verification ends where nothing comes of it."""

    @property
    def is_pending(self) -> bool:
        """Whether a verifier or a person is looking at it."""
        return self.state in (
            VerificationState.ASKED,
            VerificationState.WAITING,
            VerificationState.IN_REVIEW,
        )


class QualificationState(StrEnum):
    """How far a qualification is."""

    APPLIED = "applied"
    GRANTED = "granted"
    REFUSED = "refused"
    LAPSED = "lapsed"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Qualification:
    """A right that was applied for."""

    qualification_id: str
    code: str
    state: QualificationState
    applied_at: datetime
    right: str | None = None
    licence_until: datetime | None = None
    gives: tuple[str, ...] = ()
    granted_at: datetime | None = None
    valid_until: datetime | None = None
    ended_at: datetime | None = None
    reminders: tuple[datetime, ...] = ()
    decided_by: tuple[str, ...] = ()
    """Who refused or revoked it; that can be appealed."""
    appeal_until: datetime | None = None
    appeal_id: str | None = None
    is_window_over: bool = False

    def holds_at(self, instant: datetime) -> bool:
        """Whether its rights can be used at this instant; it ends by itself."""
        if self.granted_at is None or self.granted_at > instant:
            return False
        ends = [end for end in (self.valid_until, self.ended_at) if end]
        return all(instant < end for end in ends)


@dataclass(frozen=True, slots=True)
class Vote:
    """What one person decided, and why."""

    by: str
    verdict: Verdict
    reasons: Text | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """A decision by people, open or ended."""

    review_id: str
    kind: ReviewKind
    subject_id: str
    opened_at: datetime
    due_at: datetime
    remind_at: datetime | None
    people: int
    excluded: tuple[str, ...] = ()
    votes: tuple[Vote, ...] = ()
    verdict: Verdict | None = None
    ended_at: datetime | None = None
    is_escalated: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it still has to be decided."""
        return self.ended_at is None


class CaseState(StrEnum):
    """How far a case is."""

    OPEN = "open"
    HELD = "held"
    VIOLATION = "violation"
    NO_VIOLATION = "no_violation"


@dataclass(frozen=True, slots=True)
class Case:
    """All that is said about one item."""

    case_id: str
    item: str
    state: CaseState
    decision_id: str | None = None
    reports: int = 0
    """How many came in; which, and who sent them, is in the table of reports: ten thousand make no larger record."""
    origins: tuple[Origin, ...] = ()
    """Who reported it, each kind once."""
    told: CaseState | None = None
    """The outcome that everybody who had reported was told last."""
    is_detected: bool = False
    """A detector pointed to it: whatever is decided, its notice says so."""


class DecisionState(StrEnum):
    """Whether a decision counts."""

    HELD = "held"
    IN_FORCE = "in_force"
    LAPSED = "lapsed"
    OVERTURNED = "overturned"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A further penalty that needs confirmation."""

    penalty: str
    rung: str
    review_id: str
    hearing_until: datetime | None
    lapses_at: datetime
    closes_at: datetime | None = None
    is_answered: bool = False
    is_hearing_over: bool = False
    confirmed_at: datetime | None = None
    is_over: bool = False
    is_confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """A finding and what followed from it."""

    decision_id: str
    violation_id: str
    case_id: str
    rule: str
    category: str
    clause: str
    item: str
    acted_at: datetime
    found_by: str
    found_by_role: str
    found_at: datetime
    substance_digest: str
    facts: Text
    people: int
    state: DecisionState
    origin: str = ""
    """What pointed to the breach, as `Origin`; empty where the event is older than the word."""
    lapses_at: datetime | None = None
    chosen_rung: str | None = None
    choice_reasons: Text | None = None
    proposed_rung: str | None = None
    rung: str | None = None
    taken_at: datetime | None = None
    confirmed_by: tuple[str, ...] = ()
    appeal_until: datetime | None = None
    is_window_over: bool = False
    appeal_id: str | None = None
    is_reduced: bool = False
    proposal: Proposal | None = None
    content: tuple[ContentItem, ...] = ()

    @property
    def deciders(self) -> tuple[str, ...]:
        """Everybody who took part in it: none of them may judge its appeal."""
        return (self.found_by, *self.confirmed_by)


@dataclass(frozen=True, slots=True)
class Strike:
    """What a violation leaves until it expires."""

    strike_id: str
    decision_id: str
    rule: str
    category: str
    points: int
    given_at: datetime
    expires_at: datetime | None
    """None: never."""
    is_void: bool = False
    has_expired: bool = False

    def weighs_at(self, instant: datetime) -> bool:
        """Whether it counts at this instant; it does not at the one at which it expires."""
        if self.is_void or instant < self.given_at:
            return False
        return self.expires_at is None or instant < self.expires_at


@dataclass(frozen=True, slots=True)
class Penalty:
    """What is imposed. Each has its own cause and its own end."""

    penalty_id: str
    decision_id: str
    code: str
    denies: tuple[str, ...]
    closes: bool
    is_interim: bool
    imposed_at: datetime
    starts_at: datetime | None
    ends_at: datetime | None
    ends_when_acknowledged: bool
    next_review_at: datetime | None = None
    ended_at: datetime | None = None
    ended_because: str | None = None
    is_overturned: bool = False

    def is_active_at(self, instant: datetime) -> bool:
        """Whether it denies anything at this instant; it ends by itself."""
        if self.is_overturned or self.starts_at is None or instant < self.starts_at:
            return False
        return all(instant < end for end in (self.ends_at, self.ended_at) if end)

    @property
    def is_over(self) -> bool:
        """Whether its end has been recorded."""
        return self.is_overturned or self.ended_at is not None


@dataclass(frozen=True, slots=True)
class Appeal:
    """A challenge to a decision."""

    appeal_id: str
    decision_id: str
    review_id: str
    filed_at: datetime
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A message to the holder."""

    notice_id: str
    kind: str
    decision_id: str | None
    issued_at: datetime
    handed_over_at: datetime | None
    acknowledged_at: datetime | None = None
    handed_over_by: str = "inbox"
    inbox_counts_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Filing:
    """What an authority is told."""

    filing_id: str
    kind: str
    to: str
    decision_id: str | None
    corrects: str | None
    due_at: datetime
    receipt: str | None = None
    is_escalated: bool = False


class OrderState(StrEnum):
    """Whether an order is followed."""

    HELD = "held"
    IN_FORCE = "in_force"
    LAPSED = "lapsed"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Order:
    """What an authority ordered."""

    order_id: str
    authority: str
    is_known: bool
    level: str
    region: str
    registry_digest: str
    reference: Text
    legal_basis: Text
    denies: tuple[str, ...]
    items: tuple[str, ...]
    recorded_at: datetime
    starts_at: datetime
    ends_at: datetime
    state: OrderState
    entered_by: str
    next_review_at: datetime | None = None
    secret_until: datetime | None = None
    is_told: bool = False
    """The holder knows of it."""
    has_started: bool = False
    lapses_at: datetime | None = None
    confirmed_by: tuple[str, ...] = ()
    followed_from: datetime | None = None
    """From when it was followed: no sooner than it was confirmed."""
    ended_at: datetime | None = None

    def is_active_at(self, instant: datetime) -> bool:
        """Whether it is followed at this instant; it ends by itself."""
        if self.followed_from is None or instant < max(self.starts_at, self.followed_from):
            return False
        return all(instant < end for end in (self.ends_at, self.ended_at) if end)

    def is_secret_at(self, instant: datetime) -> bool:
        """Whether the holder may not be told yet."""
        return self.secret_until is not None and instant < self.secret_until


@dataclass(frozen=True, slots=True)
class Closing:
    """The account will be closed."""

    decision_id: str | None
    until: datetime
    waits_for_appeal: bool = True


@dataclass(frozen=True, slots=True)
class Closure:
    """The account is closed."""

    decision_id: str | None
    by_penalty: bool
    closed_at: datetime
    erase_at: datetime
