"""The reasons of a decision, field by field: what a notice tells in words, for whoever reads it by program."""

from datetime import datetime

from goodstanding.messages.forms import Message


class PolicyNamed(Message):
    """The policy version that judged the act."""

    id: str
    version: int
    digest: str


class Restriction(Message):
    """What follows (Regulation (EU) 2022/2065, Art 17(3)(a)); every word of it in the holder's language."""

    penalty: str | None
    """The policy's code; None where nothing is imposed, or no more."""
    title: str
    denies: tuple[str, ...]
    """Codes of capabilities."""
    denied: str
    """The same in words."""
    closes: bool
    content: str
    """What is done with items; empty: nothing."""
    territory: str
    """Where it applies."""
    starts_at: datetime | None
    """None: when this notice is handed over."""
    ends_at: datetime | None
    """None: it has no end that is known now; `ends` says how it ends."""
    starts: str
    ends: str


class Circumstances(Message):
    """What it rests on (Art 17(3)(b) and (c)); who reported it is never said."""

    item: str
    acted_at: datetime
    facts: str
    reasons: str
    """Of whoever decided, beyond the facts; empty: none."""
    origin: str
    """`own_initiative`, `user_report`, `trusted_flagger`, `authority` or `automated`."""
    found_by: str
    automated_detection: bool
    automated_decision: bool
    automation: str


class LegalGround(Message):
    """The law that it breaks, where the policy names one (Art 17(3)(d))."""

    ground: str
    explanation: str


class ContractualGround(Message):
    """The clause that was accepted, and why it is broken (Art 17(3)(e))."""

    clause: str
    clause_title: str
    rule: str
    rule_title: str
    explanation: str


class Redress(Message):
    """How to have it looked at again (Art 17(3)(f))."""

    internal: str
    appeal_until: datetime | None
    """None: the window opens when this notice is handed over."""
    appeal_decided_within: str
    undo: str
    """What an overturn brings back."""
    out_of_court: str
    judicial: str


class StatementOfReasons(Message):
    """Why a decision was taken, what follows, and what can be done about it."""

    decision_id: str
    language: str
    policy: PolicyNamed
    restriction: Restriction
    circumstances: Circumstances
    legal_ground: LegalGround | None
    contractual_ground: ContractualGround
    redress: Redress
