"""Going through a policy: its places by path, its numbers and its texts."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from goodstanding.policy.durations import Duration
from goodstanding.policy.schema import Policy, Texts

Steps = tuple[str | int, ...]
"""The way from the top of the file to a place in it: keys, and positions in lists from 0."""

Found = tuple[Steps, str]
"""A place and a sentence about it."""

_COUNTERS = {("policy", "version"), ("agreement", "version"), ("authorities", "version")}


def written(steps: Steps) -> str:
    """The path as it is shown and as `basis` writes it."""
    return ".".join(str(step) for step in steps) or "(the file)"


def numbers(policy: Policy) -> Iterator[tuple[Steps, int | Duration]]:
    """Every number and duration that the file itself gives; versions count, they do not measure."""
    for steps, value in _leaves(policy, ()):
        is_number = isinstance(value, int) and not isinstance(value, bool)
        if (is_number or isinstance(value, Duration)) and steps not in _COUNTERS:
            yield steps, value


def texts(policy: Policy) -> Iterator[tuple[Steps, Texts]]:
    """Every text for people, with its languages."""
    for name in ("holder_types", "grounds"):
        for code, text in getattr(policy, name).items():
            yield (name, code), text
    yield from _texts(policy, ())


def _texts(section: BaseModel, at: Steps) -> Iterator[tuple[Steps, Texts]]:
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if field.annotation == Texts:
            yield (*at, name), value
            continue
        for steps, inner in _sections(value, (*at, name)):
            yield from _texts(inner, steps)


def _sections(value: Any, at: Steps) -> Iterator[tuple[Steps, BaseModel]]:
    if isinstance(value, BaseModel):
        yield at, value
        return
    for step, inner in _inside(value):
        yield from _sections(inner, (*at, step))


def _leaves(value: Any, at: Steps) -> Iterator[tuple[Steps, Any]]:
    inside = list(_inside(value))
    if not inside:
        yield at, value
    for step, inner in inside:
        yield from _leaves(inner, (*at, step))


def _inside(value: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, BaseModel):
        # what the file leaves out is the schema's default and needs no source of the file's
        yield from ((name, getattr(value, name)) for name in sorted(value.model_fields_set))
    elif isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, tuple):
        yield from enumerate(value)
