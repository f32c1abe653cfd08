"""What the platform was asked to do with items, and by what it says that it was done."""

from typing import Annotated

from fastapi import APIRouter, Path, Request

from api.access import needs
from api.accounts import read_seen
from api.callbacks import described
from api.keys import Scope
from api.parts import Parts
from api.views import CallbackView
from goodstanding.errors import EffectNotFoundError, NotFoundError
from goodstanding.messages import ChosenId, SettleEffects
from goodstanding.views import ContentsView, ContentView
from goodstanding.vocabulary import EffectKind
from goodstanding.webhooks import ContentReceipt, verified
from storage import api_reads

router = APIRouter()


class ReceiptsNotTakenError(NotFoundError):
    """This service was not given the secret of the platform's webhook, so it takes no receipts."""

    remedy = "Give the API the secret too: GOODSTANDING_WEBHOOK_SECRET_FILE."


@router.get("/accounts/{account_id}/content", tags=["accounts"], dependencies=[needs(Scope.READ)])
async def read_content(
    account_id: Annotated[ChosenId, Path(description="The platform's own id of the account.")],
    parts: Parts,
) -> ContentsView:
    """All that decisions about the account asked the platform to do with items, oldest first, and how far it is."""
    seen = await read_seen(parts, account_id)
    content = tuple(ContentView.model_validate(one) for one in seen.record.content)
    return ContentsView(account_id=account_id, as_of=seen.as_of, content=content)


@router.post(
    "/content/receipts",
    tags=["platform"],
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": described(ContentReceipt)}},
        }
    },
)
async def take_receipt(request: Request, parts: Parts) -> CallbackView:
    """The platform's late word on an item, signed by Standard Webhooks; a repeat changes nothing."""
    if parts.webhook_secret is None:
        raise ReceiptsNotTakenError
    body = await request.body()
    verified(parts.webhook_secret, request.headers, body)
    said = ContentReceipt.read(body)
    async with parts.sessions() as session:
        effect = await api_reads.effect(session, said.effect_id)
    if effect is None or effect.kind is not EffectKind.CONTENT:
        raise EffectNotFoundError("Nothing was asked under this id.", "effect_id")
    command = SettleEffects(account_id=effect.account_id, settlements=(said.settlement(),))
    await parts.settle(command)
    return CallbackView(effect_id=said.effect_id)
