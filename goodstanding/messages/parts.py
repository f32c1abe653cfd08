"""What commands are made of."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from goodstanding.messages.forms import ChosenId, Code, Digest, Line, Message, Prose, ShortLine
from goodstanding.vocabulary import ContentAct, Role

Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2999, 12, 31))]
"""A day of which a time zone can tell the midnight."""


class Actor(Message):
    """Who acts, and in what capacity; whoever holds the Temporal credentials is trusted to name it."""

    id: ChosenId
    role: Role


class Evidence(Message):
    """A reference to what proves something, with the digest of what was seen; never the thing."""

    kind: Code
    reference: Line
    digest: Digest


class Licence(Message):
    """A licence or an authority's approval; it holds through `valid_to` in the policy's time zone."""

    number: ShortLine
    authority: Code
    valid_from: Day
    valid_to: Day

    @field_validator("valid_to")
    @classmethod
    def _in_order(cls, valid_to: date, info: ValidationInfo) -> date:
        valid_from = info.data.get("valid_from")
        if valid_from is not None and valid_to < valid_from:
            raise PydanticCustomError("order", "no day before valid_from")
        return valid_to


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


class ItemAction(Message):
    """What a finding does with an item of the account, within what the rule allows."""

    item: Code
    action: ContentAct
    label: Code | None = None
    """With `label` which one, with `restore` which one to take off; none: what was removed is shown again."""


class Finding(Message):
    """A breach that was found: what, where, when, why. The only way to a penalty."""

    violation_id: ChosenId
    acted_at: AwareDatetime
    rule: Code
    item: Code
    facts: Prose
    choice: Choice | None = None
    content: tuple[ItemAction, ...] = Field(default=(), max_length=50)
    """What is done with items besides what follows for the account; of a detector's finding a person decides."""


class Secrecy(Message):
    """Of an order of which the holder may not be told yet: until when, and what says so."""

    until: AwareDatetime
    basis: Line


class SealedIdentity(Message):
    """An identity that only the verifying activity can open (`goodstanding.sealing`)."""

    key_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]
    schema_version: int = Field(ge=1)
    ciphertext: Annotated[str, StringConstraints(max_length=16_384)]
