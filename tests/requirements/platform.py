"""A platform and its accounts, in the words of the requirements: everything goes through the client."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.client import WorkflowHandle, WorkflowHistory
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer

import goodstanding
from api.parts import ApiParts
from api.serving import Address, serving_api
from examples.invented import organisation_code, resident_number
from examples.services.identity_provider import Behaviour
from goodstanding.checking import Checking
from goodstanding.client import Goodstanding
from goodstanding.domain.capabilities import Subject, capabilities_at, mark_at
from goodstanding.domain.entries import Decision
from goodstanding.domain.record import Record
from goodstanding.domain.standing import standing_at
from goodstanding.errors import GoodstandingError
from goodstanding.keys import Keys
from goodstanding.messages import (
    Acceptance,
    Actor,
    Answer,
    ApplyForQualification,
    Choice,
    DecideReview,
    FileAppeal,
    FileReport,
    Finding,
    Licence,
    Pace,
    RecordViolation,
    Register,
)
from goodstanding.names import SEARCH_ATTRIBUTES, account_workflow_id, review_workflow_id
from goodstanding.policy.schema import Policy
from goodstanding.sealing import Identity, Operator
from goodstanding.sending import send
from goodstanding.views import BadgeView, NoticeView
from goodstanding.vocabulary import EffectKind, EffectState, ReviewKind, Role, Verdict
from storage import api_reads, queries
from storage.policies import LiveBook
from storage.tables import EffectRow
from storage.texts import TextKeys
from tests.workflows.stand import ASH, BIRCH, HOLDER, PUBLIC, Stand, standing
from worker.running import RUNNER, WORKFLOWS

__all__ = ["ASH", "BIRCH", "CEDAR", "CN", "DETECTOR", "HOLDER", "NEUTRAL", "OPS", "PUBLIC"]

CN = "cn-im-2014"
NEUTRAL = "neutral"
CEDAR = Actor(id="cedar", role=Role.REVIEWER)
DETECTOR = Actor(id="detector-1", role=Role.DETECTOR)
OPS = Actor(id="worker", role=Role.SYSTEM)
UNHURRIED = Pace(linger=timedelta(minutes=10))
"""One run sees more than one command, though minutes lie between them."""
AT_ONCE = Checking(staleness=timedelta(0))
"""No answer is used twice: the clock of these tests jumps."""


@dataclass(repr=False)
class Platform:
    """A running deployment with its API, and those who use it."""

    stand: Stand
    client: Goodstanding
    http: httpx.AsyncClient
    parts: ApiParts
    accounts: list["Account"] = field(default_factory=list)
    made: int = 0

    # accounts

    def applicant(
        self, kind: str = "private", holder: str = "person", policy: str = CN
    ) -> "Account":
        """Somebody with an identity that the provider knows, who has not registered yet."""
        self.made += 1
        account_id = f"acc-{self.made}"
        if policy != CN:
            kind = "standard"
        self.stand.ledger.paces[account_id] = UNHURRIED
        made = Account(self, account_id, policy, kind, holder, self.identity(holder, policy))
        self.accounts.append(made)
        return made

    def identity(self, holder: str = "person", policy: str = CN) -> Identity:
        """An identity of its own, which the provider knows."""
        self.made += 1
        born = date(1970, 1, 1) + timedelta(days=self.made // 1000)
        number = resident_number(born=born, serial=self.made % 1000)
        name = "欧阳无名"
        if policy != CN:
            contact = f"{number}@people.example"
            identity = Identity(document="contact", number=contact, name=name, country="CN")
        elif holder == "person":
            identity = Identity(
                document="resident_identity_number", number=number, name=name, country="CN"
            )
        else:
            identity = Identity(
                document="organisation_code",
                number=organisation_code(serial=self.made),
                name="无名甲有限公司",
                country="CN",
                operator=Operator(
                    document="resident_identity_number", number=number, name=name, country="CN"
                ),
            )
        self.knows(identity)
        return identity

    def knows(self, identity: Identity, behaviour: Behaviour | None = None) -> None:
        """Let the provider answer like this for the identity."""
        for one in (identity, identity.operator):
            if one:
                self.stand.provider._people[one.number] = behaviour or Behaviour()
                self.stand.provider._unavailable[one.number] = 0

    async def active(
        self, kind: str = "private", holder: str = "person", policy: str = CN, **more: Any
    ) -> "Account":
        """An account that may be used."""
        account = self.applicant(kind, holder, policy)
        await account.register(**more)
        return await account.verify()

    async def public(self, holder: str = "person") -> "Account":
        """A public account that was approved."""
        account = await self.active("public", holder)
        await account.qualify("public_account")
        return account

    async def news_unit(self, days: int = 1000) -> "Account":
        """A public account that may publish and reprint political news, for so many days."""
        account = await self.public("news_organisation")
        await account.qualify("news_unit", licence=await self.licence(days))
        return account

    async def licence(self, days: int = 1000) -> Licence:
        """A licence of an authority that holds through the day so many days from now."""
        today = (await self.now()).date()
        return Licence(
            number="SP-0001",
            authority="content_authority",
            valid_from=today - timedelta(days=30),
            valid_to=today + timedelta(days=days),
        )

    # time

    async def now(self) -> datetime:
        """The present of the server, which is that of workflows and API."""
        return await self.stand.now()

    async def pass_(self, **how_long: float) -> None:
        """Let time pass."""
        await self.stand.environment.sleep(timedelta(**how_long))

    async def pass_to(self, instant: datetime) -> None:
        """Let time pass until just after an instant."""
        left = instant - await self.now()
        if left > timedelta(0):
            await self.stand.environment.sleep(left + timedelta(seconds=1))

    async def leave(self) -> None:
        """Play the histories of the accounts again, and let their runs see no later test's time."""
        accounts, self.accounts = self.accounts, []
        with_runs = [account for account in accounts if await account.has_run()]
        for account in with_runs:
            await account.rests()
        replayer = Replayer(
            workflows=WORKFLOWS,
            data_converter=self.stand.client.data_converter,
            workflow_runner=RUNNER,
        )
        await replayer.replay_workflows(self._histories(with_runs))
        for account in with_runs:
            for handle in await account.handles():
                with suppress(RPCError):
                    await handle.terminate("the test is over")

    async def _histories(self, accounts: list["Account"]) -> AsyncIterator[WorkflowHistory]:
        for account in accounts:
            history = await self.stand.handle(account.id).fetch_history()
            # the replayer waits for ever for the first task of a run that has just begun
            if any(
                event.HasField("workflow_task_completed_event_attributes")
                for event in history.events
            ):
                yield history

    # the API

    async def asked(self, path: str, **params: Any) -> Any:
        """What the API answers."""
        response = await self.http.get(path, params=params)
        assert response.status_code == 200, response.text
        return response.json()


@dataclass(repr=False)
class Account:
    """One account, and what its holder and others do with it."""

    platform: Platform
    id: str
    policy_id: str
    kind: str
    holder: str
    identity: Identity
    sent: int = 0

    # commands

    async def send(self, sort: type, actor: Actor, /, **fields: Any) -> Answer:
        """Send a command of this kind under the next command id."""
        self.sent += 1
        fields = {"account_id": self.id, "command_id": f"c{self.sent}", "actor": actor, **fields}
        answer: Answer = await self.platform.client.accounts.send(sort(**fields))
        return answer

    async def refused(self, sending: Awaitable[Any]) -> GoodstandingError:
        """The error with which it is refused; the ledger is as it was before."""
        await self.settles()
        before = await self.ledger()
        with pytest.raises(GoodstandingError) as refused:
            await sending
        assert await self.ledger() == before
        return refused.value

    async def ledger(self) -> tuple[int, int, str]:
        """How far the record is, how many events it has, and the head of their chain."""
        events = await self.platform.stand.events(self.id)
        return (await self.record()).seq, len(events), events[-1].hash if events else ""

    async def acceptance(self, **more: Any) -> Acceptance:
        """The agreement in force, every pledge accepted."""
        agreement = (await self.policy()).agreement
        fields = {
            "id": agreement.id,
            "version": agreement.version,
            "text_digest": agreement.text_digest,
            "pledges": dict.fromkeys(agreement.pledges, True),
        }
        return Acceptance(**{**fields, **more})

    async def register(self, **more: Any) -> Answer:
        """Begin."""
        fields = {
            "policy_id": self.policy_id,
            "kind": self.kind,
            "holder_type": self.holder,
            # as far from each other as names can be: what resembles a badged one waits for a person
            "display_name": sha256(self.id.encode()).hexdigest()[:20],
            "language": "en",
            "agreement": more.pop("agreement", None) or await self.acceptance(),
        }
        return await self.send(Register, more.pop("actor", HOLDER), **{**fields, **more})

    async def submit(self, identity: Identity | None = None, actor: Actor = HOLDER) -> Answer:
        """Hand an identity in, sealed."""
        self.sent += 1
        return await self.platform.client.accounts.submit_identity(
            identity or self.identity,
            account_id=self.id,
            command_id=f"c{self.sent}",
            actor=actor,
        )

    async def verify(self, identity: Identity | None = None) -> "Account":
        """Hand an identity in, and wait until the account is active."""
        await self.submit(identity)
        await self.happens("Activated")
        return self

    async def apply(self, qualification: str, actor: Actor = HOLDER, **more: Any) -> str:
        """Apply for a qualification; returns its review."""
        fields = {"qualification": qualification, **more}
        await self.send(ApplyForQualification, actor, **fields)
        return await self.open_review(ReviewKind.QUALIFICATION)

    async def qualify(self, qualification: str, **more: Any) -> str:
        """Apply, and have as many people grant it as the policy asks for; returns its id."""
        review_id = await self.apply(qualification, **more)
        people = (await self.policy()).qualifications[qualification].people
        for actor in (ASH, BIRCH)[:people]:
            await self.vote(review_id, Verdict.GRANT, actor)
        return (await self.record()).qualifications[-1].qualification_id

    async def vote(
        self,
        review_id: str,
        verdict: Verdict,
        actor: Actor,
        reasons: str = "Looked at with care.",
        **more: Any,
    ) -> Answer:
        """Cast a vote."""
        fields = {"review_id": review_id, "verdict": verdict, "reasons": reasons, **more}
        return await self.send(DecideReview, actor, **fields)

    async def finding(self, rule: str, **more: Any) -> Finding:
        """A finding on an item of its own, of an act that was just now."""
        name = f"v{self.sent + 1}"
        rung = more.pop("rung", None)
        fields = {
            "violation_id": name,
            "acted_at": await self.platform.now(),
            "rule": rule,
            "item": f"item-{name}",
            "facts": "Seen and read by a person.",
            "choice": Choice(rung=rung, reasons="As the circumstances ask.") if rung else None,
        }
        return Finding(**{**fields, **more})

    async def violate(self, rule: str, actor: Actor = ASH, **more: Any) -> Decision:
        """Have a violation found; returns the decision, or what is held."""
        # nothing of two decisions is due within one second: this server cannot take back a timer that has
        # fired while a task was under way
        await self.platform.pass_(minutes=1)
        finding = await self.finding(rule, **more)
        await self.send(RecordViolation, actor, finding=finding)
        found = (await self.record()).decisions
        return next(d for d in found if d.violation_id == finding.violation_id)

    async def violate_with(self, finding: Finding, **more: Any) -> Answer:
        """Have exactly this found."""
        return await self.send(RecordViolation, more.pop("actor", ASH), finding=finding, **more)

    async def propose(self, rule: str, actor: Actor = DETECTOR, **more: Any) -> Answer:
        """Have something found by whoever may only propose it."""
        return await self.send(RecordViolation, actor, finding=await self.finding(rule, **more))

    async def close(self) -> Decision:
        """Have it closed by two people for something grave."""
        held = await self.violate("threat_to_life", ASH)
        review_id = await self.open_review(ReviewKind.CONFIRMATION)
        await self.vote(review_id, Verdict.CONFIRM, BIRCH)
        return (await self.record()).the_decision(held.decision_id)

    async def appeal(self, decision_id: str, actor: Actor = HOLDER, **more: Any) -> str:
        """Challenge a decision; returns the review."""
        fields = {
            "appeal_id": f"ap{self.sent + 1}",
            "decision_id": decision_id,
            "statement": "It was not so.",
        }
        await self.send(FileAppeal, actor, **{**fields, **more})
        return await self.open_review(ReviewKind.APPEAL)

    async def overturn(self, decision_id: str, actor: Actor = CEDAR) -> Answer:
        """Challenge a decision, with success."""
        review_id = await self.appeal(decision_id)
        return await self.vote(review_id, Verdict.OVERTURNED, actor, "It was not so, indeed.")

    async def report(self, report_id: str, item: str = "item-9", **more: Any) -> Answer:
        """Complain about an item."""
        fields = {
            "report_id": report_id,
            "ground": "harmful",
            "item": item,
            "statement": "Look at this.",
        }
        return await self.send(FileReport, more.pop("actor", PUBLIC), **{**fields, **more})

    async def wake(self) -> None:
        """Let happen what is due, as the daily sweep does for an account that sleeps."""
        await self.platform.client.accounts.pass_time(self.id)

    # what is seen

    async def policy(self) -> Policy:
        """The policy in force."""
        book = self.platform.stand.book
        return book.current(self.policy_id, await self.platform.now()).policy

    async def record(self) -> Record:
        """The record as it is stored."""
        async with self.platform.stand.database.reading() as session:
            return await queries.record(session, self.id) or Record(self.id)

    async def subject(self) -> Subject:
        """The same, with what the platform holds."""
        async with self.platform.stand.database.reading() as session:
            read = await api_reads.accounts(session, {self.id})
        return Subject(read.records[self.id], await self.policy(), read.licences)

    async def can(self) -> set[str]:
        """What it may do now, by the API."""
        codes = list((await self.policy()).capabilities.all)
        pairs = [(self.id, code) for code in codes]
        checks = await self.platform.client.capabilities.check_many(pairs)
        assert not any(check.is_assumed or check.refusal for check in checks)
        return {check.capability for check in checks if check.allowed}

    async def denial(self, capability: str) -> str | None:
        """Why it may not do this now, by the API; None where it may."""
        return (await self.platform.client.capabilities.check(self.id, capability)).denial

    async def can_at(self, instant: datetime) -> set[str]:
        """What it may do at an instant, by what is stored."""
        checks = capabilities_at(await self.subject(), instant)
        return {check.capability for check in checks if check.allowed}

    async def mark_at(self, instant: datetime) -> str | None:
        """The mark at an instant, by what is stored."""
        return mark_at(await self.subject(), instant)

    async def badge(self) -> BadgeView:
        """The public mark, by the API."""
        return await self.platform.client.accounts.badge(self.id)

    async def mark(self) -> str | None:
        """Its code."""
        return (await self.badge()).mark

    async def standing(self) -> str:
        """How it stands, by the API."""
        return (await self.platform.client.accounts.get(self.id)).standing

    async def standing_at(self, instant: datetime) -> str:
        """How it stands at an instant, by what is stored."""
        return standing_at(await self.record(), await self.policy(), instant)

    async def inbox(self) -> list[NoticeView]:
        """What the holder was told, oldest first."""
        return list(reversed((await self.platform.client.accounts.notices(self.id)).notices))

    async def told(self) -> list[str]:
        """The kinds of the same."""
        return [notice.kind for notice in await self.inbox()]

    async def notice(self, kind: str) -> NoticeView:
        """The last notice of a kind."""
        return [one for one in await self.inbox() if one.kind == kind][-1]

    async def kinds(self) -> list[str]:
        """What is in the ledger, by kind."""
        return await self.platform.stand.kinds(self.id)

    async def bodies(self, kind: str) -> list[Any]:
        """What is in the ledger, of one kind."""
        return await self.platform.stand.bodies(self.id, kind)

    async def penalties(self) -> list[str]:
        """The codes of all penalties that were ever imposed and not overturned."""
        return [p.code for p in (await self.record()).penalties if not p.is_overturned]

    async def open_review(self, kind: ReviewKind | None = None) -> str:
        """The one review that waits for a person."""
        record = await self.record()
        (review,) = record.open_reviews(kind) if kind else record.open_reviews()
        return review.review_id

    async def effects(self, kind: EffectKind) -> list[EffectRow]:
        """What was to be done outside, of one kind."""
        return [one for one in await self.platform.stand.effects(self.id) if one.kind is kind]

    async def happens(self, kind: str, times: int = 1) -> None:
        """Wait until it has happened."""

        async def has_happened() -> bool:
            return (await self.kinds()).count(kind) >= times

        await self.platform.stand.until(has_happened)

    async def settles(self, within: float = 15) -> None:
        """Wait until nothing is pending outside but what waits for a call-back."""

        async def is_quiet() -> bool:
            found = await self.platform.stand.effects(self.id)
            return all(one.state is not EffectState.PENDING or one.waits for one in found)

        await self.platform.stand.until(is_quiet, within)

    async def rests(self) -> None:
        """Wait until none of its runs is at work, unless it is for something that keeps failing."""
        with suppress(TimeoutError):
            await self.settles(within=1)
        for handle in await self.handles():
            # it is answered between two tasks
            await handle.query("view")

    async def has_run(self) -> bool:
        """Whether any command has reached it."""
        try:
            await self.platform.stand.history(self.id)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            raise
        return True

    async def handles(self) -> list[WorkflowHandle[Any, Any]]:
        """Its run, and those of its open reviews."""
        reviews = [review.review_id for review in (await self.record()).open_reviews()]
        client = self.platform.stand.client
        ids = (account_workflow_id(self.id), *map(review_workflow_id, reviews))
        return [client.get_workflow_handle(workflow_id) for workflow_id in ids]

    async def filed(self, kind: str | None = None) -> list[dict[str, Any]]:
        """What the authorities got about it, of one kind or of all."""
        received = self.platform.stand.authority.filings
        return [
            filing.body
            for filing in received
            if filing.account_id == self.id and kind in (None, filing.kind)
        ]


@asynccontextmanager
async def opened_platform(
    environment: WorkflowEnvironment, keys: Keys, folder: Path, policies: Path
) -> AsyncIterator[Platform]:
    """A deployment of its own on this server, with its API on loopback."""
    await environment.client.operator_service.add_search_attributes(
        AddSearchAttributesRequest(
            namespace=environment.client.namespace,
            search_attributes={
                key.name: IndexedValueType.ValueType(key.indexed_value_type)
                for key in SEARCH_ATTRIBUTES
            },
        )
    )
    urls = tuple(f"sqlite+aiosqlite:///{folder}/{name}.db" for name in ("record", "vault"))
    async with AsyncExitStack() as stack:
        stand = await stack.enter_async_context(standing(environment, keys, urls, policies))
        parts = ApiParts(
            sessions=stand.database.reading,
            book=LiveBook(stand.book),
            clock=stand.now,
            settle=partial(send, stand.client),
            texts=TextKeys(keys.wrapper),
            sealing_key=keys.sealing_key,
            provider_secrets={"mock": stand.provider._secret},
            webhook_secret=stand.webhook._secret,
            keys_required=False,
        )
        url = await stack.enter_async_context(serving_api(parts, Address(port=0)))
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=url))
        client = await stack.enter_async_context(
            await goodstanding.connect(
                stand.client, url, keys.client, clock=stand.now, checking=AT_ONCE
            )
        )
        stand.provider.callback_url = f"{url}/providers/mock/callbacks"
        yield Platform(stand, client, http, parts)
