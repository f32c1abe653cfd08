"""Serve an app on loopback, within the event loop that is running."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from fastapi import FastAPI

LOOPBACK = "127.0.0.1"


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # an interrupt belongs to the program that runs this server, not to the server
        yield


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[str]:
    """Yield the URL under which the app answers, on a free port; stop it on leaving."""
    listener = socket.create_server((LOOPBACK, 0))
    config = uvicorn.Config(
        app, http="h11", ws="none", log_config=None, access_log=False, timeout_graceful_shutdown=1
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        # the socket listens already: whoever asks before the server has started is kept waiting
        yield f"http://{LOOPBACK}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
        listener.close()
