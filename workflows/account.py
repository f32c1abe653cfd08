"""One workflow for each account: takes commands in turn, keeps the deadline, sees effects through.

It holds no rule and nothing that the record does not hold: a run may be terminated, reset or lost, and the
next one goes on. Rules are in goodstanding/domain, the record is in activities/ledger.py.
"""

import asyncio
from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import ApplicationError, FailureError, is_cancelled_exception

from activities.ledger import LedgerActivities
from goodstanding.messages import (
    AcknowledgeNotice,
    Agenda,
    Answer,
    AnswerHearing,
    AnyCommand,
    ApplyForQualification,
    CloseAccount,
    Command,
    DecideReview,
    Erase,
    FileAppeal,
    FileReport,
    Internal,
    Internals,
    LiftPenalty,
    OpenProvider,
    PassTime,
    RecordLicence,
    RecordViolation,
    Register,
    RetryEffect,
    RevokeQualification,
    SettleEffects,
    SubmitIdentity,
    Transacted,
    Transaction,
    VoidStrike,
    Withdraw,
)
from goodstanding.names import ACCOUNT_WORKFLOW
from goodstanding.vocabulary import EffectKind
from workflows.effects import Batch, batches
from workflows.failures import code_of, refusal_in
from workflows.options import DATABASE, DATABASE_DOWN, PARKED
from workflows.signs import AccountView, Asleep, Signs
from workflows.timer import alarm_of

_FAR_TOO_LONG = 4
"""Times the length at which a run goes on in a new one: then effects in hand are no reason to stay."""


@workflow.defn(name=ACCOUNT_WORKFLOW)
class AccountWorkflow:
    """The only writer of one account."""

    @workflow.init
    def __init__(self, account_id: str) -> None:
        self._account_id = account_id
        self._done: Transacted | None = None  # unknown until the record was read
        self._turn = asyncio.Lock()  # handlers await: without it two commands would interleave
        self._in_hand: list[Batch] = []
        self._asked: set[str] = set()  # effects that were begun and are still pending
        self._parked: str | None = None
        self._background: list[asyncio.Task[None]] = []
        self._signs = Signs()

    @workflow.run
    async def run(self, account_id: str) -> Asleep:
        """Stay while there is something to do; then complete, and be revived by the next command."""
        self._background.append(asyncio.create_task(self._keep_time()))
        try:
            while not await self._stays_quiet():
                await workflow.wait_condition(self._has_to_look)
                self._collect()
                self._begin_effects()
                if self._may_continue_as_new():
                    workflow.continue_as_new(account_id)
        except asyncio.CancelledError:
            # whoever sent a command still waits for its answer
            await workflow.wait_condition(self._is_idle)
            raise
        return self._asleep()
