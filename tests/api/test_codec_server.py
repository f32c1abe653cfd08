import base64
from collections.abc import AsyncIterator

import httpx
import pytest
from temporalio.api.common.v1 import Payload

from api.codec_server import CodecParts
from api.serving import CodecAddress, serving_codec
from goodstanding.codec import EncryptionCodec
from goodstanding.errors import ConfigurationError
from goodstanding.keys import SymmetricKey

KEYS = (SymmetricKey("c1-test", bytes(range(32))),)
TOKEN = "let-me-see"
UI = "http://localhost:8233"
PLAIN = {
    "metadata": {"encoding": base64.b64encode(b"json/plain").decode()},
    "data": base64.b64encode(b'{"rule": "spam_flooding"}').decode(),
}


@pytest.fixture(scope="module")
async def open_server() -> AsyncIterator[httpx.AsyncClient]:
    async with (
        serving_codec(CodecParts(KEYS), CodecAddress(port=0)) as url,
        httpx.AsyncClient(base_url=url) as http,
    ):
        yield http


@pytest.fixture(scope="module")
async def guarded_server() -> AsyncIterator[httpx.AsyncClient]:
    async with (
        serving_codec(CodecParts(KEYS, token=TOKEN), CodecAddress(port=0)) as url,
        httpx.AsyncClient(base_url=url) as http,
    ):
        yield http


async def sealed(keys: tuple[SymmetricKey, ...] = KEYS) -> dict[str, object]:
    payload = Payload(metadata={"encoding": b"json/plain"}, data=b'{"rule": "spam_flooding"}')
    (closed,) = await EncryptionCodec(keys).encode([payload])
    metadata = {name: base64.b64encode(value).decode() for name, value in closed.metadata.items()}
    return {"metadata": metadata, "data": base64.b64encode(closed.data).decode()}


async def test_what_was_encoded_is_decoded_again(open_server):
    closed = (await open_server.post("/encode", json={"payloads": [PLAIN]})).json()
    opened = (await open_server.post("/decode", json=closed)).json()

    assert "spam_flooding" not in base64.b64decode(closed["payloads"][0]["data"]).decode("latin1")
    assert opened == {"payloads": [PLAIN]}


async def test_what_a_worker_encoded_is_shown_and_the_clear_stays_as_it_is(open_server):
    sent = {"payloads": [await sealed(), PLAIN]}

    shown = (await open_server.post("/decode", json=sent)).json()

    assert shown == {"payloads": [PLAIN, PLAIN]}


async def test_pages_of_the_temporal_ui_may_ask(open_server):
    asked = {
        "Origin": UI,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,x-namespace,authorization",
    }
    before = await open_server.options("/decode", headers=asked)
    then = await open_server.post("/decode", json={"payloads": []}, headers={"Origin": UI})

    assert before.status_code == 200
    for response in (before, then):
        assert response.headers["access-control-allow-origin"] == UI
        assert response.headers["access-control-allow-credentials"] == "true"


@pytest.mark.parametrize("origin", ["http://localhost:8080", "https://elsewhere.example", "null"])
async def test_pages_of_others_may_not(open_server, origin):
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    before = await open_server.options("/decode", headers=asked)
    then = await open_server.post("/decode", json={"payloads": []}, headers={"Origin": origin})

    assert before.status_code == 400
    for response in (before, then):
        assert "access-control-allow-origin" not in response.headers


async def test_without_a_token_it_answers_to_this_machine_s_name_only(open_server):
    there = {"Host": "rebound.example"}

    response = await open_server.post("/decode", json={"payloads": []}, headers=there)

    assert (response.status_code, response.json()["code"]) == (401, "KeyRefusedError")


@pytest.mark.parametrize("header", [None, "Bearer other", "Basic x", f"Bearer {TOKEN}x"])
async def test_with_a_token_nobody_reads_without_it(guarded_server, header):
    headers = {"Authorization": header} if header else {}

    for path in ("/decode", "/encode"):
        response = await guarded_server.post(path, json={"payloads": []}, headers=headers)
        assert (response.status_code, response.json()["code"]) == (401, "KeyRefusedError")
        assert TOKEN not in response.text


async def test_with_its_token_it_shows(guarded_server):
    headers = {"Authorization": f"Bearer {TOKEN}"}

    response = await guarded_server.post("/decode", json={"payloads": [PLAIN]}, headers=headers)

    assert response.json() == {"payloads": [PLAIN]}


async def unreadable() -> list[dict[str, object]]:
    """One that was tampered with, and one under a key that is not here."""
    tampered = await sealed()
    tampered["data"] = base64.b64encode(b"x" * 40).decode()
    return [tampered, await sealed((SymmetricKey("c9-destroyed", bytes(32)),))]


async def test_what_does_not_open_stays_closed_and_hides_nothing_else(open_server):
    closed = await unreadable()
    sent = {"payloads": [closed[0], await sealed(), closed[1]]}

    shown = await open_server.post("/decode", json=sent)

    assert shown.json() == {"payloads": [closed[0], PLAIN, closed[1]]}


async def test_where_nothing_opens_that_is_a_problem_of_what_was_sent(open_server):
    for payload in await unreadable():
        response = await open_server.post("/decode", json={"payloads": [payload]})

        assert response.headers["content-type"] == "application/problem+json"
        assert response.status_code == 422
        assert response.json()["code"] == "PayloadsUnreadableError"
        assert "c9-destroyed" not in response.text


async def test_a_payload_that_is_not_in_base64_is_a_problem(open_server):
    sent = {"payloads": [PLAIN, {"metadata": {}, "data": "no base64!"}]}

    response = await open_server.post("/decode", json=sent)

    assert (response.status_code, response.json()["field"]) == (422, "payloads.1")


async def test_it_says_that_it_is_well_as_the_other_services_do(open_server):
    for path in ("/healthz", "/readyz"):
        assert (await open_server.get(path)).json() == {"status": "ok"}
        assert (await open_server.head(path)).status_code == 200


async def test_it_does_not_listen_to_the_world_without_a_token():
    with pytest.raises(ConfigurationError, match="no token"):
        async with serving_codec(CodecParts(KEYS), CodecAddress("0.0.0.0", 0)):  # noqa: S104
            pass


@pytest.mark.parametrize(
    ("parts", "address"),
    [
        (CodecParts(KEYS, token=TOKEN), CodecAddress("0.0.0.0", 0)),  # noqa: S104
        (CodecParts(KEYS), CodecAddress("0.0.0.0", 0, is_shielded=True)),  # noqa: S104
    ],
)
async def test_it_does_with_a_token_or_behind_a_shield(parts, address, caplog):
    async with serving_codec(parts, address) as url, httpx.AsyncClient() as http:
        port = httpx.URL(url).port
        assert (await http.get(f"http://127.0.0.1:{port}/healthz")).status_code == 200
    # a shield that others share is none: the log says what hangs on it
    assert ("has no token" in caplog.text) == address.is_shielded
