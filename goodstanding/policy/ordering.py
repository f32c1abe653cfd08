"""What a policy says of authorities: which there are, and how an order of one is taken."""

from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from typing import Annotated

from pydantic import Field, StringConstraints

from goodstanding.policy.durations import Duration
from goodstanding.policy.forms import Denial, Section, Texts, Word

Region = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")]
"""A country or a part of it, as ISO 3166 writes it: `CN`, `CN-BJ`."""


class Duty(StrEnum):
    """What an authority has to do with the platform."""

    FILINGS = "filings"
    ORDERS = "orders"


class Authority(Section):
    """One authority: what it is called, where and at which level it acts, and for what."""

    title: Texts
    level: Word
    region: Region
    channel: Word | None = None
    """The deployment's word for its address; None: the authority's own word."""
    duties: tuple[Duty, ...] = Field(min_length=1)


class Authorities(Section):
    """The registry of authorities, in one version."""

    version: int = Field(default=1, ge=1)
    known: Mapping[Word, Authority] = {}

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the registry alone, as the file orders it: what rests on it names it."""
        return sha256(self.model_dump_json().encode()).hexdigest()

    def gives_orders(self, authority: str) -> bool:
        """Whether it is known as one that gives orders."""
        known = self.known.get(authority)
        return known is not None and Duty.ORDERS in known.duties


class Orders(Section):
    """How an order of an authority is taken; without the section none is."""

    people: int = Field(default=1, ge=1)
    """Who have to have looked at the order of a known authority, who enters it included."""
    people_unknown: int = Field(default=2, ge=2)
    """The same for one that the registry does not know as giving orders: nobody obeys it alone."""
    confirm: Duration
    """A held order that nobody confirms in this time lapses; nothing follows from it."""
    lasts: Duration
    """Where the order names no end."""
    review_every: Duration | None = None
    """People look again whether it is still followed; None: they do not by themselves."""
    longest_secrecy: Duration | None = None
    """None: the law knows no order of which the holder may not be told."""
    denial: Denial
    """What a capability check says that an order denies."""
    secret_denial: Denial
    """The same while the holder may not be told; it names neither cause nor end."""
    redress: Texts
    """Where an order is challenged, since the platform did not decide it."""
