"""The adapter to an identity provider, against a provider that really answers over HTTP."""

import logging
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from stdnum.cn import ric

from activities.http_identity import (
    PROVIDER_REFUSED,
    HttpIdentityProvider,
    IdentityQuestion,
    IdentityReply,
    OperatorDocument,
    ProviderUnavailableError,
)
from examples.services.identity_provider import Behaviour, IdentityProviderService
from examples.services.serving import running
from goodstanding.messages import Verified
from goodstanding.vocabulary import Assurance, Outcome
from goodstanding.webhooks import CallbackBody, new_secret, verified

SECRET = new_secret()
# computed, of nobody known: a region of Beijing, a birthday, a serial number, the check digit
NUMBER = "11010120080315001" + ric.calc_check_digit("110101200803150010")
OPERATOR_NUMBER = "11010119800607002" + ric.calc_check_digit("110101198006070020")
ORGANISATION_NUMBER = "91110000600037341L"
NAME = "林静河"
OPERATOR_NAME = "周远帆"
QUESTION = IdentityQuestion(
    effect_id="a05.c1.1",
    document="resident_id",
    number=NUMBER,
    name=NAME,
    country="CN",
    least_age=18,
    today=date(2026, 3, 15),
)
ORGANISATION = replace(
    QUESTION,
    document="organisation_code",
    number=ORGANISATION_NUMBER,
    name="灯湾通讯社",
    operator=OperatorDocument(
        document="resident_id", number=OPERATOR_NUMBER, name=OPERATOR_NAME, country="CN"
    ),
)


@asynccontextmanager
async def asking(app: FastAPI, secret: str = SECRET) -> AsyncIterator[HttpIdentityProvider]:
    async with running(app) as url, httpx.AsyncClient() as client:
        yield HttpIdentityProvider(client, url, secret)


def answering(response: Response) -> FastAPI:
    app = FastAPI(openapi_url=None)

    async def answer(_: Request) -> Response:
        return response

    app.add_api_route("/verifications", answer, methods=["POST"])
    return app


def everything_said_by(error: BaseException) -> str:
    """The texts of the error and of all that hang on it, whether shown or not."""
    said = "".join(traceback.format_exception(error))
    link: BaseException | None = error
    while link is not None:
        said += f"{link} {link!r} {vars(link)}"
        link = link.__cause__ or link.__context__
    return said


async def test_a_person_whom_the_issuer_knows_passes_with_the_issuers_assurance():
    provider = IdentityProviderService(SECRET, {NUMBER: Behaviour(name=NAME)})

    async with asking(provider.app) as identity:
        reply = await identity.ask(QUESTION)

    expected = Verified(
        outcome=Outcome.PASS,
        assurance=Assurance.ISSUER,
        checks=("number", "name"),
        is_old_enough=True,
    )
    assert reply == IdentityReply(verified=expected)
    assert provider.asked == [QUESTION.effect_id]


@pytest.mark.parametrize(
    ("today", "least_age", "expected"),
    [
        pytest.param(date(2026, 3, 14), 18, False, id="the day before the birthday"),
        pytest.param(date(2026, 3, 15), 18, True, id="on the birthday"),
        pytest.param(date(2026, 3, 15), None, None, id="not asked"),
    ],
)
async def test_the_age_is_answered_for_the_day_of_the_question(today, least_age, expected):
    provider = IdentityProviderService(SECRET, {NUMBER: Behaviour()})

    async with asking(provider.app) as identity:
        reply = await identity.ask(replace(QUESTION, today=today, least_age=least_age))

    assert reply.verified is not None
    assert reply.verified.is_old_enough is expected


async def test_an_organisation_passes_with_its_operator_whose_age_counts():
    known = {ORGANISATION_NUMBER: Behaviour(), OPERATOR_NUMBER: Behaviour(name=OPERATOR_NAME)}
    provider = IdentityProviderService(SECRET, known)

    async with asking(provider.app) as identity:
        reply = await identity.ask(ORGANISATION)

    assert reply.verified is not None
    assert (reply.verified.outcome, reply.verified.is_old_enough) == (Outcome.PASS, True)


async def test_an_organisation_fails_where_its_operator_is_unknown():
    provider = IdentityProviderService(SECRET, {ORGANISATION_NUMBER: Behaviour()})

    async with asking(provider.app) as identity:
        reply = await identity.ask(ORGANISATION)

    assert reply.verified is not None
    assert (reply.verified.outcome, reply.verified.reason_code) == (Outcome.FAIL, "number_unknown")


async def test_another_name_than_the_numbers_fails():
    provider = IdentityProviderService(SECRET, {NUMBER: Behaviour(name="别人")})

    async with asking(provider.app) as identity:
        reply = await identity.ask(QUESTION)

    assert reply.verified is not None
    assert (reply.verified.outcome, reply.verified.reason_code) == (Outcome.FAIL, "name_differs")


async def test_what_the_provider_cannot_settle_is_inconclusive():
    provider = IdentityProviderService(SECRET, {NUMBER: Behaviour(Outcome.INCONCLUSIVE)})

    async with asking(provider.app) as identity:
        reply = await identity.ask(QUESTION)

    assert reply.verified is not None
    assert reply.verified.outcome is Outcome.INCONCLUSIVE


async def test_a_provider_that_is_unavailable_twice_answers_the_third_time():
    provider = IdentityProviderService(SECRET, {NUMBER: Behaviour(unavailable=2)})

    async with asking(provider.app) as identity:
        for _ in range(2):
            with pytest.raises(ProviderUnavailableError, match="503"):
                await identity.ask(QUESTION)
        reply = await identity.ask(QUESTION)

    assert reply.verified is not None
    assert reply.verified.outcome is Outcome.PASS
    assert provider.asked == [QUESTION.effect_id] * 3


async def test_the_same_question_again_gets_the_same_answer():
    provider = IdentityProviderService(SECRET, {NUMBER: Behaviour()})

    async with asking(provider.app) as identity:
        first = await identity.ask(QUESTION)
        again = await identity.ask(replace(QUESTION, number="unknown", least_age=99))

    assert again == first


async def test_a_provider_that_takes_its_time_lets_the_question_wait_and_calls_back():
    called: list[CallbackBody] = []
    platform = FastAPI(openapi_url=None)

    async def take(request: Request) -> Response:
        body = await request.body()
        verified(SECRET, request.headers, body)
        called.append(CallbackBody.read(body))
        return Response(status_code=204)

    platform.add_api_route("/callbacks", take, methods=["POST"])
    provider = IdentityProviderService(SECRET, {NUMBER: Behaviour(calls_back=True)})

    async with running(platform) as platform_url, asking(provider.app) as identity:
        provider.callback_url = f"{platform_url}/callbacks"
        first = await identity.ask(QUESTION)
        again = await identity.ask(QUESTION)
        outstanding = provider.outstanding
        statuses = await provider.answer_callbacks()
        repeats = await provider.repeat_callbacks()
        after = await identity.ask(QUESTION)

    assert first == again == IdentityReply()
    assert outstanding == (QUESTION.effect_id,)
    assert (statuses, repeats) == ((204,), (204,))
    assert provider.outstanding == ()
    settlement = called[0].settlement()
    assert (settlement.effect_id, settlement.delivered) == (QUESTION.effect_id, True)
    assert called == [called[0]] * 2
    assert after == IdentityReply(verified=settlement.verified)


async def test_a_call_back_that_is_not_taken_stays_outstanding():
    broken = FastAPI(openapi_url=None)
    provider = IdentityProviderService(SECRET, {NUMBER: Behaviour(calls_back=True)})

    async with running(broken) as url, asking(provider.app) as identity:
        provider.callback_url = f"{url}/callbacks"
        await identity.ask(QUESTION)
        statuses = await provider.answer_callbacks()

    assert statuses == (404,)
    assert provider.outstanding == (QUESTION.effect_id,)


async def test_a_question_that_the_provider_refuses_goes_to_a_person():
    provider = IdentityProviderService(SECRET, {NUMBER: Behaviour()})

    async with asking(provider.app) as identity:
        reply = await identity.ask(replace(QUESTION, country="FR"))

    refused = Verified(outcome=Outcome.INCONCLUSIVE, reason_code=PROVIDER_REFUSED)
    assert reply == IdentityReply(verified=refused)


async def test_a_signature_with_another_secret_says_nothing_of_the_person():
    provider = IdentityProviderService(SECRET, {NUMBER: Behaviour()})

    async with asking(provider.app, secret=new_secret()) as identity:
        with pytest.raises(ProviderUnavailableError, match="401"):
            await identity.ask(QUESTION)

    assert provider.asked == []


@pytest.mark.parametrize(
    "response",
    [
        pytest.param(Response("<html>", 200), id="no JSON"),
        pytest.param(JSONResponse({"outcome": NUMBER}), id="no outcome"),
        pytest.param(
            JSONResponse({"outcome": "fail", "reason_code": NUMBER}), id="a number for a word"
        ),
        pytest.param(JSONResponse({"outcome": "pass", "checks": [NAME]}), id="a name for a word"),
        pytest.param(JSONResponse({"outcome": "unavailable"}), id="issuer out of reach"),
        pytest.param(JSONResponse({"about": NUMBER}, 500), id="broken"),
        pytest.param(JSONResponse({"about": NUMBER}, 429), id="too many at once"),
        pytest.param(
            Response(status_code=307, headers={"location": "/other"}), id="sent elsewhere"
        ),
    ],
)
async def test_no_usable_answer_is_unavailable_and_gives_nothing_away(response):
    async with asking(answering(response)) as identity:
        with pytest.raises(ProviderUnavailableError) as caught:
            await identity.ask(QUESTION)

    said = everything_said_by(caught.value)
    assert NUMBER not in said
    assert NAME not in said


async def test_an_answer_may_carry_more_than_was_agreed():
    answer = JSONResponse({"outcome": "pass", "assurance": "issuer", "new_field": 1})

    async with asking(answering(answer)) as identity:
        reply = await identity.ask(QUESTION)

    expected = Verified(outcome=Outcome.PASS, assurance=Assurance.ISSUER)
    assert reply == IdentityReply(verified=expected)


async def test_a_provider_out_of_reach_is_unavailable_and_nothing_personal_is_said_or_logged(
    caplog,
):
    caplog.set_level(logging.DEBUG)
    async with running(FastAPI(openapi_url=None)) as url:
        pass

    async with httpx.AsyncClient() as client:
        with pytest.raises(ProviderUnavailableError, match="ConnectError") as caught:
            await HttpIdentityProvider(client, url, SECRET).ask(ORGANISATION)

    said = everything_said_by(caught.value) + caplog.text
    for secret in (ORGANISATION_NUMBER, ORGANISATION.name, OPERATOR_NUMBER, OPERATOR_NAME, SECRET):
        assert secret not in said


async def test_a_provider_that_does_not_answer_in_time_is_unavailable():
    def hang(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("too slow", request=request)

    async with httpx.AsyncClient(transport=httpx.MockTransport(hang)) as client:
        with pytest.raises(ProviderUnavailableError, match="ReadTimeout") as caught:
            await HttpIdentityProvider(client, "http://provider.invalid", SECRET).ask(QUESTION)

    assert NUMBER not in everything_said_by(caught.value)


async def test_a_whole_conversation_logs_nothing_personal(caplog):
    caplog.set_level(logging.DEBUG)
    provider = IdentityProviderService(SECRET, {NUMBER: Behaviour(unavailable=1)})

    async with asking(provider.app) as identity:
        with pytest.raises(ProviderUnavailableError):
            await identity.ask(QUESTION)
        await identity.ask(QUESTION)

    assert caplog.text
    for secret in (NUMBER, NAME, SECRET):
        assert secret not in caplog.text


def test_a_question_shows_neither_number_nor_name():
    shown = repr(ORGANISATION)

    assert ORGANISATION.effect_id in shown
    for secret in (ORGANISATION_NUMBER, ORGANISATION.name, OPERATOR_NUMBER, OPERATOR_NAME):
        assert secret not in shown
