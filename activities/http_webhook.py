"""Telling the platform over HTTP: copies of notices."""

from collections.abc import Mapping

import httpx

from activities.signed_post import NoAnswerError, post_signed


class WebhookUndeliveredError(Exception):
    """The platform's webhook did not take the message; send it again under the same id."""


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
        try:
            response = await post_signed(self._client, self._url, self._secret, message_id, body)
        except NoAnswerError as error:
            raise WebhookUndeliveredError(f"Message {message_id}: {error}") from error
        if not response.is_success:
            raise WebhookUndeliveredError(
                f"Message {message_id}: the webhook answered with HTTP status "
                f"{response.status_code}."
            )
