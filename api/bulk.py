"""Bulk operations as people look at them before they approve one, and while it goes on."""

import json
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel.ext.asyncio.session import AsyncSession

from api.access import needs
from api.keys import Scope
from api.parts import Parts
from goodstanding.bulk_views import (
    BulkDryRunView,
    BulkLineView,
    BulkStepView,
    BulksView,
    BulkTargetsView,
    BulkTargetView,
    BulkView,
)
from goodstanding.domain.bulk import BulkNotFoundError
from goodstanding.domain.bulk_commands import command_id
from goodstanding.domain.bulk_steps import Bulk
from goodstanding.messages import Target, TargetState
from storage import bulk_targets, bulks
from storage.bulk_tables import BulkStepRow, BulkTargetRow
from storage.texts import TextKeys

router = APIRouter(tags=["bulk"], dependencies=[needs(Scope.BULK)])

BulkId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,48}$")]
_LISTED = 100


class TargetFilter(BaseModel):
    """Which accounts are asked for; what is not given narrows nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    state: TargetState | None = None
    foreseen: Literal["done", "held", "refused"] | None = None
    """What the dry run says."""
    limit: int = Field(default=100, ge=1, le=1000)
    after: int = Field(default=0, ge=0)
    """The `after` of the answer before."""


@router.get("/bulks")
async def read_bulks(parts: Parts) -> BulksView:
    """The hundred operations that were planned last."""
    now = await parts.now()
    async with parts.sessions() as session:
        rows = await bulks.latest(session, _LISTED)
    return BulksView(as_of=now, bulks=tuple(BulkLineView.model_validate(row) for row in rows))


@router.get("/bulks/{bulk_id}")
async def read_bulk(bulk_id: BulkId, parts: Parts) -> BulkView:
    """How far an operation is: counts, dry run, and every step with who took it and why."""
    async with parts.sessions() as session:
        return await read_whole(session, bulk_id, parts.texts, await parts.now())


async def read_whole(
    session: AsyncSession, bulk_id: str, keys: TextKeys, now: datetime
) -> BulkView:
    """The same, for whoever has the record at hand."""
    connection = await session.connection()
    stored = await bulks.look(connection, bulk_id)
    bulk = stored.bulk
    if bulk.state is None or bulk.operation is None or bulk.limits is None:
        raise BulkNotFoundError(field="bulk_id")
    tally = await bulk_targets.tally(connection, bulk_id)
    rows = await bulks.steps(session, bulk_id)
    words = await _words(rows, bulk_id, stored.text_key, keys)
    planned = json.loads(words.pop(1)) if 1 in words else {}
    said = {1: planned.get("reasons"), **words}
    return BulkView(
        as_of=now,
        bulk_id=bulk_id,
        state=bulk.state,
        operation=bulk.operation,
        planned_at=rows[0].at,
        template=planned.get("template"),
        targets=bulk.targets,
        tally=tally,
        limits=bulk.limits.model_dump(),
        plan_digest=bulk.plan_digest,
        dry_run=_dry_run(bulk),
        steps=tuple(_step(row, said.get(row.seq)) for row in rows),
    )


@router.get("/bulks/{bulk_id}/targets")
async def read_targets(
    bulk_id: BulkId, asked: Annotated[TargetFilter, Query()], parts: Parts
) -> BulkTargetsView:
    """The accounts of an operation in their order: what was foreseen for each, and what became of it."""
    now = await parts.now()
    async with parts.sessions() as session:
        stored = await bulks.look(await session.connection(), bulk_id)
        if stored.bulk.state is None:
            raise BulkNotFoundError(field="bulk_id")
        rows = await bulk_targets.page(
            session,
            bulk_id,
            asked.limit + 1,
            after=asked.after,
            state=asked.state,
            foreseen=asked.foreseen,
        )
    shown = rows[: asked.limit]
    more = shown[-1].number if len(rows) > asked.limit else None
    return BulkTargetsView(as_of=now, targets=tuple(_target(row) for row in shown), after=more)


def _dry_run(bulk: Bulk) -> BulkDryRunView | None:
    if bulk.rehearsed_at is None or bulk.rehearsed_digest != bulk.plan_digest:
        return None
    return BulkDryRunView.model_validate({"at": bulk.rehearsed_at, **bulk.foreseen})


async def _words(
    rows: list[BulkStepRow], bulk_id: str, stored_key: bytes | None, keys: TextKeys
) -> dict[int, str]:
    """What was written with each step, with the first the whole plan; nothing once the key is gone."""
    if stored_key is None:
        return {}
    key = await keys.of(bulks.owner_of(bulk_id), stored_key)
    said = {}
    for row in rows:
        if row.words is not None:
            text_id = bulks.text_id_of(bulk_id, row.seq)
            said[row.seq] = bulks.opened(key, bulk_id, text_id, row.words)
    return said


def _step(row: BulkStepRow, reasons: str | None) -> BulkStepView:
    because = json.loads(row.body)["facts"].get("because")
    return BulkStepView(
        seq=row.seq,
        at=row.at,
        kind=row.kind,
        actor=row.actor,
        reasons=reasons,
        because=because,
    )


def _target(row: BulkTargetRow) -> BulkTargetView:
    subject = row.subject or None
    target = Target(account_id=row.account_id, subject=subject)
    fields = {**row.model_dump(exclude={"bulk_id"}), "subject": subject}
    return BulkTargetView(command_id=command_id(row.bulk_id, target), **fields)
