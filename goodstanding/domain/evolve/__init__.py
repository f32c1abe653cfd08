"""How one event changes the record; nothing is decided here. One file for each chapter of the life."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from functools import reduce
from typing import Any

from goodstanding.domain.events import EVENTS, Event
from goodstanding.domain.evolve import (
    closing,
    content,
    enforcing,
    joining,
    ordering,
    qualifying,
    renewing,
    reviewing,
    telling,
)
from goodstanding.domain.record import Record

Step = Callable[[Record, Any, datetime], Record]

_STEPS: dict[type[Any], Step] = {
    **joining.STEPS,
    **renewing.STEPS,
    **reviewing.STEPS,
    **qualifying.STEPS,
    **enforcing.STEPS,
    **closing.STEPS,
    **telling.STEPS,
    **ordering.STEPS,
    **content.STEPS,
}


def evolve(record: Record, event: Event, at: datetime) -> Record:
    """Add one event, recorded at an instant; what was due counts from when it was due."""
    changed = _STEPS[type(event)](record, event, getattr(event, "due_at", None) or at)
    return replace(changed, seq=record.seq + 1, last_at=at)


def fold(account_id: str, events: Iterable[tuple[Event, datetime]]) -> Record:
    """Rebuild a record from its whole history."""
    return reduce(lambda record, step: evolve(record, *step), events, Record(account_id))


if missing := set(EVENTS) - set(_STEPS):
    message = f"no step for {sorted(kind.__name__ for kind in missing)}"
    raise TypeError(message)
