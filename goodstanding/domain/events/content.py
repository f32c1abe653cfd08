"""What decisions do with items on the platform."""

from dataclasses import dataclass
from datetime import datetime

from goodstanding.vocabulary import ContentAct


@dataclass(frozen=True, slots=True)
class ContentItem:
    """One item, and what of the policy a decision does with it."""

    item: str
    action: str
    does: ContentAct
    label: str | None


@dataclass(frozen=True, slots=True)
class ContentDecided:
    """What a finding does with items; it is asked for once the decision counts."""

    decision_id: str
    items: tuple[ContentItem, ...]


@dataclass(frozen=True, slots=True)
class ContentAsked:
    """The platform is asked to do something with an item."""

    effect_id: str
    decision_id: str
    item: str
    does: ContentAct
    label: str | None
    order: int
    """Which of the requests about this item and label it is, from 1."""
    undoes: str | None
    """The request that a restore undoes."""
    give_up_at: datetime


@dataclass(frozen=True, slots=True)
class ContentWaits:
    """The platform took it in, and says later that it was done."""

    effect_id: str
    until: datetime


@dataclass(frozen=True, slots=True)
class ContentDone:
    """The platform says that it was done."""

    effect_id: str
    receipt: str


@dataclass(frozen=True, slots=True)
class ContentSuperseded:
    """It is not tried any more: what comes after it asks for something else."""

    effect_id: str
    by: str


@dataclass(frozen=True, slots=True)
class ContentNotRestored:
    """What the decision did with the item cannot be undone, though the decision was."""

    decision_id: str
    item: str
    label: str | None
