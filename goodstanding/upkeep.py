"""What Upkeep is told to do, and what it did."""

from datetime import timedelta

from goodstanding.messages import Message


class Upkeep(Message):
    """What a sweep starts a run for: every account that has something to do until then, or every open review."""

    reach: timedelta | None
    """From now on; negative for what is overdue, None for every account with a deadline."""
    of_reviews: bool = False
    """Reviews that were opened before then and are open in the record, instead of accounts."""
    of_policies: bool = False
    """Accounts that were not looked at since a newer version of their policy began: they are asked for what is new."""
    of_bulks: bool = False
    """Bulk operations for which there is something to do, instead of accounts."""


class Swept(Message):
    """What a sweep found."""

    found: int
    """Accounts that had something to do, or open reviews, or accounts under an older policy version."""
    started: int
    """Of them those that had no run, and have one now; or were looked at under the newer version."""
