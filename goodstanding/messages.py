"""What crosses a workflow's border: frozen models, one in and one out.

A command is a wish for one account; repeating it under the same `command_id` is harmless. Shapes: docs/commands.md.
"""

import json
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cached_property
from hashlib import sha256
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)
from pydantic_core import PydanticCustomError

from goodstanding.errors import (
    EvidenceTooLargeError,
    MalformedError,
    TextTooLongError,
    TextUnprintableError,
)
from goodstanding.vocabulary import Assurance, EffectKind, Outcome, Role, Stage, Verdict

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_MALFORMED: dict[str, type[MalformedError]] = {
    "string_too_long": TextTooLongError,
    "unprintable": TextUnprintableError,
    "too_long": EvidenceTooLargeError,
}


def _printable(text: str) -> str:
    if _CONTROL.search(text):
        raise PydanticCustomError("unprintable", "no control characters")
    return text


ChosenId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,48}$")]
"""An id that the caller chooses, unique per account; opaque, never a personal datum."""

MadeId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,160}$")]
"""An id that begins with what caused it."""

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
"""A word of the policy."""

Line = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_printable)]
"""One line that a person wrote."""

Prose = Annotated[str, StringConstraints(max_length=8000), AfterValidator(_printable)]
"""What a person wrote; kept under the account's text key, never in an event."""

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]


class Message(BaseModel):
    """Base of all messages: frozen, unknown fields refused, no input repeated in an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Actor(Message):
    """Who acts, and in what capacity; whoever holds the Temporal credentials is trusted to name it."""

    id: ChosenId
    role: Role


class Evidence(Message):
    """A reference to what proves something, with the digest of what was seen; never the thing."""

    kind: Code
    reference: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    digest: Digest


class Licence(Message):
    """A licence or an authority's approval; it holds through `valid_to` in the policy's time zone."""

    number: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    authority: Code
    valid_from: date
    valid_to: date


class Acceptance(Message):
    """An agreement as it was accepted: the version, the text that was shown, each pledge."""

    id: Code
    version: int = Field(ge=1)
    text_digest: Digest
    pledges: Mapping[str, bool] = Field(max_length=40)


class Choice(Message):
    """A rung that a person chose within the policy's bounds, with the reasons for it."""

    rung: Code
    reasons: Prose


class Finding(Message):
    """A breach that was found: what, where, when, why. The only way to a penalty."""

    violation_id: ChosenId
    acted_at: AwareDatetime
    rule: Code
    item: Code
    facts: Prose
    choice: Choice | None = None


class SealedIdentity(Message):
    """An identity that only the verifying activity can open (`goodstanding.sealing`)."""

    key_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]
    schema_version: int = Field(ge=1)
    ciphertext: Annotated[str, StringConstraints(max_length=16_384)]


class Internal(Message):
    """What the product itself asks of an account; idempotent by nature, no answer is stored."""

    account_id: ChosenId


class Command(Message):
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

    def __init__(self, **fields: Any) -> None:
        """Raise `MalformedError`, or one of its kind, that names the field."""
        try:
            super().__init__(**fields)
        except ValidationError as error:
            raise malformed(error) from None

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
    """Give an unfinished registration up."""

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


class PassTime(Internal):
    """Whatever is due is due now; also a run's first act, which thereby reads the agenda."""

    name: Literal["pass_time"] = "pass_time"


class Verified(Message):
    """What a verifier said. No personal datum: the identity itself stays in the vault."""

    outcome: Outcome
    assurance: Assurance | None = None
    checks: tuple[Code, ...] = ()
    reason_code: Code | None = None
    is_old_enough: bool | None = None
    """None where the verifier does not know the age."""


class Settlement(Message):
    """How an effect ended, and what it brought back."""

    effect_id: MadeId
    delivered: bool
    error: Code | None = None
    verified: Verified | None = None
    receipt: Code | None = None
    waits: bool = False
    """It was asked for and a call-back will settle it; until then the effect stays pending."""


class SettleEffects(Internal):
    """A batch of effects ended as delivered or failed, and what they brought back."""

    name: Literal["settle_effects"] = "settle_effects"
    settlements: tuple[Settlement, ...]


class Refusal(Message):
    """Why a command was not carried out; a value, stored with the answer."""

    code: str
    message: str
    field: str | None = None


class Answer(Message):
    """What the caller of a command gets, the first time and each time it asks again."""

    account_id: str
    seq: int
    at: datetime
    stage: Stage | None
    standing: str | None
    created: tuple[str, ...] = ()
    refusal: Refusal | None = None


class EffectRef(Message):
    """Something the outside world must hear of; the body stays in the record."""

    effect_id: str
    kind: EffectKind
    give_up_at: datetime


class Pace(Message):
    """How an account's run goes about its time: settings of the service, the same for every account.

    They come with every answer of the record, so that a history keeps those under which it was made.
    """

    horizon: timedelta | None = timedelta(days=30)
    """A run stays open for a deadline that lies within it; None: for every deadline."""
    margin: timedelta = timedelta(days=5)
    """Beyond the horizon, so that a sweep that failed for days leaves no deadline without a run."""
    linger: timedelta = timedelta(seconds=2)
    """A quiet run waits so long for the next command before it completes."""
    spread: timedelta = timedelta(0)
    """Deadlines of one instant are kept over so long a time, each account at its own place."""
    long_history: int = Field(default=500, ge=20)
    """Events after which a run goes on in a new one, at a quiet moment."""


class Agenda(Message):
    """What the run has to see to, read in the same transaction."""

    effects: tuple[EffectRef, ...] = ()
    next_deadline: datetime | None = None
    next_due: str = ""
    """What is due then, for ops."""
    pace: Pace = Pace()


class Overview(Message):
    """What ops see of the account in the Temporal UI; nothing personal."""

    policy: str
    waiting_for: str
    details: str
    """Markdown."""


class Transacted(Message):
    """What the activity gives the workflow; the caller gets the answer alone."""

    answer: Answer
    agenda: Agenda
    overview: Overview | None = None


AnyCommand = (
    Register
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
    | AcknowledgeNotice
    | AnswerHearing
    | FileAppeal
    | CloseAccount
    | Erase
    | RetryEffect
    | RecordLicence
)
Internals = PassTime | SettleEffects
COMMANDS: tuple[type[Command], ...] = get_args(AnyCommand)
"""Every command; each is an update of its `name` on the account's workflow."""


Asked = Annotated[AnyCommand | Internals, Field(discriminator="name")]


class Transaction(Message):
    """A command and the instant at which its turn came."""

    command: Asked
    now: datetime

    @classmethod
    def of(cls, command: AnyCommand | Internals, now: datetime) -> "Transaction":
        """Pair them, without checking again what was checked when the command was built."""
        return cls.model_construct(command=command, now=now)


def malformed(error: ValidationError) -> MalformedError:
    """Say of the first thing that is wrong which field it is and what would be right; never the input."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or None
    kind = _MALFORMED.get(first["type"], MalformedError)
    return kind(f"{field or 'The input'}: {first['msg']}.", field)
