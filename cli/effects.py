"""Effects: what the outside world was to hear of, and did not."""

import secrets
from typing import Annotated, Any

import typer
from rich.console import Console

from cli.output import Json, give, table
from cli.record import reading, run
from cli.sending import answer_of, drawn, sent
from goodstanding.errors import EffectNotFoundError
from goodstanding.messages import Answer, RetryEffect
from goodstanding.names import account_of
from storage import effects
from storage.tables import EffectRow

app = typer.Typer(help="What the outside world is told.", no_args_is_help=True)

Failed = Annotated[bool, typer.Option("--failed", help="Only what was given up.")]
Limit = Annotated[int, typer.Option(help="How many at most, the oldest first.", min=1)]
EffectId = Annotated[str, typer.Argument(help="The effect's id.", metavar="ID")]

_COLUMNS = ("effect_id", "kind", "state", "attempts", "last_error", "created_at", "give_up_at")


@app.command("list")
def list_effects(*, failed: Failed = False, limit: Limit = 100, as_json: Json = False) -> None:
    """Effects that failed, and without --failed those that are pending too."""
    rows = run(_rows(limit, only_failed=failed))

    def shown(out: Console) -> None:
        out.print(table(rows, _COLUMNS) if rows else "none")

    give(rows, as_json=as_json, shown=shown)


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


async def _retried(effect_id: str) -> Answer:
    async with reading() as session:
        if await session.get(EffectRow, (account_of(effect_id), effect_id)) is None:
            raise EffectNotFoundError(f"There is no effect {effect_id}.", "effect_id")

    def command(fields: dict[str, Any]) -> RetryEffect:
        return RetryEffect(effect_id=effect_id, **fields)

    # each try is a wish of its own: the same effect can fail more than once
    command_id = f"retry-{secrets.token_hex(8)}"
    return await sent(command, account_id=account_of(effect_id), command_id=command_id)


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
