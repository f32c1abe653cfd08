"""One account played on the pure domain: what `transact` does, without a database."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from goodstanding.domain import events as e
from goodstanding.domain.capabilities import Subject, capabilities_at, mark_at
from goodstanding.domain.context import Context, HeldLicence, HolderFacts, ReportFacts
from goodstanding.domain.deadlines import next_deadline
from goodstanding.domain.decide import Decided, decide
from goodstanding.domain.decide import Effects as Queue
from goodstanding.domain.effects import effect_of
from goodstanding.domain.record import Record
from goodstanding.domain.standing import standing_at
from goodstanding.messages import (
    Acceptance,
    Actor,
    Choice,
    DecideReview,
    FileAppeal,
    Finding,
    Licence,
    PassTime,
    RecordViolation,
    Register,
    SealedIdentity,
    SettleEffects,
    Settlement,
    SubmitIdentity,
    Verified,
)
from goodstanding.policy.book import PolicyBook
from goodstanding.vocabulary import Assurance, EffectKind, Outcome, Role, Verdict
from storage.policy_files import read_policies

D0 = datetime(2026, 1, 5, 10, tzinfo=UTC)
HOLDER = Actor(id="holder-1", role=Role.HOLDER)
ASH = Actor(id="ash", role=Role.REVIEWER)
BIRCH = Actor(id="birch", role=Role.REVIEWER)
CEDAR = Actor(id="cedar", role=Role.SENIOR_REVIEWER)
PASSED = Verified(outcome=Outcome.PASS, assurance=Assurance.ISSUER)
LICENCES = tuple(
    HeldLicence(code, D0 - timedelta(days=900), D0 + timedelta(days=9000))
    for code in ("telecom_licence", "internet_news_licence")
)


@cache
def book() -> PolicyBook:
    """The shipped policies."""
    return read_policies(Path("policies"))


@dataclass
class Life:
    """One account's life so far, and the instant it has reached."""

    policy_id: str = "cn-im-2014"
    account_id: str = "a1"
    now: datetime = D0
    record: Record = field(default_factory=lambda: Record("a1"))
    journal: list[tuple[datetime, e.Event]] = field(default_factory=list)
    policies: PolicyBook = field(default_factory=book)
    licences: tuple[HeldLicence, ...] = LICENCES
    holder: HolderFacts = field(default_factory=HolderFacts)
    name_signals: tuple[str, ...] = ()
    verifier: Verified = field(default_factory=lambda: PASSED)
    sent: int = 0
    texts: dict[str, str] = field(default_factory=dict)

    @property
    def context(self) -> Context:
        """What a decision at this instant is given."""
        return Context(
            now=self.now,
            book=self.policies,
            licences=self.licences,
            holder=self.holder,
            name_signals=self.name_signals,
            display_name="Somebody",
            texts=self.texts,
        )

    def ask(self, command: Any, queue: Queue | None = None) -> Any:
        """Let one command happen, without its effects."""
        context = replace(self.context, reports=self.reports_for(command))
        result = decide(self.record, command, context, queue)
        if isinstance(result, Decided):
            self.record = result.record
            self.journal += [(self.now, event) for event in result.events]
            for event in result.events:
                for one in vars_of(event):
                    self.texts[one.text_id] = one.plain or ""
            self._settle(result.events)
        return result

    def reports_for(self, command: Any) -> ReportFacts:
        """What the table of reports would say."""
        filed = [event for _, event in self.journal if isinstance(event, e.ReportFiled)]
        who = getattr(command, "actor", None)
        return ReportFacts(
            is_known=any(getattr(command, "report_id", "") == one.report_id for one in filed),
            cases_of_actor=frozenset(
                one.case_id for one in filed if who and one.reporter == who.id
            ),
        )

    def send(self, sort: type, actor: Actor, /, **fields: Any) -> Any:
        """Send a command of this kind under the next command id."""
        self.sent += 1
        command_id = fields.pop("command_id", f"c{self.sent}")
        return self.ask(
            sort(account_id=self.account_id, command_id=command_id, actor=actor, **fields)
        )

    def to(self, instant: datetime) -> "Life":
        """Move on to an instant, keeping each deadline on the way at its own."""
        while (due := next_deadline(self.record)) and due.at <= instant:
            self.now = max(due.at, self.now)
            self.ask(PassTime(account_id=self.account_id))
        self.now = instant
        return self

    def day(self, number: float) -> "Life":
        """Move on to a day, counted from the first."""
        return self.to(D0 + timedelta(days=number))

    def _settle(self, events: tuple[e.Event, ...]) -> None:
        policy = self.policies.current(self.record.policy_id, self.now).policy
        effects = [effect_of(event, self.record, policy, self.now) for event in events]
        for effect in effects:
            if effect is None or effect.kind is EffectKind.REVIEW:
                continue
            settlement = Settlement(
                effect_id=effect.effect_id,
                delivered=True,
                receipt="R-1" if effect.kind is EffectKind.FILING else None,
                verified=self.verifier if effect.kind is EffectKind.VERIFICATION else None,
            )
            command = SettleEffects(account_id=self.account_id, settlements=(settlement,))
            self.ask(command, Queue(pending={effect.effect_id: effect.kind}))

    # the life of an account, step by step

    def registered(self, kind: str = "private", holder: str = "person", **more: Any) -> "Life":
        """Register under the policy's current agreement, all pledges accepted."""
        agreement = self.policies.at(self.policy_id, self.now).policy.agreement
        fields = {
            "policy_id": self.policy_id,
            "kind": kind,
            "holder_type": holder,
            "display_name": "Somebody",
            "language": "en",
            "agreement": Acceptance(
                id=agreement.id,
                version=agreement.version,
                text_digest=agreement.text_digest,
                pledges=dict.fromkeys(agreement.pledges, True),
            ),
        }
        self.send(Register, HOLDER, **{**fields, **more})
        return self

    def verified(self) -> "Life":
        """Hand in an identity; the verifier answers what it was told to."""
        sealed = SealedIdentity(key_id="k1", schema_version=1, ciphertext="AAAA")
        self.send(SubmitIdentity, HOLDER, sealed=sealed)
        return self

    def active(self, kind: str = "private", holder: str = "person", **more: Any) -> "Life":
        """An account that may be used."""
        return self.registered(kind, holder, **more).verified()

    def violation(
        self, rule: str, actor: Actor = ASH, item: str | None = None, rung: str | None = None
    ) -> Any:
        """Find a violation, on an item of its own unless one is named."""
        name = f"v{self.sent + 1}"
        finding = Finding(
            violation_id=name,
            acted_at=self.now,
            rule=rule,
            item=item or f"item-{name}",
            facts="Seen and read by a person.",
            choice=Choice(rung=rung, reasons="As the circumstances ask.") if rung else None,
        )
        return self.send(RecordViolation, actor, finding=finding)

    def vote(self, review_id: str, verdict: Verdict, actor: Actor, **more: Any) -> Any:
        """Cast a vote."""
        return self.send(
            DecideReview,
            actor,
            review_id=review_id,
            verdict=verdict,
            reasons="Looked at with care.",
            **more,
        )

    def appeal(self, decision_id: str, actor: Actor = HOLDER) -> Any:
        """Challenge a decision."""
        return self.send(
            FileAppeal,
            actor,
            appeal_id=f"ap{self.sent + 1}",
            decision_id=decision_id,
            statement="It was not so.",
        )

    # what is seen from outside

    @property
    def policy(self) -> Any:
        """The policy in force."""
        return self.policies.current(self.policy_id, self.now).policy

    def subject(self) -> Subject:
        """Whose capabilities are asked for."""
        return Subject(self.record, self.policy, self.licences)

    def can(self, instant: datetime | None = None) -> frozenset[str]:
        """What the account may do."""
        checks = capabilities_at(self.subject(), instant or self.now)
        return frozenset(check.capability for check in checks if check.allowed)

    def standing(self, instant: datetime | None = None) -> str:
        """How the account stands."""
        return standing_at(self.record, self.policy, instant or self.now)

    def mark(self, instant: datetime | None = None) -> str | None:
        """The public mark."""
        return mark_at(self.subject(), instant or self.now)

    def kinds(self) -> list[str]:
        """What happened, by kind, in order."""
        return [type(event).__name__ for _, event in self.journal]

    def open_review(self) -> str:
        """The one review that waits for a person."""
        (review,) = self.record.open_reviews()
        return review.review_id

    def copy(self) -> "Life":
        """The same life, to go on in another way."""
        return replace(self, journal=list(self.journal))


def vars_of(event: e.Event) -> list[e.Text]:
    """The texts that an event commits to."""
    values = [getattr(event, name) for name in event.__slots__]
    return [value for value in values if isinstance(value, e.Text)]


def licence(days: int, number: str = "SP-0001") -> Licence:
    """A licence that holds through the day so many days after the first."""
    return Licence(
        number=number,
        authority="content_authority",
        valid_from=(D0 - timedelta(days=365)).date(),
        valid_to=(D0 + timedelta(days=days)).date(),
    )
