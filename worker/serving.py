"""HTTP servers within the event loop that is running."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn

from goodstanding.errors import ConfigurationError
from worker.settings import variable

AsgiApp = Callable[..., Any]

_GRACE = 5
"""Seconds that requests in flight get when the server stops."""


class PortTakenError(ConfigurationError):
    """Another program listens on this port."""

    remedy = "Stop the other program, or set another port."


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # an interrupt belongs to the program that runs this server, not to the server
        yield


@asynccontextmanager
async def serving(app: AsgiApp, host: str, port: int, setting: str) -> AsyncIterator[str]:
    """Yield the URL under which the app answers; `PortTakenError` names the setting of a taken port."""
    listener = listening(host, port, setting)
    config = uvicorn.Config(
        app, ws="none", log_config=None, access_log=False, timeout_graceful_shutdown=_GRACE
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        # the socket listens already: whoever asks before the server has started is kept waiting
        yield f"http://{_name(host)}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
        listener.close()


def listening(host: str, port: int, setting: str) -> socket.socket:
    """Take a port; `PortTakenError`, or `ConfigurationError` for an address that is not here."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    name = variable(setting)
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        if error.errno in _TAKEN:
            message = f"Port {port} on {host} is taken; set {name} to another one."
            raise PortTakenError(message, name) from None
        message = f"{name}: it is not possible to listen on {host}:{port} ({error.strerror})."
        raise ConfigurationError(message, name) from None


def check_port_free(host: str, port: int, setting: str) -> None:
    """The same for a program that will listen there itself."""
    listening(host, port, setting).close()


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody used a moment ago."""
    with socket.create_server((host, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _name(host: str) -> str:
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - only compared
    return f"[{shown}]" if ":" in shown else shown


_TAKEN = (errno.EADDRINUSE,)
