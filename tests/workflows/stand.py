"""Everything that accounts need to live, for tests: real servers, a real record, third parties of our own."""

import asyncio
import json
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from sqlalchemy import delete
from sqlalchemy.exc import OperationalError
from sqlmodel import col, select
from temporalio import activity
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflow.v1 import WorkflowExecutionInfo
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer

import goodstanding
from activities.filings import FilingActivities
from activities.http_authority import HttpAuthority
from activities.http_identity import HttpIdentityProvider
from activities.http_webhook import HttpWebhook
from activities.identity import IdentityActivities
from activities.ledger import LedgerActivities
from activities.notices import NoticeActivities
from activities.pacing import PacedLedger
from activities.reviews import ReviewActivities
from activities.upkeep import UpkeepActivities
from examples.services.authority import AuthorityService
from examples.services.identity_provider import Behaviour, IdentityProviderService
from examples.services.webhook_receiver import WebhookReceiverService
from goodstanding.client import Goodstanding
from goodstanding.keys import Keys
from goodstanding.messages import (
    Acceptance,
    Actor,
    Answer,
    EffectRef,
    FileReport,
    Finding,
    Licence,
    OpenProvider,
    Pace,
    RecordLicence,
    RecordViolation,
    Register,
    SubmitIdentity,
    Transacted,
    Transaction,
)
from goodstanding.names import account_of, account_workflow_id
from goodstanding.policy.book import PolicyBook
from goodstanding.sealing import Identity, seal
from goodstanding.vocabulary import EffectKind, EffectState, Role
from goodstanding.webhooks import new_secret
from storage.engine import Database, Sessions
from storage.migrate import upgrade
from storage.policies import load_book, publish
from storage.tables import EffectRow, EventRow, HolderRow, TextRow
from storage.texts import TextKeys
from storage.vault import Vault
from worker.running import RUNNER, WORKFLOWS, Activities, Running, running_workers

HOLDER = Actor(id="holder-1", role=Role.HOLDER)
ASH = Actor(id="ash", role=Role.REVIEWER)
BIRCH = Actor(id="birch", role=Role.SENIOR_REVIEWER)
OPS = Actor(id="ops", role=Role.PLATFORM)
PUBLIC = Actor(id="reader-1", role=Role.PUBLIC)
COPIES = "neutral-copies"
"""The neutral policy, but for the copies of notices that it sends to the platform."""


_REPLAYED = 5
"""Of a chain of runs the last few."""


class BreakableSessions:
    """Sessions of a database that can go away."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self.is_down = False

    def __call__(self) -> Any:
        self._check()
        return self._sessions()

    def begin(self) -> Any:
        self._check()
        return self._sessions.begin()

    def _check(self) -> None:
        if self.is_down:
            raise OperationalError("SELECT 1", None, ConnectionRefusedError("made to fail"))


class WatchedLedger(PacedLedger):
    """The real ledger; tests see what it is asked, and can make it wait or answer otherwise."""

    def __init__(self, ledger: LedgerActivities) -> None:
        super().__init__(ledger, Pace())
        self.paces: dict[str, Pace] = {}
        self.asked: list[Transaction] = []
        self.held: dict[str, asyncio.Event] = {}
        self.mistakes: dict[tuple[str, str], Exception] = {}
        self.stuck: set[str] = set()
        self.extra: dict[str, EffectRef] = {}

    @activity.defn
    async def transact(self, transaction: Transaction) -> Transacted:
        command = transaction.command
        self.asked.append(transaction)
        if gate := self.held.get(command.account_id):
            await gate.wait()
        if mistake := self.mistakes.get((command.account_id, command.name)):
            raise mistake
        done = await super().transact(transaction)
        changes: dict[str, Any] = {"pace": self.paces.get(command.account_id, Pace())}
        if extra := self.extra.get(command.account_id):
            changes["effects"] = (*done.agenda.effects, extra)
        if command.account_id in self.stuck:
            changes |= {"next_deadline": transaction.now, "next_due": "made_to_stay"}
        return done.model_copy(update={"agenda": done.agenda.model_copy(update=changes)})

    def names_asked(self, account_id: str) -> list[str]:
        """The commands that were carried out for an account, in order."""
        return [one.command.name for one in self.asked if one.command.account_id == account_id]


@dataclass
class Stand:
    """A running deployment."""

    environment: WorkflowEnvironment
    client: Client
    goodstanding: Goodstanding
    keys: Keys
    database: Database
    vaults: Database
    vault: Vault
    book: PolicyBook
    sessions: BreakableSessions
    ledger: WatchedLedger
    activities: Activities
    provider: IdentityProviderService
    authority: AuthorityService
    webhook: WebhookReceiverService
    running: Running = field(default_factory=lambda: Running(shutdown_grace=timedelta(seconds=2)))

    # commands

    def register(self, account_id: str, policy: str = "neutral", **more: Any) -> Register:
        agreement = self.book.at(policy, datetime.now(UTC)).policy.agreement
        fields = {
            "account_id": account_id,
            "command_id": "register",
            "actor": HOLDER,
            "policy_id": policy,
            "kind": "standard" if policy.startswith("neutral") else "private",
            "holder_type": "person",
            "display_name": f"Somebody {account_id}",
            "language": "en",
            "agreement": Acceptance(
                id=agreement.id,
                version=agreement.version,
                text_digest=agreement.text_digest,
                pledges=dict.fromkeys(agreement.pledges, True),
            ),
        }
        return Register(**{**fields, **more})

    def contact(self, account_id: str, behaviour: Behaviour | None = None) -> Identity:
        """The identity of the account's holder under the neutral policy, known to the provider."""
        number = f"{account_id}@people.example"
        self.provider._people[number] = behaviour or Behaviour()
        self.provider._unavailable[number] = (behaviour or Behaviour()).unavailable
        return Identity(document="contact", number=number, name="Nobody", country="CN")

    async def submit(
        self, account_id: str, identity: Identity, command_id: str = "identity"
    ) -> Answer:
        return await self.goodstanding.accounts.submit_identity(
            identity, account_id=account_id, command_id=command_id, actor=HOLDER
        )

    async def submit_sealed_for(self, account_id: str, other: str) -> Answer:
        sealed = seal(
            self.contact(account_id),
            account_id=other,
            actor_id=HOLDER.id,
            key=self.keys.sealing_key,
        )
        command = SubmitIdentity(
            account_id=account_id, command_id="identity", actor=HOLDER, sealed=sealed
        )
        return await self.goodstanding.accounts.send(command)

    async def licensed(self) -> None:
        """Let the platform hold every licence that the policy asks of it."""
        provider = self.goodstanding.accounts
        system = Actor(id="worker", role=Role.SYSTEM)
        fields = {"account_id": "provider", "actor": system}
        await provider.open_provider(
            OpenProvider(command_id="bootstrap", policy_id="cn-im-2014", **fields)
        )
        today = (await self.now()).date()
        licence = Licence(
            number="L-1",
            authority="made_up_authority",
            valid_from=today - timedelta(days=400),
            valid_to=today + timedelta(days=9000),
        )
        policy = self.book.at("cn-im-2014", await self.now()).policy
        for code in policy.provider.licences:
            await provider.record_licence(
                RecordLicence(command_id=f"licence-{code}", code=code, licence=licence, **fields)
            )

    async def active(self, account_id: str, policy: str = "neutral") -> None:
        """Let the account be registered, verified and activated."""
        await self.goodstanding.accounts.register(self.register(account_id, policy))
        await self.submit(account_id, self.contact(account_id))
        await self.until(lambda: self.has_happened(account_id, "Activated"))

    def violation(
        self, account_id: str, name: str | None = None, rule: str = "spam", **more: Any
    ) -> RecordViolation:
        name = name or uuid4().hex[:12]
        finding = Finding(
            violation_id=f"v-{name}",
            acted_at=more.pop("acted_at", None) or datetime.now(UTC) - timedelta(hours=1),
            rule=rule,
            item=f"item-{name}",
            facts="Seen and read by a person.",
        )
        fields = {"account_id": account_id, "command_id": f"c-{name}", "actor": ASH, **more}
        return RecordViolation(finding=finding, **fields)

    def report(
        self, account_id: str, name: str | None = None, item: str | None = None
    ) -> FileReport:
        name = name or uuid4().hex[:12]
        return FileReport(
            account_id=account_id,
            command_id=f"c-{name}",
            actor=PUBLIC,
            report_id=f"r-{name}",
            ground="harmful",
            item=item or f"item-{name}",
            statement="This is not right.",
        )

    # what is seen

    def handle(self, account_id: str, run_id: str | None = None) -> WorkflowHandle[Any, Any]:
        return self.client.get_workflow_handle(account_workflow_id(account_id), run_id=run_id)

    async def result(self, handle: WorkflowHandle[Any, Any]) -> Any:
        """What a run that has ended said; waiting for it would move the clock of all the others."""
        with self.environment.auto_time_skipping_disabled():
            return await handle.result()

    async def status(self, account_id: str) -> WorkflowExecutionStatus | None:
        return WorkflowExecutionStatus((await self.info(account_id)).status)

    async def info(self, account_id: str) -> WorkflowExecutionInfo:
        """What the server says of the account's last run.

        The SDK's own `describe` stumbles over an unset date, which the time-skipping server gives as null.
        """
        request = DescribeWorkflowExecutionRequest(
            namespace=self.client.namespace,
            execution=WorkflowExecution(workflow_id=account_workflow_id(account_id)),
        )
        found = await self.client.workflow_service.describe_workflow_execution(request)
        return found.workflow_execution_info

    async def events(self, account_id: str) -> list[EventRow]:
        async with self.database.reading() as session:
            asked = select(EventRow).where(EventRow.account_id == account_id)
            return list(await session.exec(asked.order_by(col(EventRow.seq))))

    async def lateness(self, account_id: str) -> list[timedelta]:
        """By how much each deadline that was kept lay before the event that kept it."""
        found = [(event.at, json.loads(event.body)) for event in await self.events(account_id)]
        return [
            at - datetime.fromisoformat(body["due_at"]) for at, body in found if body.get("due_at")
        ]

    async def kinds(self, account_id: str) -> list[str]:
        return [event.kind for event in await self.events(account_id)]

    async def has_happened(self, account_id: str, kind: str) -> bool:
        return kind in await self.kinds(account_id)

    async def bodies(self, account_id: str, kind: str) -> list[Any]:
        return [
            json.loads(event.body) for event in await self.events(account_id) if event.kind == kind
        ]

    async def fingerprint(self, account_id: str) -> str | None:
        async with self.database.reading() as session:
            row = await session.get(HolderRow, account_id)
        return row.fingerprint if row else None

    async def erase_texts(self, account_id: str) -> None:
        async with self.database.sessions.begin() as session:
            await session.exec(delete(TextRow).where(col(TextRow.account_id) == account_id))

    def effect_ref(self, effect_id: str, kind: EffectKind = EffectKind.NOTICE) -> EffectRef:
        return EffectRef(effect_id=effect_id, kind=kind, give_up_at=datetime.now(UTC))

    def body(self, effect: EffectRow) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(effect.body)
        return body

    async def nothing_is_pending(self, account_id: str) -> bool:
        found = await self.effects(account_id)
        return bool(found) and all(one.state is not EffectState.PENDING for one in found)

    async def is_delivered(self, account_id: str, kind: str) -> bool:
        return any(
            one.kind == kind and one.state is EffectState.DELIVERED
            for one in await self.effects(account_id)
        )

    async def was_asked(self, account_id: str) -> bool:
        return any(account_of(effect_id) == account_id for effect_id in self.provider.asked)

    async def effects(self, account_id: str) -> list[EffectRow]:
        async with self.database.reading() as session:
            asked = select(EffectRow).where(EffectRow.account_id == account_id)
            return list(await session.exec(asked.order_by(col(EffectRow.effect_id))))

    async def has_status(self, account_id: str, status: WorkflowExecutionStatus) -> bool:
        return await self.status(account_id) is status

    async def asleep(self, account_id: str) -> None:
        """Wait until the account's run has completed."""
        await self.until(lambda: self.has_status(account_id, WorkflowExecutionStatus.COMPLETED))

    async def until(self, holds: Any, within: float = 15) -> None:
        """Wait in real time until something holds; time that can be skipped is skipped along."""
        async with asyncio.timeout(within):
            while not await holds():
                if self.environment.supports_time_skipping:
                    await self.environment.sleep(0.2)
                else:
                    await asyncio.sleep(0.02)

    async def now(self) -> datetime:
        return await self.environment.get_current_time()

    async def history(self, account_id: str, run_id: str | None = None) -> list[Any]:
        found = await self.handle(account_id, run_id).fetch_history()
        return list(found.events)

    async def activities_of(self, account_id: str) -> list[str]:
        """The regular activities of the account's last run, in order."""
        return [
            event.activity_task_scheduled_event_attributes.activity_type.name
            for event in await self.history(account_id)
            if event.HasField("activity_task_scheduled_event_attributes")
        ]

    async def run_id(self, account_id: str) -> str:
        """The run that is, or was, the account's last one."""
        return (await self.info(account_id)).execution.run_id

    async def replay(self, workflow_id: str) -> None:
        """Play the last run's history again, and those of the runs before it that went on in it.

        Another order of its commands would raise.
        """
        replayer = Replayer(
            workflows=WORKFLOWS,
            data_converter=self.client.data_converter,
            workflow_runner=RUNNER,
        )
        run_id: str | None = None
        for _ in range(_REPLAYED):
            handle = self.client.get_workflow_handle(workflow_id, run_id=run_id)
            history = await handle.fetch_history()
            # the replayer waits for ever for the first task of a run that has just begun
            if any(e.HasField("workflow_task_completed_event_attributes") for e in history.events):
                await replayer.replay_workflow(history)
            started = history.events[0].workflow_execution_started_event_attributes
            run_id = started.continued_execution_run_id
            if not run_id:
                break

    @contextmanager
    def outage(self) -> Iterator[None]:
        """The database is away."""
        self.sessions.is_down = True
        try:
            yield
        finally:
            self.sessions.is_down = False

    @contextmanager
    def holding(self, account_id: str) -> Iterator[asyncio.Event]:
        """Whatever is asked of the account's record waits until the event is set."""
        gate = self.ledger.held[account_id] = asyncio.Event()
        try:
            yield gate
        finally:
            gate.set()
            del self.ledger.held[account_id]


@asynccontextmanager
async def standing(
    environment: WorkflowEnvironment, keys: Keys, urls: tuple[str, str], policies: Path
) -> AsyncIterator[Stand]:
    """A deployment on this server and these two databases, with its workers."""
    async with (
        prepared(environment, keys, urls, policies) as stand,
        running_workers(stand.client, stand.activities, stand.running),
    ):
        yield stand


@asynccontextmanager
async def prepared(
    environment: WorkflowEnvironment, keys: Keys, urls: tuple[str, str], policies: Path
) -> AsyncIterator[Stand]:
    """The same, whose workers are not running yet."""
    await upgrade(*urls)
    database, vaults = (Database.at(url) for url in urls)
    client = sealed_client(environment, keys)
    stand = await _built(environment, client, keys, database, vaults, policies)
    try:
        yield stand
    finally:
        await stand.goodstanding.close()
        await database.close()
        await vaults.close()


async def _built(  # noqa: PLR0917 - what a deployment is made of
    environment: WorkflowEnvironment,
    client: Client,
    keys: Keys,
    database: Database,
    vaults: Database,
    policies: Path,
) -> Stand:
    async with database.sessions.begin() as session:
        await publish(session, policies)
    async with database.reading() as session:
        book = await load_book(session)
    secret = new_secret()
    provider = IdentityProviderService(secret, {})
    authority = AuthorityService(secret)
    webhook = WebhookReceiverService(secret)
    vault = Vault(vaults.sessions, keys)
    sessions = BreakableSessions(database.sessions)
    ledger = WatchedLedger(LedgerActivities(sessions, vault, book, keys))
    platform, asked, authorities = (
        httpx.AsyncClient(transport=httpx.ASGITransport(app=app))
        for app in (webhook.app, provider.app, authority.app)
    )
    activities = Activities(
        ledger=ledger,
        notices=NoticeActivities(
            database.reading,
            TextKeys(keys.wrapper),
            HttpWebhook(platform, "http://platform.example/webhook", secret),
        ),
        identity=IdentityActivities(
            database.sessions,
            vault,
            keys,
            HttpIdentityProvider(asked, "http://provider.example", secret),
        ),
        filings=FilingActivities(
            database.reading,
            vault,
            {
                name: HttpAuthority(authorities, "http://authority.example", secret)
                for name in ("content_authority", "competent_department")
            },
        ),
        reviews=ReviewActivities(database.reading, client),
        upkeep=UpkeepActivities(database.reading, client),
    )
    return Stand(
        environment=environment,
        client=client,
        goodstanding=await goodstanding.connect(client, None, keys.client),
        keys=keys,
        database=database,
        vaults=vaults,
        vault=vault,
        book=book,
        sessions=sessions,
        ledger=ledger,
        activities=activities,
        provider=provider,
        authority=authority,
        webhook=webhook,
    )


def sealed_client(environment: WorkflowEnvironment, keys: Keys) -> Client:
    """The environment's client, but encrypting."""
    config = environment.client.config()
    config["data_converter"] = goodstanding.data_converter(keys.codec)
    return Client(**config)


def policies_with_copies(directory: Path) -> Path:
    """The shipped policies, and one more whose notices leave the house."""
    target = directory / "policies"
    shutil.copytree("policies", target)
    text = (target / "neutral.yaml").read_text()
    text = text.replace("id: neutral\n", f"id: {COPIES}\n").replace(
        "channels: [inbox]", "channels: [inbox, webhook]"
    )
    (target / f"{COPIES}.yaml").write_text(text)
    return target


def counted(asked: list[Transaction]) -> Counter[str]:
    """How often each command was carried out."""
    return Counter(one.command.name for one in asked)
