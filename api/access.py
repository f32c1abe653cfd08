"""Who may ask what: a bearer token with the scope that the route names."""

from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.keys import KeyRing, Scope
from api.loopback import is_loopback
from api.parts import Parts
from goodstanding.errors import KeyRefusedError

_BEARER = HTTPBearer(auto_error=False, description="An API key, made by `goodstanding keys api`.")
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]


def needs(scope: Scope) -> Any:
    """Let a request through that has a live key with this scope.

    Where no key is required, the request has to name this machine: a page on the web that points a
    name of its own at the loopback address would otherwise read here.
    """

    async def check(request: Request, parts: Parts, bearer: Bearer) -> None:
        if not parts.keys_required:
            if not is_loopback(request.url.hostname):
                raise KeyRefusedError("Without API keys the service answers as localhost only.")
            return
        if bearer is None:
            raise KeyRefusedError("There is no API key with the request.")
        ring: KeyRing = request.app.state.keys
        key = await ring.find(bearer.credentials)
        key.check(scope, await parts.now())

    return Depends(check)
