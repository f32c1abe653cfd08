"""Changing one of many, immutably."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

T = TypeVar("T")


def changed(items: tuple[T, ...], is_it: Callable[[T], bool], **fields: Any) -> tuple[T, ...]:
    """The same items, with these fields set on the ones that are meant."""
    return tuple(replace(item, **fields) if is_it(item) else item for item in items)  # type: ignore[type-var]
