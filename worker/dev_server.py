"""Temporal's development server as a program of its own, with its state in a file and with its UI."""

import asyncio
import contextlib
import os
import signal
import sysconfig
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from temporalio.client import Client
from temporalio.common import SearchAttributeIndexedValueType
from temporalio.converter import DataConverter

from goodstanding.errors import ConfigurationError
from goodstanding.names import SEARCH_ATTRIBUTES
from worker.metrics import Metrics
from worker.ports import LOOPBACK, PortTakenError, check_port_free
from worker.settings import Settings, variable

NAMESPACE = "default"

_START = 30.0
"""Seconds."""
_STOP = 10.0
_POLL = 0.1
_KINDS = {
    SearchAttributeIndexedValueType.KEYWORD: "Keyword",
    SearchAttributeIndexedValueType.DATETIME: "Datetime",
}


class DevServerError(ConfigurationError):
    """Temporal's development server does not start."""

    remedy = "Read what it wrote to its log, which the message names."


@dataclass(frozen=True)
class DevServer:
    """A running server: where it is, and where its UI is."""

    address: str
    ui: str
    client: Client


@asynccontextmanager
async def running_dev_server(
    settings: Settings, converter: DataConverter, metrics: Metrics, codec_url: str
) -> AsyncIterator[DevServer]:
    """Run it until the block is left; what it was told before it was stopped is there at the next start.

    It gets a session of its own: Ctrl-C in a terminal goes to every program of the terminal's group, and the
    server would be gone before the worker that needs it to stop in good order.
    """
    program = dev_server_program()
    file = settings.temporal_file
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _check_ports(settings)
    with file.with_suffix(".log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            program,
            *_arguments(settings, codec_url),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    _pid_file(file).write_text(f"{process.pid}\n", "ascii")
    try:
        address = f"{LOOPBACK}:{settings.temporal_port}"
        client = await _connected(process, address, converter, metrics, file)
        ui = f"http://{LOOPBACK}:{settings.ui_port}"
        await _shows_runs(ui, file)
        yield DevServer(address, ui, client)
    finally:
        await _stop(process)
        _pid_file(file).unlink(missing_ok=True)


def dev_server_program() -> str:
    """The program out of the wheel; `DevServerError` where the wheel is not installed."""
    program = Path(sysconfig.get_path("scripts"), "temporal")
    if not program.exists():
        raise DevServerError(
            "Temporal's development server is not installed: install goodstanding's extra 'local'."
        )
    return str(program)


def _arguments(settings: Settings, codec_url: str) -> list[str]:
    given = {
        "--ip": LOOPBACK,
        "--port": str(settings.temporal_port),
        "--ui-ip": LOOPBACK,
        "--ui-port": str(settings.ui_port),
        "--ui-codec-endpoint": codec_url,
        "--namespace": NAMESPACE,
        "--db-filename": str(settings.temporal_file),
        "--log-level": "warn",
        "--dynamic-config-value": "limit.maxIDLength=255",
    }
    attributes = (f"{key.name}={_KINDS[key.indexed_value_type]}" for key in SEARCH_ATTRIBUTES)
    return [
        "server",
        "start-dev",
        "--ui-disable-news-fetch",
        *(part for pair in given.items() for part in pair),
        *(part for attribute in attributes for part in ("--search-attribute", attribute)),
    ]


def _check_ports(settings: Settings) -> None:
    try:
        check_port_free(LOOPBACK, settings.temporal_port, "temporal_port")
        check_port_free(LOOPBACK, settings.ui_port, "ui_port")
    except PortTakenError as error:
        if left := _left_behind(settings.temporal_file):
            message = (
                f"{error.message} It is Temporal (process {left}), left behind by a "
                "`goodstanding up` that was killed; stop it with `kill` and its number."
            )
            raise PortTakenError(message, error.field) from None
        raise


def _left_behind(file: Path) -> int | None:
    try:
        pid = int(_pid_file(file).read_text("ascii"))
        os.kill(pid, 0)
    except (OSError, ValueError):
        return None
    return pid


async def _connected(
    process: asyncio.subprocess.Process,
    address: str,
    converter: DataConverter,
    metrics: Metrics,
    file: Path,
) -> Client:
    log = file.with_suffix(".log")
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_START):
            while process.returncode is None:
                try:
                    return await Client.connect(
                        address,
                        namespace=NAMESPACE,
                        data_converter=converter,
                        runtime=metrics.runtime,
                        interceptors=[metrics.interceptor()],
                    )
                except RuntimeError:
                    # it does not listen yet
                    await asyncio.sleep(_POLL)
    ended = f"ended with status {process.returncode}" if process.returncode else "does not answer"
    raise DevServerError(
        f"Temporal's development server {ended}; its log is {log}.", variable("temporal_port")
    )


async def _shows_runs(ui: str, file: Path) -> None:
    """Wait for the UI, which reaches the server by a connection of its own and tries again at leisure."""
    address = f"{ui}/api/v1/namespaces/{NAMESPACE}"
    with contextlib.suppress(TimeoutError):
        async with httpx.AsyncClient(trust_env=False) as http, asyncio.timeout(_START):
            while True:
                if await _is_answered(http, address):
                    return
                await asyncio.sleep(_POLL)
    raise DevServerError(
        f"Temporal's UI does not answer at {ui}; its log is {file.with_suffix('.log')}.",
        variable("ui_port"),
    )


async def _is_answered(http: httpx.AsyncClient, address: str) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return (await http.get(address)).is_success
    return False


async def _stop(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGINT)
    try:
        async with asyncio.timeout(_STOP):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _pid_file(file: Path) -> Path:
    return file.with_suffix(".pid")
