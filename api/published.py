"""What everybody may know of the service itself."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse

from api.access import needs
from api.health import AliveView, ReadyView, readiness
from api.keys import Scope
from api.metrics import TEXT, Requests
from api.parts import Parts
from api.problems import title_of
from api.views import ErrorView, ServiceView
from goodstanding.errors import GoodstandingError, NotFoundError, all_errors
from goodstanding.views import SealingKeyView
from storage import api_reads

router = APIRouter(tags=["public"])


@router.get("/keys/sealing")
async def read_sealing_key(parts: Parts) -> SealingKeyView:
    """The public key to which a client seals an identity; what is sealed only the vault opens."""
    key = parts.sealing_key
    return SealingKeyView(key_id=key.key_id, public_key=key.public_key)


@router.get("/errors/{code}")
async def read_error(
    code: Annotated[str, Path(max_length=64, description="The `code` of a problem.")],
) -> ErrorView:
    """What a code means, and what to do about it: the `type` of a problem leads here."""
    found = next((error for error in all_errors() if error.__name__ == code), None)
    if found is None:
        raise NotFoundError("There is no such code.", "code")
    return error_view(found)


@router.get("/")
async def read_service() -> ServiceView:
    """What answers here, and where it describes itself."""
    return ServiceView()


@router.get("/healthz")
async def read_health() -> AliveView:
    """That the process runs: restart it where this is not answered."""
    return AliveView()


@router.get("/readyz", response_model=ReadyView)
async def read_readiness(parts: Parts) -> JSONResponse:
    """Whether the database answers: with 503, wait and send nobody here; it goes on by itself."""

    async def database() -> None:
        async with parts.sessions() as session:
            await api_reads.ping(session)

    return await readiness({"database": database})


@router.get("/metrics", include_in_schema=False, dependencies=[needs(Scope.METRICS)])
async def read_metrics(request: Request) -> Response:
    """For Prometheus: requests by route and status, and how long they took."""
    requests: Requests = request.app.state.requests
    return Response(requests.text(), media_type=TEXT)


def error_view(error: type[GoodstandingError]) -> ErrorView:
    """The error as a row of the table."""
    return ErrorView(
        code=error.__name__, meaning=title_of(error), status=error.status, remedy=error.remedy
    )
