"""The platform's end of a webhook: check the signature, drop repeats, keep the rest."""

from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request, Response

from goodstanding.webhooks import WebhookRefusedError, verified


@dataclass(frozen=True)
class Message:
    """One message as it was received."""

    message_id: str
    body: dict[str, Any]


class WebhookReceiverService:
    """Answers `POST /webhook`."""

    def __init__(self, secret: str) -> None:
        self.messages: list[Message] = []
        """In the order in which they first came."""
        self.repeats = 0
        """How many came again, and were dropped."""
        self.app = FastAPI(openapi_url=None)
        self.app.add_api_route("/webhook", self._receive, methods=["POST"])
        self._secret = secret
        self._known: set[str] = set()
        self._failures = 0

    def fail_first(self, times: int) -> None:
        """Answer the next requests with 503."""
        self._failures = times

    async def _receive(self, request: Request) -> Response:
        try:
            verified(self._secret, request.headers, await request.body())
        except WebhookRefusedError as error:
            return Response(status_code=error.status)
        if self._failures > 0:
            self._failures -= 1
            return Response(status_code=503)
        message_id = request.headers["webhook-id"]
        if message_id in self._known:
            self.repeats += 1
        else:
            self._known.add(message_id)
            self.messages.append(Message(message_id, await request.json()))
        return Response(status_code=204)
