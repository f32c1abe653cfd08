"""What time it is, for those who may ask: clients, the API and the command line; never the record.

Production has the system's clock. Where time is skipped, in tests and in the demo, everybody is given the
clock of that server, else each check would be answered for today.
"""

import inspect
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime | Awaitable[datetime]]


def system_clock() -> datetime:
    """The present, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - this is where time comes from


async def now_by(clock: Clock) -> datetime:
    """The present by this clock."""
    present = clock()
    return await present if inspect.isawaitable(present) else present
