"""YAML 1.2 in the narrow form that policies are written in, with the place of everything.

What a reader could misunderstand is refused: duplicate keys, floats, tags, anchors, aliases, merge
keys. A plain day (2014-08-07) is a day; what only looks like a number (3.1) has to stand in quotes.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from goodstanding.policy.loading import Document, Place
from goodstanding.policy.walking import Found, Steps

Content = MappingStartEvent | SequenceStartEvent | ScalarEvent

MOST_BYTES = 1_000_000
DEEPEST = 32
LONGEST_NUMBER = 12

_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
_NUMBER = re.compile(
    r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+"
    r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?")
_TRUTH = {"true": True, "false": False}


def read_document(text: bytes, name: str) -> Document:
    """Read the one document of a file; whatever was refused is in it, with its place."""
    reader = _Reader(name)
    if len(text) > MOST_BYTES:
        reader.refuse((), (1, 1), f"is longer than {MOST_BYTES} bytes; no policy needs that")
        return reader.document(None, broken=True)
    try:
        decoded = text.decode()
    except UnicodeDecodeError as error:
        place = _place_in(text[: error.start].decode())
        reader.refuse((), place, "is not UTF-8 from here; save the file as UTF-8")
        return reader.document(None, broken=True)
    return reader.read(decoded)


def _place_in(before: str) -> Place:
    """The place that comes right after this text."""
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


class _Reader:
    """One reading of one file."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._values: dict[Steps, Place] = {}
        self._keys: dict[Steps, Place] = {}
        self._refused: list[Found] = []
        self._refused_at: list[Place] = []
        self._events: Iterator[Event] = iter(())

    def document(self, data: Any, *, broken: bool) -> Document:
        """What was read so far."""
        refused, places = tuple(self._refused), tuple(self._refused_at)
        return Document(self._name, data, self._values, self._keys, refused, places, broken)

    def refuse(self, steps: Steps, place: Place, sentence: str) -> None:
        """Note what is wrong and go on."""
        self._refused.append((steps, sentence))
        self._refused_at.append(place)

    def read(self, text: str) -> Document:
        """Read it to its end, or to where nothing more can be understood."""
        self._events = YAML(typ="safe", pure=True).parse(text)
        try:
            return self._read()
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            said = (error.problem or error.context or "cannot be read").strip()
            self.refuse((), place, f"is no YAML from here: {said}")
        except YAMLError as error:
            place = _place_in(text[: getattr(error, "position", 0)])
            self.refuse((), place, "holds a character that YAML does not allow; remove it")
        except _TooDeepError as error:
            self.refuse((), error.place, f"is nested deeper than {DEEPEST} levels")
        return self.document(None, broken=True)

    def _read(self) -> Document:
        data = None
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                if self._values:
                    self.refuse((), _start(event), "starts a second document; keep one a file")
                    return self.document(data, broken=False)
                data = self._node(next(self._events), ())
            elif isinstance(event, StreamEndEvent) and not self._values:
                self.refuse((), (1, 1), "is empty")
                return self.document(None, broken=True)
        return self.document(data, broken=False)

    def _node(self, event: Event, steps: Steps) -> Any:
        place = _start(event)
        self._values.setdefault(steps, place)
        if len(steps) > DEEPEST:
            raise _TooDeepError(place)
        if isinstance(event, AliasEvent):
            self.refuse(steps, place, f"write it out: *{event.anchor} repeats another place")
            return None
        # the parser gives nothing else where a value stands
        assert isinstance(event, Content)  # noqa: S101
        self._plainness(event, steps, place)
        if isinstance(event, MappingStartEvent):
            return self._mapping(steps)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(steps)
        return self._scalar(event, steps, place)

    def _plainness(self, event: Content, steps: Steps, place: Place) -> None:
        if event.anchor is not None:
            self.refuse(steps, place, f"take the anchor &{event.anchor} out; nothing may repeat it")
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self.refuse(steps, place, f"take the tag {tag} out; what a value is shows by itself")

    def _sequence(self, steps: Steps) -> list[Any]:
        made: list[Any] = []
        for event in self._events:
            if isinstance(event, SequenceEndEvent):
                break
            made.append(self._node(event, (*steps, len(made))))
        return made

    def _mapping(self, steps: Steps) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for event in self._events:
            if isinstance(event, MappingEndEvent):
                break
            key = self._key(event, steps)
            if key is None:
                self._node(next(self._events), (*steps, "?"))
                continue
            inner = (*steps, key)
            if key in made:
                line, _ = self._keys[inner]
                self.refuse(inner, _start(event), f"is there twice, first in line {line}; keep one")
                self._node(next(self._events), inner)
                continue
            self._keys[inner] = _start(event)
            made[key] = self._node(next(self._events), inner)
        return made

    def _key(self, event: Event, steps: Steps) -> str | None:
        """The key as text; None, and refused, where it is none."""
        place = _start(event)
        if not isinstance(event, ScalarEvent):
            self.refuse((*steps, "?"), place, "write a plain word as the key")
            if not isinstance(event, AliasEvent):
                self._node(event, (*steps, "?"))
            return None
        key: str = event.value
        self._plainness(event, (*steps, key), place)
        if event.style is None and key == "<<":
            self.refuse((*steps, key), place, "write the keys out: merging hides what applies")
            return None
        if event.style is None and not isinstance(self._plain(key)[0], str):
            self.refuse((*steps, key), place, f"write the key in quotes: '{key}'")
        return key

    def _scalar(self, event: ScalarEvent, steps: Steps, place: Place) -> Any:
        if event.style is not None:
            return event.value
        value, wrong = self._plain(event.value)
        if wrong:
            # nothing stands where a value is left out: its key is what can be seen
            self.refuse(steps, place if event.value else self._keys.get(steps, place), wrong)
        return value

    def _plain(self, text: str) -> tuple[Any, str | None]:  # noqa: PLR0911 - one way for each form
        """What a value without quotes is, and what is wrong with it."""
        if text == "null":
            return None, None
        if text in {"", "~", "Null", "NULL"}:
            return None, "write null, or leave the key out"
        if text.lower() in _TRUTH:
            small = text.lower()
            return _TRUTH[small], None if text == small else f"write {small}"
        if _INTEGER.fullmatch(text) and len(text) <= LONGEST_NUMBER:
            return int(text), None
        if _NUMBER.fullmatch(text):
            return None, f"write a whole number in decimal digits, or text in quotes: '{text}'"
        if _DAY.fullmatch(text):
            return _day(text)
        if _MOMENT.fullmatch(text):
            return None, "write a day, such as 2014-08-07, without a time"
        return text, None


class _TooDeepError(Exception):
    """The nesting goes deeper than a policy ever does."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place


def _day(text: str) -> tuple[date | None, str | None]:
    try:
        return date.fromisoformat(text), None
    except ValueError:
        return None, f"{text} is no day of the calendar"


def _start(event: Event) -> Place:
    return event.start_mark.line + 1, event.start_mark.column + 1
