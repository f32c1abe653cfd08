"""Real processes of the service, told to stop while they are at work."""

import asyncio
import json
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.client import Client

from goodstanding.converter import data_converter
from goodstanding.errors import ConfigurationError
from goodstanding.keys import init_keys, load_client_keys
from goodstanding.messages import Answer
from goodstanding.sending import send
from tests.servers import fresh_database, running_dev_server
from tests.worker.services import Process, client, environment, free_values, process, register
from worker.ports import free_port
from worker.process import run_process
from worker.settings import Settings, load_settings

COMMANDS = 60

# each start of a process loads everything anew, which takes long where other tests run beside it
pytestmark = pytest.mark.timeout(240)


@dataclass(frozen=True)
class Place:
    """A folder with keys, and a Temporal beside it."""

    folder: Path
    values: dict[str, object]
    temporal: str

    @property
    def env(self) -> dict[str, str]:
        return environment(self.values, TEMPORAL_ADDRESS=self.temporal)

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    @property
    def health(self) -> str:
        return f"http://127.0.0.1:{self.values['metrics_port']}"


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    init_keys(tmp_path / "keys")
    values = free_values(tmp_path)
    # a Temporal of its own, without our search attributes: the worker has to see to them
    async with running_dev_server() as server:
        yield Place(tmp_path, values, server.client.service_client.config.target_host)


def made(place: Place, name: str) -> Path:
    folder = place.folder / name
    folder.mkdir()
    return folder


@asynccontextmanager
async def working(place: Place, name: str = "") -> AsyncIterator[Process]:
    folder = made(place, name) if name else place.folder
    async with process(folder, "worker", env=place.env) as worker:
        await worker.ready(f"{place.health}/readyz")
        yield worker


def logged(worker: Process) -> list[str]:
    """What it logged, each line of which is one JSON object."""
    return [json.loads(line)["event"] for line in worker.err.splitlines()]


async def test_a_worker_that_is_told_to_stop_loses_no_command_in_flight(place: Place):
    async with working(place) as first:
        async with client(place.keys, place.temporal) as platform:
            await platform.accounts.register(register("before"))
        temporal = await connected(place)
        sent = [asyncio.create_task(answered(temporal, f"a{n}")) for n in range(COMMANDS)]
        await asyncio.wait(sent, return_when=asyncio.FIRST_COMPLETED)
        in_flight = [one for one in sent if not one.done()]
        status = await first.stop(signal.SIGTERM)

    assert status == 0
    assert [event for event in logged(first) if event in ("ready", "stopping")] == [
        "ready",
        "stopping",
    ]
    assert logged(first)[-1] == "stopped"
    assert "Traceback" not in first.err
    assert in_flight

    async with working(place) as second:
        answers = await asyncio.gather(*sent)
        assert await second.stop(signal.SIGINT) == 0

    assert sorted(answer.account_id for answer in answers) == sorted(
        f"a{n}" for n in range(COMMANDS)
    )
    assert all(answer.refusal is None and answer.seq == answers[0].seq for answer in answers)


async def answered(temporal: Client, account_id: str) -> Answer:
    return await send(temporal, register(account_id), deadline=timedelta(seconds=120))


async def connected(place: Place) -> Client:
    keys = load_client_keys(place.keys)
    return await Client.connect(place.temporal, data_converter=data_converter(keys.codec))


async def test_two_workers_share_one_postgresql_and_one_may_go(place: Place, postgres_url: str):
    urls = [await fresh_database(postgres_url) for _ in range(2)]
    values = {**place.values, "database_url": urls[0], "vault_url": urls[1]}
    upgrade_env = environment(values)
    async with process(
        made(place, "upgrade"), "goodstanding", "db", "upgrade", env=upgrade_env
    ) as upgrade:
        assert await upgrade.ended() == 0
    one, two = (replace(place, values={**values, "metrics_port": free_port()}) for _ in range(2))
    temporal = await connected(place)

    async with working(one, "one") as first, working(two, "two") as second:
        await asyncio.gather(*(answered(temporal, f"p{n}") for n in range(20)))
        assert await first.stop() == 0
        answers = await asyncio.gather(*(answered(temporal, f"q{n}") for n in range(5)))
        assert await second.stop() == 0

    assert all(answer.refusal is None for answer in answers)


async def test_a_worker_without_temporal_is_refused_in_one_line(tmp_path):
    init_keys(tmp_path / "keys")
    env = environment(free_values(tmp_path), TEMPORAL_ADDRESS="127.0.0.1:1")

    async with process(tmp_path, "worker", env=env) as worker:
        assert await worker.ended() == 1

    assert "TemporalUnreachableError: Temporal does not answer at 127.0.0.1:1" in worker.err
    assert "Traceback" not in worker.err


async def test_api_and_codec_server_run_by_themselves_and_stop_in_good_order(place: Place):
    api_url = f"http://127.0.0.1:{place.values['api_port']}"
    codec_url = f"http://127.0.0.1:{place.values['codec_port']}"
    async with working(place) as worker:
        assert await worker.stop() == 0
    async with (
        process(made(place, "api"), "goodstanding", "api", env=place.env) as api,
        process(made(place, "codec"), "goodstanding", "codec", env=place.env) as codec,
    ):
        await api.ready(f"{api_url}/healthz")
        await codec.ready(f"{codec_url}/healthz")
        assert await api.stop() == 0
        assert await codec.stop(signal.SIGINT) == 0

    assert logged(api) == ["ready", "stopping", "stopped"]
    assert logged(codec) == ["ready", "stopping", "stopped"]


async def test_the_api_waits_for_nobody_but_needs_a_published_policy(tmp_path):
    init_keys(tmp_path / "keys")
    env = environment(free_values(tmp_path), TEMPORAL_ADDRESS="127.0.0.1:1")
    async with process(tmp_path, "goodstanding", "db", "upgrade", env=env) as upgrade:
        assert await upgrade.ended() == 0

    async with process(tmp_path, "goodstanding", "api", env=env) as api:
        assert await api.ended() == 1

    assert api.err.startswith("NoPolicyPublishedError: No policy is published in the record yet")


def test_a_mistake_ends_the_process_and_is_logged_without_its_words(capsys):
    async def fails(_: Settings) -> None:
        raise RuntimeError("Wang Xiaoming")

    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        with pytest.raises(SystemExit) as ended:
            run_process(fails, load_settings())
    finally:
        root.handlers[:], root.level = before

    assert ended.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["error"] == "RuntimeError"
    assert "Wang" not in line


def test_a_refusal_is_passed_on_to_whoever_started_the_process(capsys):
    async def refuses(_: Settings) -> None:
        raise ConfigurationError("It is not set up.")

    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        with pytest.raises(ConfigurationError):
            run_process(refuses, load_settings())
    finally:
        root.handlers[:], root.level = before

    assert capsys.readouterr().err == ""
