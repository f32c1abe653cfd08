"""Reads over HTTP, from the read models and never through Temporal; each says as of when it is."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, TypeVar

import httpx
from pydantic import ValidationError

from goodstanding.bulk_views import BulkTargetsView, BulkView
from goodstanding.errors import (
    ConfigurationError,
    NotTheServiceError,
    ServiceUnreachableError,
    error_of,
)
from goodstanding.messages import ChosenId, MadeId, malformed
from goodstanding.messages.forms import Checked
from goodstanding.previews import PreviewView
from goodstanding.views import (
    AccountView,
    BadgeView,
    ChecksView,
    CheckView,
    ContentsView,
    NoticesView,
    Pair,
    QueueView,
    RequirementsView,
    View,
)
from goodstanding.vocabulary import ReviewKind

V = TypeVar("V", bound=View)

_PROBLEM_JSON = "application/problem+json"
_LATER = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
"""What a proxy answers, besides all from 500 on, where the service cannot be asked just now."""
_FAILURES = 500
_NOT_OURS = (httpx.DecodingError, httpx.UnsupportedProtocol, httpx.LocalProtocolError)


class Reads:
    """What the service is asked.

    Raises `ServiceUnreachableError` where nothing answers within the deadline, or a proxy says so;
    `NotTheServiceError` where something else answers, and `MalformedError` for an id that nothing can have.
    """

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
        return await self._get(AccountView, f"{_of(account_id)}")

    async def requirements(self, account_id: ChosenId) -> RequirementsView:
        """What the holder has to supply."""
        return await self._get(RequirementsView, f"{_of(account_id)}/requirements")

    async def notices(
        self, account_id: ChosenId, *, limit: int | None = None, after: str | None = None
    ) -> NoticesView:
        """The holder's inbox, newest first; `after` is of the page before."""
        params = _given(limit=limit, after=after)
        return await self._get(NoticesView, f"{_of(account_id)}/notices", params=params)

    async def content(self, account_id: ChosenId) -> ContentsView:
        """What the platform was asked to do with the account's items."""
        return await self._get(ContentsView, f"{_of(account_id)}/content")

    async def badge(self, account_id: ChosenId) -> BadgeView:
        """The public mark."""
        return await self._get(BadgeView, f"{_of(account_id)}/badge")

    async def check(self, account_id: ChosenId, capability: str) -> CheckView:
        """Whether the account may do this."""
        pair = checked_pair(account_id, capability)
        path = f"/accounts/{pair.account_id}/capabilities/{pair.capability}"
        answer = await self._get(CheckView, path)
        _see_that_it_is_of(answer, (account_id, capability), path)
        return answer

    async def checks(self, pairs: list[tuple[str, str]]) -> ChecksView:
        """Many checks as of one instant, in their order; one without an answer says so in its place."""
        path = "/capabilities"
        body = {"checks": [checked_pair(*pair).model_dump() for pair in pairs]}
        answer = await self._asked(ChecksView, "POST", path, json=body)
        if len(answer.checks) != len(pairs):
            raise _not_the_service(path)
        for one, pair in zip(answer.checks, pairs, strict=True):
            _see_that_it_is_of(one, pair, path)
        return answer

    async def queue(self, kind: ReviewKind | None = None, **narrowed: object) -> QueueView:
        """What waits for people, the most urgent first; `Reviews.queue` names what narrows it."""
        return await self._get(QueueView, "/reviews", params=_given(kind=kind, **narrowed))

    async def bulk(self, bulk_id: ChosenId) -> BulkView:
        """How far a bulk operation is."""
        return await self._get(BulkView, _of_bulk(bulk_id))

    async def bulk_targets(self, bulk_id: ChosenId, **narrowed: object) -> BulkTargetsView:
        """Its accounts, a page at a time; `BulkOperations.targets` names what narrows it."""
        path = f"{_of_bulk(bulk_id)}/targets"
        return await self._get(BulkTargetsView, path, params=_given(**narrowed))

    async def preview_of_review(self, review_id: MadeId, **tried: object) -> PreviewView:
        """What would follow if a review ended like this."""
        path = f"/reviews/{_Review(review_id=review_id).review_id}/preview"
        return await self._get(PreviewView, path, params=_given(**tried))

    async def preview_of_decision(self, account_id: ChosenId, decision_id: MadeId) -> PreviewView:
        """What would follow if a decision were taken back."""
        made = _Decision(decision_id=decision_id).decision_id
        return await self._get(PreviewView, f"{_of(account_id)}/decisions/{made}/preview")

    async def _get(self, view: type[V], path: str, **more: Any) -> V:
        return await self._asked(view, "GET", path, **more)

    async def _asked(self, view: type[V], method: str, path: str, **more: Any) -> V:
        if self._client is None:
            raise ConfigurationError("Reads need the address of the HTTP API.", "api_url")
        try:
            # the library's own time-out is for each step, and a slow answer has many
            async with asyncio.timeout(self._deadline):
                response = await self._client.request(method, path, **more)
        except _NOT_OURS as error:
            raise _not_the_service(path) from error
        except (httpx.HTTPError, TimeoutError) as error:
            raise ServiceUnreachableError(f"{type(error).__name__} at {path}.") from error
        if not response.is_success:
            _refuse(response, path)
        try:
            return view.model_validate_json(response.content)
        except ValidationError as error:
            raise _not_the_service(path) from error


def _given(**asked: object) -> dict[str, str]:
    """The parameters that have a value, in the form of an address."""
    given = {name: value for name, value in asked.items() if value is not None}
    return {
        name: value.isoformat() if isinstance(value, datetime) else str(value)
        for name, value in given.items()
    }


def checked_pair(account_id: str, capability: str) -> Pair:
    """The question, where both can exist; `MalformedError` names the one that cannot."""
    try:
        return Pair(account_id=account_id, capability=capability)
    except ValidationError as error:
        raise malformed(error) from None


class _Account(Checked):
    account_id: ChosenId


class _Review(Checked):
    review_id: MadeId


class _Decision(Checked):
    decision_id: MadeId


def _of(account_id: str) -> str:
    """The account's address; what is no id could be that of something else."""
    return f"/accounts/{_Account(account_id=account_id).account_id}"


class _Bulk(Checked):
    bulk_id: ChosenId


def _of_bulk(bulk_id: str) -> str:
    return f"/bulks/{_Bulk(bulk_id=bulk_id).bulk_id}"


def _see_that_it_is_of(answer: CheckView, pair: tuple[str, str], path: str) -> None:
    if (answer.account_id, answer.capability) != pair:
        raise _not_the_service(path)


def _refuse(response: httpx.Response, path: str) -> None:
    problem = _problem(response)
    if problem:
        field = problem.get("field")
        raise error_of(str(problem["code"]), str(problem.get("detail") or path), field)
    if response.status_code in _LATER or response.status_code >= _FAILURES:
        raise ServiceUnreachableError(f"{response.status_code} at {path}.")
    raise _not_the_service(path)


def _problem(response: httpx.Response) -> Mapping[str, Any]:
    """What the service itself says (RFC 9457); empty where something else answered, a proxy say."""
    if not response.headers.get("content-type", "").startswith(_PROBLEM_JSON):
        return {}
    try:
        said = response.json()
    except ValueError:
        return {}
    # proxies send problems too, and have codes of their own
    is_ours = isinstance(said, dict) and said.get("type") == f"/errors/{said.get('code')}"
    return said if is_ours else {}


def _not_the_service(path: str) -> NotTheServiceError:
    return NotTheServiceError(f"What answers at {path} is not the goodstanding service.", "api_url")
