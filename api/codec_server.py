"""The codec server: shows those who may see them what Temporal's payloads say, in the Temporal UI.

Whoever reaches it and has its token reads every payload of the deployment. It knows codec keys only:
identities are sealed within the payloads and stay so.
"""

import base64
import binascii
import hmac
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Body, Depends, FastAPI, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.middleware.cors import CORSMiddleware
from temporalio.api.common.v1 import Payload

from api.access import Bearer
from api.heads import HeadAsGet
from api.health import add_health
from api.limits import BodyLimit
from api.loopback import is_loopback
from api.problems import add_problem_handlers
from goodstanding.codec import EncryptionCodec, PayloadTamperedError
from goodstanding.errors import KeyRefusedError, MalformedError
from goodstanding.keys import KeyMissingError, SymmetricKey

UI_ORIGINS = ("http://localhost:8233", "http://127.0.0.1:8233")
"""Where `goodstanding up` shows the Temporal UI."""
_LARGEST = 16 * 1024 * 1024
"""Bytes; the UI sends a page of a history at once."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CodecParts:
    """What the codec server needs."""

    keys: Sequence[SymmetricKey]
    origins: tuple[str, ...] = UI_ORIGINS
    """The pages that may ask: those of the Temporal UI."""
    token: str | None = field(default=None, repr=False)
    """Asked for as a bearer token; None: it answers to this machine only."""


class PayloadsUnreadableError(MalformedError):
    """None of these payloads opens with the keys that the codec server has."""

    remedy = "Give the codec server the codec keys that clients and workers have; what was destroyed stays closed."


class PayloadJson(BaseModel):
    """A payload in the JSON form of protocol buffers."""

    model_config = ConfigDict(hide_input_in_errors=True)

    metadata: dict[str, str] = Field(default_factory=dict)
    """Values in base64."""
    data: str = ""
    """In base64."""

    @classmethod
    def of(cls, payload: Payload) -> "PayloadJson":
        """Write a payload down."""
        metadata = {name: _text(value) for name, value in payload.metadata.items()}
        return cls(metadata=metadata, data=_text(payload.data))

    def payload(self, place: int) -> Payload:
        """The payload that is written here; raise MalformedError where it is not in base64."""
        try:
            metadata = {name: _bytes(value) for name, value in self.metadata.items()}
            return Payload(metadata=metadata, data=_bytes(self.data))
        except (binascii.Error, ValueError):
            field_name = f"payloads.{place}"
            raise MalformedError(f"{field_name}: base64 is asked for.", field_name) from None


class PayloadsJson(BaseModel):
    """What the Temporal UI sends, and gets back in the same order."""

    payloads: list[PayloadJson] = Field(default_factory=list)

    def to_payloads(self) -> list[Payload]:
        """The payloads that are written here."""
        return [one.payload(place) for place, one in enumerate(self.payloads)]


def create_codec_app(parts: CodecParts) -> FastAPI:
    """Build the codec server; payloads in the clear are shown as they are."""
    codec = EncryptionCodec(parts.keys, allow_plaintext=True)
    app = FastAPI(
        title="goodstanding codec",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.state.token = parts.token
    add_problem_handlers(app)
    app.add_middleware(BodyLimit, largest=_LARGEST)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=parts.origins,
        allow_methods=["POST"],
        allow_headers=["Authorization", "Content-Type", "X-Namespace"],
        allow_credentials=True,
    )
    app.add_middleware(HeadAsGet)

    @app.post("/decode", dependencies=[Depends(_check)])
    async def decode(sent: Annotated[PayloadsJson, Body()]) -> PayloadsJson:
        return _written(await _opened(codec, sent.to_payloads()))

    @app.post("/encode", dependencies=[Depends(_check)])
    async def encode(sent: Annotated[PayloadsJson, Body()]) -> PayloadsJson:
        return _written(await codec.encode(sent.to_payloads()))

    add_health(app, {})
    return app


async def _opened(codec: EncryptionCodec, payloads: Sequence[Payload]) -> list[Payload]:
    """Each in the clear, or as it came: one that does not open must not darken the whole page."""
    shown, errors = [], []
    for payload in payloads:
        try:
            shown += await codec.decode([payload])
        except (PayloadTamperedError, KeyMissingError) as error:
            errors.append(type(error).__name__)
            shown.append(payload)
    if errors:
        _log.warning("%d of %d payloads do not open: %s", len(errors), len(shown), set(errors))
    if errors and len(errors) == len(shown):
        raise PayloadsUnreadableError
    return shown


async def _check(request: Request, bearer: Bearer) -> None:
    token: str | None = request.app.state.token
    if token is None:
        if not is_loopback(request.url.hostname):
            raise KeyRefusedError("Without a token the codec server answers as localhost only.")
        return
    given = bearer.credentials if bearer else ""
    if not hmac.compare_digest(given.encode(), token.encode()):
        raise KeyRefusedError("The codec server's token is missing or wrong.")


def _written(payloads: Sequence[Payload]) -> PayloadsJson:
    return PayloadsJson(payloads=[PayloadJson.of(payload) for payload in payloads])


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
