"""Keys of the HTTP API: who may ask the service what."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text
from sqlmodel import col, select

from api.keys import Scope, hash_of, make_key
from cli.output import Json, give, made, table
from cli.record import reading, run, writing
from goodstanding.clock import system_clock
from goodstanding.errors import ConflictError, NotFoundError
from goodstanding.messages import Actor
from goodstanding.vocabulary import Role
from storage.tables import ApiKeyRow

app = typer.Typer(help="Keys of the HTTP API.", no_args_is_help=True)

KeyId = Annotated[
    str, typer.Argument(help="The key's id, or its first 6 digits or more.", metavar="ID")
]

_COLUMNS = ("key_id", "actor_id", "role", "scopes", "created_at", "ends_at", "revoked_at")
_SHORTEST = 6
_SHOWN = 16


class KeyNotFoundError(NotFoundError):
    """There is no API key with this id."""

    remedy = "`goodstanding api-key list` shows the ids."


class KeyAmbiguousError(ConflictError):
    """More than one API key has an id that begins so."""

    remedy = "Give more of its digits; `goodstanding api-key list` shows the ids."


@app.command()
def add(
    actor: Annotated[str, typer.Argument(help="Who asks with it: an opaque id.")],
    scope: Annotated[list[Scope], typer.Option(help="What it is for; may be repeated.")],
    role: Annotated[Role, typer.Option(help="In which capacity.")] = Role.PLATFORM,
    ends: Annotated[
        datetime | None,
        typer.Option(help="The day on which it ends, in UTC.", formats=["%Y-%m-%d"]),
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Make a key. Its token is shown this once and kept nowhere."""
    who = made(Actor, id=actor, role=role)
    found = run(_added(who, scope, ends and ends.replace(tzinfo=UTC)))

    def shown(out: Console) -> None:
        out.print(Text(found["token"]))
        out.print(f"key {found['key_id']} of {actor}; the token is not shown again")

    give(found, as_json=as_json, shown=shown)


@app.command("list")
def list_keys(*, as_json: Json = False) -> None:
    """All keys, the ended and the revoked ones too; never a token."""
    rows = run(_rows())

    def shown(out: Console) -> None:
        out.print(table(rows, _COLUMNS) if rows else "none")

    give(rows, as_json=as_json, shown=shown)


@app.command()
def revoke(key_id: KeyId, *, as_json: Json = False) -> None:
    """End a key at once; a running API lets it in for some seconds more."""
    found = run(_revoked(key_id))

    def shown(out: Console) -> None:
        out.print(f"key {found['key_id']} of {found['actor_id']} is revoked")

    give(found, as_json=as_json, shown=shown)


async def _added(actor: Actor, scopes: list[Scope], ends: datetime | None) -> dict[str, Any]:
    async with writing() as session:
        token = await make_key(session, actor, scopes, ends, system_clock())
    key_id = hash_of(token)[:_SHOWN]
    return {"key_id": key_id, "actor_id": actor.id, "role": actor.role.value, "token": token}


async def _rows() -> list[dict[str, Any]]:
    async with reading() as session:
        found = await session.exec(select(ApiKeyRow).order_by(col(ApiKeyRow.created_at)))
        return [_row(one) for one in found]


async def _revoked(key_id: str) -> dict[str, Any]:
    async with writing() as session:
        fits = col(ApiKeyRow.hash).startswith(key_id, autoescape=True)
        found = (await session.exec(select(ApiKeyRow).where(fits))).all()
        if not found or len(key_id) < _SHORTEST:
            raise KeyNotFoundError(f"No API key has the id {key_id}.", "key_id")
        if len(found) > 1:
            raise KeyAmbiguousError(f"More than one key begins with {key_id}.", "key_id")
        row = found[0]
        row.revoked_at = row.revoked_at or system_clock()
        session.add(row)
        return _row(row)


def _row(one: ApiKeyRow) -> dict[str, Any]:
    return {
        "key_id": one.hash[:_SHOWN],
        "actor_id": one.actor_id,
        "role": one.role,
        "scopes": one.scopes.split(),
        "created_at": one.created_at,
        "ends_at": one.ends_at,
        "revoked_at": one.revoked_at,
    }
