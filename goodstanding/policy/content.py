"""What a finding may ask the platform to do with items."""

from collections.abc import Mapping

from goodstanding.policy.durations import Duration
from goodstanding.policy.forms import Section, Texts, Word
from goodstanding.vocabulary import ContentAct


class ContentAction(Section):
    """One thing that a decision may do with an item, and how far it can be undone."""

    title: Texts
    does: ContentAct
    label: Word | None = None
    """Which label is put on; asked of a label alone."""
    undo: Texts
    """What an overturn brings back, in words for the holder."""
    can_be_undone: bool = True
    """Otherwise an overturn says that it cannot, and asks the platform for nothing."""
    outlives_reduction: bool = False
    """A reduced decision leaves it as it is; otherwise that undoes it as an overturn does."""


class Content(Section):
    """Everything that may be done with items; severities and rules name what of it."""

    actions: Mapping[Word, ContentAction] = {}
    give_up: Duration
    """So long the platform is asked; then ops see that it was not done."""
