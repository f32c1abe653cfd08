"""Effects: what the outside world was to hear of, and did not."""

import secrets
from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from cli.output import FOUND_PROBLEMS, Json, give, table
from cli.record import reading, run
from cli.sending import OPERATOR, answer_of, drawn, sending
from goodstanding.errors import EffectNotFoundError, GoodstandingError
from goodstanding.messages import Answer, RetryEffect
from goodstanding.names import account_of
from goodstanding.sending import raised
from goodstanding.vocabulary import EffectKind
from storage import effects
from storage.tables import EffectRow

app = typer.Typer(help="What the outside world is told.", no_args_is_help=True)

Failed = Annotated[bool, typer.Option("--failed", help="Only what was given up.")]
Limit = Annotated[int, typer.Option(help="How many at most, the oldest first.", min=1)]
Kind = Annotated[EffectKind | None, typer.Option(help="Only effects of this kind.")]
Error = Annotated[str | None, typer.Option(help="Only those with this last error.")]
EffectId = Annotated[str, typer.Argument(help="The effect's id.", metavar="ID")]

_PAGE = 500
_COLUMNS = ("effect_id", "kind", "state", "attempts", "last_error", "created_at", "give_up_at")


@app.command("list")
def list_effects(*, failed: Failed = False, limit: Limit = 100, as_json: Json = False) -> None:
    """Effects that failed, and without --failed those that are pending too."""
    rows = run(_rows(limit, only_failed=failed))

    def shown(out: Console) -> None:
        out.print(table(rows, _COLUMNS) if rows else "none")

    give(rows, as_json=as_json, shown=shown)


@app.command("failed")
def list_failed(
    *, kind: Kind = None, error: Error = None, limit: Limit = 100, as_json: Json = False
) -> None:
    """What was given up or refused for good, the oldest first, and how often by which error."""
    found = run(_dead(effects.DeadLetters(limit=limit, kind=kind, error=error)))
    rows = [_row(one) for one in found[:limit]]

    def shown(out: Console) -> None:
        out.print(table(rows, _COLUMNS) if rows else "none")
        for (sort, why), number in Counter((r["kind"], r["last_error"]) for r in rows).items():
            out.print(f"{number} {sort}: {why}")
        if len(found) > limit:
            out.print(f"and more; --limit {2 * limit} shows them")

    give(rows, as_json=as_json, shown=shown)


@app.command()
def redrive(
    *,
    kind: Kind = None,
    error: Error = None,
    everything: Annotated[bool, typer.Option("--all", help="Whatever the kind and error.")] = False,
    as_json: Json = False,
) -> None:
    """Try again all that failed with this error or of this kind; what cannot be tried again is said, and left."""
    if not (kind or error or everything):
        raise typer.BadParameter("name --kind or --error, or say --all")
    found = run(_redriven(kind, error))

    def shown(out: Console) -> None:
        out.print(f"{len(found['retried'])} tried again")
        for one in found["refused"]:
            out.print(Text(f"{one['effect_id']}: {one['code']}: {one['why']}"), soft_wrap=True)

    give(found, as_json=as_json, shown=shown)
    if found["refused"]:
        raise typer.Exit(FOUND_PROBLEMS)


@app.command()
def retry(effect_id: EffectId, *, as_json: Json = False) -> None:
    """Try a failed effect again, for as long as it was tried at first."""
    answer = run(_retried(effect_id))
    give(answer_of(answer), as_json=as_json, shown=drawn(answer))


async def _rows(limit: int, *, only_failed: bool) -> list[dict[str, Any]]:
    async with reading() as session:
        found = list(await effects.failed(session, limit))
        if not only_failed:
            found += await effects.pending(session, limit)
    return [_row(one) for one in sorted(found, key=lambda row: row.created_at)[:limit]]


async def _dead(asked: effects.DeadLetters) -> Sequence[EffectRow]:
    async with reading() as session:
        return await effects.dead_letters(session, asked)


async def _redriven(kind: EffectKind | None, error: str | None) -> dict[str, Any]:
    """All that has failed by now: what fails again meanwhile has its turn the next time."""
    ids: list[str] = []
    page: Sequence[EffectRow] = ()
    while not ids or len(page) > _PAGE:
        after = ids[-1] if ids else None
        page = await _dead(effects.DeadLetters(_PAGE, kind=kind, error=error, after=after))
        ids += [one.effect_id for one in page[:_PAGE]]
        if not page:
            break
    retried, refused = [], []
    async with sending() as send:
        for effect_id in ids:
            try:
                raised(await send(_retry_of(effect_id)))
            except GoodstandingError as problem:
                said = {"code": problem.code, "why": problem.message}
                refused.append({"effect_id": effect_id, **said})
            else:
                retried.append(effect_id)
    return {"retried": retried, "refused": refused}


async def _retried(effect_id: str) -> Answer:
    async with reading() as session:
        if await session.get(EffectRow, (account_of(effect_id), effect_id)) is None:
            raise EffectNotFoundError(f"There is no effect {effect_id}.", "effect_id")
    async with sending() as send:
        return raised(await send(_retry_of(effect_id)))


def _retry_of(effect_id: str) -> RetryEffect:
    return RetryEffect(
        account_id=account_of(effect_id),
        # each try is a wish of its own: the same effect can fail more than once
        command_id=f"retry-{secrets.token_hex(8)}",
        actor=OPERATOR,
        effect_id=effect_id,
    )


def _row(one: EffectRow) -> dict[str, Any]:
    return {
        "account_id": one.account_id,
        "effect_id": one.effect_id,
        "kind": one.kind.value,
        "state": "waiting" if one.waits else one.state.value,
        "attempts": one.attempts,
        "last_error": one.last_error,
        "created_at": one.created_at,
        "give_up_at": one.give_up_at,
    }
