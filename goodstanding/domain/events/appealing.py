"""How decisions are challenged."""

from dataclasses import dataclass
from datetime import datetime

from goodstanding.domain.events.texts import Text
from goodstanding.vocabulary import Verdict


@dataclass(frozen=True, slots=True)
class AppealFiled:
    """The holder challenges a decision."""

    appeal_id: str
    decision_id: str
    statement: Text
    evidence: tuple[str, ...]
    review_id: str


@dataclass(frozen=True, slots=True)
class AppealDecided:
    """The decision was upheld, reduced or overturned."""

    appeal_id: str
    decision_id: str
    verdict: Verdict
    decided_by: str
    reasons: Text
    texts_until: datetime | None
    """How long the words are kept, where the account has ended: from the final decision."""


@dataclass(frozen=True, slots=True)
class AppealWindowEnded:
    """The decision can no longer be challenged here."""

    decision_id: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class DecisionReduced:
    """A milder rung took the place of the decided one."""

    decision_id: str
    rung: str


@dataclass(frozen=True, slots=True)
class OverturnAgreed:
    """A decision is taken back without the verdict of an appeal: enough people, or a named authority, said so."""

    decision_id: str
    agreed_by: tuple[str, ...]
    reasons: Text
    texts_until: datetime | None
    """How long the words are kept, where the account has ended: from the final decision."""


@dataclass(frozen=True, slots=True)
class DecisionOverturned:
    """The decision never happened."""

    decision_id: str


@dataclass(frozen=True, slots=True)
class DecisionRederived:
    """A later decision stands on another rung, since one before it went; the appeal window opens anew."""

    decision_id: str
    rung: str
    proposed_rung: str
    appeal_until: datetime
