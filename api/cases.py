"""What waits for people, and what became of a report."""

import json
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.access import needs
from api.keys import Scope
from api.parts import Parts
from goodstanding.errors import ReportNotFoundError
from goodstanding.messages import ChosenId, Language, MadeId
from goodstanding.views import QueuedReviewView, QueueView, ReportState, ReportView
from goodstanding.vocabulary import ReviewKind
from storage import api_reads
from storage.tables import ReviewRow

router = APIRouter()


class QueueFilter(BaseModel):
    """Which part of the queue is asked for; what is not given narrows nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    kind: ReviewKind | None = None
    account_id: ChosenId | None = None
    language: Language | None = None
    """Of the account's holder."""
    due_before: AwareDatetime | None = None
    escalated: bool | None = None
    reviewer: ChosenId | None = None
    """Leaves out what this person may not decide."""
    limit: int = Field(default=50, ge=1, le=200)
    after: MadeId | None = None
    """The `after` of the answer before."""


@router.get("/reviews", tags=["reviews"], dependencies=[needs(Scope.REVIEWS)])
async def read_queue(asked: Annotated[QueueFilter, Query()], parts: Parts) -> QueueView:
    """What waits for people, by deadline; who has voted or took part is named by actor id."""
    now = await parts.now()
    async with parts.sessions() as session:
        rows = await api_reads.queue(session, api_reads.Wanted(**asked.model_dump()))
    shown = rows[: asked.limit]
    more = shown[-1].review_id if len(rows) > asked.limit else None
    return QueueView(as_of=now, reviews=tuple(_queued(row) for row in shown), after=more)


@router.get("/reports/{number}", tags=["public"])
async def read_report(
    number: Annotated[
        str,
        Path(
            pattern=r"^[A-Za-z0-9_-]{1,48}\.[A-Za-z0-9_-]{1,48}\.[0-9a-f]{32}$",
            description="The `receipt` that the answer to `file_report` gave.",
        ),
    ],
    parts: Parts,
) -> ReportView:
    """For whoever has the receipt number: how far the report is, and what came of it.

    The number holds a secret, so that nobody learns of other reports by counting; whoever filed the report is the
    one to get it.
    """
    now = await parts.now()
    async with parts.sessions() as session:
        row = await api_reads.report(session, parts.texts, number)
    if row is None:
        raise ReportNotFoundError(None, "number")
    return ReportView(
        number=number,
        as_of=now,
        item=row.item,
        state=ReportState.ANSWERED if row.answered_at else ReportState.OPEN,
        outcome=row.outcome,
        filed_at=row.filed_at,
        answered_at=row.answered_at,
    )


def _queued(row: ReviewRow) -> QueuedReviewView:
    voted = [vote["by"] for vote in json.loads(row.votes)]
    return QueuedReviewView(
        review_id=row.review_id,
        account_id=row.account_id,
        kind=row.kind,
        subject_id=row.subject_id,
        language=row.language,
        opened_at=row.opened_at,
        due_at=row.due_at,
        is_escalated=row.is_escalated,
        people=row.people,
        votes_cast=len(voted),
        excluded=tuple(dict.fromkeys([*row.excluded.split(), *voted])),
    )
