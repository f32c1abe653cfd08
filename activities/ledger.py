"""The one place where an account changes: decide, append, answer, in one transaction."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel.ext.asyncio.session import AsyncSession
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.name_index import indexed, signals_for
from goodstanding.domain import events as e
from goodstanding.domain.capabilities import Subject, mark_at
from goodstanding.domain.context import Context, HeldLicence, HolderFacts, ReportFacts
from goodstanding.domain.deadlines import next_deadline
from goodstanding.domain.decide import Decided, Effects, decide
from goodstanding.domain.overview import glance
from goodstanding.domain.record import Record
from goodstanding.domain.standing import standing_at
from goodstanding.envelope import commitment, guard, receipt_number
from goodstanding.errors import AccountNotFoundError, ConflictError, PolicyNotFoundError
from goodstanding.keys import Keys, SymmetricKey
from goodstanding.messages import (
    Agenda,
    Answer,
    AnyCommand,
    Command,
    DecideReview,
    FileReport,
    Internals,
    OpenProvider,
    Overview,
    PassTime,
    Refusal,
    Register,
    RetryEffect,
    SettleEffects,
    SubmitIdentity,
    Transacted,
    Transaction,
)
from goodstanding.policy.book import PolicyBook
from goodstanding.vocabulary import PROVIDER_ACCOUNT, EffectKind, Outcome, Stage
from storage import accounts, effects, holders, ledger, reports
from storage.accounts import Account
from storage.chain import Entry
from storage.effects import Queue
from storage.engine import Sessions
from storage.inserts import Inserts
from storage.ledger import Step, TextKey
from storage.names import IndexedName
from storage.policies import LiveBook
from storage.queries import held_licences
from storage.tables import EffectRow
from storage.texts import Recalled, TextKeys
from storage.vault import Vault

_MAY_OPEN = frozenset({Stage.REGISTERING, Stage.VERIFYING, Stage.DECLINED})
"""From these an account is opened by what a verifier, a person or its holder says."""

BUSY = timedelta(minutes=1)
"""An account that changed within so long before a command is a busy one."""


class InternalRefusedError(RuntimeError):
    """What the product itself asked for cannot be done: the account waits, in view of ops."""


@dataclass(slots=True)
class _Turn:
    """One command while it is carried out, with what was gathered for it."""

    connection: AsyncConnection
    command: AnyCommand | Internals
    at: datetime
    account: Account
    book: PolicyBook
    queue: Queue = field(default_factory=dict)
    failed: EffectRow | None = None
    name: IndexedName | None = None
    licences: tuple[HeldLicence, ...] = ()
    name_signals: tuple[str, ...] = ()
    holder: HolderFacts = field(default_factory=HolderFacts)
    reports: ReportFacts = field(default_factory=ReportFacts)
    fingerprint: str | None = None
    """Of an identity that may be verified now."""

    @property
    def record(self) -> Record:
        return self.account.record


class LedgerActivities:
    """Changes records, one transaction per command."""

    def __init__(self, sessions: Sessions, vault: Vault, book: PolicyBook, keys: Keys) -> None:
        self._sessions = sessions
        self._vault = vault
        self._book = LiveBook(book)
        self._text_keys = TextKeys(keys.wrapper)
        self._peppers = keys.peppers
        self._licences: tuple[str | None, tuple[HeldLicence, ...]] = (None, ())

    @activity.defn
    async def transact(self, transaction: Transaction) -> Transacted:
        """Carry the command out once; a repeated one gets the answer of the first.

        Raise `ApplicationError` with the code of what is not stored: a conflict, or a command to
        an account that does not exist. Anything else that is raised is worth another attempt, by
        a worker that has the database, the keys and the policies.
        """
        try:
            async with self._sessions.begin() as session:
                turn = await _begin(session, transaction, self._book)
                return await self._carry_out(turn)
        except (AccountNotFoundError, ConflictError) as error:
            said, field = error.message, error.field
            raise ApplicationError(said, field, type=error.code, non_retryable=True) from None

    async def _carry_out(self, turn: _Turn) -> Transacted:
        command = turn.command
        if isinstance(command, Command) and turn.account.given:
            if not self._is_same(command, turn.account.given.guard):
                raise ConflictError("This command id was used with another body.", "command_id")
            return self._told(turn, turn.account.given.answer, turn.record, turn.queue)
        if turn.record.stage is None and not isinstance(command, Command):
            return Transacted(answer=self._answer(turn, turn.record), agenda=Agenda())
        await self._gather(turn)
        decided, text_key = await self._decide(turn)
        if isinstance(decided, Refusal):
            return await self._refused(turn, decided)
        return await self._written(turn, decided, text_key)

    def _guard(self, command: Command, pepper: SymmetricKey | None = None) -> str:
        key = pepper or self._peppers[0]
        return guard(key, command.account_id, command.command_id, command.digest)

    def _is_same(self, command: Command, kept: str) -> bool:
        """Whether a body is the one of before, whichever pepper was the newest then."""
        return any(self._guard(command, pepper) == kept for pepper in self._peppers)

    async def _decide(self, turn: _Turn) -> tuple[Decided | Refusal, TextKey]:
        """Decide; since that is pure, again with what turns out to be needed, which is rare."""
        connection, account_id = turn.connection, turn.command.account_id
        text_key = await self._text_key(turn)
        recalled = Recalled()
        decided = self._decided(turn, text_key, recalled)
        if recalled.wanted:
            # a notice repeats what was said before
            await recalled.fill(connection, account_id, text_key.key)
            decided = self._decided(turn, text_key, recalled)
        if isinstance(decided, Decided) and _has(decided, e.TextsErased):
            # what is said from now on is kept under another key
            text_key = TextKey(*await self._text_keys.new(account_id))
            decided = self._decided(turn, text_key, recalled)
        return decided, text_key

    def _decided(self, turn: _Turn, text_key: TextKey, recalled: Recalled) -> Decided | Refusal:
        queued = Effects(
            pending={effect_id: one.kind for effect_id, one in turn.queue.items()},
            failed={turn.failed.effect_id: turn.failed.kind} if turn.failed else {},
        )
        context = Context(
            now=turn.at,
            book=turn.book,
            licences=turn.licences,
            holder=turn.holder,
            reports=turn.reports,
            name_signals=turn.name_signals,
            display_name=turn.name.plain if turn.name else turn.account.display_name,
            texts=recalled,
            commit=lambda text_id, text: commitment(text_key.key, text_id, text),
        )
        return decide(turn.record, turn.command, context, queued)

    async def _gather(self, turn: _Turn) -> None:
        """Read what the command needs of others; for most that is nothing."""
        command, connection, verification = turn.command, turn.connection, turn.record.verification
        turn.licences = await self._licences_at(connection, turn.account.provider_head)
        turn.reports = await reports.facts_for(connection, turn.record, command)
        if isinstance(command, Register) and turn.record.stage is None:
            turn.name = indexed(command.display_name)
            turn.name_signals = await self._signals(turn, command, turn.name)
        elif isinstance(command, RetryEffect):
            account_id, effect_id = command.account_id, command.effect_id
            turn.failed = await effects.failed_effect(connection, account_id, effect_id)
        if verification.is_pending and isinstance(command, SettleEffects | DecideReview):
            turn.fingerprint = await self._vault.fingerprint(verification.verification_id or "")
        if turn.record.stage in _MAY_OPEN and not isinstance(command, PassTime | RetryEffect):
            account_id = command.account_id
            turn.holder = await holders.facts_of(connection, account_id, turn.fingerprint)

    async def _signals(self, turn: _Turn, command: Register, name: IndexedName) -> tuple[str, ...]:
        try:
            policy = turn.book.at(command.policy_id, turn.at).policy
        except PolicyNotFoundError:
            # the decision will say so
            return ()
        protected = policy.names.protected
        return await signals_for(turn.connection, name, protected, command.account_id)

    async def _licences_at(
        self, connection: AsyncConnection, head: str | None
    ) -> tuple[HeldLicence, ...]:
        """What the platform holds, read again only when its record has moved on."""
        known, licences = self._licences
        if head != known:
            provider = await accounts.look(connection, PROVIDER_ACCOUNT)
            licences = held_licences(provider.record)
            self._licences = (head, licences)
        return licences

    async def _text_key(self, turn: _Turn) -> TextKey:
        stored, account_id = turn.account.text_key, turn.command.account_id
        if stored is None:
            return TextKey(*await self._text_keys.new(account_id))
        return TextKey(await self._text_keys.of(account_id, stored), stored)

    async def _refused(self, turn: _Turn, refusal: Refusal) -> Transacted:
        command = turn.command
        if not isinstance(command, Command):
            raise InternalRefusedError(f"{refusal.code}: {refusal.message}")
        answer = self._answer(turn, turn.record, refusal=refusal)
        batch = Inserts()
        accounts.answer(batch, command, self._guard(command), answer)
        await batch.write(turn.connection)
        return self._told(turn, answer, turn.record, turn.queue)

    async def _written(self, turn: _Turn, decided: Decided, text_key: TextKey) -> Transacted:
        command, connection, record = turn.command, turn.connection, decided.record
        batch = Inserts()
        published = turn.book.current(record.policy_id, turn.at)
        settlements = command.settlements if isinstance(command, SettleEffects) else ()
        queue = await ledger.settle(connection, decided, turn.queue, settlements)
        queue |= ledger.enqueue(batch, decided, published.policy, turn.at)
        if turn.failed:
            queue |= await effects.revive(connection, turn.failed, turn.at)
        answer = self._answer(turn, record, created=decided.created)
        if isinstance(command, FileReport):
            receipt = receipt_number(text_key.key, command.account_id, command.report_id)
            answer = answer.model_copy(update={"receipt": receipt})
        failures = tuple(one.error for one in decided.events if isinstance(one, e.EffectFailed))
        told = self._told(turn, answer, record, queue).model_copy(update={"failures": failures})
        wake_at = turn.at if told.agenda.effects else told.agenda.next_deadline
        if decided.events:
            step = Step(
                account=turn.account,
                decided=decided,
                entry=_entry(turn, published.digest),
                standing=answer.standing or "",
                mark=mark_at(Subject(record, published.policy, turn.licences), turn.at),
                text_key=text_key,
                wake_at=wake_at,
                queue=queue,
                policy_version=published.policy.policy.version,
                name=turn.name,
                fingerprint=turn.fingerprint if _has(decided, e.IdentityVerified) else None,
            )
            await ledger.append(connection, batch, step)
        else:
            version = published.policy.policy.version
            await ledger.keep_queue(
                connection, batch, turn.account, wake_at, queue, policy_version=version
            )
        if isinstance(command, Command):
            accounts.answer(batch, command, self._guard(command), answer)
        await batch.write(connection)
        await self._move_identities(turn, decided, queue)
        return told

    async def _move_identities(self, turn: _Turn, decided: Decided, left: Queue) -> None:
        """Bring the vault along before the commit; if that fails, all of it is repeated."""
        vault, command = self._vault, turn.command
        for verification_id in _verifications_ended(turn.queue, left):
            # first of all: from now on no attempt that comes late keeps anything
            await vault.drop_sealed(verification_id)
        for event in decided.events:
            match event:
                case e.IdentitySubmitted(verification_id) if isinstance(command, SubmitIdentity):
                    await vault.put_sealed(
                        verification_id, command.account_id, command.actor.id, command.sealed
                    )
                case e.IdentityVerified(verification_id):
                    await vault.accept(verification_id, command.account_id)
                case e.IdentityChecked(verification_id, Outcome.FAIL):
                    await vault.refuse(verification_id)
                case e.IdentityErased():
                    await vault.destroy(command.account_id)

    def _answer(
        self,
        turn: _Turn,
        record: Record,
        *,
        created: tuple[str, ...] = (),
        refusal: Refusal | None = None,
    ) -> Answer:
        standing = None
        if record.stage is not None:
            policy = turn.book.current(record.policy_id, turn.at).policy
            standing = standing_at(record, policy, turn.at)
        return Answer(
            account_id=record.account_id,
            seq=record.seq,
            at=turn.at,
            stage=record.stage,
            standing=standing,
            created=created,
            refusal=refusal,
        )

    def _told(self, turn: _Turn, answer: Answer, record: Record, queue: Queue) -> Transacted:
        if record.stage is None:
            return Transacted(answer=answer, agenda=Agenda())
        due = next_deadline(record)
        agenda = Agenda(
            effects=effects.agenda(queue),
            next_deadline=due.at if due else None,
            next_due=due.what.value if due else "",
            is_busy=turn.at - (turn.record.last_at or turn.at - BUSY) < BUSY,
        )
        policy = turn.book.current(record.policy_id, turn.at).policy
        seen = glance(record, policy, turn.at)
        overview = Overview(
            seq=record.seq,
            stage=record.stage,
            standing=seen.standing,
            policy=seen.policy,
            waiting_for=seen.waiting_for,
            details=seen.details,
        )
        return Transacted(answer=answer, agenda=agenda, overview=overview)


async def _begin(session: AsyncSession, transaction: Transaction, books: LiveBook) -> _Turn:
    connection, command = await session.connection(), transaction.command
    command_id = command.command_id if isinstance(command, Command) else None
    account = await accounts.load(connection, command.account_id, command_id)
    # never before what is on record, whatever the clocks of two workers say
    at = max(transaction.now, account.record.last_at or transaction.now)
    named = account.record.policy_id
    if isinstance(command, Register | OpenProvider):
        named = command.policy_id
    # once for all of the turn: a decision stands on one book
    book = await books.current(session, {named} if named else ())
    turn = _Turn(connection, command, at, account, book)
    if account.has_pending_effects:
        turn.queue = await effects.queue_of(connection, command.account_id)
    return turn


def _entry(turn: _Turn, policy_digest: str) -> Entry:
    command = turn.command
    if isinstance(command, Command):
        actor = f"{command.actor.role}:{command.actor.id}"
        return Entry(command.account_id, turn.at, command.command_id, actor, policy_digest)
    return Entry(command.account_id, turn.at, None, "system", policy_digest)


def _verifications_ended(before: Queue, after: Queue) -> list[str]:
    """Those whose answer is here, or will come by a call-back: nobody opens the sealed identity again."""
    return [
        effect_id
        for effect_id, pending in before.items()
        if pending.kind is EffectKind.VERIFICATION and after.get(effect_id) != pending
    ]


def _has(decided: Decided, kind: type[e.Event]) -> bool:
    return any(isinstance(event, kind) for event in decided.events)
