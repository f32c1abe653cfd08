"""What the product itself asks of an account, and what effects bring back."""

from typing import Literal

from goodstanding.messages.forms import ChosenId, Code, MadeId, Message
from goodstanding.vocabulary import Assurance, Outcome


class Internal(Message):
    """What the product itself asks of an account; idempotent by nature, no answer is stored."""

    account_id: ChosenId


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
    is_noted: bool = False
    """Its last attempt has been counted already."""
    opened: bool = False
    """A kept identity was opened for it, as often as it was tried; a verification's always is, and needs no word."""


class SettleEffects(Internal):
    """A batch of effects ended as delivered or failed, and what they brought back."""

    name: Literal["settle_effects"] = "settle_effects"
    settlements: tuple[Settlement, ...]


Internals = PassTime | SettleEffects
