"""Policy files: are they right, and which does this service have."""

import re
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from cli.output import FOUND_PROBLEMS, Json, give, table
from goodstanding.errors import ConfigurationError, PolicyMalformedError
from goodstanding.policy.book import Published
from storage.policy_files import NOTICES, published, read_policies, read_policy
from worker.settings import load_settings

app = typer.Typer(help="Policy files.", no_args_is_help=True)

_PROBLEM = re.compile(
    r"(?P<file>.+?):(?P<line>\d+):(?P<column>\d+): (?P<path>.*?): (?P<sentence>.*)"
)
_COLUMNS = ("id", "version", "valid_from", "valid_to", "languages", "digest")

Files = Annotated[list[Path], typer.Argument(help="Policy files.", metavar="FILE...")]


@app.command()
def check(files: Files, *, as_json: Json = False) -> None:
    """Show every problem of these policy files, each with file, line and column.

    A file without a folder `notices` beside it is read with the words that the service's own policies share.
    """
    problems: list[dict[str, Any]] = []
    digests, words = {}, {}
    for path in files:
        words[str(path)] = str(_words_of(path) / NOTICES)
        try:
            digests[str(path)] = _read(path).digest
        except PolicyMalformedError as error:
            problems += [_problem(line, path) for line in error.message.splitlines()]
        except ConfigurationError as error:
            problems.append(_unplaced(path, error.message))

    def shown(out: Console) -> None:
        for one in problems:
            place = f"{one['file']}:{one['line']}:{one['column']}"
            out.print(Text(f"{place}: {one['path']}: {one['sentence']}"), soft_wrap=True)
        for name, digest in digests.items():
            out.print(Text(f"{name}: right ({digest[:12]})"), soft_wrap=True)
        for name in digests:
            if Path(words[name]).parent != Path(name).parent:
                text = f"{name}: its words are those of {words[name]}; to be used it has to lie beside them"
                out.print(Text(text), soft_wrap=True)

    found = {"problems": problems, "policies": digests, "words": words}
    give(found, as_json=as_json, shown=shown)
    if problems:
        raise typer.Exit(FOUND_PROBLEMS)


@app.command("list")
def list_policies(*, as_json: Json = False) -> None:
    """The policies that this service would start with."""
    book = read_policies(load_settings().policies_directory)
    rows = [_row(one) for one in book.published]

    def shown(out: Console) -> None:
        out.print(table(({**row, "digest": row["digest"][:12]} for row in rows), _COLUMNS))

    give(rows, as_json=as_json, shown=shown)


def _read(path: Path) -> Published:
    directory = _words_of(path)
    # a file that cannot be read is said to be so, whatever words it would have had
    if directory == path.parent or not path.is_file():
        return read_policy(path)
    return published(path.read_bytes(), str(path), directory)


def _words_of(path: Path) -> Path:
    """The directory in whose `notices` its words are."""
    return path.parent if (path.parent / NOTICES).is_dir() else load_settings().policies_directory


def _problem(line: str, path: Path) -> dict[str, Any]:
    found = _PROBLEM.fullmatch(line)
    if found is None:
        return _unplaced(path, line)
    return {**found.groupdict(), "line": int(found["line"]), "column": int(found["column"])}


def _unplaced(path: Path, sentence: str) -> dict[str, Any]:
    return {"file": str(path), "line": 1, "column": 1, "path": "(the file)", "sentence": sentence}


def _row(one: Published) -> dict[str, Any]:
    header = one.policy.policy
    return {
        "id": one.id,
        "version": header.version,
        "valid_from": header.valid_from,
        "valid_to": header.valid_to,
        "languages": list(header.languages),
        "digest": one.digest,
    }
