"""Signed messages between the product and third parties, by the Standard Webhooks specification.

The library that signs belongs to the service and is loaded on first use: a platform that only
imports `goodstanding` does without it.
"""

import base64
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from goodstanding.errors import ConfigurationError, KeyRefusedError
from goodstanding.messages import Code, MadeId, Settlement, Verified, malformed
from goodstanding.vocabulary import Assurance, Outcome

if TYPE_CHECKING:
    from standardwebhooks import Webhook

SECRET_BYTES = 32
_FEWEST_BYTES = 24
"""The least that the specification lets a secret be; fewer could be guessed."""
_PREFIX = "whsec_"
_NOT_DONE = "not_done"
"""The platform says that it was not done, and not why."""
_LONG_NUMBER = re.compile(r"\d{6}")


class WebhookRefusedError(KeyRefusedError):
    """The signature is missing, wrong, or not of this moment."""

    remedy = "Sign the very bytes that are sent, with the shared secret and the present time."


def new_secret() -> str:
    """A fresh secret to be shared by two sides."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def check_secret(secret: str) -> None:
    """`ConfigurationError` unless it is base64 of 24 bytes or more, with or without `whsec_` before it."""
    try:
        length = len(base64.b64decode(secret.removeprefix(_PREFIX), validate=True))
    except ValueError:
        raise ConfigurationError("A webhook secret is not 'whsec_' and base64.") from None
    if length < _FEWEST_BYTES:
        message = f"A webhook secret is shorter than {_FEWEST_BYTES} bytes, so it could be guessed."
        raise ConfigurationError(message)


def signature_time() -> datetime:
    """The real present, for signatures only: a receiver refuses what is five minutes off.

    Every other instant is handed in, so that the product can run under a clock that is skipped.
    """
    return datetime.now(UTC)  # noqa: TID251 - a signature ages in real time; nothing of it is stored


def signed(secret: str, message_id: str, timestamp: datetime, body: bytes) -> dict[str, str]:
    """The three headers that vouch for this body; a repeat keeps the id, with a new timestamp."""
    # the library takes the figures of an aware time for UTC, whatever its zone
    moment = timestamp.astimezone(UTC)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": _webhook(secret).sign(message_id, moment, body.decode()),
    }


def verified(secret: str, headers: Mapping[str, str], body: bytes) -> None:
    """Raise WebhookRefusedError unless exactly this body was signed with the secret just now."""
    from standardwebhooks import WebhookVerificationError  # noqa: PLC0415 - see the module's docstring

    webhook = _webhook(secret)
    try:
        webhook.verify(body, dict(headers), json_parse=False)
    except (WebhookVerificationError, ValueError):
        # ValueError: the library takes headers and body apart before it knows that they are text
        raise WebhookRefusedError from None


def _webhook(secret: str) -> "Webhook":
    from standardwebhooks import Webhook  # noqa: PLC0415 - see the module's docstring

    check_secret(secret)
    return Webhook(secret)


def _word(code: str) -> str:
    if _LONG_NUMBER.search(code):
        raise PydanticCustomError("number", "a code is a word, and holds no long number")
    return code


# what a provider says reaches histories and logs: a number in it could be somebody's
_Word = Annotated[Code, AfterValidator(_word)]


class ProviderAnswer(BaseModel):
    """What an identity provider says, at once or by call-back; fields it adds are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    outcome: Outcome
    assurance: Assurance | None = None
    checks: tuple[_Word, ...] = Field(default=(), max_length=20)
    reason_code: _Word | None = None
    is_old_enough: bool | None = None
    """None where the provider does not know the age."""

    def verified(self) -> Verified:
        """The same in the words of the record."""
        return Verified(
            outcome=self.outcome,
            assurance=self.assurance,
            checks=self.checks,
            reason_code=self.reason_code,
            is_old_enough=self.is_old_enough,
        )


class CallbackBody(ProviderAnswer):
    """The answer to a verification for which the provider took its time; a repeat is harmless."""

    effect_id: MadeId

    @classmethod
    def read(cls, body: bytes) -> Self:
        """Read what was signed; raise MalformedError that names the field and repeats no input."""
        try:
            return cls.model_validate_json(body)
        except ValidationError as error:
            raise malformed(error) from None

    def settlement(self) -> Settlement:
        """How the pending verification ended."""
        return Settlement(effect_id=self.effect_id, delivered=True, verified=self.verified())


class ContentReceipt(BaseModel):
    """What the platform says later of an item; fields it adds are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    effect_id: MadeId
    outcome: Literal["done", "failed"]
    receipt: _Word | None = None
    reason_code: _Word | None = None
    """Why it was not done, in a word."""

    @classmethod
    def read(cls, body: bytes) -> Self:
        """Read what was signed; raise MalformedError that names the field and repeats no input."""
        try:
            return cls.model_validate_json(body)
        except ValidationError as error:
            raise malformed(error) from None

    def settlement(self) -> Settlement:
        """How the request ended."""
        is_done = self.outcome == "done"
        return Settlement(
            effect_id=self.effect_id,
            delivered=is_done,
            receipt=self.receipt if is_done else None,
            error=None if is_done else self.reason_code or _NOT_DONE,
        )
