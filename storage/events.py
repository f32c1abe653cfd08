"""Events as rows: the kind is the class name, the body canonical JSON without any plain text.

When the shape of an event changes, its number in `VERSIONS` goes up and `UPCASTS` says how a body
of the version before becomes one of the next; rows themselves are never rewritten.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, get_type_hints

from pydantic import TypeAdapter

from goodstanding.canonical import canonical
from goodstanding.domain.events import EVENTS, Event, Text
from goodstanding.domain.origins import origin_of_report

VERSIONS: Mapping[str, int] = {"NoticeIssued": 2, "ReportFiled": 2}
"""The version in which a kind is written now; 1 where it is not named."""


def _with_origin(body: dict[str, Any]) -> dict[str, Any]:
    return body | {"origin": origin_of_report(body["reporter_role"])}


def _handed_over_by(body: dict[str, Any]) -> dict[str, Any]:
    """Until then there were two channels, and what was not handed over at once waited for the webhook."""
    return body | {"handed_over_by": "inbox" if body["is_handed_over"] else "webhook"}


UPCASTS: Mapping[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]] = {
    ("NoticeIssued", 1): _handed_over_by,
    ("ReportFiled", 1): _with_origin,
}
"""By kind and version: how a body becomes one of the version after."""

_ADAPTERS: dict[str, TypeAdapter[Any]] = {kind.__name__: TypeAdapter(kind) for kind in EVENTS}
_TEXTS: dict[type, tuple[str, ...]] = {
    kind: tuple(
        field.name
        for field in fields(kind)
        if get_type_hints(kind)[field.name] in (Text, Text | None)
    )
    for kind in EVENTS
}


def kind_of(event: Event) -> str:
    """The word for an event in the ledger."""
    return type(event).__name__


def version_of(kind: str) -> int:
    """The version in which this kind is written now."""
    return VERSIONS.get(kind, 1)


def body_of(event: Event) -> str:
    """What a row holds of an event."""
    return canonical(_ADAPTERS[kind_of(event)].dump_python(event)).decode()


def event_of(kind: str, version: int, body: str) -> Event:
    """The event that a row holds, whatever version it was written in."""
    current = version_of(kind)
    adapter = _ADAPTERS[kind]
    if version == current:
        event: Event = adapter.validate_json(body)
        return event
    content = json.loads(body)
    for older in range(version, current):
        content = UPCASTS[kind, older](content)
    return adapter.validate_python(content)  # type: ignore[no-any-return]


def texts_of(event: Event) -> list[Text]:
    """The texts that came with an event and have still to be put away."""
    texts = (getattr(event, name) for name in _TEXTS[type(event)])
    return [text for text in texts if text is not None and text.plain is not None]
