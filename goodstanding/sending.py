"""How a command reaches its account: under a deadline, with the product's errors.

Always update-with-start, but for an account that has just answered: its run is open, and to ask it alone costs the
server and the caller less. Where it has completed meanwhile, the next one is started after all.
"""

import asyncio
import secrets
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from temporalio.client import (
    Client,
    RPCTimeoutOrCancelledError,
    WithStartWorkflowOperation,
    WorkflowUpdateFailedError,
)
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from goodstanding.errors import (
    AccountBusyError,
    ConfigurationError,
    GoodstandingError,
    ServiceUnreachableError,
    error_of,
)
from goodstanding.messages import Answer, AnyCommand, Internals, Pace
from goodstanding.names import ACCOUNT_WORKFLOW, QUEUE, account_workflow_id
from goodstanding.update_ids import once_more, update_id

DEADLINE = timedelta(seconds=15)
"""Within it a command is answered, or its outcome is said to be unknown."""

_ENDED_MEANWHILE = "AcceptedUpdateCompletedWorkflow"
"""The run was terminated, cancelled or reset under the command: nobody knows what the record took in."""
_ASK_AGAIN_TYPES = frozenset({_ENDED_MEANWHILE, AccountBusyError.__name__})
_ASK_AGAIN = frozenset(
    {
        RPCStatusCode.UNAVAILABLE,
        RPCStatusCode.RESOURCE_EXHAUSTED,
        RPCStatusCode.ABORTED,
        RPCStatusCode.DEADLINE_EXCEEDED,
        RPCStatusCode.CANCELLED,
        RPCStatusCode.FAILED_PRECONDITION,
        RPCStatusCode.INTERNAL,
    }
)
_REFUSED = frozenset({RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNAUTHENTICATED})
_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 1.0

_AT_ONCE = 8
"""Of ten that the server lets one run have in flight; what others send has room beside it."""

_STAYS_AWAKE = Pace().linger.total_seconds()
"""Seconds after an answer in which a busy account's run is probably open; where it is not, one request was in vain."""
_BUSY = 60.0
"""Seconds between two answers after the second of which a run lingers."""
_REMEMBERED = 10_000
"""Accounts of which it is known when they answered."""

T = TypeVar("T")


@dataclass
class _Lane:
    """What this process has in flight for one account."""

    users: int = 0
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))


class Sender:
    """Sends commands from this process; those for one account a few at a time."""

    def __init__(self, temporal: Client, *, deadline: timedelta = DEADLINE) -> None:
        self._temporal = temporal
        self._deadline = deadline
        self._lanes: dict[str, _Lane] = {}
        self._answered_at: OrderedDict[str, tuple[float, bool]] = OrderedDict()

    async def send(self, command: AnyCommand | Internals) -> Answer:
        """Have the command carried out; the answer may be a refusal.

        Raises what is not stored with the account (`AccountNotFoundError`, `ConflictError`, malformed input) and
        `AccountBusyError` where the deadline passed: ask again with the same command id, repeating is harmless.
        """

        async def ask() -> Answer:
            async with self._place(command.account_id):
                answer = await self._asked_again_if_failed(command)
                self._remember(command.account_id)
                return answer

        # a run that is gone is not found: the next one takes the command
        return await answered(ask, self._deadline, ask_again={*_ASK_AGAIN, RPCStatusCode.NOT_FOUND})

    async def _asked_again_if_failed(self, command: AnyCommand | Internals) -> Answer:
        first = update_id(self._temporal, command)
        try:
            return await self._asked(command, first)
        except WorkflowUpdateFailedError as error:
            if not _is_remembered_by_temporal_alone(error):
                raise
        return await self._asked(command, once_more(first))

    async def _asked(self, command: AnyCommand | Internals, asked_as: str) -> Answer:
        if self._is_awake(command.account_id):
            try:
                return await self._updated(command, asked_as)
            except RPCError as error:
                if error.status is not RPCStatusCode.NOT_FOUND:
                    raise
        return await self._updated_with_start(command, asked_as)

    async def _updated(self, command: AnyCommand | Internals, asked_as: str) -> Answer:
        run = self._temporal.get_workflow_handle(account_workflow_id(command.account_id))
        answer: Answer = await run.execute_update(
            command.name, command, id=asked_as, result_type=Answer
        )
        return answer

    async def _updated_with_start(self, command: AnyCommand | Internals, asked_as: str) -> Answer:
        # a new one each time: an operation can be sent once
        start = WithStartWorkflowOperation[Any, Any](
            ACCOUNT_WORKFLOW,
            command.account_id,
            id=account_workflow_id(command.account_id),
            task_queue=QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            static_summary=f"account {command.account_id}",
        )
        try:
            answer: Answer = await self._temporal.execute_update_with_start_workflow(
                command.name,
                command,
                id=asked_as,
                result_type=Answer,
                start_workflow_operation=start,
            )
        except (RPCError, RPCTimeoutOrCancelledError):
            # the SDK puts the error in here as well, and asyncio complains of errors that nobody takes out
            with suppress(Exception):
                async with asyncio.timeout(_FIRST_PAUSE):
                    await start.workflow_handle()
            raise
        return answer

    def _is_awake(self, account_id: str) -> bool:
        answered_at, was_busy = self._answered_at.get(account_id, (0.0, False))
        return was_busy and time.monotonic() - answered_at < _STAYS_AWAKE

    def _remember(self, account_id: str) -> None:
        now = time.monotonic()
        before, _ = self._answered_at.get(account_id, (now - _BUSY, False))
        self._answered_at[account_id] = (now, now - before < _BUSY)
        self._answered_at.move_to_end(account_id)
        if len(self._answered_at) > _REMEMBERED:
            self._answered_at.popitem(last=False)

    @asynccontextmanager
    async def _place(self, account_id: str) -> AsyncIterator[None]:
        """Stay below the server's limit, at which it refuses one update and aborts all the others."""
        lane = self._lanes.setdefault(account_id, _Lane())
        lane.users += 1
        try:
            async with lane.places:
                yield
        finally:
            lane.users -= 1
            if not lane.users:
                del self._lanes[account_id]


async def send(
    temporal: Client, command: AnyCommand | Internals, *, deadline: timedelta = DEADLINE
) -> Answer:
    """Send one command, without anything to keep; see `Sender.send`."""
    return await Sender(temporal, deadline=deadline).send(command)


def raised(answer: Answer) -> Answer:
    """The answer, or the error that it carries."""
    refusal = answer.refusal
    if refusal is not None:
        raise error_of(refusal.code, refusal.message, refusal.field)
    return answer


async def answered(
    ask: Callable[[], Awaitable[T]],
    deadline: timedelta,
    *,
    ask_again: frozenset[RPCStatusCode] | set[RPCStatusCode] = _ASK_AGAIN,
) -> T:
    """Ask until there is an answer, within the deadline; raise the product's errors only."""
    last: BaseException | None = None
    try:
        # the SDK's own time-out is for each of its calls, and it makes many
        async with asyncio.timeout(deadline.total_seconds()):
            for pause in _pauses():
                try:
                    return await ask()
                except (WorkflowUpdateFailedError, RPCTimeoutOrCancelledError, RPCError) as error:
                    _raise_if_final(error, ask_again)
                    last = error
                await asyncio.sleep(pause)
    except TimeoutError:
        pass
    raise AccountBusyError from last


def _pauses() -> Iterator[float]:
    """Longer each time, and never the same for two who were sent away together."""
    pause = _FIRST_PAUSE
    while True:
        yield pause * (0.5 + secrets.randbelow(1000) / 1000)
        pause = min(2 * pause, _LONGEST_PAUSE)


def _raise_if_final(
    error: WorkflowUpdateFailedError | RPCTimeoutOrCancelledError | RPCError,
    ask_again: frozenset[RPCStatusCode] | set[RPCStatusCode],
) -> None:
    if isinstance(error, WorkflowUpdateFailedError):
        _raise_if_failed_for_good(error)
    elif isinstance(error, RPCError):
        _raise_if_refused(error, ask_again)
    else:
        task = asyncio.current_task()
        if task and task.cancelling():
            # the SDK turns a cancellation into its own error: the caller's, or our deadline's, goes on
            raise asyncio.CancelledError from error


def _is_remembered_by_temporal_alone(error: WorkflowUpdateFailedError) -> bool:
    """Whether the failure may be of long ago: the record keeps none, but the run does, for as long as it is open."""
    failure = _failure_of(error)
    return failure is not None and failure.type not in _ASK_AGAIN_TYPES


def _failure_of(error: WorkflowUpdateFailedError) -> ApplicationError | None:
    failure: BaseException | None = error.cause
    while failure is not None and not isinstance(failure, ApplicationError):
        failure = failure.__cause__
    return failure


def _raise_if_failed_for_good(error: WorkflowUpdateFailedError) -> None:
    failure = _failure_of(error)
    if failure is None:
        # the handler was cancelled or timed out with its run: what the record took in is unknown
        return
    if failure.type in _ASK_AGAIN_TYPES:
        return
    field = failure.details[0] if failure.details else None
    raise error_of(
        failure.type or GoodstandingError.__name__,
        failure.message,
        field if isinstance(field, str) else None,
    ) from error


def _raise_if_refused(
    error: RPCError, ask_again: frozenset[RPCStatusCode] | set[RPCStatusCode]
) -> None:
    if error.status in _REFUSED or "amespace" in error.message:
        raise ConfigurationError(f"Temporal refuses the client: {error.message}") from error
    if error.status not in ask_again:
        raise ServiceUnreachableError(f"Temporal: {error.status.name}: {error.message}") from error
