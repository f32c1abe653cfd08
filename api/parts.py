"""What the HTTP service is made of, and the present as it reads it."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Protocol

from fastapi import Depends, Request

from goodstanding.keys import KeyWrapper, SealingKey
from goodstanding.messages import SettleEffects
from goodstanding.policy.book import PolicyBook
from storage.engine import Sessions

Clock = Callable[[], datetime | Awaitable[datetime]]
"""The present: the system's in production, that of the environment where time is skipped."""


class SettlementSender(Protocol):
    """By what a call-back reaches its account; repeating it is harmless."""

    async def settle_effects(self, command: SettleEffects) -> None:
        """Return once the account has taken it in; raise `UnansweredError` where nobody knows."""
        ...


@dataclass(frozen=True)
class ApiParts:
    """Everything that the service needs; nothing of it can open an identity."""

    sessions: Sessions
    """They only read."""
    book: PolicyBook
    clock: Clock
    settlements: SettlementSender
    wrapper: KeyWrapper
    """Opens the accounts' text keys: the words of notices lie under them."""
    sealing_key: SealingKey
    provider_secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The shared secret of each provider that calls back, by the provider's name."""
    keys_required: bool = True
    """Without keys the service answers to this machine only (`api.serving` sees to it)."""

    async def now(self) -> datetime:
        """The present by the clock."""
        present = self.clock()
        return await present if inspect.isawaitable(present) else present


def _parts(request: Request) -> ApiParts:
    parts: ApiParts = request.app.state.parts
    return parts


Parts = Annotated[ApiParts, Depends(_parts)]
"""The parts of the app that was asked."""
