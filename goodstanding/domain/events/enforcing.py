"""Decisions, strikes and penalties."""

from dataclasses import dataclass
from datetime import datetime

from goodstanding.domain.events.texts import Text


@dataclass(frozen=True, slots=True)
class ViolationFound:
    """A decision: a rule was broken. Under two digests: substance at the act, procedure at the deciding."""

    decision_id: str
    violation_id: str
    case_id: str
    rule: str
    category: str
    item: str
    acted_at: datetime
    agreement_version: int
    clause: str
    facts: Text
    found_by: str
    found_by_role: str
    substance_digest: str
    is_held: bool
    lapses_at: datetime | None
    people: int
    chosen_rung: str | None
    choice_reasons: Text | None
    origin: str = ""


@dataclass(frozen=True, slots=True)
class DecisionTaken:
    """A held decision was confirmed, or one needed no more people: it counts from now on."""

    decision_id: str
    rung: str
    proposed_rung: str
    confirmed_by: tuple[str, ...]
    appeal_until: datetime | None
    """None until its notice was handed over outside the house."""


@dataclass(frozen=True, slots=True)
class AppealWindowOpened:
    """The notice of a decision was handed over: the window is counted from there."""

    decision_id: str
    appeal_until: datetime


@dataclass(frozen=True, slots=True)
class DecisionLapsed:
    """Nobody confirmed the held decision in time, or it was rejected."""

    decision_id: str
    because: str
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StrikeGiven:
    """A violation left its mark."""

    strike_id: str
    decision_id: str
    rule: str
    category: str
    points: int
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class StrikeExpired:
    """A strike no longer weighs."""

    strike_id: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class StrikeVoided:
    """A strike was a mistake, or its decision was overturned."""

    strike_id: str
    reasons: Text | None


@dataclass(frozen=True, slots=True)
class StrikeRederived:
    """A strike weighs differently since one before it went."""

    strike_id: str
    points: int


@dataclass(frozen=True, slots=True)
class PenaltyImposed:
    """Capabilities are denied, from the start to the end; `since` may lie before `at` when re-derived."""

    penalty_id: str
    decision_id: str
    code: str
    denies: tuple[str, ...]
    closes: bool
    is_interim: bool
    starts_at: datetime | None
    """None until its notice was handed over outside the house."""
    ends_at: datetime | None
    ends_when_acknowledged: bool
    next_review_at: datetime | None


@dataclass(frozen=True, slots=True)
class PenaltyStarted:
    """The notice was handed over, and with it the penalty began."""

    penalty_id: str
    starts_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class PenaltyExpired:
    """A penalty ended by time; rights followed its end, this only says so."""

    penalty_id: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class PenaltyEnded:
    """A penalty ended by what its end rule waits for, or by its confirmation."""

    penalty_id: str
    because: str


@dataclass(frozen=True, slots=True)
class PenaltyShortened:
    """A penalty that lasts while a meter is high ends sooner: a strike on that meter is void."""

    penalty_id: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class PenaltyLifted:
    """A person ended a penalty early."""

    penalty_id: str
    lifted_by: str
    reasons: Text


@dataclass(frozen=True, slots=True)
class PenaltyOverturned:
    """A penalty never happened."""

    penalty_id: str


@dataclass(frozen=True, slots=True)
class PenaltyReviewDue:
    """A penalty without an end is looked at again."""

    penalty_id: str
    due_at: datetime
    next_review_at: datetime


@dataclass(frozen=True, slots=True)
class ProposalMade:
    """A further penalty is proposed; it needs confirmation, and perhaps a hearing first."""

    decision_id: str
    penalty: str
    rung: str
    review_id: str
    hearing_until: datetime | None
    lapses_at: datetime


@dataclass(frozen=True, slots=True)
class HearingAnswered:
    """The holder answered; the hearing is over."""

    decision_id: str
    statement: Text
    lapses_at: datetime


@dataclass(frozen=True, slots=True)
class HearingEnded:
    """The hearing ended without an answer."""

    decision_id: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class ProposalConfirmed:
    """The proposed penalty follows."""

    decision_id: str
    confirmed_by: tuple[str, ...]
    reasons: Text
    closes_at: datetime | None
    appeal_until: datetime | None


@dataclass(frozen=True, slots=True)
class ProposalLapsed:
    """Nobody confirmed the proposal in time, it was rejected, or what it stood on is gone."""

    decision_id: str
    because: str
    due_at: datetime | None = None
