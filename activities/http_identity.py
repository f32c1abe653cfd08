"""Asking an identity provider over HTTP.

`POST {url}/verifications`, signed. 200: the outcome. 202: a call-back will bring it. 4xx: this
question cannot be answered, so a person decides. All else: ask again later.
"""

from dataclasses import asdict, dataclass, field
from datetime import date
from http import HTTPStatus
from typing import Protocol

import httpx

from activities.signed_post import NoAnswerError, is_refusal, post_signed
from goodstanding.messages import Verified
from goodstanding.vocabulary import Outcome
from goodstanding.webhooks import ProviderAnswer

PROVIDER_REFUSED = "provider_refused"
"""The reason code where the provider refuses the question itself."""


class ProviderUnavailableError(Exception):
    """The identity provider gave no usable answer; ask again. Says nothing of the person."""


@dataclass(frozen=True)
class OperatorDocument:
    """The natural person who acts for an organisation."""

    document: str
    number: str = field(repr=False)
    name: str = field(repr=False)
    country: str


@dataclass(frozen=True)
class IdentityQuestion:
    """Whether this is a real identity; its number and names stay out of every text."""

    effect_id: str
    """The same question again under the same id is one question."""
    document: str
    number: str = field(repr=False)
    name: str = field(repr=False)
    country: str
    least_age: int | None
    """In years, of the natural person; None asks nothing about the age."""
    today: date
    """The day for which the age is asked."""
    operator: OperatorDocument | None = None


@dataclass(frozen=True)
class IdentityReply:
    """What the provider said; None where it will call back."""

    verified: Verified | None = None


class IdentityProvider(Protocol):
    """Whoever can tell whether an identity is real."""

    async def ask(self, question: IdentityQuestion) -> IdentityReply:
        """Ask; a repeat under the same effect id is harmless. Raise ProviderUnavailableError."""
        ...


class HttpIdentityProvider:
    """An identity provider that is reached over HTTP."""

    def __init__(self, client: httpx.AsyncClient, url: str, secret: str) -> None:
        self._client = client
        self._url = f"{url.rstrip('/')}/verifications"
        self._secret = secret

    async def ask(self, question: IdentityQuestion) -> IdentityReply:
        """Ask; a repeat under the same effect id is harmless. Raise ProviderUnavailableError."""
        response = await self._post(question)
        if response.status_code == HTTPStatus.ACCEPTED:
            return IdentityReply()
        if is_refusal(response):
            refused = Verified(outcome=Outcome.INCONCLUSIVE, reason_code=PROVIDER_REFUSED)
            return IdentityReply(verified=refused)
        if not response.is_success:
            raise ProviderUnavailableError(
                f"The identity provider answered with HTTP status {response.status_code}."
            )
        return IdentityReply(verified=_answer(response))

    async def _post(self, question: IdentityQuestion) -> httpx.Response:
        payload = {**asdict(question), "today": question.today.isoformat()}
        try:
            return await post_signed(
                self._client, self._url, self._secret, question.effect_id, payload
            )
        except NoAnswerError as error:
            raise ProviderUnavailableError(f"The identity provider: {error}") from error


def _answer(response: httpx.Response) -> Verified:
    answer = _readable(response)
    if answer is None:
        raise ProviderUnavailableError("The identity provider's answer is not of the agreed form.")
    if answer.outcome is Outcome.UNAVAILABLE:
        raise ProviderUnavailableError("The identity provider cannot reach the issuer.")
    return answer.verified()


def _readable(response: httpx.Response) -> ProviderAnswer | None:
    try:
        return ProviderAnswer.model_validate_json(response.content)
    except ValueError:
        # what came instead may repeat the person's data, and the error would hold it
        return None
