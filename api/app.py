"""The HTTP service: reads of the record, and the one way in for providers that call back."""

from fastapi import FastAPI

from api import accounts, appeals, bulk, callbacks, cases, content, effects, published
from api.heads import HeadAsGet
from api.keys import KeyRing
from api.limits import BodyLimit
from api.metrics import Measured, Requests
from api.parts import ApiParts
from api.problems import PROBLEM_JSON, Problem, add_problem_handlers

TITLE = "goodstanding"
_ABOUT = (
    "How accounts stand, as of an instant. Commands do not come this way: they go through the Python "
    "client, or any Temporal client with this deployment's keys."
)


def create_app(parts: ApiParts) -> FastAPI:
    """Build the service from its parts; nothing is connected or read yet."""
    app = described_app()
    app.state.parts = parts
    app.state.keys = KeyRing(parts.sessions)
    app.state.requests = Requests()
    add_problem_handlers(app)
    # the last one is asked first
    app.add_middleware(BodyLimit)
    app.add_middleware(Measured, requests=app.state.requests)
    app.add_middleware(HeadAsGet)
    return app


def described_app() -> FastAPI:
    """The routes alone, for documents that are made from them."""
    app = FastAPI(
        title=TITLE,
        description=_ABOUT,
        version="1",
        # its pages load scripts from elsewhere; the description itself is at /openapi.json
        docs_url=None,
        redoc_url=None,
        # a redirect would go to whatever host the caller named
        redirect_slashes=False,
        responses={"default": {"description": "A problem (RFC 9457)", **_problem_content()}},
    )
    for part in (accounts, content, cases, appeals, bulk, effects, callbacks, published):
        app.include_router(part.router)
    return app


def _problem_content() -> dict[str, object]:
    return {"content": {PROBLEM_JSON: {"schema": Problem.model_json_schema()}}}
