"""Who may ask what: a bearer token with the scope that the route names."""

from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from api.keys import KeyRing, Scope
from api.loopback import is_loopback
from api.parts import Parts
from goodstanding.errors import KeyRefusedError

_BEARER = HTTPBearer(
    auto_error=False, description="An API key, made by `goodstanding api-key add`."
)
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]


def needs(scope: Scope) -> Any:
    """Let a request through that has a live key with this scope."""
    return Security(_check, scopes=[scope.value])


async def _check(scopes: SecurityScopes, request: Request, parts: Parts, bearer: Bearer) -> None:
    if not parts.keys_required:
        # a page on the web that points a name of its own at loopback would otherwise read here
        if not is_loopback(request.url.hostname):
            raise KeyRefusedError("Without API keys the service answers as localhost only.")
        return
    if bearer is None:
        raise KeyRefusedError("There is no API key with the request.")
    ring: KeyRing = request.app.state.keys
    now = await parts.now()
    key = await ring.find(bearer.credentials, now)
    for scope in scopes.scopes:
        key.check(Scope(scope), now)
