"""The platform's end of the webhook, as cheap as can be: what a receiver does is not what is measured."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

_TAKEN = b"HTTP/1.1 204 No Content\r\n\r\n"


class Receiver:
    """Takes every message unread, and counts them."""

    def __init__(self) -> None:
        self.url = ""
        self.taken = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection until it is closed."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
                await reader.readexactly(int(length))
                self.taken += 1
                writer.write(_TAKEN)
        writer.close()


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver on loopback."""
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/webhook"
    try:
        yield receiver
    finally:
        server.close()
