"""API keys: 256 random bits each, of which the database keeps the SHA-256.

A slow hash protects what people think up; from 256 random bits no guessing leads back, so one plain
round is enough and costs the hot path nothing. When a key was last used is not stored: it would put a
write into every read, and say of each platform's client when it was at work.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel.ext.asyncio.session import AsyncSession

from goodstanding.errors import KeyRefusedError, MalformedError, ScopeMissingError
from goodstanding.messages import Actor
from goodstanding.vocabulary import Role
from storage import queries
from storage.engine import Sessions
from storage.tables import ApiKeyRow

FRESH = 10.0
"""Seconds for which a key is taken as it was read: so long a revoked one may still be let in."""
_PREFIX = "gsk_"
_BYTES = 32


class Scope(StrEnum):
    """What a key is meant for."""

    READ = "read"
    """Accounts and their requirements."""
    CAPABILITIES = "capabilities"
    """May this account do that now?"""
    NOTICES = "notices"
    """The inbox, with its words."""
    REVIEWS = "reviews"
    """The queue of what people have to decide."""
    BULK = "bulk"
    """Bulk operations, with the words that were written about them."""
    OPERATIONS = "operations"
    """What could not be done outside, and why."""
    METRICS = "metrics"
    """How much is asked and how fast it is answered, for Prometheus."""


@dataclass(frozen=True)
class ApiKey:
    """Who asks, and for what the key was given."""

    actor: Actor
    scopes: frozenset[str]
    ends_at: datetime | None

    def check(self, scope: Scope, now: datetime) -> None:
        """Raise `KeyRefusedError` where the key has ended, `ScopeMissingError` where it lacks the scope."""
        if self.ends_at is not None and self.ends_at <= now:
            raise KeyRefusedError("The API key has ended.")
        if scope not in self.scopes:
            given = ", ".join(sorted(self.scopes))
            raise ScopeMissingError(f"This needs the scope {scope}; the key has {given}.")


async def make_key(
    session: AsyncSession,
    actor: Actor,
    scopes: Collection[Scope],
    ends_at: datetime | None,
    now: datetime,
) -> str:
    """Add a key for this actor and give its token: the only time that anybody sees it."""
    if not scopes:
        raise MalformedError(f"scopes: at least one of {', '.join(Scope)} is asked for.", "scopes")
    if ends_at is not None and ends_at <= now:
        raise MalformedError("ends_at: an instant that is still to come is asked for.", "ends_at")
    token = _PREFIX + secrets.token_urlsafe(_BYTES)
    session.add(
        ApiKeyRow(
            hash=hash_of(token),
            actor_id=actor.id,
            role=actor.role.value,
            scopes=" ".join(sorted(set(scopes))),
            created_at=now,
            ends_at=ends_at,
            revoked_at=None,
        )
    )
    return token


def hash_of(token: str) -> str:
    """By what a token is found again."""
    return hashlib.sha256(token.encode()).hexdigest()


class KeyRing:
    """The keys as the service reads them, each kept for `FRESH` seconds; only real ones are kept."""

    def __init__(self, sessions: Sessions, seconds: Callable[[], float] = time.monotonic) -> None:
        self._sessions = sessions
        self._seconds = seconds
        self._read: dict[str, tuple[float, ApiKey]] = {}

    async def find(self, token: str, now: datetime) -> ApiKey:
        """The key with this token; `KeyRefusedError` where there is none, or it was revoked or has ended."""
        digest = hash_of(token)
        read_at, key = self._read.get(digest, (0.0, None))
        if key is not None and self._seconds() - read_at < FRESH:
            return key
        self._read.pop(digest, None)
        fresh = await self._load(digest, now)
        self._read[digest] = (self._seconds(), fresh)
        return fresh

    async def _load(self, digest: str, now: datetime) -> ApiKey:
        async with self._sessions() as session:
            row = await queries.api_key(session, digest, now)
        # the index compares as it likes, but only digests: they say nothing of a token
        if row is None or not hmac.compare_digest(row.hash, digest):
            raise KeyRefusedError("The API key is unknown, has ended or was revoked.")
        actor = Actor(id=row.actor_id, role=Role(row.role))
        return ApiKey(actor, frozenset(row.scopes.split()), row.ends_at)
