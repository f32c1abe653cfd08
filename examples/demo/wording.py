"""Happenings and steps in words, for terminals and pictures."""

from collections.abc import Mapping
from datetime import datetime

from examples.demo.happenings import NONE, Happening
from examples.demo.moments import day_text
from examples.demo.script import Checked, Clock, Sent

_HIDDEN = frozenset({"id"})


def told(happening: Happening, start: datetime) -> str:
    """One happening in a line, such as `penalty restricted_publishing, violation v301, until d52`."""
    what = happening.what.replace("_", " ")
    hidden = _HIDDEN if happening.what == "notice" else frozenset()
    said = [
        (name, value_text(value, start))
        for name, value in happening.fields.items()
        if value != NONE and name not in hidden
    ]
    if not said:
        return f"{what}: none" if happening.what == "mark" else what
    parts = [text if place == 0 else f"{name} {text}" for place, (name, text) in enumerate(said)]
    return f"{what}: {', '.join(parts)}"


def value_text(value: str | int | datetime, start: datetime) -> str:
    """A field's value, instants as day numbers."""
    return day_text(value, start) if isinstance(value, datetime) else str(value)


def asked(step: Sent | Checked | Clock) -> str:
    """What a step does."""
    if isinstance(step, Sent):
        wish = step.wish.model_dump(exclude_none=True, exclude_defaults=True)
        return f"{step.by}: {step.send.replace('_', ' ')}{_fields(wish)}"
    if isinstance(step, Checked):
        answer = f"denied, {step.denied}" if step.denied else "allowed"
        return f"platform: may it {step.check}? {answer}"
    return "clock"


_SHOWN = ("qualification", "right", "rule", "item", "review", "verdict", "violation", "appeal")


def _fields(wish: Mapping[str, object]) -> str:
    inner = wish.get("finding")
    fields = {**wish, **(inner if isinstance(inner, dict) else {})}
    said = [str(fields[name]) for name in _SHOWN if name in fields]
    return f" {', '.join(said)}" if said else ""
