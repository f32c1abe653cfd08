"""Reads over HTTP, from the read models and never through Temporal; each says as of when it is."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any, TypeVar

import httpx
from pydantic import ValidationError

from goodstanding.errors import ConfigurationError, ServiceUnreachableError, error_of
from goodstanding.messages import ChosenId
from goodstanding.views import (
    AccountView,
    BadgeView,
    ChecksView,
    CheckView,
    NoticesView,
    QueueView,
    RequirementsView,
    View,
)
from goodstanding.vocabulary import ReviewKind

V = TypeVar("V", bound=View)


class Reads:
    """What the service is asked; `ServiceUnreachableError` where it does not answer within the deadline."""

    def __init__(
        self, api_url: str | None, *, api_key: str | None = None, deadline: timedelta
    ) -> None:
        self._client: httpx.AsyncClient | None = None
        self._deadline = deadline.total_seconds()
        if api_url is not None:
            headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
            self._client = httpx.AsyncClient(
                base_url=api_url, headers=headers, timeout=self._deadline
            )

    async def close(self) -> None:
        """Let go of the connections."""
        if self._client:
            await self._client.aclose()

    async def account(self, account_id: ChosenId) -> AccountView:
        """How the account stands."""
        return await self._get(AccountView, f"/accounts/{account_id}")

    async def requirements(self, account_id: ChosenId) -> RequirementsView:
        """What the holder has to supply."""
        return await self._get(RequirementsView, f"/accounts/{account_id}/requirements")

    async def notices(self, account_id: ChosenId) -> NoticesView:
        """The holder's inbox, newest first."""
        return await self._get(NoticesView, f"/accounts/{account_id}/notices")

    async def badge(self, account_id: ChosenId) -> BadgeView:
        """The public mark."""
        return await self._get(BadgeView, f"/accounts/{account_id}/badge")

    async def check(self, account_id: ChosenId, capability: str) -> CheckView:
        """Whether the account may do this."""
        return await self._get(CheckView, f"/accounts/{account_id}/capabilities/{capability}")

    async def checks(self, pairs: list[tuple[str, str]]) -> ChecksView:
        """Many checks as of one instant, in their order; one without an answer says so in its place."""
        body = {"checks": [{"account_id": one, "capability": code} for one, code in pairs]}
        return await self._asked(ChecksView, "POST", "/capabilities", json=body)

    async def queue(self, kind: ReviewKind | None = None, *, after: str | None = None) -> QueueView:
        """What waits for people, the most urgent first."""
        asked = {"kind": kind, "after": after}
        params = {name: str(value) for name, value in asked.items() if value is not None}
        return await self._get(QueueView, "/reviews", params=params)

    async def _get(self, view: type[V], path: str, **more: Any) -> V:
        return await self._asked(view, "GET", path, **more)

    async def _asked(self, view: type[V], method: str, path: str, **more: Any) -> V:
        if self._client is None:
            raise ConfigurationError("Reads need the address of the HTTP API.", "api_url")
        try:
            # the library's own time-out is for each step, and a slow answer has many
            async with asyncio.timeout(self._deadline):
                response = await self._client.request(method, path, **more)
        except (httpx.HTTPError, TimeoutError) as error:
            raise ServiceUnreachableError(f"{type(error).__name__} at {path}.") from error
        if not response.is_success:
            _refuse(response, path)
        try:
            return view.model_validate_json(response.content)
        except ValidationError as error:
            message = f"What answers at {path} is not the goodstanding service."
            raise ServiceUnreachableError(message) from error


def _refuse(response: httpx.Response, path: str) -> None:
    problem = _problem(response)
    if "code" in problem:
        field = problem.get("field")
        raise error_of(str(problem["code"]), str(problem.get("detail") or path), field)
    status = HTTPStatus(response.status_code)
    raise ServiceUnreachableError(f"{status.value} {status.phrase} at {path}.")


def _problem(response: httpx.Response) -> Mapping[str, Any]:
    """What an RFC 9457 answer says; empty where something else answered, a proxy say."""
    try:
        said = response.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
