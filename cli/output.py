"""How the command line speaks: tables and sentences for people, or one JSON value on stdout with `--json`."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, TypeVar

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from goodstanding.messages import malformed
from goodstanding.messages.forms import Message

Form = TypeVar("Form", bound=Message)

FOUND_PROBLEMS = 1
"""The exit status where something was refused, or problems were found."""

Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else on stdout.")]


def give(value: Any, *, as_json: bool, shown: Callable[[Console], None]) -> None:
    """Print the value as JSON, or let `shown` draw it."""
    if as_json:
        text = json.dumps(value, default=_plain, ensure_ascii=False, indent=2)
        sys.stdout.write(f"{text}\n")
    else:
        shown(console())


def console() -> Console:
    """Where people read; as wide as it takes where the output goes to a program."""
    made = Console(file=sys.stdout, highlight=False, emoji=False)
    if not made.is_terminal:
        made.width = _WIDE
    return made


def table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> Table:
    """The rows as a table; what a column is called is its key."""
    made = Table(*(column.replace("_", " ") for column in columns), box=None, pad_edge=False)
    for row in rows:
        made.add_row(*(cell(row.get(column)) for column in columns))
    return made


def cell(value: Any) -> Text:
    """A value as a person reads it; never taken for markup."""
    if value is None or value == "":
        return Text("-", style="dim")
    if isinstance(value, datetime):
        return Text(moment(value))
    if isinstance(value, bool):
        return Text("yes" if value else "no")
    if isinstance(value, (list, tuple)):
        return Text(", ".join(str(part) for part in value) or "-")
    return Text(str(value))


def made(form: type[Form], **fields: Any) -> Form:
    """A message out of what somebody typed; `MalformedError` names the field."""
    try:
        return form(**fields)
    except ValidationError as error:
        raise malformed(error) from None


def moment(instant: datetime | None) -> str:
    """An instant in UTC, to the minute."""
    return f"{instant:%Y-%m-%d %H:%M} UTC" if instant else "-"


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return str(value)


_WIDE = 200
