"""What a policy says of its ways: reports, appeals, notices, filings, and how long what is kept."""

from collections.abc import Mapping
from enum import StrEnum

from pydantic import Field

from goodstanding.policy.durations import Duration
from goodstanding.policy.forms import Section, Texts, Word
from goodstanding.vocabulary import NoticeKind, Role


class Hold(Section):
    """How long a finding that needs more people is held; then it lapses, the case is open again."""

    lapses: Duration


class Appeal(Section):
    """How a decision is challenged."""

    window: Duration
    decide: Duration
    pauses_closing: bool = True


class Overturn(Section):
    """How a decision is taken back without an appeal, when a rule proves wrong for instance."""

    people: int = Field(default=2, ge=2)
    """How many have to agree, the one who asks for it included."""
    decide: Duration | None = None
    """By when the others decide; None: as for an appeal."""
    alone: tuple[Role, ...] = ()
    """Roles of which one is enough."""


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
    EMAIL = "email"


class Notices(Section):
    """How the holder is told; the commit of the decision hands over what goes to the inbox."""

    channels: tuple[Channel, ...] = Field(min_length=1)
    kinds: Mapping[NoticeKind, tuple[Channel, ...]] = {}
    """Other channels for some kinds of notices."""
    handed_over_by: Channel = Channel.INBOX
    inbox_counts_after: Duration | None = None
    """Where another channel hands over: so long after the notice was written the inbox does. None: never."""
    give_up: Duration
    territory: Texts | None = None
    """Where decisions apply; None: wherever the service is offered."""

    def channels_of(self, kind: NoticeKind) -> tuple[Channel, ...]:
        """By what a notice of this kind goes out; the inbox has every notice anyway."""
        return self.kinds.get(kind, self.channels)

    def handed_over(self, kind: NoticeKind) -> Channel:
        """By what a notice of this kind is handed over: the inbox, where it does not go by what counts."""
        counts = self.handed_over_by in self.channels_of(kind)
        return self.handed_over_by if counts else Channel.INBOX


class Process(Section):
    """The ways of deciding."""

    reports: Reports
    hold: Hold
    appeal: Appeal
    overturn: Overturn = Overturn()
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
