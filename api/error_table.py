"""docs/errors.md, made from the code; `python -m api.reference` writes it, and a test compares."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module

from api.problems import title_of
from goodstanding.errors import GoodstandingError

PACKAGES = ("goodstanding", "storage", "activities", "workflows", "api", "worker", "cli")
"""Every part of the product: an error may be declared beside what raises it."""
_NOT_LOADED = ("__main__", "migrations")

_INTRODUCTION = """\
# Errors

Made from the code by `python -m api.reference`; a test keeps it so.

One tree; the class name is the stable code. Where it comes from:

- The Python client raises the class; `error.code`, `error.message` and `error.field` say the rest.
- A command that the record refused carries it in `Answer.refusal` as `code`, `message`, `field`. The refusal is stored
  with the command: a corrected retry needs a new command id.
- Over HTTP it is `application/problem+json` with the status below, `code`, `field`, and the last column as `remedy`;
  `GET /errors/{code}` says the same. What is refused as malformed is not repeated.
- Status 500 is of the service itself and its setup: the command line and the log show these, a caller hardly ever.

Catch a class to catch everything below it: the codes of one kind are indented under it.

| code | meaning | HTTP | what to do |
|---|---|---|---|
"""


def errors_page() -> str:
    """The whole page."""
    rows = [_row(error) for error in product_errors()]
    return _INTRODUCTION + "\n".join(rows) + "\n"


def product_errors() -> tuple[type[GoodstandingError], ...]:
    """Every error of the product in the order of the tree, wherever it is declared."""
    for package in PACKAGES:
        _load(package)
    return tuple(_with_those_below(GoodstandingError))


def _with_those_below(error: type[GoodstandingError]) -> Iterator[type[GoodstandingError]]:
    yield error
    ours = [one for one in error.__subclasses__() if one.__module__.split(".")[0] in PACKAGES]
    # the tree's own file has an order; elsewhere it would be that in which modules were loaded
    for one in sorted(ours, key=_place):
        yield from _with_those_below(one)


def _place(error: type[GoodstandingError]) -> tuple[str, str]:
    in_the_tree = error.__module__ == GoodstandingError.__module__
    return ("", "") if in_the_tree else (error.__module__, error.__name__)


def _load(package: str) -> None:
    found = pkgutil.iter_modules(import_module(package).__path__, f"{package}.")
    for module in found:
        if module.name.rpartition(".")[2] in _NOT_LOADED:
            continue
        if module.ispkg:
            _load(module.name)
        else:
            import_module(module.name)


def _row(error: type[GoodstandingError]) -> str:
    depth = len([one for one in error.__mro__ if issubclass(one, GoodstandingError)]) - 1
    indent = "&emsp;" * depth
    cells = [f"{indent}`{error.__name__}`", title_of(error), str(error.status), error.remedy]
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"
