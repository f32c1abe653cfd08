"""Policy files: are they right, and which does this service have."""

import re
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from cli.output import FOUND_PROBLEMS, Json, give, table
from cli.record import run, writing
from goodstanding.errors import (
    ConfigurationError,
    NotFoundError,
    PolicyMalformedError,
    PolicyNotFoundError,
)
from goodstanding.policy.book import PolicyBook, Published
from goodstanding.policy.samples import preview as previewed
from goodstanding.vocabulary import NoticeKind
from storage.letters import Letter
from storage.policies import publish as publish_files
from storage.policy_files import NOTICES, published, read_policies, read_policy
from worker.settings import load_settings

app = typer.Typer(help="Policy files.", no_args_is_help=True)

_PROBLEM = re.compile(
    r"(?P<file>.+?):(?P<line>\d+):(?P<column>\d+): (?P<path>.*?): (?P<sentence>.*)"
)
_COLUMNS = ("id", "version", "valid_from", "valid_to", "languages", "digest")


class LanguageNotFoundError(NotFoundError):
    """The policy has no words in this language."""

    remedy = "`goodstanding policy list` shows the languages of each policy."


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


@app.command()
def preview(
    policy: Annotated[str, typer.Argument(help="A policy file, or the id of a policy.")],
    notice: Annotated[NoticeKind, typer.Argument(help="Which notice.")],
    language: Annotated[
        str | None, typer.Option(help="In which of its languages; by default its default one.")
    ] = None,
    *,
    html: Annotated[
        bool, typer.Option("--html", help="As the page that goes out by mail.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show a notice as a holder would get it, filled with an invented case; nothing is sent or stored."""
    one = _named(policy)
    words = one.words.get(language or one.policy.policy.default_language)
    if words is None:
        known = ", ".join(one.words)
        raise LanguageNotFoundError(f"{one.id} has words in {known}.", "language")
    title, body = previewed(one.policy, words, notice)
    letter = Letter(title, body, words.language)
    found = {
        "policy": one.id,
        "version": one.policy.policy.version,
        "notice": notice.value,
        "language": letter.language,
        "direction": letter.direction,
        "title": title,
        "text": f"{title}\n\n{body}",
        "html": letter.html,
    }

    def shown(out: Console) -> None:
        out.print(Text(letter.html if html else str(found["text"])), soft_wrap=True)

    give(found, as_json=as_json, shown=shown)


@app.command()
def publish(*, as_json: Json = False) -> None:
    """Publish the policy files and the words of their notices: services that run take them within ten seconds.

    All files are checked first, and with any problem nothing is published. The text of a version that was
    published stays as it is; words may change at any time, and count for the notices that are written from then on.
    """
    directory = load_settings().policies_directory
    rows = [_row(one) for one in read_policies(directory).published]
    run(_published(directory))

    def shown(out: Console) -> None:
        out.print(table(({**row, "digest": row["digest"][:12]} for row in rows), _COLUMNS))

    give(rows, as_json=as_json, shown=shown)


async def _published(directory: Path) -> None:
    async with writing() as session:
        await publish_files(session, directory)


def _named(policy: str) -> Published:
    """The policy of a file, or the newest version of an id among the service's own."""
    path = Path(policy)
    if path.suffix or path.exists():
        return _read(path)
    book: PolicyBook = read_policies(load_settings().policies_directory)
    versions = [one for one in book.published if one.id == policy]
    if not versions:
        known = ", ".join(sorted({one.id for one in book.published}))
        raise PolicyNotFoundError(f"There is no policy {policy}; there are {known}.", "policy")
    return max(versions, key=lambda one: one.policy.policy.version)


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
