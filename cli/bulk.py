"""Bulk operations: one decision over many accounts, planned by one person and approved by another."""

import csv
import json
import secrets
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from rich.text import Text
from temporalio.client import Client

from api.bulk import read_whole
from cli.output import Json, give, made, table
from cli.record import reading, run
from goodstanding.bulk import BulkOperations
from goodstanding.bulk_views import BulkView
from goodstanding.clock import system_clock
from goodstanding.converter import data_converter
from goodstanding.errors import MalformedError
from goodstanding.keys import load_client_keys
from goodstanding.messages import (
    AbortBulk,
    Actor,
    AnyBulkCommand,
    ApproveBulk,
    BulkAnswer,
    BulkLimits,
    PauseBulk,
    PlanBulk,
    RehearseBulk,
    ResumeBulk,
    StartBulk,
    Target,
    Template,
    UndoBulk,
    malformed,
)
from goodstanding.reads import Reads
from goodstanding.sending import DEADLINE
from goodstanding.vocabulary import Role
from storage import bulks
from storage.texts import TextKeys
from worker.settings import load_settings
from worker.temporal import connected
from worker.wiring import text_wrapper

app = typer.Typer(help="One decision over many accounts.", no_args_is_help=True)

BulkId = Annotated[str, typer.Argument(help="The operation's id.", metavar="ID")]
By = Annotated[str, typer.Option(help="Who does it: the reviewer's opaque id.")]
Reasons = Annotated[str, typer.Option(help="Why.")]
InFile = Annotated[Path, typer.Argument(help="The file.", exists=True, dir_okay=False)]

_TEMPLATE: TypeAdapter[Template] = TypeAdapter(Template)
_DIGITS = 24
_COLUMNS = ("bulk_id", "state", "operation", "planned_at")


@app.command()
def plan(bulk_id: BulkId, file: InFile, by: By, reasons: Reasons, *, as_json: Json = False) -> None:
    """Say what is to be done: a JSON file with `template` and, where wanted, `limits` (docs/bulk.md)."""
    template, limits = _planned(file)
    fields = _fields(bulk_id, by, reasons)
    _do(PlanBulk(template=template, limits=limits, **fields), as_json=as_json)


@app.command()
def add(bulk_id: BulkId, file: InFile, by: By, *, as_json: Json = False) -> None:
    """Add the accounts of a CSV file without a heading: the account's id, and what of it is meant.

    The same file again goes on where it broke off.
    """
    answer = run(_added(bulk_id, list(_targets(file)), by))
    give(answer.model_dump(mode="json"), as_json=as_json, shown=_drawn(answer))


@app.command()
def rehearse(bulk_id: BulkId, by: By, *, as_json: Json = False) -> None:
    """Start the dry run: what would be decided about each account. Nothing is written to any."""
    _do(RehearseBulk(**_fields(bulk_id, by, "")), as_json=as_json)


@app.command()
def approve(
    bulk_id: BulkId,
    digest: Annotated[str, typer.Argument(help="The digest of the plan that was looked at.")],
    by: By,
    reasons: Reasons,
    *,
    as_json: Json = False,
) -> None:
    """Agree as the second person: to the plan, or to undoing it."""
    fields = _fields(bulk_id, by, reasons)
    _do(ApproveBulk(plan_digest=digest, **fields), as_json=as_json)


@app.command()
def start(bulk_id: BulkId, by: By, reasons: Reasons, *, as_json: Json = False) -> None:
    """Let the approved operation begin."""
    _do(StartBulk(**_fields(bulk_id, by, reasons)), as_json=as_json)


@app.command()
def pause(bulk_id: BulkId, by: By, reasons: Reasons, *, as_json: Json = False) -> None:
    """Send nothing more until it is resumed."""
    _do(PauseBulk(**_fields(bulk_id, by, reasons)), as_json=as_json)


@app.command()
def resume(bulk_id: BulkId, by: By, reasons: Reasons, *, as_json: Json = False) -> None:
    """Go on after a pause."""
    _do(ResumeBulk(**_fields(bulk_id, by, reasons)), as_json=as_json)


@app.command()
def abort(bulk_id: BulkId, by: By, reasons: Reasons, *, as_json: Json = False) -> None:
    """End it: what was sent stays, what was not is never sent."""
    _do(AbortBulk(**_fields(bulk_id, by, reasons)), as_json=as_json)


@app.command()
def undo(bulk_id: BulkId, by: By, reasons: Reasons, *, as_json: Json = False) -> None:
    """Ask for its decisions to be overturned; a second person has to approve that."""
    _do(UndoBulk(**_fields(bulk_id, by, reasons)), as_json=as_json)


@app.command()
def show(bulk_id: BulkId, *, as_json: Json = False) -> None:
    """How far an operation is, what its dry run said, and every step with who took it and why."""
    found = run(_shown(bulk_id))

    def shown(out: Console) -> None:
        _draw(out, found)

    give(found.model_dump(mode="json"), as_json=as_json, shown=shown)


@app.command("list")
def list_bulks(*, as_json: Json = False) -> None:
    """The operations that were planned last."""
    rows = run(_listed())

    def shown(out: Console) -> None:
        out.print(table(rows, _COLUMNS) if rows else "none")

    give(rows, as_json=as_json, shown=shown)


def _fields(bulk_id: str, by: str, reasons: str) -> dict[str, Any]:
    actor = made(Actor, id=by, role=Role.REVIEWER)
    # each call is a wish of its own
    command_id = f"cli-{secrets.token_hex(8)}"
    return {"bulk_id": bulk_id, "command_id": command_id, "actor": actor, "reasons": reasons}


def _planned(file: Path) -> tuple[Template, BulkLimits]:
    try:
        written = json.loads(file.read_text("utf-8"))
        template = _TEMPLATE.validate_python(written["template"])
        return template, BulkLimits.model_validate(written.get("limits", {}))
    except ValidationError as error:
        raise malformed(error) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise MalformedError("The file is no JSON object with a template.", "template") from None


def _targets(file: Path) -> Iterator[Target]:
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.reader(lines):
            if row:
                subject = row[1].strip() or None if len(row) > 1 else None
                yield made(Target, account_id=row[0].strip(), subject=subject)


def _do(command: AnyBulkCommand, *, as_json: bool) -> None:
    answer = run(_sent(command))
    give(answer.model_dump(mode="json"), as_json=as_json, shown=_drawn(answer))


async def _sent(command: AnyBulkCommand) -> BulkAnswer:
    return await _operations(await _temporal()).send(command)


async def _added(bulk_id: str, targets: list[Target], by: str) -> BulkAnswer:
    if not targets:
        raise MalformedError("The file names no account.", "targets")
    actor = made(Actor, id=by, role=Role.REVIEWER)
    operations = _operations(await _temporal())
    lines = "\n".join(f"{one.account_id},{one.subject or ''}" for one in targets)
    command_id = f"file-{sha256(lines.encode()).hexdigest()[:_DIGITS]}"
    answer = await operations.add(targets, bulk_id=bulk_id, command_id=command_id, actor=actor)
    assert answer is not None  # noqa: S101 - there were some
    return answer


async def _temporal() -> Client:
    keys = load_client_keys(load_settings().keys_directory)
    return await connected(data_converter(keys.codec))


def _operations(temporal: Client) -> BulkOperations:
    return BulkOperations(temporal, Reads(None, deadline=DEADLINE), deadline=DEADLINE)


async def _shown(bulk_id: str) -> BulkView:
    keys = TextKeys(text_wrapper(load_settings()))
    async with reading() as session:
        return await read_whole(session, bulk_id, keys, system_clock())


async def _listed() -> list[dict[str, Any]]:
    async with reading() as session:
        found = await bulks.latest(session, 100)
    return [row.model_dump(include=set(_COLUMNS)) for row in found]


def _drawn(answer: BulkAnswer) -> Callable[[Console], None]:
    def shown(out: Console) -> None:
        said = f"{answer.bulk_id}: {answer.state}, {answer.targets} accounts"
        out.print(Text(f"{said}; plan {answer.plan_digest}"), soft_wrap=True)

    return shown


def _draw(out: Console, found: BulkView) -> None:
    out.print(Text(f"{found.bulk_id}: {found.operation}, {found.state}", style="bold"))
    out.print(Text(f"plan {found.plan_digest}"), soft_wrap=True)
    counts = ", ".join(f"{name} {many}" for name, many in found.tally.model_dump().items() if many)
    out.print(f"{found.targets} accounts: {counts}")
    if found.dry_run:
        out.print(Text(f"\nDry run as of {found.dry_run.at:%Y-%m-%d %H:%M} UTC", style="bold"))
        for sort, counted in found.dry_run.model_dump(exclude={"at"}).items():
            for what, many in counted.items():
                out.print(Text(f"{sort}: {what}: {many}"), soft_wrap=True)
    out.print(Text("\nSteps", style="bold"))
    for step in found.steps:
        because = f" ({step.because})" if step.because else ""
        said = f"{step.at:%Y-%m-%d %H:%M} UTC  {step.kind}{because} by {step.actor}"
        out.print(Text(f"{said}: {step.reasons or '-'}"), soft_wrap=True)
