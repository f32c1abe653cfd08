"""The one place where the product reads a clock by itself; everything else is given the time."""

from datetime import UTC, datetime


async def system_clock() -> datetime:
    """The real time, in UTC: what CLI, API and client go by in production."""
    return datetime.now(UTC)  # noqa: TID251 - somebody has to ask the system, and only here
