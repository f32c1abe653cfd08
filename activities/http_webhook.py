"""Telling the platform over HTTP: copies of notices; and asking it to do something with an item."""

from collections.abc import Mapping
from http import HTTPStatus

import httpx
from pydantic import BaseModel, ConfigDict

from activities.signed_post import NoAnswerError, post_signed
from goodstanding.messages import Code


class WebhookUndeliveredError(Exception):
    """The platform's webhook did not take the message; send it again under the same id."""


class _Receipt(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    receipt: Code


class HttpWebhook:
    """The webhook of the platform."""

    def __init__(self, client: httpx.AsyncClient, url: str, secret: str) -> None:
        self._client = client
        self._url = url
        self._secret = secret

    async def deliver(self, message_id: str, body: Mapping[str, object]) -> None:
        """Deliver at least once; the receiver drops repeats by id.

        Raises WebhookUndeliveredError.
        """
        await self._taken(message_id, body)

    async def ask(self, message_id: str, body: Mapping[str, object]) -> str | None:
        """Ask for something to be done; the receipt, or None where it was taken in and a call-back says it later.

        Raises WebhookUndeliveredError, also for an answer without a receipt.
        """
        response = await self._taken(message_id, body)
        if response.status_code == HTTPStatus.ACCEPTED:
            return None
        try:
            return _Receipt.model_validate_json(response.content).receipt
        except ValueError:
            message = f"Message {message_id}: the webhook answered without a receipt."
        raise WebhookUndeliveredError(message)

    async def _taken(self, message_id: str, body: Mapping[str, object]) -> httpx.Response:
        try:
            response = await post_signed(self._client, self._url, self._secret, message_id, body)
        except NoAnswerError as error:
            raise WebhookUndeliveredError(f"Message {message_id}: {error}") from error
        if not response.is_success:
            raise WebhookUndeliveredError(
                f"Message {message_id}: the webhook answered with HTTP status "
                f"{response.status_code}."
            )
        return response
