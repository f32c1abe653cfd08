"""Prints the part of requirements.lock that the service needs, hashes and all.

The lock holds everything, the tools of development too. Beneath each package it says which others
brought it in ("via"); what the library and its extra `service` ask for, and whatever that brings
in, is the service's. Names as arguments ask for these packages instead.

Run from the folder that holds pyproject.toml and requirements.lock.
"""

# ruff: noqa: INP001 - a script

import re
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_VIA = re.compile(r"^ +# +(?:via )?(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)$", re.MULTILINE)


def service_asks_for(project: str) -> list[str]:
    """What pyproject.toml declares for the library and the service."""
    declared = tomllib.loads(project)["project"]
    return [*declared["dependencies"], *declared["optional-dependencies"]["service"]]


def part_of_lock(asked: Iterable[str], lock: str) -> str:
    """The entries of the lock for what is asked and for all that it brings in, in their order.

    Raises LookupError where the lock lacks something that is asked for.
    """
    parts = re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE)[1:]
    entries = {_name(entry): entry for entry in parts}
    needed = {_name(requirement) for requirement in asked}
    if missing := needed - entries.keys():
        raise LookupError(f"not in the lock: {', '.join(sorted(missing))}")
    while brought_in := {
        name
        for name, entry in entries.items()
        if name not in needed and needed.intersection(_via(entry))
    }:
        needed |= brought_in
    return "".join(entry for name, entry in entries.items() if name in needed)


def _via(entry: str) -> Iterable[str]:
    return (_name(match["name"]) for match in _VIA.finditer(entry))


def _name(requirement: str) -> str:
    match = _NAME.match(requirement)
    if match is None:
        raise ValueError(f"not a requirement: {requirement!r}")
    return re.sub(r"[-_.]+", "-", match[0]).lower()


if __name__ == "__main__":
    project, lock = (
        Path(name).read_text("utf-8") for name in ("pyproject.toml", "requirements.lock")
    )
    sys.stdout.write(part_of_lock(sys.argv[1:] or service_asks_for(project), lock))
