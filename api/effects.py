"""What could not be done outside, for whoever has to mend it."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api.access import needs
from api.keys import Scope
from api.parts import Parts
from goodstanding.messages import ChosenId, Code, MadeId
from goodstanding.views import DeadLettersView, DeadLetterView
from goodstanding.vocabulary import EffectKind
from storage import effects

router = APIRouter(tags=["operations"], dependencies=[needs(Scope.OPERATIONS)])


class DeadLetterFilter(BaseModel):
    """Which of them are asked for; what is not given narrows nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    kind: EffectKind | None = None
    error: Code | None = None
    """The `last_error`, such as `smtp_550`."""
    account_id: ChosenId | None = None
    limit: int = Field(default=100, ge=1, le=500)
    """How many at most."""
    after: MadeId | None = None
    """The `after` of the answer before."""


@router.get("/effects/failed")
async def read_dead_letters(
    asked: Annotated[DeadLetterFilter, Query()], parts: Parts
) -> DeadLettersView:
    """What was given up or refused for good, oldest first; `goodstanding effects retry` tries it again."""
    now = await parts.now()
    async with parts.sessions() as session:
        rows = await effects.dead_letters(session, effects.DeadLetters(**asked.model_dump()))
    shown = tuple(DeadLetterView.model_validate(row) for row in rows[: asked.limit])
    more = shown[-1].effect_id if len(rows) > asked.limit else None
    return DeadLettersView(as_of=now, effects=shown, after=more)
