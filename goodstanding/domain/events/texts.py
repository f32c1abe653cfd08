"""What people wrote, as events refer to it."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field


@dataclass(frozen=True, slots=True)
class Text:
    """What a person wrote: the event holds a commitment, the words are kept under the account's text key."""

    text_id: str
    commitment: str
    plain: Annotated[str | None, Field(exclude=True)] = None
    """Only on its way into the record; never stored in an event."""
