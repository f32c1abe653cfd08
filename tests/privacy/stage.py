"""The whole service for a cast: real servers and files, real HTTP, third parties that misbehave."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
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
from goodstanding.messages import Acceptance, Actor, DecideReview, Register
from goodstanding.names import account_workflow_id
from goodstanding.policy.book import PolicyBook
from goodstanding.sealing import Identity
from goodstanding.vocabulary import Role, Verdict
from goodstanding.webhooks import new_secret
from storage.policy_files import read_policies
from tests.privacy.cast import Cast
from tests.privacy.parties import EchoingAuthority, EchoingProvider, overheard
from tests.privacy.search import tables
from tests.worker.services import client, free_settings
from worker.embedded import Addresses, everything
from worker.settings import SHIPPED_POLICIES, Settings

HOLDER = Actor(id="holder-1", role=Role.HOLDER)
ASH = Actor(id="ash", role=Role.REVIEWER)
BIRCH = Actor(id="birch", role=Role.SENIOR_REVIEWER)
SYSTEM = Actor(id="worker", role=Role.SYSTEM)
CHINA, NEUTRAL = "cn-im-2014", "neutral"
AUTHORITIES = ("content_authority", "competent_department")

_PATIENCE = 60.0
_PAUSE = 0.1


@dataclass
class Stage:
    """The service while it runs, and what everybody hears."""

    cast: Cast
    settings: Settings
    addresses: Addresses
    platform: Goodstanding
    provider: EchoingProvider
    authority: EchoingAuthority
    http: httpx.AsyncClient
    secret: str
    heard: dict[str, list[bytes]]
    """What the receiver of notices and the authority were sent."""
    said: list[bytes] = field(default_factory=list)
    """What callers were told: answers, errors, pages."""

    @property
    def record(self) -> Path:
        """The file of the record."""
        return self.settings.temporal_file.with_name("goodstanding.db")

    @property
    def vault(self) -> Path:
        """The file of the vault."""
        return self.settings.temporal_file.with_name("vault.db")

    async def registered(self, account_id: str, policy: str = CHINA, **more: Any) -> None:
        """Register; display names are public, and have nothing to do with the real ones."""
        agreement = _policies().at(policy, datetime.now(UTC)).policy.agreement
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
        await self.send(Register, account_id, **fields | more)

    async def send(self, sort: Any, account_id: str, actor: Actor = HOLDER, **fields: Any) -> Any:
        """Send a command, under an id that says what it is unless one is given."""
        given = {"account_id": account_id, "command_id": sort.__name__, "actor": actor}
        answer = await self.platform.accounts.send(sort(**{**given, **fields}))
        self.said.append(answer.model_dump_json().encode())
        return answer

    async def submit(self, account_id: str, identity: Identity, attempt: int = 1) -> None:
        """Hand an identity in."""
        await self.platform.accounts.submit_identity(
            identity, account_id=account_id, command_id=f"identity-{attempt}", actor=HOLDER
        )

    async def active(self, account_id: str, identity: Identity, **more: Any) -> None:
        """Register, hand the identity in, and wait until it is verified."""
        await self.registered(account_id, **more)
        await self.submit(account_id, identity)
        await self.becomes(account_id, "active")

    async def becomes(self, account_id: str, stage: str) -> None:
        """Wait for a stage."""

        async def is_there() -> bool:
            return (await self.platform.accounts.get(account_id)).stage == stage

        await until(is_there)

    async def is_verified_as(self, account_id: str, state: str) -> None:
        """Wait for what the verification comes to."""

        async def is_so() -> bool:
            return (await self.platform.accounts.get(account_id)).verification == state

        await until(is_so)

    async def is_tried_again(self, account_id: str) -> None:
        """Wait until something outside did not work the first time; what ops see of that is gathered."""
        outsider = await Client.connect(self.addresses.temporal)
        run = outsider.get_workflow_handle(account_workflow_id(account_id))

        async def is_so() -> bool:
            described = (await run.describe()).raw_description
            self.said.append(described.SerializeToString())
            return any(one.attempt > 1 for one in described.pending_activities)

        await until(is_so)

    async def decide(self, account_id: str, verdict: Verdict, actor: Actor = ASH) -> None:
        """Wait for the account's review, and decide it."""
        found: list[str] = []

        async def is_open() -> bool:
            view = await self.platform.accounts.get(account_id)
            found[:] = [one.review_id for one in view.reviews]
            return bool(found)

        await until(is_open)
        fields = {"review_id": found[0], "verdict": verdict, "reasons": "Looked at with care."}
        await self.send(DecideReview, account_id, actor, command_id=f"decide-{verdict}", **fields)

    async def nothing_is_pending(self) -> bool:
        """Whether every effect has ended, one way or the other."""
        (effects,) = [one for one in tables(self.record) if one.name.endswith(", effect")]
        return b"\npending\n" not in effects.content


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait, in real time."""
    async with asyncio.timeout(_PATIENCE):
        while not await holds():  # noqa: ASYNC110 - see below
            # it is for the servers to go on, and they tell nobody
            await asyncio.sleep(_PAUSE)


@asynccontextmanager
async def stage_for(cast: Cast, folder: Path) -> AsyncIterator[Stage]:
    """Run the whole service in this folder until the block is left."""
    async with AsyncExitStack() as stack:
        secret = new_secret()
        secret_file = folder.with_name("secret")
        secret_file.write_text(secret)
        provider = _provider(cast, secret)
        authority, receiver = EchoingAuthority(secret), WebhookReceiverService(secret)
        heard = {"authority": overheard(authority.app), "receiver": overheard(receiver.app)}
        asked, filed, told = [
            await stack.enter_async_context(running(app))
            for app in (provider.app, authority.app, receiver.app)
        ]
        settings = free_settings(
            folder,
            provider_policy=CHINA,
            identity_provider_url=asked,
            identity_provider_secret_file=secret_file,
            authority_urls=dict.fromkeys(AUTHORITIES, filed),
            authority_secret_files=dict.fromkeys(AUTHORITIES, secret_file),
            webhook_url=f"{told}/webhook",
            webhook_secret_file=secret_file,
        )
        # the SDK's own words as well
        loud = TelemetryFilter(core_level="DEBUG", other_level="DEBUG")
        with patch("worker.metrics.TelemetryFilter", return_value=loud):
            addresses = await stack.enter_async_context(everything(settings))
        provider.callback_url = f"{addresses.api}/providers/identity/callbacks"
        http = httpx.AsyncClient(base_url=addresses.api, trust_env=False)
        await stack.enter_async_context(http)
        talking = client(settings.keys_directory, addresses.temporal, addresses.api)
        platform = await stack.enter_async_context(talking)
        yield Stage(cast, settings, addresses, platform, provider, authority, http, secret, heard)


def _provider(cast: Cast, secret: str) -> EchoingProvider:
    known = {one.number: Behaviour(name=one.name) for _, one in cast.people()}
    for one in (cast.waits, cast.leaves):
        known[one.number] = Behaviour(calls_back=True, name=one.name)
    known[cast.others_number] = Behaviour(name="somebody else")
    return EchoingProvider(
        secret, known, echoed=cast.echoed.number, unclear=cast.unclear.number, country=None
    )


@cache
def _policies() -> PolicyBook:
    return read_policies(SHIPPED_POLICIES)
