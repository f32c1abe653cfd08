"""A real ledger on a real database, and the commands to play with it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlmodel import SQLModel

from activities.ledger import LedgerActivities
from goodstanding.domain.record import Record
from goodstanding.keys import Keys, init_keys, load_keys
from goodstanding.messages import (
    Acceptance,
    Actor,
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
    SettleEffects,
    Settlement,
    SubmitIdentity,
    Transacted,
    Transaction,
    Verified,
)
from goodstanding.policy.book import PolicyBook
from goodstanding.sealing import Identity, seal
from goodstanding.vocabulary import Assurance, EffectKind, Outcome, ReviewKind, Role, Stage, Verdict
from storage import audit, queries
from storage.engine import Database
from storage.migrate import upgrade
from storage.policies import load_book, publish
from storage.tables import (
    AccountRow,
    CommandRow,
    EffectRow,
    EventRow,
    HolderRow,
    NameRow,
    NoticeRow,
    PenaltyRow,
    QualificationRow,
    ReportRow,
    ReviewRow,
    StrikeRow,
    TextRow,
    table_of,
)
from storage.texts import TextKeys, read_texts
from storage.vault import Vault

D0 = datetime(2026, 1, 5, 10, tzinfo=UTC)
POLICY = "cn-im-2014"
HOLDER = Actor(id="holder-1", role=Role.HOLDER)
ASH = Actor(id="ash", role=Role.REVIEWER)
BIRCH = Actor(id="birch", role=Role.SENIOR_REVIEWER)
CEDAR = Actor(id="cedar", role=Role.SENIOR_REVIEWER)
PUBLIC = Actor(id="reader-1", role=Role.PUBLIC)
SYSTEM = Actor(id="worker", role=Role.SYSTEM)
PASSED = Verified(outcome=Outcome.PASS, assurance=Assurance.ISSUER, is_old_enough=True)
IDENTITY = Identity(
    document="resident_identity_number", number="made-up-1", name="Made Up", country="CN"
)
LICENCE = Licence(
    number="L-1",
    authority="made_up_authority",
    valid_from=(D0 - timedelta(days=400)).date(),
    valid_to=(D0 + timedelta(days=4000)).date(),
)

ROWS: tuple[type[SQLModel], ...] = (
    AccountRow,
    CommandRow,
    EffectRow,
    EventRow,
    HolderRow,
    NameRow,
    NoticeRow,
    PenaltyRow,
    QualificationRow,
    ReportRow,
    ReviewRow,
    StrikeRow,
    TextRow,
)


@dataclass
class Ledger:
    """The ledger with its databases, an account of the test's own, and an instant to move on."""

    database: Database
    vaults: Database
    vault: Vault
    book: PolicyBook
    keys: Keys
    activities: LedgerActivities
    id: str = "a1"
    now: datetime = D0
    sent: int = 0

    def at(self, account_id: str) -> "Ledger":
        """The same ledger, for another account."""
        return replace(self, id=account_id, sent=0)

    # to the ledger

    async def tell(self, command: AnyCommand | Internals) -> Transacted:
        """Let the command happen now."""
        return await self.activities.transact(Transaction(command=command, now=self.now))

    async def send(self, sort: type[Any], actor: Actor, **fields: Any) -> Transacted:
        """Send a command of this kind under the next command id."""
        self.sent += 1
        given = {"account_id": self.id, "command_id": f"c{self.sent}", "actor": actor}
        return await self.tell(sort(**{**given, **fields}))

    async def pass_time(self, until: datetime | None = None) -> Transacted:
        """Let everything happen that is due, each at its own instant, and go to the last one."""
        told = await self.tell(PassTime(account_id=self.id))
        while until and told.agenda.next_deadline and told.agenda.next_deadline <= until:
            self.now = max(told.agenda.next_deadline, self.now)
            told = await self.tell(PassTime(account_id=self.id))
        self.now = until or self.now
        return told

    async def settle(self, *effects: str, **fields: Any) -> Transacted:
        """Say how effects ended."""
        settlements = tuple(
            Settlement(effect_id=one, **{"delivered": True, **fields}) for one in effects
        )
        return await self.tell(SettleEffects(account_id=self.id, settlements=settlements))

    async def deliver(self) -> Transacted:
        """See everything through that is pending, but for verifications."""
        told = await self.tell(PassTime(account_id=self.id))
        while left := [e for e in told.agenda.effects if e.kind is not EffectKind.VERIFICATION]:
            settlements = tuple(
                Settlement(
                    effect_id=one.effect_id,
                    delivered=True,
                    receipt="R-1" if one.kind is EffectKind.FILING else None,
                )
                for one in left
            )
            told = await self.tell(SettleEffects(account_id=self.id, settlements=settlements))
        return told

    # the life of an account

    def register(self, **fields: Any) -> Register:
        """A complete registration."""
        agreement = self.book.at(POLICY, self.now).policy.agreement
        given = {
            "account_id": self.id,
            "command_id": "register",
            "actor": HOLDER,
            "policy_id": POLICY,
            "kind": "private",
            "holder_type": "person",
            "display_name": self.id,
            "language": "en",
            "agreement": Acceptance(
                id=agreement.id,
                version=agreement.version,
                text_digest=agreement.text_digest,
                pledges=dict.fromkeys(agreement.pledges, True),
            ),
        }
        return Register(**{**given, **fields})

    def submit(self) -> SubmitIdentity:
        """An identity, sealed anew each time."""
        key = self.keys.sealing_key
        sealed = seal(IDENTITY, account_id=self.id, actor_id=HOLDER.id, key=key)
        return SubmitIdentity(
            account_id=self.id, command_id="identity", actor=HOLDER, sealed=sealed
        )

    async def submitted(self, fingerprint: str = "", **fields: Any) -> str:
        """Register, hand the identity in and let the vault open it; gives the effect to settle."""
        await self.tell(self.register(**fields))
        reference = (await self.tell(self.submit())).answer.created[0]
        await self.vault.keep(reference, self.id, IDENTITY, fingerprint or f"of {self.id}")
        return reference

    async def active(self, **fields: Any) -> Transacted:
        """An account that may be used, with nothing pending."""
        reference = await self.submitted(**fields)
        await self.settle(reference, verified=PASSED)
        return await self.deliver()

    async def badged(self, **fields: Any) -> None:
        """A public account with the right to political news, and so with a mark."""
        await self.active(kind="public", holder_type="news_organisation", **fields)
        for qualification in ("public_account", "news_unit"):
            applied = await self.send(
                ApplyForQualification, HOLDER, qualification=qualification, licence=LICENCE
            )
            review_id = applied.answer.created[1]
            for actor in (ASH, BIRCH)[: 1 if qualification == "public_account" else 2]:
                await self.vote(review_id, Verdict.GRANT, actor)
        await self.deliver()

    async def reported(self) -> str:
        """A complaint, and the review that looks into it."""
        fields = {"ground": "harmful", "item": "item-1", "statement": "This is not right."}
        await self.send(FileReport, PUBLIC, report_id="r1", **fields)
        await self.deliver()
        (review,) = (await self.record()).open_reviews(ReviewKind.CASE)
        return review.review_id

    async def closed_by_penalty(self) -> "Ledger":
        """An account that two people closed for a grave breach."""
        closed = self.at(self.id)
        await closed.active(fingerprint=self.id)
        await closed.tell(closed.violation(rule="threat_to_life"))
        (review,) = (await closed.record()).open_reviews(ReviewKind.CONFIRMATION)
        await closed.vote(review.review_id, Verdict.CONFIRM, BIRCH)
        await closed.deliver()
        assert (await closed.record()).stage is Stage.CLOSED
        return closed

    async def stays_closed(self, until: datetime) -> None:
        """Each time somebody has to look at the closure again, it stands."""
        while self.now < until:
            await self.pass_time(min(self.now + timedelta(days=30), until))
            for review in (await self.record()).open_reviews(ReviewKind.REINSTATEMENT):
                await self.vote(review.review_id, Verdict.REFUSE, CEDAR)

    async def vote(
        self, review_id: str, verdict: Verdict, actor: Actor, **fields: Any
    ) -> Transacted:
        """Decide, for one's part."""
        return await self.send(
            DecideReview,
            actor,
            review_id=review_id,
            verdict=verdict,
            reasons="Looked at with care.",
            **fields,
        )

    def finding(self, n: int = 1, rule: str = "spam_flooding", item: str = "") -> Finding:
        """A breach, on an item of its own unless one is named."""
        return Finding(
            violation_id=f"v{n}",
            acted_at=self.now - timedelta(minutes=1),
            rule=rule,
            item=item or f"item-{n}",
            facts="The same text was posted forty times within an hour.",
        )

    def violation(self, n: int = 1, rule: str = "spam_flooding") -> RecordViolation:
        """What a person found."""
        return RecordViolation(
            account_id=self.id,
            command_id=f"violation-{n}",
            actor=ASH,
            finding=self.finding(n, rule),
        )

    async def open_provider(self) -> None:
        """The platform's own account, with all licences that the policy asks of it."""
        provider = self.at("provider")
        await provider.tell(
            OpenProvider(
                account_id="provider", command_id="bootstrap", actor=SYSTEM, policy_id=POLICY
            )
        )
        for code in self.book.at(POLICY, self.now).policy.provider.licences:
            await provider.send(RecordLicence, SYSTEM, code=code, licence=LICENCE)

    # what is stored

    async def record(self) -> Record:
        """The record as it is stored."""
        async with self.database.reading() as session:
            found = await queries.record(session, self.id)
        assert found
        return found

    async def rows(self, row: type[SQLModel]) -> list[dict[str, Any]]:
        """What a table holds of the account, in the order of its key."""
        table = table_of(row)
        asked = select(table).where(table.c.account_id == self.id)
        async with self.database.reading() as session:
            connection = await session.connection()
            rows = await connection.execute(asked.order_by(*table.primary_key))
        return [found._asdict() for found in rows]

    async def row(self, row: type[SQLModel]) -> dict[str, Any]:
        """The one row that a table holds of the account."""
        (found,) = await self.rows(row)
        return found

    async def texts(self) -> Mapping[str, str]:
        """The texts of the account that can be read, by id."""
        async with self.database.reading() as session:
            return await read_texts(session, TextKeys(self.keys.wrapper), self.id)

    async def findings(self) -> list[audit.Finding]:
        """What is wrong with the account's ledger."""
        async with self.database.reading() as session:
            return [one for one in await audit.verify(session) if one.account_id == self.id]

    async def everything(self) -> dict[str, list[dict[str, Any]]]:
        """What every table holds of the account."""
        return {row.__name__: await self.rows(row) for row in ROWS}


@asynccontextmanager
async def ledger_on(url: str, vault_url: str, directory: Path) -> AsyncIterator[Ledger]:
    """A ledger on an empty database, by the real migrations, with keys of its own."""
    init_keys(directory)
    keys = load_keys(directory)
    await upgrade(url, vault_url)
    database, vaults = Database.at(url), Database.at(vault_url)
    try:
        async with database.sessions.begin() as session:
            await publish(session, Path("policies"))
        async with database.reading() as session:
            book = await load_book(session)
        vault = Vault(vaults.sessions, keys)
        activities = LedgerActivities(database.sessions, vault, book, keys)
        yield Ledger(database, vaults, vault, book, keys, activities)
    finally:
        await database.close()
        await vaults.close()
