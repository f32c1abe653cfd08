"""What Prometheus reads of the API: how often each route was asked, with what result, and how long it took.

A route is named by its template and a request is counted, never kept: who asked about which account shows nowhere.
"""

import time

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TEXT = "text/plain; version=0.0.4; charset=utf-8"
"""The form in which Prometheus reads."""

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_METHODS = frozenset({"GET", "POST"})
_FAILED = 500


class Requests:
    """The requests that one service has answered."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._seconds = Histogram(
            "goodstanding_api_request_seconds",
            "Requests of the HTTP API and how long they took, by route and status.",
            ["method", "route", "status"],
            registry=self._registry,
            buckets=_BUCKETS,
        )

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one."""
        # whatever else callers make up must not become a label
        known = method if method in _METHODS else "other"
        self._seconds.labels(known, route, str(status)).observe(seconds)

    def text(self) -> bytes:
        """Everything, as Prometheus reads it."""
        return generate_latest(self._registry)


class Measured:
    """Notes every request once it has been answered."""

    def __init__(self, app: ASGIApp, requests: Requests) -> None:
        self._app = app
        self._requests = requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on, and look at the status that goes back."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, began = _FAILED, time.perf_counter()

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            # the template, which the router leaves behind: an address would name accounts
            route = getattr(scope.get("route"), "path", "none")
            self._requests.note(scope["method"], route, status, time.perf_counter() - began)
