"""The world as it runs: workflows, timers, database, HTTP; only time is skipped."""

import asyncio
import sysconfig
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlmodel import col, select
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter
from temporalio.testing import WorkflowEnvironment

import goodstanding
from activities.content import ContentActivities
from activities.filings import FilingActivities
from activities.identity import IdentityActivities
from activities.ledger import LedgerActivities
from activities.notices import NoticeActivities
from activities.pacing import PacedLedger
from activities.reviews import ReviewActivities
from activities.upkeep import UpkeepActivities
from api.serving import Address, serving_api
from examples.demo.moments import SLACK
from examples.demo.people import behaviours
from examples.demo.script import Script
from examples.demo.stage import Counted, Duty, Entry, Told, day_zero, licences_of_platform
from examples.services.authority import AuthorityService
from examples.services.identity_provider import IdentityProviderService
from examples.services.serving import running
from examples.services.webhook_receiver import WebhookReceiverService
from goodstanding.checking import Checking
from goodstanding.client import Goodstanding
from goodstanding.converter import data_converter
from goodstanding.domain.capabilities import Check
from goodstanding.domain.record import Record, VerificationState
from goodstanding.errors import AccountNotFoundError, GoodstandingError
from goodstanding.keys import ClientKeys, init_keys, load_client_keys
from goodstanding.messages import Answer, AnyCommand, DecideReview, Refusal, SealedIdentity
from goodstanding.names import QUEUE, SEARCH_ATTRIBUTES, UPKEEP_WORKFLOW, account_of
from goodstanding.policy.book import PolicyBook
from goodstanding.policy.schema import Policy
from goodstanding.sealing import Identity, seal
from goodstanding.upkeep import Upkeep
from goodstanding.vocabulary import EffectState
from goodstanding.webhooks import new_secret
from storage import queries
from storage.audit import verify
from storage.events import event_of
from storage.policy_files import read_policies
from storage.tables import EffectRow, EventRow
from storage.texts import TextKeys
from worker.running import Activities, Running, running_workers
from worker.settings import SHIPPED_POLICIES, Settings
from worker.wiring import (
    IDENTITY_PROVIDER,
    Foundation,
    ThirdParties,
    api_parts,
    ensure_provider,
    founded,
    third_parties,
)

HORIZON = timedelta(days=30)
_LONGEST_SKIP = timedelta(days=10)
"""Upkeep runs at least so often: it has to come well within the horizon."""
_PATIENCE = 60
"""Seconds of real time in which whatever is under way has to be done."""
_PAUSE = 0.02
_QUIET = TelemetryFilter(core_level="ERROR", other_level="ERROR")
"""That this server is an old one is known, and of no use to who looks on."""


@dataclass
class Outside:
    """The third parties, as services of our own."""

    provider: IdentityProviderService
    authority: AuthorityService
    webhook: WebhookReceiverService


@dataclass
class LiveWorld:
    """A deployment on the time-skipping server."""

    environment: WorkflowEnvironment
    client: Goodstanding
    foundation: Foundation
    outside: Outside
    keys: ClientKeys
    horizon: timedelta | None
    start: datetime
    book: PolicyBook
    slack: timedelta = SLACK
    lag: timedelta = timedelta(seconds=5)
    _sweeps: int = field(default=0)

    async def seal(self, account_id: str, actor_id: str, identity: Identity) -> SealedIdentity:
        """Close an identity, so that only the verifying activity can open it."""
        key = self.keys.sealing_key
        return seal(identity, account_id=account_id, actor_id=actor_id, key=key)

    async def send(self, command: AnyCommand) -> Answer:
        """Carry a command out through the client; reviewers work on their reviews."""
        try:
            if isinstance(command, DecideReview):
                return await self.client.reviews.decide(command)
            return await self.client.accounts.send(command)
        except GoodstandingError as error:
            record = await self.record(command.account_id)
            return Answer(
                account_id=command.account_id,
                seq=record.seq,
                at=await self.environment.get_current_time(),
                stage=record.stage,
                standing=None,
                refusal=Refusal(code=error.code, message=error.message, field=error.field),
            )

    async def check(self, account_id: str, capability: str) -> Check:
        """Whether the account may do exactly this now, by HTTP."""
        said = await self.client.capabilities.check(account_id, capability)
        return Check(
            capability,
            allowed=said.allowed,
            denial=said.denial,
            cause=said.cause,
            until=said.until,
        )

    async def duties(self, account_id: str) -> tuple[Duty, ...]:
        """What is asked of the holder, by HTTP."""
        view = await self.client.accounts.requirements(account_id)
        asked = (*view.past_due, *view.currently_due, *view.due_later)
        return tuple(Duty(one.code, one.deadline) for one in asked)

    async def record(self, account_id: str) -> Record:
        """The record as the database has it."""
        async with self.foundation.record.reading() as session:
            return await queries.record(session, account_id) or Record(account_id)

    async def ledger(self, account_id: str) -> tuple[Entry, ...]:
        """The rows of the ledger."""
        asked = select(EventRow).where(EventRow.account_id == account_id)
        async with self.foundation.record.reading() as session:
            rows = (await session.exec(asked.order_by(col(EventRow.seq)))).all()
        return tuple(
            Entry(row.seq, row.at, event_of(row.kind, row.version, row.body)) for row in rows
        )

    async def notices(self, account_id: str) -> tuple[Told, ...]:
        """The holder's inbox, by HTTP, oldest first."""
        try:
            inbox = await self.client.accounts.notices(account_id)
        except AccountNotFoundError:
            return ()
        return tuple(
            Told(one.notice_id, one.kind, one.issued_at, one.text or "")
            for one in reversed(inbox.notices)
        )

    async def skip_to(self, instant: datetime) -> None:
        """Skip time, in pieces, with one sweep of Upkeep after each."""
        while (left := instant - await self.environment.get_current_time()) > timedelta(0):
            await self.environment.sleep(min(left, _LONGEST_SKIP))
            await self.settled()
            await self._sweep()

    async def settled(self) -> None:
        """Wait until no effect is pending and no call-back outstanding; no time is skipped here."""
        async with asyncio.timeout(_PATIENCE):
            while await self._is_busy():
                if await self._awaits_callbacks():
                    await self.outside.provider.answer_callbacks()
                await asyncio.sleep(_PAUSE)

    def fail_authority(self, account_id: str, times: int) -> None:
        """Let the authority's endpoint answer 503 for so many requests about this account."""
        self.outside.authority.fail_first(times, account_id=account_id)

    def asked(self, account_id: str) -> Counted:
        """How many requests about this account provider and authority have had."""
        outside = (self.outside.provider.asked, self.outside.authority.attempts)
        provider, authority = (
            sum(account_of(effect_id) == account_id for effect_id in asked) for asked in outside
        )
        return Counted(provider, authority)

    async def audit(self) -> list[str]:
        """What is wrong with the ledger; nothing where it is sound."""
        async with self.foundation.record.reading() as session:
            return [f"{one.account_id}, {one.seq}: {one.what}" for one in await verify(session)]

    async def _is_busy(self) -> bool:
        asked = select(EffectRow.effect_id).where(EffectRow.state == EffectState.PENDING).limit(1)
        async with self.foundation.record.reading() as session:
            pending = (await session.exec(asked)).first()
        return pending is not None or bool(self.outside.provider.outstanding)

    async def _awaits_callbacks(self) -> bool:
        """Whether every account that is to be called back knows of it: a provider takes its time."""
        waiting = [
            (await self.record(account_of(effect_id))).verification.state
            for effect_id in self.outside.provider.outstanding
        ]
        return bool(waiting) and all(state is VerificationState.WAITING for state in waiting)

    async def _sweep(self) -> None:
        self._sweeps += 1
        # awaiting a result would else skip to somebody's timer
        with self.environment.auto_time_skipping_disabled():
            await self.environment.client.execute_workflow(
                UPKEEP_WORKFLOW,
                Upkeep(reach=self.horizon),
                id=f"upkeep-{self._sweeps}",
                task_queue=QUEUE,
            )


@asynccontextmanager
async def live_world(
    scripts: Sequence[Script], *, horizon: timedelta | None = HORIZON
) -> AsyncIterator[LiveWorld]:
    """Start everything, with a database of its own; stop it in the opposite order on leaving."""
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory(prefix="goodstanding-demo-")))
        init_keys(directory / "keys")
        keys = load_client_keys(directory / "keys")
        environment = await stack.enter_async_context(await _time_skipping(keys))
        outside, settings = await _served(stack, scripts, directory, horizon)
        foundation = await _working(stack, environment, settings)
        url = await _answering(stack, environment, foundation)
        outside.provider.callback_url = f"{url}/providers/{IDENTITY_PROVIDER}/callbacks"
        client = await goodstanding.connect(
            environment.client,
            url,
            keys,
            clock=environment.get_current_time,
            checking=Checking(staleness=timedelta(0)),
        )
        await stack.enter_async_context(client)
        start = day_zero(await environment.get_current_time())
        world = LiveWorld(
            environment, client, foundation, outside, keys, horizon, start, foundation.book
        )
        await _begin(world, scripts[0].policy)
        yield world
        await world.settled()


async def _served(
    stack: AsyncExitStack, scripts: Sequence[Script], directory: Path, horizon: timedelta | None
) -> tuple[Outside, Settings]:
    """Serve the third parties, and settings that say where they are."""
    policies = {one.id: one.policy for one in read_policies(SHIPPED_POLICIES).published}
    secret = new_secret()
    (directory / "secret").write_text(secret)
    outside = Outside(
        IdentityProviderService(secret, behaviours(tuple(scripts), policies)),
        AuthorityService(secret),
        WebhookReceiverService(secret),
    )
    services = (outside.provider.app, outside.authority.app, outside.webhook.app)
    provider, authority, webhook = [
        await stack.enter_async_context(running(app)) for app in services
    ]
    urls = (provider, authority, webhook)
    return outside, _settings(directory, policies[scripts[0].policy], urls, horizon)


async def _working(
    stack: AsyncExitStack, environment: WorkflowEnvironment, settings: Settings
) -> Foundation:
    """Run the workers; this server has no schedules, so Upkeep is run by hand."""
    clock = environment.get_current_time
    foundation = await stack.enter_async_context(founded(settings, clock))
    parties = await stack.enter_async_context(third_parties(settings))
    activities = _activities(foundation, parties, environment)
    workers = Running(shutdown_grace=timedelta(seconds=2))
    await stack.enter_async_context(running_workers(environment.client, activities, workers))
    await ensure_provider(environment.client, foundation, clock)
    return foundation


async def _answering(
    stack: AsyncExitStack, environment: WorkflowEnvironment, foundation: Foundation
) -> str:
    """Serve the HTTP API by the clock that is skipped; return its URL."""
    parts = api_parts(
        foundation.settings,
        foundation.record,
        foundation.book,
        environment.client,
        keys_required=False,
    )
    by_clock = replace(parts, clock=environment.get_current_time)
    return await stack.enter_async_context(serving_api(by_clock, Address(port=0)))


async def _begin(world: LiveWorld, policy_id: str) -> None:
    """Give the platform the licences that its policy asks for, then wait for day 0."""
    published = world.book.at(policy_id, world.start)
    for command in licences_of_platform(published, world.start):
        await world.client.accounts.record_licence(command)
    await world.skip_to(world.start)


async def _time_skipping(keys: ClientKeys) -> WorkflowEnvironment:
    environment = await WorkflowEnvironment.start_time_skipping(
        data_converter=data_converter(keys.codec),
        runtime=Runtime(telemetry=TelemetryConfig(logging=LoggingConfig(_QUIET))),
        test_server_existing_path=f"{sysconfig.get_path('scripts')}/temporal-test-server",
    )
    client = environment.client
    attributes = {
        key.name: IndexedValueType.ValueType(key.indexed_value_type) for key in SEARCH_ATTRIBUTES
    }
    await client.operator_service.add_search_attributes(
        AddSearchAttributesRequest(namespace=client.namespace, search_attributes=attributes)
    )
    return environment


def _settings(
    directory: Path, policy: Policy, urls: tuple[str, str, str], horizon: timedelta | None
) -> Settings:
    """Data in the directory; provider, authority and webhook at their URLs."""
    provider, authority, webhook = urls
    secret_file = directory / "secret"
    authorities = {filing.to for filing in policy.filings.kinds.values()}
    return Settings(
        database_url=f"sqlite+aiosqlite:///{directory}/record.db",
        vault_url=f"sqlite+aiosqlite:///{directory}/vault.db",
        keys_directory=directory / "keys",
        provider_policy=policy.policy.id,
        horizon=horizon or "none",
        identity_provider_url=provider,
        identity_provider_secret_file=secret_file,
        authority_urls=dict.fromkeys(authorities, authority),
        authority_secret_files=dict.fromkeys(authorities, secret_file),
        webhook_url=f"{webhook}/webhook",
        webhook_secret_file=secret_file,
    )


def _activities(
    foundation: Foundation, outside: ThirdParties, environment: WorkflowEnvironment
) -> Activities:
    temporal, settings = environment.client, foundation.settings
    writing, reading = foundation.record.sessions, foundation.record.reading
    vault, keys = foundation.vault, foundation.keys
    ledger = LedgerActivities(writing, vault, foundation.book, keys)
    return Activities(
        ledger=PacedLedger(ledger, settings.pace),
        notices=NoticeActivities(reading, TextKeys(keys.wrapper), outside.webhook),
        identity=IdentityActivities(writing, vault, keys, outside.identity_provider),
        filings=FilingActivities(reading, vault, outside.authorities),
        content=ContentActivities(reading, outside.webhook),
        reviews=ReviewActivities(reading, temporal),
        upkeep=UpkeepActivities(reading, temporal),
    )
