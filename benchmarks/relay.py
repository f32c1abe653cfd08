"""A socket between worker and database that can be cut, for outages that end when they are to end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from sqlalchemy.engine import make_url

_SOCKET = ".s.PGSQL.5432"
_PIECE = 65_536


class Relay:
    """Passes everything on while it is whole."""

    def __init__(self, here: Path, there: Path) -> None:
        self._here = here
        self._there = there
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def mend(self) -> None:
        """Take connections."""
        self._server = await asyncio.start_unix_server(self._pass_on, self._here)

    async def cut(self) -> None:
        """Break all connections, and take no new one."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in self._open:
            writer.transport.abort()
        self._here.unlink(missing_ok=True)
        await asyncio.sleep(0)

    async def _pass_on(self, near: asyncio.StreamReader, to_near: asyncio.StreamWriter) -> None:
        far, to_far = await asyncio.open_unix_connection(self._there)
        ends = {to_near, to_far}
        self._open |= ends
        try:
            await asyncio.gather(_copied(near, to_far), _copied(far, to_near))
        finally:
            self._open -= ends


async def _copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while piece := await reader.read(_PIECE):
            writer.write(piece)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def relayed(directory: Path, url: str) -> AsyncIterator[tuple[Relay, str]]:
    """A relay before the database of this URL, and the URL that goes through it."""
    real = make_url(url)
    relay = Relay(directory / _SOCKET, Path(str(real.query["host"])) / _SOCKET)
    await relay.mend()
    through = real.update_query_dict({"host": str(directory)})
    try:
        yield relay, through.render_as_string(hide_password=False)
    finally:
        await relay.cut()
