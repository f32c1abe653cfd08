"""Whether the steps of bulk operations are as they were written, and the operations what their steps make of them."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlmodel.ext.asyncio.session import AsyncSession

from goodstanding.domain.bulk_steps import Bulk, Step, StepKind, evolve_bulk
from goodstanding.messages import Actor
from goodstanding.vocabulary import Role
from storage import bulks
from storage.audit import Finding
from storage.bulk_tables import BulkRow, BulkStepRow
from storage.chain import GENESIS
from storage.tables import table_of

_BULK = table_of(BulkRow)
_STEP = table_of(BulkStepRow)


async def verify_bulks(session: AsyncSession) -> list[Finding]:
    """The first thing that is wrong with each operation, under the id `bulk/{bulk_id}`; none where all are sound."""
    connection = await session.connection()
    named = select(_STEP.c.bulk_id).union(select(_BULK.c.bulk_id)).order_by("bulk_id")
    findings = []
    for bulk_id in list(await connection.scalars(named)):
        in_order = select(_STEP).where(_STEP.c.bulk_id == bulk_id).order_by(_STEP.c.seq)
        steps = (await connection.execute(in_order)).all()
        asked = select(_BULK).where(_BULK.c.bulk_id == bulk_id)
        head = (await connection.execute(asked)).one_or_none()
        if found := next(_wrong(bulk_id, steps, head), None):
            findings.append(found)
    return findings


def _wrong(bulk_id: str, steps: Sequence[Row[Any]], head: Row[Any] | None) -> Iterator[Finding]:
    named, previous, bulk = bulks.owner_of(bulk_id), GENESIS, Bulk(bulk_id=bulk_id)
    for expected, row in enumerate(steps, start=1):
        if row.seq != expected:
            yield Finding(named, expected, "the row is missing")
        if row.previous_hash != previous:
            yield Finding(named, row.seq, "the row does not follow the one before it")
        if row.hash != bulks.hash_of(row._asdict()):
            yield Finding(named, row.seq, "the row was changed")
        try:
            bulk = _after(bulk, row)
        except (KeyError, ValueError):
            yield Finding(named, row.seq, "the row cannot be read")
        previous = row.hash
    if head is None:
        yield Finding(named, None, "the operation's row is missing")
        return
    if head.seq > len(steps):
        yield Finding(named, len(steps) + 1, "the row is missing")
    if (head.seq, head.head_hash) != (len(steps), previous):
        yield Finding(named, None, "the operation's row names another head")
    if (head.state, Bulk.model_validate_json(head.snapshot)) != (bulk.state, bulk):
        yield Finding(named, None, "the operation's row is not what the steps give")


def _after(bulk: Bulk, row: Row[Any]) -> Bulk:
    role, _, who = row.actor.partition(":")
    step = Step(StepKind(row.kind), json.loads(row.body)["facts"])
    return evolve_bulk(bulk, step, Actor(id=who, role=Role(role)), row.at)
