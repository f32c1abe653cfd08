"""An identity provider for trying out: it knows invented people by number, and asks nobody."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from stdnum.cn import ric

from goodstanding.vocabulary import Assurance, Outcome
from goodstanding.webhooks import WebhookRefusedError, signature_time, signed, verified

_WORST_FIRST = (Outcome.FAIL, Outcome.INCONCLUSIVE, Outcome.PASS)


@dataclass(frozen=True)
class Behaviour:
    """How the provider answers for one number."""

    outcome: Outcome = Outcome.PASS
    unavailable: int = 0
    """How many requests fail with 503 before the first answer."""
    calls_back: bool = False
    name: str | None = None
    """The name that belongs to the number; None takes any."""


class IdentityProviderService:
    """Answers `POST /verifications`, by number; for an unknown one as for `others`, which without it fails."""

    def __init__(
        self,
        secret: str,
        people: Mapping[str, Behaviour],
        *,
        others: Behaviour | None = None,
        callback_url: str | None = None,
        country: str | None = "CN",
    ) -> None:
        self.callback_url = callback_url
        """Where call-backs go; may be set once it is known."""
        self.asked: list[str] = []
        """The effect ids of all requests with a good signature, repeats and failures too."""
        self.app = FastAPI(openapi_url=None)
        self.app.add_api_route("/verifications", self._verify, methods=["POST"])
        self._secret = secret
        self._people = dict(people)
        self._others = others
        # None serves all of them
        self._country = country
        self._unavailable = {number: known.unavailable for number, known in people.items()}
        self._answers: dict[str, dict[str, Any]] = {}
        self._waiting: dict[str, dict[str, Any]] = {}
        self._called_back: dict[str, dict[str, Any]] = {}

    @property
    def outstanding(self) -> tuple[str, ...]:
        """The effect ids that wait for a call-back."""
        return tuple(self._waiting)

    async def answer_callbacks(self) -> tuple[int, ...]:
        """Send every outstanding call-back; returns the statuses. What is refused stays."""
        statuses = []
        for effect_id, answer in list(self._waiting.items()):
            status = await self._call_back(effect_id, answer)
            statuses.append(status)
            if httpx.codes.is_success(status):
                self._called_back[effect_id] = self._waiting.pop(effect_id)
        return tuple(statuses)

    async def repeat_callbacks(self) -> tuple[int, ...]:
        """Send every call-back that was taken once more; returns the statuses."""
        return tuple(
            [
                await self._call_back(effect_id, answer)
                for effect_id, answer in self._called_back.items()
            ]
        )

    async def _call_back(self, effect_id: str, answer: Mapping[str, Any]) -> int:
        if self.callback_url is None:
            raise ValueError("The provider was given no call-back URL.")
        content = json.dumps({"effect_id": effect_id, **answer}).encode()
        headers = signed(self._secret, f"callback-{effect_id}", signature_time(), content)
        headers["Content-Type"] = "application/json"
        async with httpx.AsyncClient() as client:
            response = await client.post(self.callback_url, content=content, headers=headers)
        return response.status_code

    async def _verify(self, request: Request) -> JSONResponse:
        try:
            verified(self._secret, request.headers, await request.body())
        except WebhookRefusedError as error:
            return JSONResponse({"error": error.code}, error.status)
        question = await request.json()
        effect_id = request.headers.get("idempotency-key", "")
        self.asked.append(effect_id)
        if effect_id in self._answers:
            return JSONResponse(self._answers[effect_id])
        if effect_id in self._waiting:
            return JSONResponse({}, 202)
        if effect_id in self._called_back:
            return JSONResponse(self._called_back[effect_id])
        if self._country not in (None, question["country"]):
            return JSONResponse({"error": "country_not_served"}, 422)
        return self._first_answer(effect_id, question)

    def _first_answer(self, effect_id: str, question: Mapping[str, Any]) -> JSONResponse:
        subjects = [question, *([question["operator"]] if question["operator"] else [])]
        for subject in subjects:
            if self._unavailable.get(subject["number"], 0) > 0:
                self._unavailable[subject["number"]] -= 1
                return JSONResponse({"error": "issuer_unreachable"}, 503)
        answer = self._outcome(subjects, question)
        known = [self._people.get(subject["number"], self._others) for subject in subjects]
        if any(person is not None and person.calls_back for person in known):
            self._waiting[effect_id] = answer
            return JSONResponse({}, 202)
        self._answers[effect_id] = answer
        return JSONResponse(answer)

    def _outcome(
        self, subjects: list[Mapping[str, Any]], question: Mapping[str, Any]
    ) -> dict[str, Any]:
        judged = [self._judge(subject) for subject in subjects]
        outcome, reason = min(judged, key=lambda one: _WORST_FIRST.index(one[0]))
        return {
            "outcome": outcome,
            "assurance": Assurance.ISSUER,
            "checks": ["number", "name"],
            "reason_code": reason,
            # the last one is the natural person: the operator where an organisation is asked for
            "is_old_enough": _is_old_enough(
                subjects[-1]["number"], question["least_age"], question["today"]
            ),
        }

    def _judge(self, subject: Mapping[str, Any]) -> tuple[Outcome, str | None]:
        person = self._people.get(subject["number"], self._others)
        if person is None:
            return Outcome.FAIL, "number_unknown"
        if person.name not in (None, subject["name"]):
            return Outcome.FAIL, "name_differs"
        return person.outcome, None if person.outcome is Outcome.PASS else "issuer_says_so"


def _is_old_enough(number: str, least_age: int | None, today: str) -> bool | None:
    if least_age is None or not ric.is_valid(number):
        return None
    born, day = ric.get_birth_date(number), date.fromisoformat(today)
    had_birthday = (day.month, day.day) >= (born.month, born.day)
    return day.year - born.year - (not had_birthday) >= least_age
