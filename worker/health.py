"""How this process is, over HTTP: for the orchestrator, and for Prometheus."""

from collections.abc import Mapping

from fastapi import FastAPI, Response

from api.heads import HeadAsGet
from api.health import Probe, add_health
from api.metrics import TEXT
from worker.metrics import Metrics


def health_app(probes: Mapping[str, Probe], metrics: Metrics | None = None) -> FastAPI:
    """`/healthz`: the process runs; `/readyz`: whatever it needs answers; `/metrics`."""
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    app.add_middleware(HeadAsGet)
    add_health(app, probes)

    async def shown() -> Response:
        text = await metrics.text() if metrics else b""
        return Response(text, media_type=TEXT)

    app.add_api_route("/metrics", shown)
    return app
