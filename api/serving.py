"""Serves the HTTP service and the codec server within the event loop of whoever runs them."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass

import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.codec_server import CodecParts, create_codec_app
from api.loopback import LOOPBACK, is_loopback
from api.parts import ApiParts
from goodstanding.errors import ConfigurationError
from storage import api_reads

API_PORT = 8080
CODEC_PORT = 8081
_GRACE = 10
"""Seconds that a request under way gets when the service stops."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Address:
    """Where something listens; port 0 takes any that is free."""

    host: str = LOOPBACK
    port: int = API_PORT


@dataclass(frozen=True)
class CodecAddress(Address):
    """Where the codec server listens."""

    port: int = CODEC_PORT
    is_shielded: bool = False
    """Only this machine gets through to the address, as to a container's port that is published on
    loopback: then the server does without a token there too."""


@asynccontextmanager
async def serving(
    parts: ApiParts,
    codec: CodecParts | None = None,
    *,
    address: Address = Address(),
    codec_address: CodecAddress = CodecAddress(),
) -> AsyncIterator[tuple[str, str | None]]:
    """Serve both until the block is left; yield their URLs. `ConfigurationError` where one may not listen."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(serving_api(parts, address))
        codec_url = None
        if codec is not None:
            codec_url = await stack.enter_async_context(serving_codec(codec, codec_address))
        yield url, codec_url


@asynccontextmanager
async def serving_api(parts: ApiParts, address: Address = Address()) -> AsyncIterator[str]:
    """Serve the HTTP service; beyond loopback only with keys, and once there has been one."""
    await _check_exposure(parts, address.host)
    async with running(create_app(parts), address) as url:
        yield url


@asynccontextmanager
async def serving_codec(
    parts: CodecParts, address: CodecAddress = CodecAddress()
) -> AsyncIterator[str]:
    """Serve the codec server; beyond loopback only with a token, or behind a shield."""
    is_open = not parts.token and not is_loopback(address.host)
    if is_open and address.is_shielded:
        _log.warning(
            "the codec server has no token: whatever reaches it through its shield reads everything"
        )
    elif is_open:
        raise ConfigurationError(
            f"The codec server has no token, so it cannot listen on {address.host}: "
            f"give it one, or let it listen on {LOOPBACK}.",
            "codec_host",
        )
    async with running(create_codec_app(parts), address) as url:
        yield url


@asynccontextmanager
async def running(app: FastAPI, address: Address) -> AsyncIterator[str]:
    """Serve an app; leaving the block lets requests under way end and then stops it."""
    listener = _listen(address)
    config = uvicorn.Config(
        app,
        ws="none",
        log_config=None,
        # a line for each request would say who looked at which account
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]), name=f"serving {app.title}")
    host = f"[{address.host}]" if ":" in address.host else address.host
    try:
        # the socket listens already: whoever asks before the server has started is kept waiting
        yield f"http://{host}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
        listener.close()


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # an interrupt belongs to the program that runs this server, not to the server
        yield


async def _check_exposure(parts: ApiParts, host: str) -> None:
    if is_loopback(host):
        return
    if not parts.keys_required:
        raise ConfigurationError(
            f"Without API keys the service cannot listen on {host}: require keys, "
            f"or let it listen on {LOOPBACK}.",
            "api_host",
        )
    now = await parts.now()
    async with parts.sessions() as session:
        if await api_reads.has_api_key(session, now):
            return
        had_one = await api_reads.had_api_key(session)
    if not had_one:
        raise ConfigurationError(
            f"There is no API key yet, so the service does not listen on {host}: make one, "
            f"or let it listen on {LOOPBACK}.",
            "api_host",
        )
    # what needs no key has to go on: badges, answers to reporters, the call-backs of providers
    _log.warning("every API key has ended or was revoked: what needs one is refused")


def _listen(address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    # asyncio sends small answers at once only where the protocol is named; else each waits 40 ms
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((address.host, address.port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise ConfigurationError(
            f"Nothing can listen on {address.host}:{address.port}: {error.strerror}.", "port"
        ) from error
    return listener
