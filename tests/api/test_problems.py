from dataclasses import replace

import httpx
import pytest
from sqlalchemy.exc import OperationalError

from api.keys import Scope
from api.limits import LARGEST_BODY
from api.serving import Address, serving_api
from storage.engine import Database

SECRET = "110101199003070011"


async def test_a_problem_has_the_form_of_rfc_9457(desk):
    response = await desk.ask("/accounts/nobody/badge")

    assert response.headers["content-type"] == "application/problem+json"
    assert response.json() == {
        "type": "/errors/AccountNotFoundError",
        "title": "No account has this id.",
        "status": 404,
        "detail": "No account has this id.",
        "code": "AccountNotFoundError",
        "field": "account_id",
        "remedy": "Check the id; an account is there once its registration was taken in.",
    }


async def test_an_address_that_there_is_not_is_a_problem(desk):
    response = await desk.ask("/nowhere")

    assert response.headers["content-type"] == "application/problem+json"
    assert (response.status_code, response.json()["code"]) == (404, "RouteNotFoundError")


async def test_an_address_with_a_slash_too_many_leads_nowhere_else(desk):
    response = await desk.ask("/accounts/a1/", Scope.READ, headers={"Host": "elsewhere.example"})

    assert (response.status_code, response.json()["code"]) == (404, "RouteNotFoundError")
    assert "location" not in response.headers


async def test_a_method_that_there_is_not_is_a_problem(desk):
    response = await desk.ask("/reviews", method="DELETE")

    assert (response.status_code, response.json()["code"]) == (405, "MethodNotAllowedError")
    assert response.headers["Allow"] == "GET"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"checks": [{"account_id": SECRET + " ", "capability": "post"}]}, "checks.0.account_id"),
        ({"checks": [{"account_id": "a1", "capability": [SECRET]}]}, "checks.0.capability"),
        ({"checks": [{"account_id": "a1"}]}, "checks.0.capability"),
        ({"checks": SECRET}, "checks"),
        ({"checks": [{"account_id": "a1", "capability": "post", "x": SECRET}]}, "checks.0"),
        ({"checks": [{"account_id": "a1", "capability": "post", SECRET: 1}]}, "checks.0"),
        ({"checks": [], SECRET: 1}, "checks"),
        ([SECRET], None),
        (SECRET, None),
        (None, None),
    ],
)
async def test_a_malformed_body_is_told_by_field_and_not_repeated(desk, body, field):
    response = await desk.ask("/capabilities", Scope.CAPABILITIES, "POST", json=body)

    told = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    assert (response.status_code, told["code"]) == (422, "MalformedError")
    assert told["field"] == field
    assert SECRET not in response.text


@pytest.mark.parametrize("body", [b"{", b"", b"\xff\xfe", f'{{"checks": "{SECRET}'.encode()])
async def test_a_body_that_is_no_json_is_a_problem(desk, body):
    headers = {"Content-Type": "application/json"}
    response = await desk.ask(
        "/capabilities", Scope.CAPABILITIES, "POST", content=body, headers=headers
    )

    assert response.status_code in {400, 422}
    assert response.json()["code"] == "MalformedError"
    assert SECRET not in response.text


@pytest.mark.parametrize("account_id", ["a.b", "x" * 49, "a%20b", "%E5%BC%A0%E4%B8%89"])
async def test_an_account_id_has_the_form_of_one(desk, account_id):
    response = await desk.ask(f"/accounts/{account_id}", Scope.READ)

    told = response.json()
    assert (response.status_code, told["field"]) == (422, "account_id")
    assert "张三" not in response.text


@pytest.mark.parametrize("as_stream", [True, False])
async def test_a_body_that_is_too_large_is_not_read_to_its_end(desk, as_stream):
    async def stream():
        for _ in range(3):
            yield b" " * (LARGEST_BODY // 2)

    content = stream() if as_stream else b" " * (LARGEST_BODY + 1)
    response = await desk.ask("/capabilities", Scope.CAPABILITIES, "POST", content=content)

    assert (response.status_code, response.json()["code"]) == (413, "BodyTooLargeError")


async def test_while_the_database_does_not_answer_the_service_says_so(desk, tmp_path, caplog):
    away = Database.at(f"sqlite+aiosqlite:///{tmp_path}/nowhere/record.db")
    parts = replace(desk.parts, sessions=away.reading, keys_required=False)
    async with serving_api(parts, Address(port=0)) as url, httpx.AsyncClient(base_url=url) as http:
        response = await http.get("/accounts/a1")
        told = response.json()
        assert (response.status_code, told["code"]) == (503, "ServiceUnreachableError")
        assert response.headers["Retry-After"] == "1"
        ready, alive = await http.get("/readyz"), await http.get("/healthz")
        assert ready.status_code == 503
        assert ready.json() == {"status": "unready", "database": "no answer"}
        # to start it anew would not bring the database back
        assert alive.status_code == 200
    await away.close()
    assert OperationalError.__name__ in caplog.text
    assert "nowhere" not in caplog.text


async def test_what_was_never_meant_to_happen_is_told_without_words_of_its_own(desk, caplog):
    async def broken_clock():
        raise RuntimeError(SECRET)

    parts = replace(desk.parts, clock=broken_clock, keys_required=False)
    async with serving_api(parts, Address(port=0)) as url, httpx.AsyncClient(base_url=url) as http:
        response = await http.get("/accounts/a1")

    told = response.json()
    assert (response.status_code, told["code"]) == (500, "GoodstandingError")
    assert response.headers["content-type"] == "application/problem+json"
    assert SECRET not in response.text
