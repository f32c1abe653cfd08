"""A sign of life at a steady pace, for activities whose steps take longer than a lost worker may stay unnoticed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio import activity

_EVERY = 2.0


@asynccontextmanager
async def beating() -> AsyncIterator[None]:
    """Heartbeat until the block is left."""

    async def beat() -> None:
        while True:
            activity.heartbeat()
            await asyncio.sleep(_EVERY)

    beats = asyncio.create_task(beat())
    try:
        yield
    finally:
        beats.cancel()
