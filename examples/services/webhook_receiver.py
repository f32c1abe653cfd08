"""The platform's end of a webhook: check the signature, drop repeats, keep the rest, do what is asked of items."""

import asyncio
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from goodstanding.webhooks import WebhookRefusedError, verified


@dataclass(frozen=True)
class Message:
    """One message as it was received."""

    message_id: str
    body: dict[str, Any]


class WebhookReceiverService:
    """Answers `POST /webhook`, or at another path."""

    def __init__(self, secret: str, path: str = "/webhook") -> None:
        self.messages: list[Message] = []
        """In the order in which they first came."""
        self.repeats = 0
        """How many came again, and were dropped."""
        self.app = FastAPI(openapi_url=None)
        self.app.add_api_route(path, self._receive, methods=["POST"])
        self._secret = secret
        self._known: set[str] = set()
        self.items: dict[str, set[str]] = {}
        """What is done with each item now: `remove`, or the label that it bears."""
        self.calls_back = False
        """It says later, by a receipt of its own, what became of an item."""
        self.gate: asyncio.Event | None = None
        """What comes is answered once this is set; None answers at once."""
        self.waiting = 0
        """How many requests wait for it."""
        self._failures = 0

    def fail_first(self, times: int) -> None:
        """Answer the next requests with 503."""
        self._failures = times

    async def _receive(self, request: Request) -> Response:
        try:
            verified(self._secret, request.headers, await request.body())
        except WebhookRefusedError as error:
            return Response(status_code=error.status)
        if self.gate is not None:
            self.waiting += 1
            await self.gate.wait()
            self.waiting -= 1
        if self._failures > 0:
            self._failures -= 1
            return Response(status_code=503)
        message_id = request.headers["webhook-id"]
        sent = await request.json()
        if message_id in self._known:
            self.repeats += 1
        else:
            self._known.add(message_id)
            self.messages.append(Message(message_id, sent))
            if sent.get("type") == "content":
                self._do(sent)
        if sent.get("type") != "content":
            return Response(status_code=204)
        if self.calls_back:
            return Response(status_code=202)
        return JSONResponse({"receipt": f"done-{sent['order']}"})

    def _do(self, sent: dict[str, Any]) -> None:
        """Do it; an item has each thing once, however often it is asked for."""
        done = self.items.setdefault(sent["item"], set())
        what = sent["label"] or "remove"
        if sent["action"] == "restore":
            done.discard(what)
        else:
            done.add(what)
