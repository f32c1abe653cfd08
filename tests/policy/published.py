"""Ladders that platforms have published, as policies: the neutral one with their way of answering breaches."""

from copy import deepcopy
from pathlib import Path
from typing import Any

from goodstanding.policy.book import PolicyBook, Published
from goodstanding.policy.schema import Policy
from storage.strict_yaml import read_document
from tests.policy import shipped

LADDERS = Path(__file__).parent / "published_ladders"
NAMES = tuple(sorted(path.stem for path in LADDERS.glob("*.yaml")))

_SAID = {"en": "as published", "zh": "按公开规则"}
_REPLACED = ("meters", "severities", "penalties", "ladders", "standing")


def read(name: str) -> Any:
    """The file of a ladder."""
    path = LADDERS / f"{name}.yaml"
    return read_document(path.read_bytes(), path.name).data


def policy(name: str) -> Policy:
    """The neutral policy with this ladder in the place of its own; words that nobody reads are filled in."""
    ladder = deepcopy(read(name))
    rules = {code: _rule(one) for code, one in ladder["rules"].items()}
    categories = {rule["category"] for rule in rules.values()}
    changes: dict[Any, Any] = {
        ("severities",): {c: {"title": _SAID, **one} for c, one in ladder["severities"].items()},
        ("penalties",): {c: _penalty(one) for c, one in ladder["penalties"].items()},
        ("meters",): ladder["meters"],
        ("ladders",): ladder["ladders"],
        ("standing",): [{"title": _SAID, **level} for level in ladder["standing"]],
        ("rules",): rules,
        ("categories",): {code: {"title": _SAID} for code in categories},
        ("basis",): _basis(),
    }
    if "appeal" in ladder:
        changes["process", "appeal"] = ladder["appeal"]
    return shipped.changed("neutral", changes)


def book(name: str) -> PolicyBook:
    """A book with this policy alone, under its own words."""
    one = shipped.published("neutral")
    return PolicyBook((Published(one.digest, policy(name), one.words),))


def _rule(one: Any) -> dict[str, Any]:
    named = {"severity": one} if isinstance(one, str) else one
    return {"title": _SAID, "clause": "2.1", "category": "any", "covers": _SAID, **named}


def _penalty(one: Any) -> dict[str, Any]:
    return {"title": _SAID, "undo": _SAID, **one}


def _basis() -> list[dict[str, Any]]:
    kept = [
        one
        for one in shipped.data("neutral")["basis"]
        if not any(of.split(".")[0] in _REPLACED for of in one["of"])
    ]
    published = {"of": ["*"], "status": "practice", "source": "Published by the platform."}
    return [*kept, published]
