"""What Upkeep is told to do, and what it did."""

from datetime import timedelta

from goodstanding.messages import Message


class Upkeep(Message):
    """Which accounts a sweep starts a run for: all that have something to do until then."""

    reach: timedelta | None
    """From now on; negative for what is overdue, None for every account with a deadline."""


class Swept(Message):
    """What a sweep found."""

    found: int
    """Accounts that had something to do."""
    started: int
    """Accounts that had no run, and have one now."""
