"""The one place where an account changes: decide, append, answer, in one transaction."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.name_index import indexed, signals_for
from goodstanding.domain import events as e
from goodstanding.domain.capabilities import Subject, mark_at
from goodstanding.domain.context import Context, HeldLicence, HolderFacts
from goodstanding.domain.deadlines import next_deadline
from goodstanding.domain.decide import Decided, Effects, decide
from goodstanding.domain.effects import effect_of
from goodstanding.domain.overview import glance
from goodstanding.domain.record import Record
from goodstanding.domain.standing import standing_at
from goodstanding.envelope import commitment
from goodstanding.errors import ConflictError, GoodstandingError, PolicyNotFoundError
from goodstanding.keys import Keys
from goodstanding.messages import (
    Agenda,
    Answer,
    AnyCommand,
    Command,
    DecideReview,
    Internals,
    OpenProvider,
    Overview,
    Refusal,
    Register,
    RetryEffect,
    SettleEffects,
    Settlement,
    SubmitIdentity,
    Transacted,
    Transaction,
)
from goodstanding.policy.book import PolicyBook, Published
from goodstanding.vocabulary import Stage
from storage import accounts, chain, effects, holders, names, projection, queries, texts
from storage.accounts import Account
from storage.effects import Queue
from storage.engine import Sessions
from storage.names import IndexedName
from storage.tables import EffectRow
from storage.texts import TextKeys
from storage.vault import Vault

_UNFINISHED = frozenset({Stage.REGISTERING, Stage.VERIFYING})
UNANSWERED = "unanswered"
"""The error of a verification whose provider never called back."""


class PolicyMissingError(RuntimeError):
    """No policy is in force for something that is due: the account waits, in view of ops."""


@dataclass(slots=True)
class _Turn:
    """One command, while it is carried out."""

    connection: AsyncConnection
    command: AnyCommand | Internals
    at: datetime
    account: Account
    licences: tuple[HeldLicence, ...] = ()
    queue: Queue = field(default_factory=dict)
    failed: EffectRow | None = None
    name: IndexedName | None = None
    name_signals: tuple[str, ...] = ()
    holder: HolderFacts = HolderFacts()

    @property
    def account_id(self) -> str:
        return self.account.record.account_id

    @property
    def settlements(self) -> tuple[Settlement, ...]:
        return self.command.settlements if isinstance(self.command, SettleEffects) else ()


class LedgerActivities:
    """Changes records, one transaction per command."""

    def __init__(self, sessions: Sessions, vault: Vault, book: PolicyBook, keys: Keys) -> None:
        self._sessions = sessions
        self._vault = vault
        self._book = book
        self._text_keys = TextKeys(keys.wrapper)
        self._licences: tuple[str | None, tuple[HeldLicence, ...]] = (None, ())

    @activity.defn
    async def transact(self, transaction: Transaction) -> Transacted:
        """Carry the command out once; a repeated one gets the answer of the first.

        What is not stored fails as `ApplicationError` with the error's code: a conflict, and any
        command but an opening one to an account that does not exist.
        """
        try:
            async with self._sessions.begin() as session:
                connection = await session.connection()
                return await self._transacted(connection, transaction)
        except GoodstandingError as error:
            raise ApplicationError(error.message, type=error.code, non_retryable=True) from error

    async def _transacted(
        self, connection: AsyncConnection, transaction: Transaction
    ) -> Transacted:
        command = transaction.command
        command_id = command.command_id if isinstance(command, Command) else None
        account = await accounts.load(connection, command.account_id, command_id)
        at = max(transaction.now, account.record.last_at or transaction.now)
        turn = _Turn(connection, command, at, account)
        if account.has_pending_effects:
            turn.queue = await effects.queue_of(connection, turn.account_id)
        if isinstance(command, Command) and account.given:
            if account.given.digest != command.digest:
                raise ConflictError("This command id was used with another body.", "command_id")
            return self._told(turn, account.given.answer, account.record)
        if account.record.stage is None and not isinstance(command, Command):
            return Transacted(answer=_answer(turn, account.record, None), agenda=Agenda())
        return await self._decided(turn)

    async def _decided(self, turn: _Turn) -> Transacted:
        await self._gather(turn)
        command, record = turn.command, turn.account.record
        text_key, stored_key = await self._text_key(turn)
        queued = Effects(
            pending={effect_id: one.kind for effect_id, one in turn.queue.items()},
            failed=frozenset({turn.failed.effect_id} if turn.failed else ()),
        )
        decided = decide(record, command, self._context(turn, text_key), queued)
        if isinstance(decided, Decided) and _erases_texts(decided):
            # what is said from then on is kept under another key
            text_key, stored_key = await self._text_keys.new(turn.account_id)
            decided = decide(record, command, self._context(turn, text_key), queued)
        if isinstance(decided, Refusal):
            return await self._refused(turn, decided)
        ...
