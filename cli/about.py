"""What the service says of itself: errors, settings, version."""

import sys
from importlib import import_module
from importlib.metadata import version as installed_version
from typing import Annotated, Any

import typer
from rich.console import Console

from cli.output import Json, give, table
from goodstanding.errors import GoodstandingError, all_errors
from worker.settings_page import DESCRIPTIONS, described, page

_ERROR_COLUMNS = ("code", "meaning", "http_status", "remedy")


def errors(*, as_json: Json = False) -> None:
    """Every error code: what it means, its HTTP status, and what to do about it."""
    # what is not loaded yet has errors of its own
    import_module("worker.embedded")
    rows = [_error(error) for error in all_errors()]

    def shown(out: Console) -> None:
        out.print(table(rows, _ERROR_COLUMNS))

    give(rows, as_json=as_json, shown=shown)


Markdown = Annotated[bool, typer.Option("--markdown", help="As the page docs/settings.md.")]


def settings(*, markdown: Markdown = False, as_json: Json = False) -> None:
    """Every setting: its environment variable, its default, and what it is for."""
    if markdown:
        sys.stdout.write(page())
        return
    rows = described()

    def shown(out: Console) -> None:
        out.print(table(rows, DESCRIPTIONS))

    give(rows, as_json=as_json, shown=shown)


def version(*, as_json: Json = False) -> None:
    """Which version this is."""
    name = "goodstanding"
    found = {"name": name, "version": installed_version(name)}

    def shown(out: Console) -> None:
        out.print(f"{name} {found['version']}")

    give(found, as_json=as_json, shown=shown)


def _error(error: type[GoodstandingError]) -> dict[str, Any]:
    return {
        "code": error.__name__,
        "meaning": " ".join((error.__doc__ or "").split()),
        "http_status": error.status,
        "remedy": error.remedy,
    }
