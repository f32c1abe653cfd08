"""Bulk operations in the record: loading one, appending a step, and its chain."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col
from sqlmodel import select as select_rows
from sqlmodel.ext.asyncio.session import AsyncSession

from goodstanding.canonical import canonical, digest
from goodstanding.domain.bulk_steps import Bulk, Step, StepKind
from goodstanding.envelope import bind, decrypt, encrypt
from goodstanding.messages import Actor, BulkAnswer, BulkState, BulkWork
from storage.bulk_tables import BulkRow, BulkStepRow
from storage.chain import GENESIS
from storage.tables import table_of

_BULK = table_of(BulkRow)
_STEP = table_of(BulkStepRow)
_ONE = select(_BULK).where(_BULK.c.bulk_id == bindparam("of"))


@dataclass(frozen=True, slots=True)
class Stored:
    """An operation as it is found; without one it is empty."""

    bulk: Bulk
    head_hash: str = GENESIS
    text_key: bytes | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """A command that was carried out before."""

    guard: str
    answer: BulkAnswer


@dataclass(frozen=True, slots=True)
class Cause:
    """Who or what makes a step, and what was written with it."""

    actor: Actor
    at: datetime
    command_id: str | None = None
    guard: str | None = None
    commitment: str | None = None
    words: bytes | None = None


def owner_of(bulk_id: str) -> str:
    """To whom its text key belongs; no account has such an id."""
    return f"bulk/{bulk_id}"


async def load(connection: AsyncConnection, bulk_id: str) -> Stored:
    """The operation, which is nobody else's until the transaction ends."""
    return await _stored(connection, bulk_id, _ONE.with_for_update())


async def look(connection: AsyncConnection, bulk_id: str) -> Stored:
    """The operation as it was last committed."""
    return await _stored(connection, bulk_id, _ONE)


async def _stored(connection: AsyncConnection, bulk_id: str, asked: Select[Any]) -> Stored:
    row = (await connection.execute(asked, {"of": bulk_id})).one_or_none()
    if row is None:
        return Stored(Bulk(bulk_id=bulk_id))
    return Stored(Bulk.model_validate_json(row.snapshot), row.head_hash, row.text_key)


async def given(connection: AsyncConnection, bulk_id: str, command_id: str) -> Given | None:
    """What a command of this id was answered, where there was one."""
    asked = select(_STEP).where(_STEP.c.bulk_id == bulk_id, _STEP.c.command_id == command_id)
    row = (await connection.execute(asked)).one_or_none()
    if row is None:
        return None
    after = json.loads(row.body)["after"]
    answer = BulkAnswer(bulk_id=bulk_id, seq=row.seq, at=row.at, **after)
    return Given(row.guard or "", answer)


def answer_of(bulk: Bulk, at: datetime) -> BulkAnswer:
    """Where it stands, as its last step left it."""
    return BulkAnswer(bulk_id=bulk.bulk_id, seq=bulk.seq, at=at, **_after(bulk))


async def append(
    connection: AsyncConnection,
    stored: Stored,
    step: Step,
    after: Bulk,
    cause: Cause,
    *,
    text_key: bytes,
    work: BulkWork,
) -> None:
    """Write the step, and the operation's row as it leaves it."""
    body = {"facts": step.facts, "commitment": cause.commitment, "after": _after(after)}
    row = {
        "bulk_id": after.bulk_id,
        "seq": after.seq,
        "at": cause.at,
        "kind": step.kind.value,
        "command_id": cause.command_id,
        "guard": cause.guard,
        "actor": f"{cause.actor.role}:{cause.actor.id}",
        "body": canonical(body).decode(),
        "previous_hash": stored.head_hash,
    }
    row["hash"] = hash_of(row)
    await connection.execute(insert(_STEP).values({**row, "words": cause.words}))
    head = {
        "state": after.state,
        "seq": after.seq,
        "head_hash": row["hash"],
        "snapshot": after.model_dump_json(),
        "has_work": work is not BulkWork.NOTHING,
    }
    if stored.bulk.state is None:
        begun = {"operation": after.operation, "planned_at": cause.at, "text_key": text_key}
        await connection.execute(insert(_BULK).values({"bulk_id": after.bulk_id, **begun, **head}))
        return
    await connection.execute(update(_BULK).where(_BULK.c.bulk_id == after.bulk_id).values(head))


async def note_work(connection: AsyncConnection, bulk_id: str, work: BulkWork) -> None:
    """Whether a run has something to do for it, where no step says so."""
    has_work = work is not BulkWork.NOTHING
    await connection.execute(
        update(_BULK)
        .where(_BULK.c.bulk_id == bulk_id, _BULK.c.has_work != has_work)
        .values(has_work=has_work)
    )


def hash_of(row: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical form of all columns but `hash` and `words`."""
    return digest({name: one for name, one in row.items() if name not in ("hash", "words")})


def put_away(key: bytes, bulk_id: str, text_id: str, plain: str) -> bytes:
    """What was written, encrypted for this place alone."""
    return encrypt(key, plain.encode(), bind("goodstanding bulk", bulk_id, text_id))


def opened(key: bytes, bulk_id: str, text_id: str, words: bytes) -> str:
    """What was written; raise `TamperedError` where it was for another place."""
    return decrypt(key, words, bind("goodstanding bulk", bulk_id, text_id)).decode()


async def words_of(
    connection: AsyncConnection, bulk_id: str, kind: StepKind, key: bytes
) -> str | None:
    """What was written with the last step of a kind; None where nothing was."""
    asked = (
        select(_STEP.c.seq, _STEP.c.words)
        .where(_STEP.c.bulk_id == bulk_id, _STEP.c.kind == kind.value)
        .order_by(_STEP.c.seq.desc())
        .limit(1)
    )
    row = (await connection.execute(asked)).one_or_none()
    if row is None or row.words is None:
        return None
    return opened(key, bulk_id, text_id_of(bulk_id, row.seq), row.words)


def text_id_of(bulk_id: str, seq: int) -> str:
    """By what the words of a step are found."""
    return f"{bulk_id}.{seq}"


async def with_work(session: AsyncSession, after: str, limit: int) -> list[str]:
    """Operations for which a run has something to do, by id, a page at a time."""
    asked = select_rows(BulkRow.bulk_id).where(
        col(BulkRow.has_work).is_(True), BulkRow.bulk_id > after
    )
    return list(await session.exec(asked.order_by(col(BulkRow.bulk_id)).limit(limit)))


async def latest(session: AsyncSession, limit: int) -> list[BulkRow]:
    """The operations that were planned last, newest first."""
    newest = col(BulkRow.planned_at).desc()
    return list(await session.exec(select_rows(BulkRow).order_by(newest).limit(limit)))


async def steps(session: AsyncSession, bulk_id: str) -> list[BulkStepRow]:
    """Everything that happened to the operation, in order."""
    asked = select_rows(BulkStepRow).where(BulkStepRow.bulk_id == bulk_id)
    return list(await session.exec(asked.order_by(col(BulkStepRow.seq))))


def _after(bulk: Bulk) -> dict[str, Any]:
    state: BulkState | None = bulk.state
    return {
        "state": state.value if state else None,
        "targets": bulk.targets,
        "plan_digest": bulk.plan_digest,
    }
