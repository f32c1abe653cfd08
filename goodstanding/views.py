"""What the service answers when it is read: plain values as of an instant, never a person's name."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from goodstanding.domain.record import (
    ContentState,
    DecisionState,
    QualificationState,
    VerificationState,
)
from goodstanding.messages import ChosenId, Code, Refusal, StatementOfReasons
from goodstanding.vocabulary import ContentAct, EffectKind, NoticeKind, ReviewKind, Stage

WordOrNone = Annotated[str | None, BeforeValidator(lambda word: word or None)]
"""The record has an empty word where there is none."""


class View(BaseModel):
    """Base of all answers; times are UTC. What a newer service adds is passed over."""

    model_config = ConfigDict(frozen=True, from_attributes=True, use_attribute_docstrings=True)


class PolicyView(View):
    """The policy under which the account stands now."""

    id: str
    version: int
    digest: str
    """SHA-256 of the policy's file."""


class CauseView(View):
    """The decision that a penalty or a strike comes from."""

    decision_id: str
    violation_id: str
    rule: str
    category: str
    clause: str
    """Of the accepted agreement."""
    item: str
    acted_at: datetime
    state: DecisionState
    origin: WordOrNone
    """What pointed to the breach: `user_report`, `trusted_flagger`, `own_initiative`, `automated` or `authority`."""
    taken_at: datetime | None


class PenaltyView(View):
    """A penalty that is active, or that is still to start."""

    penalty_id: str
    code: str
    denies: tuple[str, ...]
    is_active: bool
    is_interim: bool
    """It lapses unless a second person confirms."""
    closes: bool
    imposed_at: datetime
    starts_at: datetime | None
    """None: once the holder has been told."""
    ends_at: datetime | None
    """None: with the strike, by decision, or never."""
    ends_when_acknowledged: bool
    cause: CauseView


class OrderView(View):
    """An order of an authority of which the holder was told; no decision of the platform's."""

    order_id: str
    authority: str
    level: str
    """Of the registry; empty where it does not know the authority."""
    denies: tuple[str, ...]
    items: tuple[str, ...]
    """What is taken down."""
    is_active: bool
    starts_at: datetime
    ends_at: datetime
    ended_at: datetime | None


class StrikeView(View):
    """A strike that counts."""

    strike_id: str
    decision_id: str
    rule: str
    category: str
    points: int
    given_at: datetime
    expires_at: datetime


class QualificationView(View):
    """A right that was applied for."""

    qualification_id: str
    code: str
    right: str | None
    state: QualificationState
    holds: bool
    """Whether its rights count at `as_of`."""
    gives: tuple[str, ...]
    applied_at: datetime
    granted_at: datetime | None
    valid_until: datetime | None
    ended_at: datetime | None


class LicenceView(View):
    """A licence of the platform itself; on the account `provider` only."""

    licence_id: str
    code: str
    number: str
    valid_from: datetime
    valid_until: datetime


class OpenReviewView(View):
    """A decision that people still have to take; who they are is not said."""

    review_id: str
    kind: ReviewKind
    subject_id: str
    opened_at: datetime
    due_at: datetime
    people: int
    """How many have to agree."""
    votes_cast: int
    is_escalated: bool


class AppealableView(View):
    """A decision that can be appealed now."""

    decision_id: str
    until: datetime | None
    """None: the window opens when the notice has been handed over."""


class RequirementView(View):
    """One thing to supply."""

    code: str
    subject_id: str | None
    """Which one it is about."""
    deadline: datetime | None
    capabilities: tuple[str, ...]
    """What waits for it."""


class DisabledView(View):
    """Why a capability is denied."""

    capability: str
    denial: str
    cause: str | None
    until: datetime | None


class DueView(View):
    """What happens to the account next by time alone."""

    at: datetime
    what: str
    subject_id: str


class AccountView(View):
    """How an account stands as of an instant."""

    account_id: str
    as_of: datetime
    seq: int
    """How many events its record has; a command may name it as `expected_seq`."""
    stage: Stage
    stage_since: datetime | None
    standing: str
    kind: WordOrNone
    """None on the account `provider`, as the two that follow."""
    holder_type: WordOrNone
    language: WordOrNone
    policy: PolicyView
    mark: str | None
    """The public mark; `/accounts/{account_id}/badge` says more."""
    verification: VerificationState
    verified_until: datetime | None
    penalties: tuple[PenaltyView, ...]
    orders: tuple[OrderView, ...] = ()
    """Of authorities; one that is still secret is not among them."""
    strikes: tuple[StrikeView, ...]
    points: int
    """Of all strikes that count."""
    qualifications: tuple[QualificationView, ...]
    licences: tuple[LicenceView, ...]
    """Of the platform itself: none on any account but `provider`."""
    reviews: tuple[OpenReviewView, ...]
    appealable: tuple[AppealableView, ...]
    past_due: tuple[RequirementView, ...]
    currently_due: tuple[RequirementView, ...]
    next_due: DueView | None
    closing_at: datetime | None
    closed_at: datetime | None


class ContentView(View):
    """One thing that a decision asked the platform to do with an item."""

    effect_id: str
    decision_id: str
    item: str
    does: ContentAct
    label: str | None
    """With `restore`: the label that is taken off; none: what was removed is shown again."""
    order: int
    """Of the requests about one item and label the highest counts."""
    undoes: str | None
    """The request that it undoes."""
    state: ContentState
    requested_at: datetime
    waits_until: datetime | None
    """The platform took it in, and is waited for until then."""
    ended_at: datetime | None
    receipt: str | None
    error: str | None


class ContentsView(View):
    """What was asked about an account's items, oldest first."""

    account_id: str
    as_of: datetime
    content: tuple[ContentView, ...]


class RequirementsView(View):
    """What is asked of the holder as of an instant."""

    account_id: str
    as_of: datetime
    past_due: tuple[RequirementView, ...]
    currently_due: tuple[RequirementView, ...]
    """Within 30 days, or without a deadline."""
    due_later: tuple[RequirementView, ...]
    pending: tuple[RequirementView, ...]
    """What others have to do: verifiers and reviewers."""
    errors: tuple[RequirementView, ...]
    """What was tried and failed."""
    deadline: datetime | None
    """The nearest of what is currently due."""
    disabled: tuple[DisabledView, ...]


class CheckView(View):
    """Whether an account may do something, as of an instant."""

    account_id: str
    capability: str
    as_of: datetime
    allowed: bool
    denial: str | None = None
    """The policy's code for why not."""
    cause: str | None = None
    """The penalty, qualification, licence or stage that stands in the way."""
    until: datetime | None = None
    """When that ends by itself, where it does."""
    licensed: bool | None = None
    """Whether the policy calls the capability licensed; None where the service does not say."""
    is_assumed: bool = False
    """The service could not be asked: this is what the client was told to assume then."""
    refusal: Refusal | None = None
    """In a batch: why this one could not be answered; then `allowed` is false."""


class Pair(BaseModel):
    """One question of a batch."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    account_id: ChosenId
    capability: Code


class Batch(BaseModel):
    """Up to 500 questions, answered in their order as of one instant."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    checks: tuple[Pair, ...] = Field(min_length=1, max_length=500)


class ChecksView(View):
    """The answers of a batch, in the order of the questions."""

    as_of: datetime
    checks: tuple[CheckView, ...]


class NoticeView(View):
    """A message to the holder."""

    notice_id: str
    kind: NoticeKind
    decision_id: str | None
    subject_id: str | None
    language: str
    text: str | None
    """Title, an empty line, the body; None once the retention of the words has ended."""
    html: str | None = None
    """The same words as a page for browser and mail; None with the text."""
    statement: StatementOfReasons | None = None
    """The reasons of the decision that it tells, field by field; None where it tells none, and with the text."""
    issued_at: datetime
    handed_over_at: datetime | None
    acknowledged_at: datetime | None


class NoticesView(View):
    """The holder's inbox, newest first."""

    account_id: str
    as_of: datetime
    notices: tuple[NoticeView, ...]
    after: str | None = None
    """Ask again with it for those before them; None: these were the oldest."""


class StatementsView(View):
    """What the holder was told of one decision and its reasons, newest first."""

    account_id: str
    decision_id: str
    as_of: datetime
    statements: tuple[NoticeView, ...]


class DeadLetterView(View):
    """Something that was to be done outside, and was not."""

    effect_id: str
    account_id: str
    kind: EffectKind
    attempts: int
    """How often it was tried."""
    last_error: str | None
    created_at: datetime
    give_up_at: datetime


class DeadLettersView(View):
    """What failed and was not tried again, oldest first."""

    as_of: datetime
    effects: tuple[DeadLetterView, ...]
    after: str | None = None
    """Ask again with it for those after them; None: these were the last."""


class BadgeView(View):
    """The public mark of an account; nothing about who is behind it."""

    account_id: str
    as_of: datetime
    mark: str | None
    """None: no mark is shown."""
    title: Mapping[str, str] | None
    """What the mark says, by language."""
    since: datetime | None
    until: datetime | None
    """When the mark vanishes or changes by itself; None where nothing ends it."""


class QueuedReviewView(View):
    """A decision that waits for people."""

    review_id: str
    account_id: str
    kind: ReviewKind
    subject_id: str
    language: str
    opened_at: datetime
    due_at: datetime
    is_escalated: bool
    people: int
    """How many have to agree."""
    votes_cast: int
    excluded: tuple[str, ...]
    """Who may not decide it: they took part in what it is about, or have voted."""


class QueueView(View):
    """The queue, the most urgent first."""

    as_of: datetime
    reviews: tuple[QueuedReviewView, ...]
    after: str | None
    """Ask again with it for those that follow; None: these were the last."""


class ReportState(StrEnum):
    """How far a report is."""

    OPEN = "open"
    ANSWERED = "answered"


class ReportView(View):
    """How far a report is; of the account it says no more than the item."""

    number: str
    as_of: datetime
    item: str
    state: ReportState
    outcome: str | None
    """`violation` or `no_violation`."""
    filed_at: datetime
    answered_at: datetime | None


class SealingKeyView(View):
    """The public key to which identities are sealed now."""

    key_id: str
    public_key: str
    """X25519, in base64."""
