"""The forms that every message is made of: ids, words, texts; and what is said of a malformed one."""

import re
import unicodedata
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationError
from pydantic_core import PydanticCustomError

from goodstanding.errors import (
    EvidenceTooLargeError,
    MalformedError,
    TextTooLongError,
    TextUnprintableError,
)

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_LINE_BREAK = re.compile(r"[\t\n\u2028\u2029]")
_FILLERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and a symbol, by their category, that show nothing."""
_MALFORMED: dict[str, type[MalformedError]] = {
    "string_too_long": TextTooLongError,
    "unprintable": TextUnprintableError,
    "invisible": TextUnprintableError,
    "too_long": EvidenceTooLargeError,
}


def _printable(text: str) -> str:
    if _CONTROL.search(text):
        raise PydanticCustomError("unprintable", "no control characters")
    return text


def _one_line(text: str) -> str:
    if _LINE_BREAK.search(text):
        raise PydanticCustomError("unprintable", "one line, without tabs")
    if not any(_is_visible(sign) for sign in text):
        raise PydanticCustomError("invisible", "at least one character that can be seen")
    return _printable(text)


def _is_visible(sign: str) -> bool:
    """Whether it shows by itself: a letter, number, symbol or punctuation; no space, no mark, no joiner."""
    return unicodedata.category(sign)[0] in "LNPS" and sign not in _FILLERS


ChosenId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,48}$")]
"""An id that the caller chooses, unique per account; opaque, never a personal datum."""

MadeId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,160}$")]
"""An id that begins with what caused it."""

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
"""A word of the policy."""

_OneLine = AfterValidator(_one_line)

Line = Annotated[str, StringConstraints(min_length=1, max_length=200), _OneLine]
"""One line that a person wrote; something of it can be seen."""

ShortLine = Annotated[str, StringConstraints(min_length=1, max_length=80), _OneLine]
"""The same, of the length of a number on a document."""

Prose = Annotated[str, StringConstraints(max_length=8000), AfterValidator(_printable)]
"""What a person wrote; kept under the account's text key, never in an event."""

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]


class Message(BaseModel):
    """Base of all messages: frozen, unknown fields refused, no input repeated in an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Checked(Message):
    """What a caller builds by hand: a malformed one is said as `MalformedError`, or one of its kind."""

    def __init__(self, **fields: Any) -> None:
        """Raise `MalformedError`, or one of its kind, that names the field."""
        try:
            super().__init__(**fields)
        except ValidationError as error:
            raise malformed(error) from None


def malformed(error: ValidationError) -> MalformedError:
    """Say of the first thing that is wrong which field it is and what would be right; never the input."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or None
    kind = _MALFORMED.get(first["type"], MalformedError)
    return kind(f"{field or 'The input'}: {first['msg']}.", field)
