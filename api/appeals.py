"""What undoing a decision would do, before anybody decides it."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict

from api.access import needs
from api.keys import Scope
from api.parts import ApiParts, Parts
from api.previewing import Trial, previewed
from goodstanding.domain.context import Context
from goodstanding.domain.preview import Preview, preview_overturn, preview_review
from goodstanding.domain.record import Record
from goodstanding.errors import ReviewNotFoundError
from goodstanding.messages import ChosenId, Code, MadeId
from goodstanding.names import account_of
from goodstanding.previews import PreviewView
from goodstanding.vocabulary import Verdict

router = APIRouter(tags=["reviews"])


class Tried(BaseModel):
    """How the review is tried."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    verdict: Verdict = Verdict.OVERTURNED
    """`upheld`, `reduced` or `overturned`."""
    rung: Code | None = None
    """With `reduced`: the rung that would take the place of the decided one."""


@router.get("/reviews/{review_id}/preview", dependencies=[needs(Scope.REVIEWS)])
async def preview_of_review(
    review_id: Annotated[MadeId, Path(description="An open review of an appeal.")],
    tried: Annotated[Tried, Query()],
    parts: Parts,
) -> PreviewView:
    """What would follow if this review ended like this: rungs, strikes, mark, rights, filings, notices.

    Of an appeal, or of taking a decision back (`overturn`). Whoever decides right after gets exactly this.
    """

    def try_it(record: Record, context: Context) -> Preview:
        if record.review(review_id) is None:
            raise ReviewNotFoundError(None, "review_id")
        return preview_review(record, review_id, context, tried.verdict, tried.rung)

    return await _previewed(parts, account_of(review_id), try_it)


@router.get(
    "/accounts/{account_id}/decisions/{decision_id}/preview", dependencies=[needs(Scope.REVIEWS)]
)
async def preview_of_decision(
    account_id: Annotated[ChosenId, Path(description="The platform's own id of the account.")],
    decision_id: Annotated[MadeId, Path(description="A decision that counts.")],
    parts: Parts,
) -> PreviewView:
    """What would follow if this decision were taken back by `overturn_decision`."""
    return await _previewed(
        parts, account_id, lambda record, context: preview_overturn(record, decision_id, context)
    )


async def _previewed(parts: ApiParts, account_id: str, try_it: Trial) -> PreviewView:
    now = await parts.now()
    async with parts.sessions() as session:
        return await previewed(session, parts.book.current, account_id, try_it, now)
