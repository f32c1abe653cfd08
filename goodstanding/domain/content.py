"""What the platform was asked to do with items, and how far that is."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from goodstanding.domain.events.content import ContentItem
from goodstanding.vocabulary import ContentAct


class ContentState(StrEnum):
    """How far it is."""

    REQUESTED = "requested"
    DONE = "done"
    FAILED = "failed"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class ContentRequest:
    """One thing that the platform was asked to do with an item."""

    effect_id: str
    decision_id: str
    item: str
    does: ContentAct
    label: str | None
    order: int
    """Which of the requests about this item and label it is, from 1."""
    requested_at: datetime
    undoes: str | None = None
    state: ContentState = ContentState.REQUESTED
    waits_until: datetime | None = None
    """The platform took it in, and says later that it was done."""
    ended_at: datetime | None = None
    receipt: str | None = None
    error: str | None = None

    def is_about(self, item: str, label: str | None) -> bool:
        """Whether it concerns this item and label; a removal has none."""
        return (self.item, self.label) == (item, label)


@dataclass(frozen=True, slots=True)
class Requested:
    """The requests about one item and label."""

    all: tuple[ContentRequest, ...]

    @classmethod
    def about(cls, content: tuple[ContentRequest, ...], item: ContentItem) -> "Requested":
        """Those that concern what this item of a decision does."""
        return cls(tuple(one for one in content if one.is_about(item.item, item.label)))

    @property
    def latest(self) -> ContentRequest | None:
        """The one that counts: the last."""
        return self.all[-1] if self.all else None

    @property
    def is_on(self) -> bool:
        """Whether the item is removed, or bears the label, as far as the platform was asked."""
        return self.latest is not None and self.latest.does is not ContentAct.RESTORE
