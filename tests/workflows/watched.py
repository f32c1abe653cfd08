"""The real ledger, of which tests see what it is asked, and whose database can go away."""

import asyncio
from typing import Any

from sqlalchemy.exc import OperationalError
from temporalio import activity

from activities.ledger import LedgerActivities
from activities.pacing import PacedLedger, paced
from goodstanding.messages import Pace, Transacted, Transaction
from storage.engine import Sessions


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

    @activity.defn
    async def transact(self, transaction: Transaction) -> Transacted:
        command = transaction.command
        self.asked.append(transaction)
        if gate := self.held.get(command.account_id):
            await gate.wait()
        if mistake := self.mistakes.get((command.account_id, command.name)):
            raise mistake
        done = await super().transact(transaction)
        done = paced(done, self.paces.get(command.account_id, Pace()))
        if command.account_id not in self.stuck:
            return done
        stays = {"next_deadline": transaction.now, "next_due": "made_to_stay"}
        return done.model_copy(update={"agenda": done.agenda.model_copy(update=stays)})

    def names_asked(self, account_id: str) -> list[str]:
        """The commands that were carried out for an account, in order."""
        return [one.command.name for one in self.asked if one.command.account_id == account_id]
