"""One workflow for each account: takes commands in turn, keeps the deadline, sees effects through.

It holds no rule and nothing that the record does not hold: a run may be terminated, reset or lost, and the
next one goes on. Rules are in goodstanding/domain, the record is in activities/ledger.py.
"""

import asyncio
import functools
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import FailureError

from activities.ledger import LedgerActivities
from goodstanding.messages import (
    Agenda,
    Answer,
    AnyCommand,
    EffectRef,
    Internals,
    Overview,
    PassTime,
    SettleEffects,
    Transacted,
    Transaction,
)
from goodstanding.names import ACCOUNT_WORKFLOW
from goodstanding.vocabulary import EffectKind
from workflows.commands import CommandHandlers
from workflows.effects import InHand, in_hand_of
from workflows.failures import code_of, final_in
from workflows.options import DATABASE, DATABASE_DOWN, PARKED
from workflows.signs import Asleep, RunView, Signs
from workflows.timer import alarm_of

_FAR_TOO_LONG = 4
"""Times the length at which a run goes on in a new one: then effects in hand are no reason to stay."""


@workflow.defn(name=ACCOUNT_WORKFLOW)
class AccountWorkflow(CommandHandlers):
    """The only writer of one account."""

    @workflow.init
    def __init__(self, account_id: str) -> None:
        self._account_id = account_id
        # unknown until the record was read
        self._done: Transacted | None = None
        self._turn = asyncio.Lock()  # handlers await: without it two commands would interleave
        self._in_hand: list[InHand] = []
        self._begun: set[str] = set()  # pending effects that this run has begun to see through
        self._parked: list[str] = []
        self._is_cancelled = False
        self._background: list[asyncio.Task[None]] = []
        self._linger = timedelta(0)  # as the last command from outside found the account
        self._signs = Signs()

    @workflow.run
    async def run(self, account_id: str) -> Asleep:
        """Stay while there is something to do; then complete, and be revived by the next command."""
        self._background.append(asyncio.create_task(self._keep_time()))
        try:
            while not await self._goes_to_sleep():
                # no deadline: one of the things that it looks for always comes
                await workflow.wait_condition(self._has_to_look)
                await self._collect()
                self._begin_effects()
                if self._may_go_on_in_a_new_run():
                    workflow.continue_as_new(account_id, search_attributes=self._signs.carried_on())
        except asyncio.CancelledError:
            # whoever sent a command still waits for its answer; who sends one now gets it from the next run
            self._is_cancelled = True
            await workflow.wait_condition(self._is_idle)
            raise
        return self._asleep()

    @workflow.query
    def view(self) -> RunView:
        """What the run knows and has in hand; for ops."""
        overview, agenda = self._overview, self._agenda
        return RunView(
            account_id=self._account_id,
            seq=overview.seq if overview else 0,
            stage=overview.stage if overview else None,
            standing=overview.standing if overview else None,
            waiting_for=self._waiting_for(),
            next_deadline=agenda.next_deadline,
            next_due=agenda.next_due,
            effects=agenda.effects,
            in_hand=tuple(effect_id for batch in self._in_hand for effect_id in batch.ids),
            parked=tuple(self._parked),
        )

    async def _answer(self, command: AnyCommand | Internals) -> Answer:
        done = await self._transact(command)
        self._linger = done.agenda.pace.linger
        return done.answer

    async def _transact(self, command: AnyCommand | Internals) -> Transacted:
        async with self._turn:
            done = await self._carried_out(Transaction.of(command, workflow.now()))
            self._done = done
            pending = {effect.effect_id for effect in done.agenda.effects}
            self._begun &= pending
            for batch in self._in_hand:
                batch.drop_unless_pending(pending)
            self._show()
            return done

    async def _carried_out(self, transaction: Transaction) -> Transacted:
        try:
            done: Transacted = await workflow.execute_local_activity_method(
                LedgerActivities.transact,
                transaction,
                summary=transaction.command.name,
                **DATABASE,
            )
        except FailureError as error:
            if final := final_in(error):
                raise final from error
            workflow.logger.warning("the record could not be written: %s", code_of(error))
        else:
            return done
        try:
            done = await workflow.execute_activity_method(
                LedgerActivities.transact,
                transaction,
                summary=f"{transaction.command.name}: trying until the record can be written",
                **DATABASE_DOWN,
            )
        except FailureError as error:
            raise (final_in(error) or error) from error
        return done

    async def _insist(self, command: Internals) -> Transacted:
        """Have it carried out; a mistake of ours parks it in view of ops, until it works."""
        while True:
            try:
                return await self._transact(command)
            except FailureError as error:
                await self._park(f"{command.name}: {code_of(error)}")

    async def _park(self, why: str) -> None:
        before = self._done
        workflow.logger.error("account %s is parked: %s", self._account_id, why)
        self._parked.append(why)
        self._show()
        try:
            await workflow.wait_condition(
                lambda: self._done is not before,
                timeout=PARKED,
                timeout_summary=f"parked, looking again: {why}",
            )
        except TimeoutError:
            pass
        finally:
            self._parked.remove(why)

    async def _keep_time(self) -> None:
        # a command that came with the start brings the agenda
        await workflow.wait_condition(lambda: self._done is not None or self._is_idle())
        while True:
            if self._done is not None:
                await self._until_due()
            done = await self._insist(PassTime(account_id=self._account_id))
            due = done.agenda.next_deadline
            if due and due <= done.answer.at:
                await self._park(f"deadline does not move: {done.agenda.next_due}")

    async def _until_due(self) -> None:
        while True:
            # no deadline: there is none to keep
            await workflow.wait_condition(lambda: self._alarm() is not None)
            alarm = self._alarm()
            if alarm is None:
                continue
            try:
                await workflow.wait_condition(
                    functools.partial(self._rings_otherwise_than, alarm),
                    timeout=max(alarm - workflow.now(), timedelta(0)),
                    timeout_summary=f"{self._agenda.next_due} at {alarm:%Y-%m-%d %H:%M:%S} UTC",
                )
            except TimeoutError:
                return

    def _rings_otherwise_than(self, alarm: datetime) -> bool:
        return self._alarm() != alarm

    def _alarm(self) -> datetime | None:
        return alarm_of(self._account_id, self._agenda, workflow.now())

    def _begin_effects(self) -> None:
        for batch in in_hand_of(self._new_effects()):
            self._begun.update(batch.ids)
            self._in_hand.append(batch)
            self._background.append(asyncio.create_task(self._see_through(batch)))

    def _new_effects(self) -> tuple[EffectRef, ...]:
        # reviews one after the other: an end must not overtake its beginning
        wait = {EffectKind.REVIEW for batch in self._in_hand if batch.kind is EffectKind.REVIEW}
        # what undoes a removal must not overtake an attempt at it that is under way
        wait |= {EffectKind.CONTENT for batch in self._in_hand if batch.is_ending_content}
        return tuple(
            effect
            for effect in self._agenda.effects
            if effect.effect_id not in self._begun and effect.kind not in wait
        )

    async def _see_through(self, batch: InHand) -> None:
        settlements = await batch.see_through()
        if settlements:
            command = SettleEffects(account_id=self._account_id, settlements=settlements)
            await self._insist(command)
        self._in_hand.remove(batch)

    async def _collect(self) -> None:
        for task in [task for task in self._background if task.done()]:
            self._background.remove(task)
            await task

    async def _goes_to_sleep(self) -> bool:
        if not self._is_quiet() or self._is_long():
            return self._is_quiet()
        if not self._linger:
            return True
        before = self._done
        try:
            # commands that come meanwhile leave the timer alone: a new one for each costs a tenth of the throughput
            await workflow.wait_condition(
                lambda: self._has_to_stay() or self._is_long(),
                timeout=self._linger,
                timeout_summary="goes to sleep unless something comes",
            )
        except TimeoutError:
            # a command may have come before the timer, or with it
            return self._done is before and self._is_quiet()
        return False

    def _has_to_look(self) -> bool:
        return bool(
            self._new_effects()
            or any(task.done() for task in self._background)
            or self._is_quiet()
            or self._may_go_on_in_a_new_run()
        )

    def _is_quiet(self) -> bool:
        return self._done is not None and not self._has_to_stay() and self._is_idle()

    def _has_to_stay(self) -> bool:
        return bool(self._agenda.effects or self._in_hand or self._alarm() is not None)

    def _is_idle(self) -> bool:
        return workflow.all_handlers_finished() and not self._turn.locked()

    def _may_go_on_in_a_new_run(self) -> bool:
        settled = not self._in_hand or self._is_about_to_end()
        return settled and self._is_long() and self._is_idle()

    def _is_about_to_end(self) -> bool:
        return self._is_cancelled or self._is_long(_FAR_TOO_LONG)

    def _is_long(self, times: int = 1) -> bool:
        return workflow.info().get_current_history_length() > times * self._agenda.pace.long_history

    @property
    def _agenda(self) -> Agenda:
        return self._done.agenda if self._done else Agenda()

    @property
    def _overview(self) -> Overview | None:
        return self._done.overview if self._done else None

    def _waiting_for(self) -> str:
        if self._parked:
            return "ops:parked"
        return self._overview.waiting_for if self._overview else ""

    def _show(self) -> None:
        more = [f"- **parked**: {why}" for why in self._parked]
        self._signs.show_details(self._overview, more)
        # a run that is about to complete is looked for by nobody, and to be listed costs it half as much again
        if self._parked or self._has_to_stay():
            due = self._agenda.next_deadline
            self._signs.show_in_lists(self._overview, due, self._waiting_for())

    def _asleep(self) -> Asleep:
        view = self.view()
        return Asleep(
            account_id=view.account_id,
            seq=view.seq,
            stage=view.stage,
            standing=view.standing,
            next_deadline=view.next_deadline,
        )
