"""The cast on the whole service: real servers, real HTTP, files; and all that can be read afterwards."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
from temporalio.client import Client
from temporalio.runtime import TelemetryFilter

from examples.services.identity_provider import Behaviour
from examples.services.serving import running
from examples.services.webhook_receiver import WebhookReceiverService
from goodstanding.client import Goodstanding
from goodstanding.converter import data_converter
from goodstanding.errors import GoodstandingError
from goodstanding.keys import Keys, load_keys
from goodstanding.messages import (
    Acceptance,
    Actor,
    ApplyForQualification,
    DecideReview,
    Erase,
    FileAppeal,
    FileReport,
    Finding,
    Licence,
    RecordLicence,
    RecordViolation,
    Register,
    SubmitIdentity,
    Withdraw,
)
from goodstanding.policy.book import PolicyBook
from goodstanding.sealing import Identity, Operator, seal
from goodstanding.vocabulary import Role, Verdict
from goodstanding.webhooks import new_secret, signature_time, signed
from storage.policy_files import read_policies
from tests.privacy.cast import Cast, the_cast
from tests.privacy.parties import EchoingAuthority, EchoingProvider, overheard
from tests.privacy.search import (
    Place,
    captured_logs,
    files,
    histories,
    opened,
    tables,
    unsealed,
    words_of,
)
from tests.worker.services import client, environment, free_settings, free_values
from worker.embedded import Addresses, everything
from worker.settings import SHIPPED_POLICIES, Settings

HOLDER = Actor(id="holder-1", role=Role.HOLDER)
ASH = Actor(id="ash", role=Role.REVIEWER)
BIRCH = Actor(id="birch", role=Role.SENIOR_REVIEWER)
SYSTEM = Actor(id="worker", role=Role.SYSTEM)
CHINA, NEUTRAL = "cn-im-2014", "neutral"
READS = ("", "/requirements", "/notices", "/badge", "/capabilities/post", "/capabilities/no_such")

_PATIENCE = 60.0
_WORKS = 0.1


@dataclass
class Played:
    """What is left once all have played, and the service has stopped."""

    cast: Cast
    folder: Path
    keys: Keys
    places: dict[str, list[Place]] = field(default_factory=dict)
    """By what they are."""
    unsealed: list[str] = field(default_factory=list)
    """What is readable in a history and has to be sealed."""
    filings: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """What the authority acknowledged, by account."""
    erased: dict[str, bytes] = field(default_factory=dict)
    """What the vault held of the account that was erased, and the account's events, before it was."""
    events_before: list[tuple[Any, ...]] = field(default_factory=list)


@dataclass
class Stage:
    """The service while it runs."""

    cast: Cast
    settings: Settings
    addresses: Addresses
    platform: Goodstanding
    keys: Keys
    provider: EchoingProvider
    authority: EchoingAuthority
    http: httpx.AsyncClient
    secret: str
    book: PolicyBook = field(default_factory=lambda: read_policies(SHIPPED_POLICIES))
    said: list[bytes] = field(default_factory=list)
    """What callers were told: answers, errors, pages."""

    async def registered(self, account_id: str, policy: str = CHINA, **more: Any) -> None:
        """Register; display names are public, and have nothing to do with the real ones."""
        agreement = self.book.at(policy, datetime.now(UTC)).policy.agreement
        terms = Acceptance(
            id=agreement.id,
            version=agreement.version,
            text_digest=agreement.text_digest,
            pledges=dict.fromkeys(agreement.pledges, True),
        )
        fields = {
            "policy_id": policy,
            "kind": "private" if policy == CHINA else "standard",
            "holder_type": "person",
            "display_name": f"Maple {account_id}",
            "language": "en",
            "agreement": terms,
        }
        await self.platform.accounts.register(self.command(Register, account_id, **fields | more))

    def command(self, sort: Any, account_id: str, actor: Actor = HOLDER, **fields: Any) -> Any:
        """A command, under an id that says what it is."""
        given = {"account_id": account_id, "command_id": sort.__name__, "actor": actor}
        return sort(**{**given, **fields})

    async def submit(self, account_id: str, identity: Identity, attempt: int = 1) -> None:
        await self.platform.accounts.submit_identity(
            identity, account_id=account_id, command_id=f"identity-{attempt}", actor=HOLDER
        )

    async def until(self, holds: Awaitable[Any] | Any) -> None:
        """Wait, in real time."""
        async with asyncio.timeout(_PATIENCE):
            while not await holds():
                await asyncio.sleep(_WORKS)

    async def stage(self, account_id: str) -> str:
        return (await self.platform.accounts.get(account_id)).stage

    async def active(self, account_id: str, identity: Identity, **more: Any) -> None:
        """Register, hand the identity in, and wait until it is verified."""
        await self.registered(account_id, **more)
        await self.submit(account_id, identity)
        await self.becomes(account_id, "active")

    async def becomes(self, account_id: str, stage: str) -> None:
        async def is_there() -> bool:
            return await self.stage(account_id) == stage

        await self.until(is_there)

    async def fails(self, account_id: str) -> None:
        async def has_failed() -> bool:
            return (await self.platform.accounts.get(account_id)).verification == "failed"

        await self.until(has_failed)

    async def review(self, account_id: str) -> str:
        """The review of an account that waits for a person."""
        found: list[str] = []

        async def is_open() -> bool:
            found[:] = [
                one.review_id for one in (await self.platform.accounts.get(account_id)).reviews
            ]
            return bool(found)

        await self.until(is_open)
        return found[0]

    async def decide(self, account_id: str, verdict: Verdict, actor: Actor = ASH) -> None:
        await self.platform.accounts.decide_review(
            self.command(
                DecideReview,
                account_id,
                actor,
                review_id=await self.review(account_id),
                verdict=verdict,
                reasons="Looked at with care.",
            )
        )

    async def nothing_is_pending(self) -> bool:
        record = self.settings.temporal_file.with_name("goodstanding.db")
        return not [one for one in tables(record) if one.name.endswith("effect") and b"pending" in one.content]


@asynccontextmanager
async def _on_stage(folder: Path, cast: Cast, stack: AsyncExitStack) -> AsyncIterator[Stage]:
    secret = new_secret()
    secret_file = folder.parent / "secret"
    secret_file.write_text(secret)
    known = {one.number: Behaviour(name=one.name) for _, one in cast.people()}
    for calling in (cast.waits, cast.leaves):
        known[calling.number] = Behaviour(calls_back=True, name=calling.name)
    known[cast.others_number] = Behaviour(name="somebody else altogether")
    provider = EchoingProvider(
        secret, known, echoed=cast.echoed.number, unclear=cast.unclear.number
    )
    provider._country = None
    authority, webhook = EchoingAuthority(secret), WebhookReceiverService(secret)
    told = {"authority": overheard(authority.app), "receiver": overheard(webhook.app)}
    urls = [
        await stack.enter_async_context(running(app))
        for app in (provider.app, authority.app, webhook.app)
    ]
    settings = free_settings(
        folder,
        provider_policy=CHINA,
        identity_provider_url=urls[0],
        identity_provider_secret_file=secret_file,
        authority_urls=dict.fromkeys(("content_authority", "competent_department"), urls[1]),
        authority_secret_file=secret_file,
        webhook_url=f"{urls[2]}/webhook",
        webhook_secret_file=secret_file,
    )
    # the SDK's own words as well
    loud = TelemetryFilter(core_level="DEBUG", other_level="DEBUG")
    with patch("worker.metrics.TelemetryFilter", return_value=loud):
        addresses = await stack.enter_async_context(everything(settings))
    provider.callback_url = f"{addresses.api}/providers/identity/callbacks"
    http = await stack.enter_async_context(httpx.AsyncClient(base_url=addresses.api))
    platform = await stack.enter_async_context(
        client(settings.keys_directory, addresses.temporal, addresses.api)
    )
    yield Stage(
        cast,
        settings,
        addresses,
        platform,
        load_keys(settings.keys_directory),
        provider,
        authority,
        http,
        secret,
    ), told
