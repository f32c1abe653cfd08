"""Every command: a wish for one account; repeating it under the same `command_id` is harmless."""

import json
from collections.abc import Mapping
from functools import cached_property
from hashlib import sha256
from typing import Any, ClassVar, Literal, Self, get_args

from pydantic import AwareDatetime, Field

from goodstanding.messages.forms import (
    Checked,
    ChosenId,
    Code,
    Language,
    Line,
    MadeId,
    Prose,
    ShortLine,
)
from goodstanding.messages.parts import (
    Acceptance,
    Actor,
    Evidence,
    Finding,
    Licence,
    SealedIdentity,
    Secrecy,
)
from goodstanding.vocabulary import Verdict


class Command(Checked):
    """A wish for one account."""

    unguarded: ClassVar[frozenset[str]] = frozenset()
    """Fields that the digest leaves out, since sealing makes them differ each time."""

    account_id: ChosenId
    command_id: ChosenId
    actor: Actor
    expected_seq: int | None = Field(default=None, ge=0)
    """Refused as `ConflictError` when the record has moved on; None takes it as it comes."""
    expires_at: AwareDatetime | None = None
    """Refused as stale after this instant."""

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Copy it; a copy with another body has a digest of its own."""
        copied = super().model_copy(update=update, deep=deep)
        copied.__dict__.pop("digest", None)
        return copied

    @cached_property
    def digest(self) -> str:
        """Tell two bodies under one command id apart."""
        body = self.model_dump(mode="json", exclude=set(self.unguarded))
        return sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


class Register(Command):
    """Open an account; no agreement, no account."""

    name: Literal["register"] = "register"
    policy_id: Code
    kind: Code
    holder_type: Code
    display_name: Line
    language: Language
    agreement: Acceptance
    declared_age: int | None = Field(default=None, ge=0, le=150)


class AcceptAgreement(Command):
    """Accept the agreement in force, each pledge by itself, after a new version of it."""

    name: Literal["accept_agreement"] = "accept_agreement"
    agreement: Acceptance


class OpenProvider(Command):
    """Open the account that is the platform itself; the worker ensures it at start."""

    name: Literal["open_provider"] = "open_provider"
    policy_id: Code


class SubmitIdentity(Command):
    """Hand in the sealed identity of the actor who accepted the pledges."""

    name: Literal["submit_identity"] = "submit_identity"
    unguarded: ClassVar[frozenset[str]] = frozenset({"sealed"})
    sealed: SealedIdentity


class Withdraw(Command):
    """Give an unfinished registration up, or take a wish to close back."""

    name: Literal["withdraw"] = "withdraw"


class ApplyForQualification(Command):
    """Ask for a qualification, with what proves it."""

    name: Literal["apply_for_qualification"] = "apply_for_qualification"
    qualification: Code
    right: Code | None = None
    """The one right that is asked for, where the qualification gives one of several."""
    licence: Licence | None = None
    evidence: tuple[Evidence, ...] = Field(default=(), max_length=20)


class RevokeQualification(Command):
    """Open the review that takes a qualification away; the sender is its first vote."""

    name: Literal["revoke_qualification"] = "revoke_qualification"
    qualification_id: MadeId
    reasons: Prose


class FileReport(Command):
    """Complain about an item of the account; anyone may, without an account."""

    name: Literal["file_report"] = "file_report"
    report_id: ChosenId
    ground: Code
    item: Code
    statement: Prose
    evidence: tuple[Evidence, ...] = Field(default=(), max_length=20)
    by_account: ChosenId | None = None
    """The account of this platform with which it is filed; None: without one."""
    received_at: AwareDatetime | None = None
    """When the platform got it; None: just now. The clocks of the report run from then."""


class RecordViolation(Command):
    """State a finding."""

    name: Literal["record_violation"] = "record_violation"
    finding: Finding


class DecideReview(Command):
    """Cast a vote in a review; the record judges quorum, distinct people and conflicts."""

    name: Literal["decide_review"] = "decide_review"
    review_id: MadeId
    verdict: Verdict
    reasons: Prose
    finding: Finding | None = None
    """With the verdict `violation`."""
    rung: Code | None = None
    """With the verdict `reduced`: the rung that takes the place of the decided one."""


class LiftPenalty(Command):
    """End a penalty early; the strike stays."""

    name: Literal["lift_penalty"] = "lift_penalty"
    penalty_id: MadeId
    reasons: Prose


class VoidStrike(Command):
    """Cancel a mistaken strike; what stood only because of it is re-derived."""

    name: Literal["void_strike"] = "void_strike"
    strike_id: MadeId
    reasons: Prose


class OverturnDecision(Command):
    """Take a decision back as if it had never been, without an appeal: because its rule proved wrong, say."""

    name: Literal["overturn_decision"] = "overturn_decision"
    decision_id: MadeId
    reasons: Prose
    agreed_by: tuple[Actor, ...] = Field(default=(), max_length=10)
    """Others who have agreed already, such as whoever approved the same for many accounts."""


class AcknowledgeNotice(Command):
    """Say that a notice was read."""

    name: Literal["acknowledge_notice"] = "acknowledge_notice"
    notice_id: MadeId


class AnswerHearing(Command):
    """Answer before a grave penalty is confirmed."""

    name: Literal["answer_hearing"] = "answer_hearing"
    decision_id: MadeId
    statement: Prose


class FileAppeal(Command):
    """Challenge a decision; there is one appeal for each."""

    name: Literal["file_appeal"] = "file_appeal"
    appeal_id: ChosenId
    decision_id: MadeId
    statement: Prose
    evidence: tuple[Evidence, ...] = Field(default=(), max_length=20)


class CloseAccount(Command):
    """Close the account at the holder's wish, after the cooling-off."""

    name: Literal["close_account"] = "close_account"
    audience: int = Field(default=0, ge=0)
    """How many follow the account: the cooling-off may depend on it."""


class Erase(Command):
    """Destroy the identity of an account that has ended."""

    name: Literal["erase"] = "erase"


class RetryEffect(Command):
    """Try a failed effect again."""

    name: Literal["retry_effect"] = "retry_effect"
    effect_id: MadeId


class RecordLicence(Command):
    """Enter a licence that the platform itself holds; on the account `provider` only."""

    name: Literal["record_licence"] = "record_licence"
    code: Code
    licence: Licence


class RecordOrder(Command):
    """Enter what an authority orders; a decision of the authority's and none of the platform's."""

    name: Literal["record_order"] = "record_order"
    authority: Code
    reference: ShortLine
    """The order's own number."""
    legal_basis: Line
    deny: tuple[Code, ...] = Field(default=(), max_length=40)
    items: tuple[Code, ...] = Field(default=(), max_length=100)
    """What is to be taken down."""
    starts_at: AwareDatetime | None = None
    """None: at once."""
    ends_at: AwareDatetime | None = None
    """None: the order names no end, so the policy does."""
    secrecy: Secrecy | None = None


class WithdrawOrder(Command):
    """Say that an order is no longer to be followed."""

    name: Literal["withdraw_order"] = "withdraw_order"
    order_id: MadeId
    reasons: Prose


AnyCommand = (
    Register
    | AcceptAgreement
    | OpenProvider
    | SubmitIdentity
    | Withdraw
    | ApplyForQualification
    | RevokeQualification
    | FileReport
    | RecordViolation
    | DecideReview
    | LiftPenalty
    | VoidStrike
    | OverturnDecision
    | AcknowledgeNotice
    | AnswerHearing
    | FileAppeal
    | CloseAccount
    | Erase
    | RetryEffect
    | RecordLicence
    | RecordOrder
    | WithdrawOrder
)
COMMANDS: tuple[type[Command], ...] = get_args(AnyCommand)
"""Every command; each is an update of its `name` on the account's workflow."""
