"""What the service says would follow from undoing a decision, before anybody decides it."""

from datetime import datetime

from goodstanding.views import View
from goodstanding.vocabulary import NoticeKind, ReviewKind, Stage, Verdict


class GlimpseView(View):
    """How the account stands on one side of the decision."""

    stage: Stage | None
    standing: str
    mark: str | None
    points: int
    """Of all strikes that count."""
    capabilities: tuple[str, ...]
    """What it may do."""


class DecisionChangeView(View):
    """A decision that would stand otherwise: the one in question, or a later one that leant on it."""

    decision_id: str
    rule: str
    state_before: str
    state_after: str
    rung_before: str | None
    rung_after: str | None
    """None: nothing follows from it any more."""
    points_before: int
    points_after: int
    penalties_before: tuple[str, ...]
    """Those that are not over."""
    penalties_after: tuple[str, ...]


class FilingSentView(View):
    """What an authority would be told."""

    kind: str
    to: str
    corrects: str | None
    """The filing that would no longer stand."""


class NoticeSentView(View):
    """What the holder would be told."""

    kind: NoticeKind
    decision_id: str | None


class ConsequencesView(View):
    """All that would follow, as of an instant."""

    as_of: datetime
    before: GlimpseView
    after: GlimpseView
    decisions: tuple[DecisionChangeView, ...]
    filings: tuple[FilingSentView, ...]
    notices: tuple[NoticeSentView, ...]
    reviews_ended: tuple[str, ...]
    """Reviews that nobody would have to decide any more, the one in question included."""
    reviews_opened: tuple[ReviewKind, ...]
    """What people would be asked then."""


class PreviewView(View):
    """What would follow if the decision were undone now; nothing of it has happened."""

    account_id: str
    decision_id: str
    verdict: Verdict
    seq: int
    """How many events the record has: a command with this `expected_seq` is refused once it has moved on."""
    then: ConsequencesView
