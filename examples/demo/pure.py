"""The world without any machinery: the domain alone, deadlines in order, effects settled at once."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from activities.names import known_name, signals
from examples.demo.doubles import Authority, Provider, delivered
from examples.demo.stage import SYSTEM, Counted, Duty, Entry, Told, licences_of_platform
from examples.services.identity_provider import Behaviour
from goodstanding.domain import events as e
from goodstanding.domain.capabilities import Check, Subject, check, mark_at
from goodstanding.domain.context import Context, HeldLicence, HolderFacts
from goodstanding.domain.deadlines import next_deadline
from goodstanding.domain.decide import Decided, decide
from goodstanding.domain.decide import Effects as Queue
from goodstanding.domain.effects import Effect, effect_of
from goodstanding.domain.record import Record
from goodstanding.domain.requirements import requirements_at
from goodstanding.domain.standing import standing_at
from goodstanding.errors import ConflictError, GoodstandingError
from goodstanding.messages import (
    Answer,
    AnyCommand,
    Internals,
    OpenProvider,
    PassTime,
    Refusal,
    Register,
    SealedIdentity,
    SettleEffects,
    SubmitIdentity,
)
from goodstanding.policy.book import PolicyBook
from goodstanding.policy.schema import Policy
from goodstanding.sealing import Identity
from goodstanding.vocabulary import PROVIDER_ACCOUNT, EffectKind, Stage


@dataclass
class _Account:
    record: Record
    name: str = ""
    holder: tuple[str, str] | None = None
    """The document and number that were verified: what a fingerprint stands for."""
    ledger: list[Entry] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    pending: dict[str, Effect] = field(default_factory=dict)
    vault: dict[str, SealedIdentity] = field(default_factory=dict)
    answers: dict[str, tuple[str, Answer]] = field(default_factory=dict)


class PureWorld:
    """A world in memory; what `transact` does in one transaction it does in one call."""

    slack = timedelta(0)
    lag = timedelta(0)

    def __init__(
        self, start: datetime, book: PolicyBook, policy_id: str, people: dict[str, Behaviour]
    ) -> None:
        self.start = start
        self.book = book
        self.now = start
        self.provider = Provider(people)
        self.authority = Authority()
        self._accounts: dict[str, _Account] = {}
        self._sealed: dict[str, Identity] = {}
        published = book.at(policy_id, start)
        opened = OpenProvider(
            account_id=PROVIDER_ACCOUNT,
            command_id=f"bootstrap-{published.digest[:16]}",
            actor=SYSTEM,
            policy_id=policy_id,
        )
        self._carry_out(opened)
        for command in licences_of_platform(published, start):
            self._carry_out(command)

    async def seal(self, account_id: str, actor_id: str, identity: Identity) -> SealedIdentity:
        """Keep the identity aside: there is nobody here to hide it from."""
        key = f"{account_id}-{actor_id}-{len(self._sealed)}"
        self._sealed[key] = identity
        return SealedIdentity(key_id="none", schema_version=1, ciphertext=key)

    async def send(self, command: AnyCommand) -> Answer:
        """Carry a command out; a refusal is in the answer, also where it is not stored."""
        try:
            return self._carry_out(command)
        except GoodstandingError as error:
            refusal = Refusal(code=error.code, message=error.message, field=error.field)
            return self._answer(self._account(command.account_id), refusal=refusal)

    async def check(self, account_id: str, capability: str) -> Check:
        """Whether the account may do exactly this now."""
        return check(self._subject(self._account(account_id)), capability, self.now)

    async def duties(self, account_id: str) -> tuple[Duty, ...]:
        """What is asked of the holder, as of now."""
        view = requirements_at(self._subject(self._account(account_id)), self.now)
        asked = (*view.past_due, *view.currently_due, *view.due_later)
        return tuple(Duty(one.code, one.deadline) for one in asked)

    async def record(self, account_id: str) -> Record:
        """The record; its stage is None where there is no account."""
        return self._account(account_id).record

    async def ledger(self, account_id: str) -> tuple[Entry, ...]:
        """All that happened, in order."""
        return tuple(self._account(account_id).ledger)

    async def notices(self, account_id: str) -> tuple[Told, ...]:
        """What the holder was told, in order."""
        account = self._account(account_id)
        return tuple(
            Told(entry.event.notice_id, entry.event.kind, entry.at, account.texts[text_id])
            for entry in account.ledger
            if isinstance(entry.event, e.NoticeIssued)
            and (text_id := entry.event.text.text_id) in account.texts
        )

    async def skip_to(self, instant: datetime) -> None:
        """Let each deadline of every account pass at its own instant, in order."""
        while (found := self._earliest()) and found[0] <= instant:
            self.now = max(self.now, found[0])
            self._transact(PassTime(account_id=found[1]))
            self._settle(found[1])
        self.now = max(self.now, instant)

    async def settled(self) -> None:
        """Nothing is ever under way here."""

    def fail_authority(self, account_id: str, times: int) -> None:
        """Let the authority's endpoint be out of order for so many tries about this account."""
        self.authority.fail(account_id, times)

    def asked(self, account_id: str) -> Counted:
        """How often provider and authority were asked about this account."""
        return Counted(self.provider.asked[account_id], self.authority.asked[account_id])

    def _earliest(self) -> tuple[datetime, str] | None:
        dues = (
            (due.at, account_id)
            for account_id, account in self._accounts.items()
            if (due := next_deadline(account.record))
        )
        return min(dues, default=None)

    def _account(self, account_id: str) -> _Account:
        return self._accounts.get(account_id) or _Account(Record(account_id))

    def _carry_out(self, command: AnyCommand) -> Answer:
        account = self._accounts.setdefault(
            command.account_id, _Account(Record(command.account_id))
        )
        if command.command_id in account.answers:
            digest, answer = account.answers[command.command_id]
            if digest != command.digest:
                message = f"The command id {command.command_id} was used with another body."
                raise ConflictError(message, "command_id")
            return answer
        if isinstance(command, Register) and account.record.stage is None:
            account.name = command.display_name
        answer = self._transact(command)
        account.answers[command.command_id] = (command.digest, answer)
        if isinstance(command, SubmitIdentity) and answer.created:
            account.vault[answer.created[0]] = command.sealed
        self._settle(command.account_id)
        return answer

    def _transact(self, command: AnyCommand | Internals) -> Answer:
        account = self._accounts[command.account_id]
        queue = Queue({key: effect.kind for key, effect in account.pending.items()})
        decided = decide(account.record, command, self._context(account), queue)
        if isinstance(decided, Refusal):
            is_internal = isinstance(command, PassTime | SettleEffects)
            if is_internal:
                raise RuntimeError(f"{command.name} was refused: {decided.message}")
            return self._answer(account, refusal=decided)
        self._append(account, decided)
        if isinstance(command, SettleEffects):
            for settlement in command.settlements:
                if not settlement.waits:
                    account.pending.pop(settlement.effect_id, None)
        return self._answer(account, created=decided.created)

    def _append(self, account: _Account, decided: Decided) -> None:
        at = max(self.now, account.record.last_at or self.now)
        seq = account.record.seq
        account.record = decided.record
        for place, event in enumerate(decided.events, start=1):
            account.ledger.append(Entry(seq + place, at, event))
            account.texts.update(_texts_of(event))
            effect = effect_of(event, account.record, self._policy(account), at)
            if effect:
                account.pending[effect.effect_id] = effect
            if isinstance(event, e.TextsErased):
                account.texts.clear()

    def _settle(self, account_id: str) -> None:
        account = self._accounts[account_id]
        while account.pending:
            effect = next(iter(account.pending.values()))
            if effect.kind is EffectKind.VERIFICATION:
                identity = self._sealed[account.vault[effect.effect_id].ciphertext]
                if effect.body["stores_identity"]:
                    account.holder = (identity.document, identity.number)
                settlements = self.provider.settlements(effect, identity)
            elif effect.kind is EffectKind.FILING:
                settlements = [self.authority.settlement(account_id, effect)]
            else:
                settlements = [delivered(effect)]
            for settlement in settlements:
                self._transact(SettleEffects(account_id=account_id, settlements=(settlement,)))

    def _answer(
        self, account: _Account, *, created: tuple[str, ...] = (), refusal: Refusal | None = None
    ) -> Answer:
        record = account.record
        standing = standing_at(record, self._policy(account), self.now) if record.stage else None
        return Answer(
            account_id=record.account_id,
            seq=record.seq,
            at=self.now,
            stage=record.stage,
            standing=standing,
            created=created,
            refusal=refusal,
        )

    def _policy(self, account: _Account) -> Policy:
        return self.book.at(account.record.policy_id, self.now).policy

    def _subject(self, account: _Account) -> Subject:
        return Subject(account.record, self._policy(account), self._licences())

    def _licences(self) -> tuple[HeldLicence, ...]:
        held = self._account(PROVIDER_ACCOUNT).record.licences
        return tuple(HeldLicence(one.code, one.valid_from, one.valid_until) for one in held)

    def _context(self, account: _Account) -> Context:
        return Context(
            now=self.now,
            book=self.book,
            licences=self._licences(),
            holder=self._holder(account),
            name_signals=self._name_signals(account) if account.record.stage is None else (),
            display_name=account.name,
        )

    def _holder(self, account: _Account) -> HolderFacts:
        others = [
            other.record
            for other in self._accounts.values()
            if other is not account and account.holder and other.holder == account.holder
        ]
        counted: dict[str, int] = {}
        for record in others:
            if record.stage in (Stage.ACTIVE, Stage.CLOSING):
                counted[record.kind] = counted.get(record.kind, 0) + 1
        remembered = [
            record.fingerprint_until
            for record in others
            if record.closure and record.closure.by_penalty and record.fingerprint_until
        ]
        return HolderFacts(counted, max(remembered, default=None))

    def _name_signals(self, account: _Account) -> tuple[str, ...]:
        if not account.name:
            return ()
        marked = [
            known_name(f"account:{other.record.account_id}", other.name)
            for other in self._accounts.values()
            if other is not account
            and other.record.stage is Stage.ACTIVE
            and mark_at(self._subject(other), self.now)
        ]
        protected = [
            known_name(f"policy:{code}", name)
            for published in self.book.published
            for code, name in published.policy.names.protected.items()
        ]
        found = signals(account.name, [*marked, *protected])
        return tuple(f"{signal.kind}:{signal.of}" if signal.of else signal.kind for signal in found)


def _texts_of(event: e.Event) -> Iterable[tuple[str, str]]:
    for name in getattr(event, "__slots__", ()):
        value = getattr(event, name)
        if isinstance(value, e.Text) and value.plain is not None:
            yield value.text_id, value.plain
