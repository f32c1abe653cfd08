"""What the HTTP service is made of, and the present as it reads it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request

from goodstanding.clock import Clock, now_by
from goodstanding.keys import SealingKey
from goodstanding.messages import SettleEffects
from storage.engine import Sessions
from storage.policies import LiveBook
from storage.texts import TextKeys

Settle = Callable[[SettleEffects], Awaitable[object]]
"""By what a call-back reaches its account, such as `partial(goodstanding.sending.send, temporal)`."""


@dataclass(frozen=True)
class ApiParts:
    """Everything that the service needs; nothing of it can open an identity."""

    sessions: Sessions
    """They only read."""
    book: LiveBook
    clock: Clock
    settle: Settle
    """Returns once the account has taken it in; `UnansweredError` where nobody knows. Repeats are harmless."""
    texts: TextKeys
    """Opens what notices say."""
    sealing_key: SealingKey
    provider_secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The shared secret of each provider that calls back, by the provider's name."""
    webhook_secret: str | None = field(default=None, repr=False)
    """The platform's own, with which it signs receipts; None takes none."""
    keys_required: bool = True
    """Without keys the service answers to this machine only (`api.serving` sees to it)."""

    async def now(self) -> datetime:
        """The present by the clock."""
        return await now_by(self.clock)


def _parts(request: Request) -> ApiParts:
    parts: ApiParts = request.app.state.parts
    return parts


Parts = Annotated[ApiParts, Depends(_parts)]
"""The parts of the app that was asked."""
