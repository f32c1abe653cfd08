"""How a process is, over HTTP: one shape for worker, API and codec server."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal

from fastapi import FastAPI
from fastapi.responses import JSONResponse

from goodstanding.views import View

Probe = Callable[[], Awaitable[None]]
"""Returns where something answers, and raises where it does not."""

PATIENCE = 3.0
"""Seconds after which silence counts as no answer."""

_log = logging.getLogger(__name__)


class AliveView(View):
    """The process runs."""

    status: Literal["ok"] = "ok"


class ReadyView(View):
    """Whether what the service needs answers; status 503 where it does not."""

    status: Literal["ok", "unready"]
    database: Literal["ok", "no answer"]


async def readiness(probes: Mapping[str, Probe]) -> JSONResponse:
    """Ask them all at once: 200 where everything answers, else 503."""
    names = list(probes)
    answers = await asyncio.gather(*(_asked(name, probes[name]) for name in names))
    found = dict(zip(names, answers, strict=True))
    ok = all(answer == "ok" for answer in answers)
    return JSONResponse({"status": "ok" if ok else "unready", **found}, 200 if ok else 503)


def add_health(app: FastAPI, probes: Mapping[str, Probe]) -> None:
    """`/healthz`: the process runs; `/readyz`: whatever it needs answers."""

    async def alive() -> AliveView:
        # that this is answered says that the event loop turns
        return AliveView()

    async def ready() -> JSONResponse:
        return await readiness(probes)

    app.add_api_route("/healthz", alive)
    app.add_api_route("/readyz", ready)


async def _asked(name: str, probe: Probe) -> str:
    try:
        async with asyncio.timeout(PATIENCE):
            await probe()
    except TimeoutError:
        return "no answer"
    except Exception as error:  # noqa: BLE001 - whatever it is, this does not answer
        # the kind alone: a driver's message holds the statement's values
        _log.warning("not ready: %s does not answer: %s", name, type(error).__name__)
        return "no answer"
    return "ok"
