"""Everything that accounts need to live, for tests: real servers, a real record, third parties of our own."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

import goodstanding
from activities.bulk import BulkActivities, BulkPace
from activities.bulk_rehearsal import BulkRehearsal
from activities.bulk_sending import BulkSending
from activities.content import ContentActivities
from activities.filings import FilingActivities
from activities.http_authority import HttpAuthority
from activities.http_identity import HttpIdentityProvider
from activities.http_webhook import HttpWebhook
from activities.identity import IdentityActivities
from activities.ledger import LedgerActivities
from activities.notices import NoticeActivities
from activities.reviews import ReviewActivities
from activities.upkeep import UpkeepActivities
from examples.services.authority import AuthorityService
from examples.services.identity_provider import Behaviour, IdentityProviderService
from examples.services.webhook_receiver import WebhookReceiverService
from goodstanding.client import Goodstanding
from goodstanding.domain.bulk_steps import Limits
from goodstanding.keys import Keys
from goodstanding.messages import (
    Acceptance,
    Actor,
    Answer,
    FileReport,
    Finding,
    Licence,
    OpenProvider,
    RecordLicence,
    RecordViolation,
    Register,
    SubmitIdentity,
)
from goodstanding.policy.book import PolicyBook
from goodstanding.sealing import Identity, seal
from goodstanding.vocabulary import Role
from goodstanding.webhooks import new_secret
from storage.engine import Database
from storage.migrate import upgrade
from storage.policies import load_book, publish
from storage.texts import TextKeys
from storage.vault import Vault
from tests.mailboxes import AddressService, Mailboxes, mailboxes, mailer_to
from tests.workflows.sight import Sight
from tests.workflows.watched import BreakableSessions, WatchedLedger
from worker.running import Activities, BulkParts, Running, running_workers

HOLDER = Actor(id="holder-1", role=Role.HOLDER)
ASH = Actor(id="ash", role=Role.REVIEWER)
BIRCH = Actor(id="birch", role=Role.SENIOR_REVIEWER)
OPS = Actor(id="ops", role=Role.PLATFORM)
PUBLIC = Actor(id="reader-1", role=Role.PUBLIC)
COPIES = "neutral-copies"
"""The neutral policy, but for the copies of notices that it sends to the platform."""
BY_MAIL = "neutral-by-mail"
"""The neutral policy, but that notices are handed over by e-mail, and by nothing else."""
BY_MAIL_OR_TIME = "neutral-by-mail-or-time"
"""The same, but that after three days the inbox counts."""
BY_WEBHOOK = "neutral-by-webhook"
"""The neutral policy, but that notices are handed over by the platform's webhook."""


@dataclass
class Stand(Sight):
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
    mail: Mailboxes
    people: AddressService
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
    async with mailboxes() as mail:
        stand = await _built(environment, client, keys, database, vaults, policies, mail)
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
    mail: Mailboxes,
) -> Stand:
    async with database.sessions.begin() as session:
        await publish(session, policies)
    async with database.reading() as session:
        book = await load_book(session)
    secret, people = new_secret(), AddressService()
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
    told = HttpWebhook(platform, "http://platform.example/webhook", secret)
    activities = Activities(
        ledger=ledger,
        notices=NoticeActivities(
            database.reading,
            TextKeys(keys.wrapper),
            told,
            mailer_to(mail, people),
            database.sessions,
        ),
        content=ContentActivities(database.reading, told),
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
        bulk=_bulk_parts(database, keys, book, client),
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
        mail=mail,
        people=people,
    )


def _bulk_parts(database: Database, keys: Keys, book: PolicyBook, client: Client) -> BulkParts:
    limits = Limits(at_once=10, per_second=500, canary=0, stop_percent=0)
    sessions = database.sessions
    steps = BulkActivities(sessions, keys, client, BulkPace(limits, timedelta(hours=24)))
    return BulkParts(
        steps, BulkRehearsal(sessions, steps, book), BulkSending(sessions, steps, client)
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
    for name, notices in _OTHER_NOTICES.items():
        other = text.replace("id: neutral\n", f"id: {name}\n").replace(_NOTICES, notices)
        (target / f"{name}.yaml").write_text(other)
    return target


_NOTICES = "channels: [inbox]\n    handed_over_by: inbox\n"
_OTHER_NOTICES = {
    COPIES: "channels: [inbox, webhook]\n    handed_over_by: inbox\n",
    BY_WEBHOOK: "channels: [inbox, webhook]\n    handed_over_by: webhook\n",
    BY_MAIL: "channels: [inbox, email]\n    handed_over_by: email\n",
    BY_MAIL_OR_TIME: (
        "channels: [inbox, webhook, email]\n    handed_over_by: email\n"
        "    inbox_counts_after: P3D\n"
    ),
}
