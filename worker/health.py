"""How this process is, over HTTP: for the orchestrator, and for Prometheus."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse

from worker.logs import get_logger
from worker.metrics import Metrics

Probe = Callable[[], Awaitable[None]]
"""Returns where something answers, and raises where it does not."""

PATIENCE = 3.0
"""Seconds after which silence counts as no answer."""

_log = get_logger(__name__)


def health_app(probes: Mapping[str, Probe], metrics: Metrics | None = None) -> FastAPI:
    """`/healthz`: the process runs; `/readyz`: whatever it needs answers; `/metrics`."""
    app = FastAPI(openapi_url=None)

    async def alive() -> dict[str, str]:
        # that this is answered says that the event loop turns
        return {"status": "ok"}

    async def ready() -> JSONResponse:
        names = list(probes)
        answers = await asyncio.gather(*(_asked(name, probes[name]) for name in names))
        found = dict(zip(names, answers, strict=True))
        ok = all(answer == "ok" for answer in answers)
        return JSONResponse({"status": "ok" if ok else "unready", **found}, 200 if ok else 503)

    async def shown() -> Response:
        text = await metrics.text() if metrics else b""
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    app.add_api_route("/healthz", alive)
    app.add_api_route("/readyz", ready)
    app.add_api_route("/metrics", shown)
    return app


async def _asked(name: str, probe: Probe) -> str:
    try:
        async with asyncio.timeout(PATIENCE):
            await probe()
    except TimeoutError:
        return "no answer"
    except Exception as error:  # noqa: BLE001 - whatever it is, this does not answer
        _log.warning("not ready", where=name, error=type(error).__name__)
        return "no answer"
    return "ok"
