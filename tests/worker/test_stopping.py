"""The same processes, within this one: what they do on a signal, without the cost of a start."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.request import ProxyHandler, build_opener

import httpx
import pytest
from temporalio.worker import WorkerDeploymentConfig

from goodstanding.keys import init_keys
from tests.cli.calling import call
from tests.servers import running_dev_server
from tests.worker.services import environment, free_settings, free_values
from worker.__main__ import main
from worker.process import run_api, run_codec, run_worker, running_of
from worker.settings import Settings, load_settings

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
async def temporal() -> AsyncIterator[str]:
    """A server that knows nothing of our search attributes."""
    async with running_dev_server() as server:
        yield server.client.service_client.config.target_host


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The keys of whoever uses that server: with others nobody could read what it keeps."""
    folder = tmp_path_factory.mktemp("keys")
    init_keys(folder)
    return folder


@pytest.fixture
def settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, temporal: str, keys: Path
) -> Settings:
    monkeypatch.setenv("TEMPORAL_ADDRESS", temporal)
    return free_settings(tmp_path, keys_directory=keys)


async def told_to_stop_when_ready(
    work: Callable[[Settings], Coroutine[Any, Any, None]], settings: Settings, url: str
) -> None:
    running = asyncio.create_task(work(settings))
    async with httpx.AsyncClient(trust_env=False) as http:
        while not running.done():
            try:
                if (await http.get(url)).is_success:
                    break
            except httpx.TransportError:
                await asyncio.sleep(0.05)
    os.kill(os.getpid(), signal.SIGTERM)
    await running


async def test_a_worker_an_api_and_a_codec_server_stop_when_they_are_told_to(settings: Settings):
    for work, port, path in (
        (run_worker, settings.metrics_port, "readyz"),
        (run_api, settings.api_port, "healthz"),
        (run_codec, settings.codec_port, "healthz"),
    ):
        await told_to_stop_when_ready(work, settings, f"http://127.0.0.1:{port}/{path}")


async def test_a_worker_needs_no_port(settings: Settings):
    quiet = settings.model_copy(update={"metrics_port": 0})
    running = asyncio.create_task(run_worker(quiet))
    # it has begun, and listens to signals
    await asyncio.sleep(0)
    os.kill(os.getpid(), signal.SIGINT)

    # told before it was ready, it ends as soon as it is
    await running


@contextmanager
def interrupted_when_ready(url: str) -> Iterator[None]:
    """Send Ctrl-C to this process once this is answered, unless the block was left before."""
    left = Event()

    def wait() -> None:
        opener = build_opener(ProxyHandler({}))
        while not left.wait(0.1):
            with suppress(OSError):
                opener.open(url, timeout=1).close()
                os.kill(os.getpid(), signal.SIGINT)
                return

    thread = Thread(target=wait)
    thread.start()
    try:
        yield
    finally:
        left.set()
        thread.join()


def in_environment(
    monkeypatch: pytest.MonkeyPatch, folder: Path, keys: Path, **more: str
) -> dict[str, Any]:
    values = {**free_values(folder), "keys_directory": keys}
    for name, value in environment(values, **more).items():
        monkeypatch.setenv(name, value)
    return values


@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_up_says_where_everything_is_and_ends_with_zero(tmp_path, monkeypatch, flags):
    values = in_environment(monkeypatch, tmp_path, tmp_path / "keys")

    with interrupted_when_ready(f"http://127.0.0.1:{values['metrics_port']}/readyz"):
        ran = call("up", *flags)

    assert ran.status == 0, ran.err
    assert f"http://127.0.0.1:{values['ui_port']}" in ran.out
    if flags:
        assert ran.json["temporal"] == f"127.0.0.1:{values['temporal_port']}"
        assert ran.json["namespace"] == "default"


def test_each_service_runs_from_the_command_line(tmp_path, monkeypatch, temporal, keys):
    values = in_environment(monkeypatch, tmp_path, keys, TEMPORAL_ADDRESS=temporal)
    for name, port, path in (
        ("worker", "metrics_port", "readyz"),
        ("api", "api_port", "healthz"),
        ("codec", "codec_port", "healthz"),
    ):
        with interrupted_when_ready(f"http://127.0.0.1:{values[port]}/{path}"):
            ran = call(name)

        assert (ran.status, ran.out) == (0, ""), ran.err


def test_the_module_runs_a_worker_and_gives_its_exit_status(
    tmp_path, monkeypatch, temporal, keys, capsys
):
    values = in_environment(monkeypatch, tmp_path, keys, TEMPORAL_ADDRESS=temporal)

    with interrupted_when_ready(f"http://127.0.0.1:{values['metrics_port']}/readyz"):
        assert main() == 0
    capsys.readouterr()
    monkeypatch.setenv("GOODSTANDING_KEYS_DIRECTORY", str(tmp_path / "none"))
    assert main() == 1

    assert capsys.readouterr().err.startswith("KeyMissingError: ")


def test_worker_versioning_is_handed_on_when_it_is_asked_for():
    assert running_of(load_settings()).deployment is None

    deployment = running_of(load_settings(worker_versioning=True, build_id="1.4.0")).deployment

    assert isinstance(deployment, WorkerDeploymentConfig)
    assert deployment.use_worker_versioning
    assert (deployment.version.deployment_name, deployment.version.build_id) == (
        "goodstanding",
        "1.4.0",
    )
