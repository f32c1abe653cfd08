import asyncio
import signal
import socket
from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI
from sqlmodel import update

from api.codec_server import CodecParts
from api.keys import Scope, make_key
from api.loopback import is_loopback
from api.serving import (
    API_PORT,
    CODEC_PORT,
    Address,
    CodecAddress,
    _listen,
    running,
    serving,
    serving_api,
)
from goodstanding.errors import ConfigurationError
from goodstanding.keys import SymmetricKey
from goodstanding.messages import Actor
from goodstanding.vocabulary import Role
from storage.engine import Database
from storage.migrate import upgrade
from storage.tables import ApiKeyRow
from tests.domain.playing import D0

EVERYWHERE = "0.0.0.0"  # noqa: S104 - to see that it is refused
READER = Actor(id="platform-2", role=Role.PLATFORM)


@pytest.fixture
async def keyless(sqlite_url, tmp_path):
    """A database in which there is no API key yet."""
    await upgrade(sqlite_url, f"sqlite+aiosqlite:///{tmp_path}/vault.db")
    database = Database.at(sqlite_url)
    yield database
    await database.close()


async def test_both_are_served_and_stop_with_the_block(desk):
    codec = CodecParts((SymmetricKey("c1-test", bytes(32)),))
    async with (
        serving(desk.parts, codec, address=Address(port=0), codec_address=CodecAddress(port=0)) as (
            url,
            codec_url,
        ),
        httpx.AsyncClient() as http,
    ):
        for one in (url, codec_url):
            assert (await http.get(f"{one}/healthz")).status_code == 200
    async with httpx.AsyncClient() as http:
        for one in (url, codec_url):
            with pytest.raises(httpx.ConnectError):
                await http.get(f"{one}/healthz")


async def test_a_request_under_way_is_answered_before_the_service_stops():
    app, entered, go_on = FastAPI(), asyncio.Event(), asyncio.Event()

    @app.get("/slow")
    async def slow() -> str:
        entered.set()
        await go_on.wait()
        return "done"

    async with httpx.AsyncClient() as http:
        async with running(app, Address(port=0)) as url:
            answer = asyncio.create_task(http.get(f"{url}/slow"))
            await entered.wait()
            asyncio.get_running_loop().call_later(0.05, go_on.set)
        assert (await answer).json() == "done"


async def test_signals_stay_with_the_program_that_serves(desk):
    before = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]
    async with serving_api(desk.parts, Address(port=0)) as url, httpx.AsyncClient() as http:
        await http.get(f"{url}/healthz")
        assert [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)] == before


async def test_beyond_loopback_keys_are_required(desk):
    parts = replace(desk.parts, keys_required=False)
    with pytest.raises(ConfigurationError, match="Without API keys"):
        async with serving_api(parts, Address(EVERYWHERE, 0)):
            pass


async def test_beyond_loopback_there_has_to_be_a_key(desk, keyless, caplog):
    parts = replace(desk.parts, sessions=keyless.reading)
    with pytest.raises(ConfigurationError, match="no API key yet"):
        async with serving_api(parts, Address(EVERYWHERE, 0)):
            pass

    async with keyless.sessions.begin() as session:
        await make_key(session, READER, [Scope.READ], None, D0)
    async with serving_api(parts, Address(EVERYWHERE, 0)) as url:
        assert url.startswith("http://0.0.0.0:")
    assert caplog.text == ""


@pytest.mark.parametrize("over", [{"ends_at": D0}, {"revoked_at": D0}])
async def test_when_the_last_key_is_over_what_needs_none_goes_on(desk, keyless, over, caplog):
    parts = replace(desk.parts, sessions=keyless.reading)
    async with keyless.sessions.begin() as session:
        token = await make_key(session, READER, [Scope.REVIEWS], None, D0)
        await session.exec(update(ApiKeyRow).values(**over))

    async with serving_api(parts, Address(EVERYWHERE, 0)) as url, httpx.AsyncClient() as http:
        base = f"http://127.0.0.1:{httpx.URL(url).port}"
        headers = {"Authorization": f"Bearer {token}"}
        assert (await http.get(f"{base}/keys/sealing")).status_code == 200
        assert (await http.get(f"{base}/reviews", headers=headers)).status_code == 401
    assert "every API key has ended" in caplog.text


async def test_without_keys_only_this_machine_is_answered(desk):
    parts = replace(desk.parts, keys_required=False)
    async with serving_api(parts, Address(port=0)) as url, httpx.AsyncClient(base_url=url) as http:
        assert (await http.get("/reviews")).status_code == 200
        rebound = await http.get("/reviews", headers={"Host": "rebound.example"})
        assert (rebound.status_code, rebound.json()["code"]) == (401, "KeyRefusedError")


async def test_a_port_that_is_taken_is_named(desk):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"127.0.0.1:{port}"):
            async with serving_api(desk.parts, Address(port=port)):
                pass


def test_small_answers_are_sent_at_once():
    # by this asyncio tells whether it may switch off the wait for more
    with _listen(Address(port=0)) as listener:
        assert listener.proto == socket.IPPROTO_TCP


def test_the_ports_are_the_documented_ones():
    assert (API_PORT, CODEC_PORT) == (8080, 8081)
    assert Address() == Address("127.0.0.1", 8080)
    assert CodecAddress() == CodecAddress("127.0.0.1", 8081)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.9.9.9", "localhost", "LOCALHOST", "::1", "[::1]"]
)
def test_these_are_this_machine(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", [EVERYWHERE, "::", "10.0.0.1", "localhost.example", "", None])
def test_these_are_not(host):
    assert not is_loopback(host)
