"""The HTTP service on a real port and a real database, with accounts that the ledger made."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx

from activities.ledger import LedgerActivities
from api.keys import Scope, make_key
from api.parts import ApiParts
from api.serving import Address, serving_api
from goodstanding.keys import Keys, init_keys, load_keys
from goodstanding.messages import (
    Acceptance,
    Actor,
    Answer,
    AnyCommand,
    ApplyForQualification,
    DecideReview,
    FileReport,
    Finding,
    Internals,
    Licence,
    OpenProvider,
    PassTime,
    RecordLicence,
    RecordViolation,
    Register,
    SealedIdentity,
    SettleEffects,
    Settlement,
    SubmitIdentity,
    Transacted,
    Transaction,
    Verified,
)
from goodstanding.policy.book import PolicyBook
from goodstanding.vocabulary import PROVIDER_ACCOUNT, Assurance, EffectKind, Outcome, Role, Verdict
from goodstanding.webhooks import new_secret
from storage.engine import Database
from storage.migrate import upgrade
from storage.policies import LiveBook, load_book, publish
from storage.texts import TextKeys
from storage.vault import Vault
from tests.domain.playing import ASH, BIRCH, D0, HOLDER

OPS = Actor(id="ops-1", role=Role.SYSTEM)
SOMEBODY = Actor(id="visitor-7", role=Role.PUBLIC)
PROVIDER = "mock"


@dataclass
class Moment:
    """A clock that stands until it is moved."""

    now: datetime = D0

    async def __call__(self) -> datetime:
        return self.now


@dataclass
class RecordingSender:
    """Stands in for Temporal: keeps what would be sent to the accounts."""

    sent: list[SettleEffects] = field(default_factory=list)
    failure: Exception | None = None

    async def __call__(self, command: SettleEffects) -> None:
        if self.failure:
            raise self.failure
        self.sent.append(command)


@dataclass
class Desk:
    """Sends commands to the ledger, and asks the service over HTTP."""

    database: Database
    ledger: LedgerActivities
    parts: ApiParts
    clock: Moment
    sender: RecordingSender
    secret: str
    book: PolicyBook
    tokens: dict[Scope, str] = field(default_factory=dict)
    http: httpx.AsyncClient = field(default_factory=httpx.AsyncClient)
    made: int = 0

    # over HTTP

    async def ask(
        self, path: str, scope: Scope | None = None, method: str = "GET", **more: Any
    ) -> httpx.Response:
        """Ask with a key of this scope, or without one."""
        headers = more.pop("headers", {})
        if scope:
            headers = {"Authorization": f"Bearer {self.tokens[scope]}", **headers}
        return await self.http.request(method, path, headers=headers, **more)

    async def told(self, path: str, scope: Scope | None = None, **more: Any) -> Any:
        """What a question that has an answer is answered."""
        response = await self.ask(path, scope, **more)
        assert response.status_code == 200, response.text
        return response.json()

    async def may(self, account_id: str, capability: str, at: datetime | None = None) -> bool:
        """Whether the account may do this at an instant."""
        self.clock.now = at or self.clock.now
        path = f"/accounts/{account_id}/capabilities/{capability}"
        allowed: bool = (await self.told(path, Scope.CAPABILITIES))["allowed"]
        return allowed

    # to the ledger

    def new_id(self, prefix: str = "acc") -> str:
        """An id that nothing else has."""
        self.made += 1
        return f"{prefix}-{self.made}"

    async def transact(self, command: AnyCommand | Internals) -> Transacted:
        """Let one command happen now."""
        return await self.ledger.transact(Transaction.of(command, self.clock.now))

    async def send(self, sort: type, account_id: str, actor: Actor, /, **fields: Any) -> Answer:
        """Send a command and see what it queued through, as the workflow would."""
        command = sort(account_id=account_id, command_id=self.new_id("c"), actor=actor, **fields)
        done = await self.transact(command)
        assert done.answer.refusal is None, done.answer.refusal
        await self.see_through(done)
        return done.answer

    async def see_through(self, done: Transacted) -> None:
        """Let everything outside succeed, but for reviews: people decide those."""
        while refs := [ref for ref in done.agenda.effects if ref.kind is not EffectKind.REVIEW]:
            passed = Verified(outcome=Outcome.PASS, assurance=Assurance.ISSUER)
            settlements = tuple(
                Settlement(
                    effect_id=ref.effect_id,
                    delivered=True,
                    receipt="R-1" if ref.kind is EffectKind.FILING else None,
                    verified=passed if ref.kind is EffectKind.VERIFICATION else None,
                )
                for ref in refs
            )
            account_id = done.answer.account_id
            done = await self.transact(
                SettleEffects(account_id=account_id, settlements=settlements)
            )

    async def to(self, account_id: str, instant: datetime) -> None:
        """Move on to an instant, with each deadline of the account kept at its own."""
        while True:
            done = await self.transact(PassTime(account_id=account_id))
            await self.see_through(done)
            due = done.agenda.next_deadline
            if due is None or due > instant:
                break
            self.clock.now = max(due, self.clock.now)
        self.clock.now = instant

    # the life of an account, step by step

    async def registered(
        self, kind: str = "private", holder: str = "person", policy: str = "cn-im-2014", **more: Any
    ) -> str:
        """An account whose identity is not handed in."""
        account_id = self.new_id()
        agreement = self.book.at(policy, self.clock.now).policy.agreement
        fields = {
            "policy_id": policy,
            "kind": kind,
            "holder_type": holder,
            # as far from each other as names can be: what resembles a badged one waits for a person
            "display_name": sha256(account_id.encode()).hexdigest()[:20],
            "language": "en",
            "agreement": Acceptance(
                id=agreement.id,
                version=agreement.version,
                text_digest=agreement.text_digest,
                pledges=dict.fromkeys(agreement.pledges, True),
            ),
        }
        await self.send(Register, account_id, HOLDER, **{**fields, **more})
        return account_id

    async def active(self, kind: str = "private", holder: str = "person", **more: Any) -> str:
        """An account that may be used."""
        account_id = await self.registered(kind, holder, **more)
        sealed = SealedIdentity(key_id="k1", schema_version=1, ciphertext="AAAA")
        await self.send(SubmitIdentity, account_id, HOLDER, sealed=sealed)
        return account_id

    async def news_account(self, until: datetime) -> str:
        """A public account that may publish political news while its licence holds."""
        account_id = await self.active("public", "news_organisation")
        await self.qualified(account_id, "public_account", 1)
        licence = Licence(
            number="N-1",
            authority="news_authority",
            valid_from=(D0 - timedelta(days=10)).date(),
            valid_to=until.date(),
        )
        await self.qualified(account_id, "news_unit", 2, licence=licence)
        return account_id

    async def qualified(self, account_id: str, code: str, people: int, **more: Any) -> None:
        """Apply for a qualification, and let so many people grant it."""
        done = await self.send(
            ApplyForQualification, account_id, HOLDER, qualification=code, **more
        )
        review_id = await self.open_review(account_id)
        for actor in (ASH, BIRCH)[:people]:
            await self.vote(account_id, review_id, Verdict.GRANT, actor)
        assert done.created

    async def vote(self, account_id: str, review_id: str, verdict: Verdict, actor: Actor) -> None:
        """Cast a vote."""
        fields = {"review_id": review_id, "verdict": verdict, "reasons": "Looked at with care."}
        await self.send(DecideReview, account_id, actor, **fields)

    async def open_review(self, account_id: str) -> str:
        """The one review of the account that waits for people."""
        view = await self.told("/reviews", Scope.REVIEWS, params={"account_id": account_id})
        (review,) = view["reviews"]
        review_id: str = review["review_id"]
        return review_id

    async def violation(self, account_id: str, rule: str, actor: Actor = ASH) -> Answer:
        """Find a violation, on an item of its own."""
        name = self.new_id("v")
        finding = Finding(
            violation_id=name,
            acted_at=self.clock.now,
            rule=rule,
            item=f"item-{name}",
            facts="Seen and read by a person.",
        )
        return await self.send(RecordViolation, account_id, actor, finding=finding)

    async def report(self, account_id: str, report_id: str = "r1") -> str:
        """Complain about an item of the account; the receipt number."""
        fields = {"ground": "harmful", "item": "item-9", "statement": "Look at this."}
        answer = await self.send(FileReport, account_id, SOMEBODY, report_id=report_id, **fields)
        assert answer.receipt
        return answer.receipt


@asynccontextmanager
async def opened_desk(url: str, directory: Path) -> AsyncIterator[Desk]:
    """Runs the service on this database, migrated, with the shipped policies and the platform's licences."""
    keys_directory = directory / "keys"
    init_keys(keys_directory)
    keys = load_keys(keys_directory)
    vault_url = f"sqlite+aiosqlite:///{directory}/vault.db"
    await upgrade(url, vault_url)
    database, vault = Database.at(url), Database.at(vault_url)
    async with database.sessions.begin() as session:
        await publish(session, Path("policies"))
        book = await load_book(session)
    desk = _desk(database, vault, book, keys)
    async with database.sessions.begin() as session:
        reader = Actor(id="platform-1", role=Role.PLATFORM)
        for scope in Scope:
            desk.tokens[scope] = await make_key(session, reader, [scope], None, D0)
    await _licensed(desk)
    async with (
        serving_api(desk.parts, Address(port=0)) as base,
        httpx.AsyncClient(base_url=base) as http,
    ):
        desk.http = http
        yield desk
    for one in (database, vault):
        await one.close()


def _desk(database: Database, vault: Database, book: PolicyBook, keys: Keys) -> Desk:
    clock, sender, secret = Moment(), RecordingSender(), new_secret()
    parts = ApiParts(
        sessions=database.reading,
        book=LiveBook(book),
        clock=clock,
        settle=sender,
        texts=TextKeys(keys.wrapper),
        sealing_key=keys.sealing_key,
        provider_secrets={PROVIDER: secret},
    )
    ledger = LedgerActivities(database.sessions, Vault(vault.sessions, keys), book, keys)
    return Desk(database, ledger, parts, clock, sender, secret, book)


async def _licensed(desk: Desk) -> None:
    await desk.send(OpenProvider, PROVIDER_ACCOUNT, OPS, policy_id="cn-im-2014")
    for code in ("telecom_licence", "internet_news_licence"):
        licence = Licence(
            number=f"L-{code[:8]}",
            authority="content_authority",
            valid_from=(D0 - timedelta(days=900)).date(),
            valid_to=(D0 + timedelta(days=9000)).date(),
        )
        await desk.send(RecordLicence, PROVIDER_ACCOUNT, OPS, code=code, licence=licence)
