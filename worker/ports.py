"""Ports: is one free, and which setting chooses it."""

import contextlib
import errno
import secrets
import socket

from goodstanding.errors import ConfigurationError
from worker.settings import variable

LOOPBACK = "127.0.0.1"


class PortTakenError(ConfigurationError):
    """Another program listens on this port."""

    remedy = "Stop the other program, or set another port."


def check_port_free(host: str, port: int, setting: str) -> None:
    """`PortTakenError` names the setting; `ConfigurationError` where the address is not of this machine."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    name = variable(setting)
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            message = f"Port {port} on {host} is taken; set {name} to another one."
            raise PortTakenError(message, name) from None
        if error.errno != errno.EACCES:
            # the port is free, or would be: it is the address that is not of this machine
            name = name.removesuffix("PORT") + "HOST"
        message = f"{name}: nothing here can listen on {host}, port {port}."
        raise ConfigurationError(message, name) from None


def free_port(host: str = LOOPBACK) -> int:
    """A port that nobody uses, and that the system gives to no outgoing connection a moment later."""
    while True:
        port = _LOWEST + secrets.randbelow(_HIGHEST - _LOWEST)
        with contextlib.suppress(OSError), socket.create_server((host, port)):
            return port


# below those that Linux and macOS take for outgoing connections
_LOWEST, _HIGHEST = 20_000, 32_000
