"""One signed HTTP request to a third party; what it carries never comes back in an exception."""

import json
from collections.abc import Mapping

import httpx

from goodstanding.webhooks import signature_time, signed

ASK_AGAIN = frozenset({401, 408, 425, 429})
"""Refusals of the sender or of the moment, not of what was sent: a mended secret or time helps."""


class NoAnswerError(Exception):
    """No answer came; whether the request arrived is unknown."""


async def post_signed(
    client: httpx.AsyncClient,
    url: str,
    secret: str,
    message_id: str,
    payload: Mapping[str, object],
) -> httpx.Response:
    """Send it; the message's id makes a repeat recognisable. Raise NoAnswerError."""
    body = json.dumps(payload, ensure_ascii=False).encode()
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": message_id,
        **signed(secret, message_id, signature_time(), body),
    }
    try:
        # a redirect would carry the content to somebody else
        return await client.post(url, content=body, headers=headers, follow_redirects=False)
    except httpx.HTTPError as error:
        failure = type(error).__name__
    # outside the handler: httpx's error holds the request, and must not be chained to ours
    raise NoAnswerError(f"No answer: {failure}.")


def is_refusal(response: httpx.Response) -> bool:
    """Whether the other side refuses what was sent, so that sending it again cannot help."""
    return response.is_client_error and response.status_code not in ASK_AGAIN
