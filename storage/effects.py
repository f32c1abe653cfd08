"""The queue of what has to happen outside: read by those who do it, written by `transact` alone."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col
from sqlmodel import select as select_rows
from sqlmodel.ext.asyncio.session import AsyncSession

from goodstanding.canonical import canonical
from goodstanding.domain.effects import Effect
from goodstanding.errors import EffectNotFoundError
from goodstanding.messages import EffectRef, Settlement
from goodstanding.names import account_of
from goodstanding.vocabulary import EffectKind, EffectState
from storage.inserts import Inserts
from storage.tables import EffectRow, table_of

_EFFECT = table_of(EffectRow)
_PENDING = (
    select(
        _EFFECT.c.effect_id,
        _EFFECT.c.kind,
        _EFFECT.c.give_up_at,
        _EFFECT.c.waits,
        _EFFECT.c.attempts,
    )
    .where(_EFFECT.c.account_id == bindparam("of"), _EFFECT.c.state == EffectState.PENDING)
    .order_by(_EFFECT.c.created_at, _EFFECT.c.effect_id)
)
_BODIES = select(
    _EFFECT.c.account_id,
    _EFFECT.c.effect_id,
    _EFFECT.c.kind,
    _EFFECT.c.body,
    _EFFECT.c.give_up_at,
    _EFFECT.c.state,
).where(
    _EFFECT.c.account_id.in_(bindparam("of", expanding=True)),
    _EFFECT.c.effect_id.in_(bindparam("ids", expanding=True)),
)
_SETTLE = (
    update(_EFFECT)
    .where(_EFFECT.c.account_id == bindparam("of"), _EFFECT.c.effect_id == bindparam("id"))
    .values({name: bindparam(name) for name in ("state", "waits", "attempts", "last_error")})
)


_CALLED_BACK = (EffectKind.VERIFICATION, EffectKind.CONTENT)
"""Of these somebody may say later how they ended."""


@dataclass(frozen=True, slots=True)
class EffectBody:
    """What there is to do, for whom, and until when it is tried."""

    account_id: str
    kind: EffectKind
    body: Mapping[str, Any]
    give_up_at: datetime
    state: EffectState


@dataclass(frozen=True, slots=True)
class Pending:
    """An effect that is not settled."""

    kind: EffectKind
    give_up_at: datetime
    waits: bool = False
    attempts: int = 0


Queue = dict[str, Pending]
"""What an account has pending, by effect id, oldest first."""


async def bodies(session: AsyncSession, effect_ids: Sequence[str]) -> dict[str, EffectBody]:
    """What there is to do, by effect id; an unknown id is left out."""
    accounts = {account_of(effect_id) for effect_id in effect_ids}
    connection = await session.connection()
    found = await connection.execute(_BODIES, {"of": list(accounts), "ids": list(effect_ids)})
    return {
        row.effect_id: EffectBody(
            row.account_id, row.kind, json.loads(row.body), row.give_up_at, row.state
        )
        for row in found
    }


async def pending(session: AsyncSession, limit: int = 100) -> Sequence[EffectRow]:
    """For ops: what is still to be done or waits for a call-back, oldest first."""
    return await _in_state(session, EffectState.PENDING, limit)


async def failed(session: AsyncSession, limit: int = 100) -> Sequence[EffectRow]:
    """For ops: what could not be done, oldest first; `retry_effect` tries it again."""
    return await _in_state(session, EffectState.FAILED, limit)


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """Which failed effects are asked for; None narrows nothing."""

    limit: int
    kind: EffectKind | None = None
    error: str | None = None
    account_id: str | None = None
    after: str | None = None


async def dead_letters(session: AsyncSession, asked: DeadLetters) -> Sequence[EffectRow]:
    """Failed effects, oldest first: one more than the limit where there are more.

    `EffectNotFoundError` where `after` was never an effect: no page follows it, not an empty one.
    """
    equal: dict[Any, Any] = {
        EffectRow.kind: asked.kind,
        EffectRow.last_error: asked.error,
        EffectRow.account_id: asked.account_id,
    }
    where = [column == value for column, value in equal.items() if value is not None]
    if asked.after is not None:
        last = await session.get(EffectRow, (account_of(asked.after), asked.after))
        if last is None:
            raise EffectNotFoundError("No effect has this id, so none follows it.", "after")
        same = col(EffectRow.created_at) == last.created_at
        later = and_(same, col(EffectRow.effect_id) > last.effect_id)
        where.append(or_(col(EffectRow.created_at) > last.created_at, later))
    found = await session.exec(
        select_rows(EffectRow)
        .where(col(EffectRow.state) == EffectState.FAILED, *where)
        .order_by(col(EffectRow.created_at), col(EffectRow.effect_id))
        .limit(asked.limit + 1)
    )
    return found.all()


async def queue_of(connection: AsyncConnection, account_id: str) -> Queue:
    """What the account has pending."""
    rows = await connection.execute(_PENDING, {"of": account_id})
    return {
        row.effect_id: Pending(row.kind, row.give_up_at, row.waits, row.attempts) for row in rows
    }


async def failed_effect(
    connection: AsyncConnection, account_id: str, effect_id: str
) -> EffectRow | None:
    """The effect, where it is of this account and has failed."""
    found = await connection.execute(
        select(_EFFECT).where(
            _EFFECT.c.account_id == account_id,
            _EFFECT.c.effect_id == effect_id,
            _EFFECT.c.state == EffectState.FAILED,
        )
    )
    row = found.one_or_none()
    return EffectRow(**row._asdict()) if row else None


def agenda(queue: Queue) -> tuple[EffectRef, ...]:
    """What a run has to see to: not what only a call-back can settle."""
    return tuple(
        EffectRef(effect_id=effect_id, kind=one.kind, give_up_at=one.give_up_at)
        for effect_id, one in queue.items()
        if not one.waits
    )


def enqueue(batch: Inserts, account_id: str, effects: Sequence[Effect], at: datetime) -> Queue:
    """Queue what a decision brings; they are pending from now on."""
    batch.add(_EFFECT, (_row(account_id, effect, at) for effect in effects))
    return {one.effect_id: Pending(one.kind, one.give_up_at) for one in effects}


async def settle(
    connection: AsyncConnection, account_id: str, queue: Queue, settlements: Iterable[Settlement]
) -> Queue:
    """Keep how effects ended and give what is left; one that is not pending stays as it is."""
    left, rows = dict(queue), []
    for settlement in settlements:
        before = left.pop(settlement.effect_id, None)
        if before is None:
            continue
        waits = settlement.waits and before.kind in _CALLED_BACK
        if waits:
            after = Pending(
                before.kind, before.give_up_at, waits=True, attempts=before.attempts + 1
            )
            left[settlement.effect_id] = after
        rows.append(_settled(account_id, settlement, before, waits=waits))
    if rows:
        await connection.execute(_SETTLE, rows)
    return left


async def supersede(
    connection: AsyncConnection, account_id: str, queue: Queue, effect_ids: Sequence[str]
) -> Queue:
    """Let these be tried no more, whether they are pending or have failed; give what is left."""
    await connection.execute(
        update(_EFFECT)
        .where(_EFFECT.c.account_id == account_id, _EFFECT.c.effect_id.in_(effect_ids))
        .values(state=EffectState.SUPERSEDED, waits=False)
    )
    return {effect_id: one for effect_id, one in queue.items() if effect_id not in effect_ids}


async def note_attempt(session: AsyncSession, effect_ids: Sequence[str], error: str) -> None:
    """Keep that these were tried once more, and why in vain; what has been settled meanwhile stays as it is."""
    connection = await session.connection()
    await connection.execute(
        update(_EFFECT)
        .where(
            _EFFECT.c.account_id.in_({account_of(effect_id) for effect_id in effect_ids}),
            _EFFECT.c.effect_id.in_(effect_ids),
            _EFFECT.c.state == EffectState.PENDING,
        )
        .values(attempts=_EFFECT.c.attempts + 1, last_error=error)
    )


async def revive(connection: AsyncConnection, row: EffectRow, now: datetime) -> Queue:
    """Let a failed effect be tried again, for as long as it was tried at first."""
    give_up_at = now + (row.give_up_at - row.created_at)
    await connection.execute(
        update(_EFFECT)
        .where(_EFFECT.c.account_id == row.account_id, _EFFECT.c.effect_id == row.effect_id)
        .values(state=EffectState.PENDING, waits=False, give_up_at=give_up_at, created_at=now)
    )
    return {row.effect_id: Pending(row.kind, give_up_at, attempts=row.attempts)}


async def _in_state(session: AsyncSession, state: EffectState, limit: int) -> Sequence[EffectRow]:
    found = await session.exec(
        select_rows(EffectRow)
        .where(col(EffectRow.state) == state)
        .order_by(col(EffectRow.created_at), col(EffectRow.effect_id))
        .limit(limit)
    )
    return found.all()


def _row(account_id: str, effect: Effect, at: datetime) -> dict[str, Any]:
    return {
        "account_id": account_id,
        "effect_id": effect.effect_id,
        "kind": effect.kind,
        "body": canonical(effect.body).decode(),
        "created_at": at,
        "give_up_at": effect.give_up_at,
        "state": EffectState.PENDING,
        "waits": False,
        "attempts": 0,
        "last_error": None,
    }


def _settled(
    account_id: str, settlement: Settlement, before: Pending, *, waits: bool
) -> dict[str, Any]:
    state = EffectState.DELIVERED if settlement.delivered else EffectState.FAILED
    return {
        "of": account_id,
        "id": settlement.effect_id,
        "state": EffectState.PENDING if waits else state,
        "waits": waits,
        "attempts": before.attempts + (0 if settlement.is_noted else 1),
        "last_error": None if settlement.delivered else settlement.error,
    }
