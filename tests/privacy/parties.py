"""Third parties that misbehave: what they were told comes back in their errors."""

import json
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from examples.services.authority import AuthorityService
from examples.services.identity_provider import Behaviour, IdentityProviderService


class EchoingProvider(IdentityProviderService):
    """Repeats the question in its first answers about some numbers, and refuses the one it must not answer."""

    def __init__(
        self,
        secret: str,
        people: Mapping[str, Behaviour],
        *,
        echoed: str,
        unclear: str,
        country: str | None,
    ) -> None:
        super().__init__(secret, people, country=country)
        self._unclear = unclear
        self._echoes = {echoed: [_as_text, _as_outcome, _as_html]}

    def _first_answer(self, effect_id: str, question: Mapping[str, Any]) -> Any:
        number = question["number"]
        if number == self._unclear:
            return JSONResponse({"error": f"cannot answer for {question}"}, 422)
        if waiting := self._echoes.get(number):
            return waiting.pop()(question)
        return super()._first_answer(effect_id, question)


def _as_text(question: Mapping[str, Any]) -> Response:
    return Response(f"no such person: {question}", 500)


def _as_outcome(question: Mapping[str, Any]) -> Response:
    answer = {"outcome": question["name"], "checks": [question["number"]], "reason_code": "x y"}
    return JSONResponse(answer)


def _as_html(question: Mapping[str, Any]) -> Response:
    return Response(f"<h1>{question['name']}</h1>", 200, media_type="text/html")


class EchoingAuthority(AuthorityService):
    """Repeats the filing in its first two answers, which are none."""

    def __init__(self, secret: str) -> None:
        super().__init__(secret)
        self._left = 2

    def _acknowledge(self, filing_id: str, kind: str, body: dict[str, Any]) -> JSONResponse:
        if self._left:
            self._left -= 1
            status = 500 if self._left else 200
            return JSONResponse({"error": f"not now: {body}", "receipt": body}, status)
        return super()._acknowledge(filing_id, kind, body)


def overheard(app: FastAPI) -> list[bytes]:
    """All that an app is sent from now on: addresses, headers and bodies as they came."""
    heard: list[bytes] = []

    @app.middleware("http")
    async def listen(request: Request, answer: Any) -> Any:
        headers = json.dumps(dict(request.headers)).encode()
        heard.append(b"\n".join([str(request.url).encode(), headers, await request.body()]))
        return await answer(request)

    return heard
