"""`goodstanding up` as a real process."""

import json
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from goodstanding.errors import ConfigurationError
from goodstanding.keys import load_client_keys
from tests.worker.services import (
    PORTS,
    Process,
    client,
    environment,
    free_settings,
    free_values,
    process,
    register,
)
from worker.embedded import everything
from worker.ports import PortTakenError

# each start of a process loads everything anew, which takes long where other tests run beside it
pytestmark = pytest.mark.timeout(240)


@asynccontextmanager
async def started(folder: Path, values: dict[str, object]) -> AsyncIterator[Process]:
    """All data where they are by default: below the folder in which it was started."""
    ports = {name: values[name] for name in PORTS}
    arguments = ("goodstanding", "up", "--json")
    async with process(folder, *arguments, env=environment(ports)) as up:
        await up.ready(f"http://127.0.0.1:{values['metrics_port']}/readyz")
        yield up


async def test_nothing_is_lost_between_two_starts(tmp_path):
    values = free_values(tmp_path)
    keys = tmp_path / ".goodstanding" / "keys"
    temporal = f"127.0.0.1:{values['temporal_port']}"
    api = f"http://127.0.0.1:{values['api_port']}"

    async with started(tmp_path, values) as first:
        async with client(keys, temporal, api) as platform:
            answer = await platform.accounts.register(register("a1"))
        assert await first.stop(signal.SIGINT) == 0
    async with started(tmp_path, values) as second:
        async with client(keys, temporal, api) as platform:
            found = await platform.accounts.get("a1")
            repeated = await platform.accounts.register(register("a1"))
        assert await second.stop(signal.SIGINT) == 0

    assert found.seq == answer.seq
    assert repeated == answer
    for up in (first, second):
        assert json.loads(up.out)["api"] == api
        assert up.err == ""


async def test_it_is_the_whole_service_with_payloads_that_the_ui_can_show(tmp_path):
    values = free_values(tmp_path)
    async with started(tmp_path, values) as up:
        addresses = json.loads(up.out)
        async with httpx.AsyncClient(trust_env=False) as http:
            ui = await http.get(f"{addresses['ui']}/api/v1/settings")
            page = await http.get(addresses["ui"])
            answers = [
                await http.get(f"{addresses[name]}/healthz") for name in ("api", "codec", "health")
            ]
            namespace = await http.get(f"{addresses['ui']}/api/v1/namespaces/default")
        assert await up.stop(signal.SIGINT) == 0

    assert ui.json()["Codec"]["Endpoint"] == addresses["codec"]
    assert page.is_success
    assert all(answer.is_success for answer in answers)
    assert namespace.is_success, namespace.text
    assert namespace.json()["config"]["workflowExecutionRetentionTtl"] == "2592000s"
    assert (tmp_path / ".goodstanding").stat().st_mode & 0o077 == 0


async def test_ctrl_c_reaches_every_program_of_the_terminal_and_still_ends_in_good_order(tmp_path):
    """The terminal sends it to the whole group of processes; the dev server has to outlive the worker."""
    values = free_values(tmp_path)
    env = environment({name: values[name] for name in PORTS})
    async with process(tmp_path, "goodstanding", "up", env=env) as up:
        await up.ready(f"http://127.0.0.1:{values['metrics_port']}/readyz")
        os.killpg(up.running.pid, signal.SIGINT)
        assert await up.ended() == 0

    assert "Ctrl-C stops it" in up.out
    assert up.err == ""


@pytest.mark.parametrize("setting", PORTS)
async def test_a_taken_port_is_named_with_its_setting(tmp_path, setting):
    settings = free_settings(tmp_path)
    with (
        socket.create_server(("127.0.0.1", getattr(settings, setting))),
        pytest.raises(PortTakenError) as caught,
    ):
        async with everything(settings):
            pass

    port = getattr(settings, setting)
    assert caught.value.message == (
        f"Port {port} on 127.0.0.1 is taken; set GOODSTANDING_{setting.upper()} to another one."
    )
    assert not (tmp_path / "temporal.pid").exists()


async def test_a_server_that_was_left_behind_is_named(tmp_path):
    settings = free_settings(tmp_path)
    (tmp_path / "temporal.pid").write_text(f"{os.getpid()}\n")
    with (
        socket.create_server(("127.0.0.1", settings.temporal_port)),
        pytest.raises(PortTakenError, match=f"process {os.getpid()}"),
    ):
        async with everything(settings):
            pass


async def test_an_address_of_another_machine_is_refused(tmp_path):
    settings = free_settings(tmp_path, api_host="192.0.2.1")

    with pytest.raises(ConfigurationError, match="GOODSTANDING_API_HOST"):
        async with everything(settings):
            pass


async def test_keys_are_made_at_the_first_start(up):
    assert load_client_keys(up.settings.keys_directory).codec
