"""By what an identity provider that took its time says what it found."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel

from api.parts import Parts
from api.views import CallbackView
from goodstanding.errors import EffectNotFoundError, NotFoundError
from goodstanding.messages import Code, SettleEffects
from goodstanding.vocabulary import EffectKind
from goodstanding.webhooks import CallbackBody, verified
from storage import api_reads

router = APIRouter(tags=["providers"])


class ProviderNotFoundError(NotFoundError):
    """No provider of this name calls back here."""

    remedy = "Name the provider whose secret the service was given."


def described(body: type[BaseModel]) -> dict[str, Any]:
    """The schema of a body that is read by hand, since a signature is over its very bytes."""
    schema = body.model_json_schema()
    kinds = schema.pop("$defs", {})

    def inlined(part: Any) -> Any:
        if isinstance(part, list):
            return [inlined(one) for one in part]
        if not isinstance(part, dict):
            return part
        if "$ref" in part:
            return inlined(kinds[part["$ref"].rpartition("/")[2]])
        return {name: inlined(one) for name, one in part.items()}

    described: dict[str, Any] = inlined(schema)
    return described


@router.post(
    "/providers/{name}/callbacks",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": described(CallbackBody)}},
        }
    },
)
async def take_callback(
    name: Annotated[Code, Path(description="The provider's name.")], request: Request, parts: Parts
) -> CallbackView:
    """A provider's late answer, signed by Standard Webhooks; a repeat changes nothing."""
    secret = parts.provider_secrets.get(name)
    if secret is None:
        raise ProviderNotFoundError(None, "name")
    body = await request.body()
    verified(secret, request.headers, body)
    said = CallbackBody.read(body)
    async with parts.sessions() as session:
        effect = await api_reads.effect(session, said.effect_id)
    if effect is None or effect.kind is not EffectKind.VERIFICATION:
        raise EffectNotFoundError("No verification that was asked for has this id.", "effect_id")
    command = SettleEffects(account_id=effect.account_id, settlements=(said.settlement(),))
    await parts.settle(command)
    return CallbackView(effect_id=said.effect_id)
