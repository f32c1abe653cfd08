"""The ledger as a run meets it: its answers say at which pace the run goes about its time."""

from datetime import timedelta

from temporalio import activity

from activities.ledger import LedgerActivities
from goodstanding.messages import Pace, Transacted, Transaction


class PacedLedger:
    """Adds the service's pace, of which the record knows nothing, to what the ledger answers.

    So the pace lies in the history of the run that went by it, and another setting breaks no replay.
    """

    def __init__(self, ledger: LedgerActivities, pace: Pace) -> None:
        self._ledger = ledger
        self._pace = pace

    @activity.defn
    async def transact(self, transaction: Transaction) -> Transacted:
        """Carry the command out once; see `LedgerActivities.transact`."""
        return paced(await self._ledger.transact(transaction), self._pace)


def paced(done: Transacted, pace: Pace) -> Transacted:
    """The answer with a pace: only a busy account's run lingers, since the timer is what a woken one costs most."""
    if not done.agenda.is_busy:
        pace = pace.model_copy(update={"linger": timedelta(0)})
    agenda = done.agenda.model_copy(update={"pace": pace})
    return done.model_copy(update={"agenda": agenda})
