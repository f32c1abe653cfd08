"""One spelling for a value (RFC 8785), so that a digest over it means something."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

import rfc8785

from goodstanding.errors import MalformedError

_ASCII = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)


class NotCanonicalError(MalformedError):
    """The value has no canonical form: a float, a naive time, or nothing that JSON knows."""


def canonical(value: object) -> bytes:
    """RFC 8785 JSON in UTF-8; times as `instant` writes them, dates as `2026-03-04`.

    Floats are refused: what looks equal may differ in the last digit. `NotCanonicalError` says
    where in the value it is wrong, never what stands there.
    """
    plain = _plain(value, "")
    # in ASCII both write the same, and this is the path of every event
    if (text := _ASCII.encode(plain)).isascii():
        return text.encode()
    return rfc8785.dumps(plain)


def digest(value: object) -> str:
    """SHA-256 over the canonical form, in hex."""
    return sha256(canonical(value)).hexdigest()


def instant(moment: datetime) -> str:
    """RFC 3339 in UTC, always with microseconds: `2026-03-04T05:06:07.000000Z`."""
    if moment.utcoffset() is None:
        raise NotCanonicalError("A time without its zone is no instant.")
    try:
        universal = moment.astimezone(UTC)
    except OverflowError:
        raise NotCanonicalError("In UTC this time falls out of the calendar.") from None
    return universal.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _plain(value: object, path: str) -> Any:
    """Turn a value into what `rfc8785` writes, or say where that is not possible."""
    match value:
        case None | bool():
            return value
        case str():
            return _text(value, path)
        case int():
            return _integer(value, path)
        case date():
            return _time(value, path)
        case Mapping():
            return {_key(key, path): _plain(item, f"{path}.{key}") for key, item in value.items()}
        case list() | tuple():
            return [_plain(item, f"{path}.{index}") for index, item in enumerate(value)]
        case _:
            raise NotCanonicalError(f"{_shown(path)} is of type {type(value).__name__}.")


def _time(value: date, path: str) -> str:
    if not isinstance(value, datetime):
        return value.isoformat()
    try:
        return instant(value)
    except NotCanonicalError as error:
        raise NotCanonicalError(f"{_shown(path)}: {error.message}") from None


def _key(key: object, path: str) -> str:
    if not isinstance(key, str):
        raise NotCanonicalError(f"{_shown(path)} has a key that is no string.")
    return _text(key, path)


def _text(text: str, path: str) -> str:
    # also takes the word out of a StrEnum
    text = str.__str__(text)
    if not text.isascii() and any("\ud800" <= sign <= "\udfff" for sign in text):
        raise NotCanonicalError(f"{_shown(path)} is no Unicode text.")
    return text


def _integer(number: int, path: str) -> int:
    # beyond it, readers that use doubles would see another number
    if abs(number) >= 2**53:
        raise NotCanonicalError(f"{_shown(path)} is an integer beyond 2**53.")
    return int(number)


def _shown(path: str) -> str:
    return path.removeprefix(".") or "The value"
