"""What a failed activity says, whatever it comes wrapped in."""

from collections.abc import Iterator
from typing import Any

from temporalio.exceptions import ApplicationError, FailureError

from workflows.options import BUGS

GAVE_UP = "gave_up"
"""The code of what was given up without an answer."""


def application_error(error: BaseException) -> ApplicationError | None:
    """The innermost error that the activity itself raised; none after a time-out."""
    found = [link for link in _chain(error) if isinstance(link, ApplicationError)]
    return found[-1] if found else None


def code_of(error: FailureError) -> str:
    """The failure as a code: the type of the last error, or that there was no answer."""
    raised = application_error(error)
    return (raised.type if raised else None) or GAVE_UP


def details_of(error: FailureError) -> tuple[Any, ...]:
    """What the activity's last error carried besides its message."""
    raised = application_error(error)
    return tuple(raised.details) if raised else ()


def final_in(error: FailureError) -> ApplicationError | None:
    """The error that ends the matter, a refusal or a mistake of ours; none where trying again may help."""
    raised = application_error(error)
    if raised is None or raised.non_retryable:
        return raised
    if raised.type in BUGS:
        # without what was wrong: it is in the history, for ops
        message = "This could not be carried out: a mistake of the service, not of the command."
        return ApplicationError(message, type="GoodstandingError", non_retryable=True)
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__
