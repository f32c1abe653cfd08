"""How a refusal is said over HTTP: `application/problem+json` (RFC 9457), never with the input in it."""

import logging
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException

from goodstanding.errors import (
    GoodstandingError,
    KeyRefusedError,
    MalformedError,
    NotFoundError,
    ServiceUnreachableError,
    UnansweredError,
)

PROBLEM_JSON = "application/problem+json"
_LONGEST_FIELD = 100
_log = logging.getLogger(__name__)


class RouteNotFoundError(NotFoundError):
    """There is nothing at this address."""

    remedy = "Choose one of the addresses in docs/api.md."


class MethodNotAllowedError(MalformedError):
    """This address does not take this method."""

    status = 405
    remedy = "Use the method that docs/api.md names; the header `Allow` does so too."


class BodyTooLargeError(MalformedError):
    """The body is larger than the service reads."""

    status = 413
    remedy = "Send less at a time."


_OF_STATUS: dict[int, type[GoodstandingError]] = {
    404: RouteNotFoundError,
    405: MethodNotAllowedError,
    413: BodyTooLargeError,
}


class Problem(BaseModel):
    """What was wrong, and what would be right (RFC 9457)."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    type: str
    """The address at which the code is explained."""
    title: str
    """What the code means; the same each time."""
    status: int
    detail: str
    """A sentence about this very case."""
    code: str
    """The stable code: the name of the error's class."""
    field: str | None
    """Which part of the input it was."""
    remedy: str
    """What to do about it."""


def title_of(error: type[GoodstandingError]) -> str:
    """The meaning of a code: the first line of what its class says of itself."""
    return (error.__doc__ or error.__name__).strip().partition("\n")[0]


def problem_response(error: GoodstandingError, status: int | None = None) -> JSONResponse:
    """Say an error over HTTP."""
    problem = Problem(
        type=f"/errors/{error.code}",
        title=title_of(type(error)),
        status=status or error.status,
        detail=error.message,
        code=error.code,
        field=error.field,
        remedy=error.remedy,
    )
    return JSONResponse(
        problem.model_dump(), problem.status, _headers(error), media_type=PROBLEM_JSON
    )


def add_problem_handlers(app: FastAPI) -> None:
    """Let every error of this app be said in the one form, those of the framework too."""
    app.add_exception_handler(GoodstandingError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _of_framework)
    for unreachable in (OperationalError, InterfaceError, PoolTimeoutError, OSError):
        app.add_exception_handler(unreachable, _unreachable)
    app.add_exception_handler(Exception, _unexpected)


def _headers(error: GoodstandingError) -> dict[str, str]:
    if isinstance(error, KeyRefusedError):
        return {"WWW-Authenticate": "Bearer" if type(error) is KeyRefusedError else "Webhook"}
    return {"Retry-After": "1"} if isinstance(error, UnansweredError) else {}


async def _refused(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, GoodstandingError)  # noqa: S101 - registered for these only
    return problem_response(error)


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for these only
    return problem_response(_malformed(error.errors()[0]))


def _malformed(first: Mapping[str, Any]) -> MalformedError:
    place, *path = first["loc"]
    # a body that is no JSON has the place of its first wrong character for a path
    names = [] if first["type"] == "json_invalid" else path
    if first["type"] == "extra_forbidden":
        # the name itself came with the request
        names = path[:-1]
    field = ".".join(str(name) for name in names)[:_LONGEST_FIELD] or None
    return MalformedError(f"{field or f'The {place}'}: {first['msg']}.", field)


async def _of_framework(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for these only
    response = problem_response(
        _OF_STATUS.get(error.status_code, MalformedError)(), error.status_code
    )
    response.headers.update(error.headers or {})
    return response


async def _unreachable(_request: Request, error: Exception) -> JSONResponse:
    # the kind alone: a driver's message holds the statement's values
    _log.warning("the database does not answer: %s", type(error).__name__)
    return problem_response(ServiceUnreachableError("The record cannot be read at the moment."))


async def _unexpected(_request: Request, _error: Exception) -> JSONResponse:
    return problem_response(GoodstandingError("The service failed at this; its log says where."))
