"""The words and shapes of which every part of a policy is made."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Denial = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")]
Clause = Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)*$")]
Texts = Mapping[str, str]
"""Words for people by BCP 47 tag."""


class Section(BaseModel):
    """Base of everything in a policy."""

    model_config = ConfigDict(frozen=True, extra="forbid")
