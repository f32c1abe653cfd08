"""The ledger as a run meets it: its answers say at which pace the run goes about its time."""

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
        done = await self._ledger.transact(transaction)
        agenda = done.agenda.model_copy(update={"pace": self._pace})
        return done.model_copy(update={"agenda": agenda})
