"""May this account do that, now? The hot path: a short cache, and a stated choice for when nobody answers."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from goodstanding.clock import Clock, now_by
from goodstanding.errors import CapabilityDeniedError, MalformedError, ServiceUnreachableError
from goodstanding.messages import Refusal
from goodstanding.reads import Reads, checked_pair
from goodstanding.views import CheckView

SERVICE_UNREACHABLE = "SERVICE_UNREACHABLE"
"""The denial of a check that was answered by assumption."""
_BATCH = 500
"""As many checks as the service answers at once."""


class WhenUnreachable(StrEnum):
    """What is assumed while the service cannot be asked."""

    CLOSED_FOR_LICENSED = "closed_for_licensed"
    """No to what a policy calls licensed, and to what is not known to be anything else; yes to the rest."""
    CLOSED = "closed"
    OPEN = "open"
    RAISE = "raise"
    """`ServiceUnreachableError`: the caller decides."""


@dataclass(frozen=True)
class Checking:
    """How fresh an answer has to be, and what holds without one."""

    staleness: timedelta = timedelta(seconds=5)
    """An answer is used for so long; a no never past the instant at which it ends by itself."""
    when_unreachable: WhenUnreachable = WhenUnreachable.CLOSED_FOR_LICENSED
    remembered: int = 100_000
    """How many answers are kept; the oldest go first."""


class Capabilities:
    """Checks of capabilities, one or many."""

    def __init__(self, reads: Reads, clock: Clock, checking: Checking) -> None:
        self._reads = reads
        self._clock = clock
        self._checking = checking
        self._known: dict[tuple[str, str], tuple[datetime, CheckView]] = {}
        self._licensed: dict[str, bool] = {}

    async def check(self, account_id: str, capability: str) -> CheckView:
        """Whether the account may do this; raises where account or capability do not exist.

        What is assumed without an answer is assumed only where nobody answers: what cannot be an id is a
        `MalformedError`, and an answer of somebody else a `NotTheServiceError`.
        """
        asked = (account_id, capability)
        now = await now_by(self._clock)
        if found := self._fresh(asked, now):
            return found
        try:
            answer = await self._reads.check(account_id, capability)
        except ServiceUnreachableError:
            return self._assumed(asked, now)
        self._learn(answer, now)
        return answer

    async def check_many(self, pairs: list[tuple[str, str]]) -> tuple[CheckView, ...]:
        """The same for pairs of account and capability, in their order; asked together what is not known.

        One that has no answer carries a `refusal`, and is not allowed.
        """
        now = await now_by(self._clock)
        found = {pair: self._fresh(pair, now) or _malformed(pair, now) for pair in pairs}
        unknown = [pair for pair, answer in found.items() if answer is None]
        for start in range(0, len(unknown), _BATCH):
            some = unknown[start : start + _BATCH]
            found.update(zip(some, await self._asked(some, now), strict=True))
        return tuple(answer for pair in pairs if (answer := found[pair]))

    async def _asked(self, pairs: list[tuple[str, str]], now: datetime) -> tuple[CheckView, ...]:
        try:
            answers = (await self._reads.checks(pairs)).checks
        except ServiceUnreachableError:
            return tuple(self._assumed(pair, now) for pair in pairs)
        for answer in answers:
            self._learn(answer, now)
        return answers

    async def require(self, account_id: str, capability: str) -> CheckView:
        """The answer where it is yes, else `CapabilityDeniedError` with the policy's code."""
        answer = await self.check(account_id, capability)
        if not answer.allowed:
            message = f"The account {account_id} may not {capability}: {answer.denial}."
            raise CapabilityDeniedError(message, "capability", denial=answer.denial)
        return answer

    def _fresh(self, asked: tuple[str, str], now: datetime) -> CheckView | None:
        known = self._known.get(asked)
        if known is None:
            return None
        at, answer = known
        is_stale = now - at >= self._checking.staleness
        changes = answer.until is not None and answer.until <= now
        return None if is_stale or changes else answer

    def _learn(self, answer: CheckView, now: datetime) -> None:
        if answer.refusal is not None:
            return
        if answer.licensed is not None:
            self._licensed[answer.capability] = answer.licensed
        asked = (answer.account_id, answer.capability)
        self._known.pop(asked, None)
        self._known[asked] = (now, answer)
        while len(self._known) > self._checking.remembered:
            del self._known[next(iter(self._known))]

    def _assumed(self, asked: tuple[str, str], now: datetime) -> CheckView:
        account_id, capability = asked
        match self._checking.when_unreachable:
            case WhenUnreachable.RAISE:
                raise ServiceUnreachableError
            case WhenUnreachable.OPEN:
                allowed = True
            case WhenUnreachable.CLOSED:
                allowed = False
            case WhenUnreachable.CLOSED_FOR_LICENSED:
                allowed = not self._licensed.get(capability, True)
        return CheckView(
            account_id=account_id,
            capability=capability,
            as_of=now,
            allowed=allowed,
            denial=None if allowed else SERVICE_UNREACHABLE,
            is_assumed=True,
        )


def _malformed(pair: tuple[str, str], now: datetime) -> CheckView | None:
    """The refusal of what can be neither an account nor a capability: it would spoil all the others."""
    try:
        checked_pair(*pair)
    except MalformedError as error:
        refusal = Refusal(code=error.code, message=error.message, field=error.field)
        account_id, capability = pair
        return CheckView(
            account_id=account_id,
            capability=capability,
            as_of=now,
            allowed=False,
            refusal=refusal,
        )
    return None
