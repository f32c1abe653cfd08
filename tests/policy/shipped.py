"""The shipped policies, as they are and with one thing changed."""

from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from goodstanding.policy.book import PolicyBook, Published
from goodstanding.policy.checks import problems_of
from goodstanding.policy.loading import Document, policy_of
from goodstanding.policy.schema import Policy
from goodstanding.policy.walking import Steps, written
from storage.policy_files import read_policies
from storage.strict_yaml import read_document

POLICIES = Path(__file__).parents[2] / "policies"
NAMES = ("cn-im-2014", "neutral")
REMOVED = object()


@cache
def book() -> PolicyBook:
    return read_policies(POLICIES)


def published(name: str) -> Published:
    return next(one for one in book().published if one.id == name)


def policy(name: str) -> Policy:
    return published(name).policy


def text(name: str) -> str:
    return (POLICIES / f"{name}.yaml").read_text(encoding="utf-8")


@cache
def _document(name: str) -> Document:
    return read_document(text(name).encode(), f"{name}.yaml")


def data(name: str) -> Any:
    return deepcopy(_document(name).data)


def changed(name: str, changes: Mapping[Steps, Any]) -> Policy:
    """The policy with these places set, or taken out; its form has to hold."""
    whole = data(name)
    for steps, value in changes.items():
        around = whole
        for step in steps[:-1]:
            around = around[step]
        if value is REMOVED:
            del around[steps[-1]]
        else:
            around[steps[-1]] = value
    made, problems = policy_of(Document(f"{name}.yaml", whole, {}, {}))
    assert made is not None, problems
    return made


def complaints(name: str, changes: Mapping[Steps, Any]) -> list[str]:
    """What the checks say of the changed policy, as `path: sentence`."""
    return [f"{written(steps)}: {said}" for steps, said in problems_of(changed(name, changes))]
