"""How long to wait and how often to try, by kind of work."""

from datetime import timedelta
from typing import Any

from temporalio.common import RetryPolicy

BUGS = (
    "AssertionError",
    "AttributeError",
    "DeadlineStuckError",
    "IndexError",
    "InternalRefusedError",
    "KeyError",
    "NameError",
    "NotImplementedError",
    "OverflowError",
    "RecursionError",
    "TypeError",
    "UnboundLocalError",
    "ValidationError",
    "ValueError",
)
"""Mistakes of ours: trying again cannot help, and would keep every other command of the account waiting."""

# All attempts together stay below the task timeout of 10 s, and the 8 s of it after which the SDK asks for more.
DATABASE: dict[str, Any] = {
    "schedule_to_close_timeout": timedelta(seconds=7),
    "start_to_close_timeout": timedelta(seconds=5),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(milliseconds=200),
        maximum_attempts=3,
        non_retryable_error_types=BUGS,
    ),
}
# Without a limit: what was asked for is carried out once the database is back, at most a second later.
DATABASE_DOWN: dict[str, Any] = {
    "start_to_close_timeout": timedelta(seconds=10),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(milliseconds=500),
        maximum_interval=timedelta(seconds=1),
        non_retryable_error_types=BUGS,
    ),
}
# Third parties: until the effect is given up. One request, which has a time-out of its own.
OUTSIDE: dict[str, Any] = {
    "start_to_close_timeout": timedelta(seconds=60),
    "retry_policy": RetryPolicy(
        maximum_interval=timedelta(minutes=10), non_retryable_error_types=BUGS
    ),
}
# One request after the other, each with its heartbeat.
NOTICES: dict[str, Any] = {
    **OUTSIDE,
    "start_to_close_timeout": timedelta(minutes=10),
    "heartbeat_timeout": timedelta(seconds=60),
}
# A mail server that is full or greylists wants to be left alone for a while; a letter is several requests.
MAIL: dict[str, Any] = {
    "start_to_close_timeout": timedelta(minutes=3),
    "retry_policy": RetryPolicy(
        maximum_interval=timedelta(minutes=30), non_retryable_error_types=BUGS
    ),
}
REVIEWS: dict[str, Any] = {
    "start_to_close_timeout": timedelta(seconds=20),
    "retry_policy": RetryPolicy(
        maximum_interval=timedelta(seconds=30), non_retryable_error_types=BUGS
    ),
}
# An account that is busy says so within the sender's own deadline; a vote is asked for until it is counted.
VOTE: dict[str, Any] = {
    "start_to_close_timeout": timedelta(seconds=60),
    "retry_policy": RetryPolicy(
        maximum_interval=timedelta(seconds=10), non_retryable_error_types=BUGS
    ),
}
SWEEP: dict[str, Any] = {
    "start_to_close_timeout": timedelta(hours=6),
    "heartbeat_timeout": timedelta(seconds=60),
    "retry_policy": RetryPolicy(
        maximum_interval=timedelta(minutes=1), non_retryable_error_types=BUGS
    ),
}
# A step of a bulk operation: until the record can be written.
BULK_STEP: dict[str, Any] = {
    "start_to_close_timeout": timedelta(seconds=60),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(milliseconds=500),
        maximum_interval=timedelta(seconds=10),
        non_retryable_error_types=BUGS,
    ),
}
# A slice of one; a worker that is lost is missed within the heartbeat's time.
BULK_SLICE: dict[str, Any] = {
    "start_to_close_timeout": timedelta(hours=1),
    "heartbeat_timeout": timedelta(seconds=10),
    "retry_policy": RetryPolicy(
        maximum_interval=timedelta(seconds=30), non_retryable_error_types=BUGS
    ),
}

LEAST_TRY = timedelta(minutes=1)
"""What should have been given up while no worker ran gets so long a time all the same."""
PARKED = timedelta(hours=1)
"""A deadline that does not move is looked at again after so long: a mended worker then goes on by itself."""
LONG_REVIEW = 500
"""Events after which the run of a review goes on in a new one."""
LONG_BULK = 1000
"""Events after which the run of a bulk operation does."""
NOBODY_ANSWERED = timedelta(seconds=5)
"""A slice that brought no answer at all is followed by the next one so much later."""
