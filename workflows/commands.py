"""The commands that an account takes, each an update of its name; and what is refused at the door."""

import inspect
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from goodstanding.messages import (
    AcceptAgreement,
    AcknowledgeNotice,
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
    OverturnDecision,
    PassTime,
    RecordLicence,
    RecordOrder,
    RecordViolation,
    Register,
    RetryEffect,
    RevokeQualification,
    SettleEffects,
    SubmitIdentity,
    VoidStrike,
    Withdraw,
    WithdrawOrder,
)

P = ParamSpec("P")
R = TypeVar("R")


def checked(handler: Callable[P, Awaitable[R]]) -> workflow.UpdateMethodMultiParam[P, R]:
    """An update that `CommandHandlers._check` has looked at before it is accepted."""

    def check(self: "CommandHandlers", command: Command | Internal) -> None:
        self._check(command)

    # the SDK wants a validator of each handler's own type
    check.__signature__ = inspect.signature(handler)  # type: ignore[attr-defined]
    update = workflow.update(handler)
    update.validator(check)  # type: ignore[arg-type]
    return update


class CommandHandlers:
    """One handler for each command, typed, so that a malformed one is refused before it is accepted."""

    _account_id: str

    async def _answer(self, command: AnyCommand | Internals) -> Answer:
        raise NotImplementedError

    def _is_about_to_end(self) -> bool:
        raise NotImplementedError

    def _check(self, command: Command | Internal) -> None:
        """Refuse what is not for this account, or comes too late for this run."""
        if command.account_id != self._account_id:
            message = f"The command is for another account than {self._account_id}."
            raise ApplicationError(message, "account_id", type="MalformedError", non_retryable=True)
        if self._is_about_to_end():
            # so that a run that is never idle comes to its end: the client asks again at once
            raise ApplicationError("The run is about to end; ask again.", type="AccountBusyError")

    @checked
    async def register(self, command: Register) -> Answer:
        """Open the account."""
        return await self._answer(command)

    @checked
    async def accept_agreement(self, command: AcceptAgreement) -> Answer:
        """Take in that the agreement in force was accepted."""
        return await self._answer(command)

    @checked
    async def open_provider(self, command: OpenProvider) -> Answer:
        """Open the account that is the platform itself."""
        return await self._answer(command)

    @checked
    async def submit_identity(self, command: SubmitIdentity) -> Answer:
        """Take the sealed identity in and have it checked."""
        return await self._answer(command)

    @checked
    async def withdraw(self, command: Withdraw) -> Answer:
        """Give the registration up."""
        return await self._answer(command)

    @checked
    async def apply_for_qualification(self, command: ApplyForQualification) -> Answer:
        """Take an application in."""
        return await self._answer(command)

    @checked
    async def revoke_qualification(self, command: RevokeQualification) -> Answer:
        """Open the review that takes a qualification away."""
        return await self._answer(command)

    @checked
    async def file_report(self, command: FileReport) -> Answer:
        """Take a complaint in."""
        return await self._answer(command)

    @checked
    async def record_violation(self, command: RecordViolation) -> Answer:
        """Take a finding in."""
        return await self._answer(command)

    @checked
    async def decide_review(self, command: DecideReview) -> Answer:
        """Count a vote."""
        return await self._answer(command)

    @checked
    async def lift_penalty(self, command: LiftPenalty) -> Answer:
        """End a penalty early."""
        return await self._answer(command)

    @checked
    async def void_strike(self, command: VoidStrike) -> Answer:
        """Cancel a mistaken strike."""
        return await self._answer(command)

    @checked
    async def overturn_decision(self, command: OverturnDecision) -> Answer:
        """Take a decision back."""
        return await self._answer(command)

    @checked
    async def acknowledge_notice(self, command: AcknowledgeNotice) -> Answer:
        """Note that a notice was read."""
        return await self._answer(command)

    @checked
    async def answer_hearing(self, command: AnswerHearing) -> Answer:
        """Take the holder's answer in."""
        return await self._answer(command)

    @checked
    async def file_appeal(self, command: FileAppeal) -> Answer:
        """Take an appeal in."""
        return await self._answer(command)

    @checked
    async def close_account(self, command: CloseAccount) -> Answer:
        """Close at the holder's wish."""
        return await self._answer(command)

    @checked
    async def erase(self, command: Erase) -> Answer:
        """Destroy the identity."""
        return await self._answer(command)

    @checked
    async def retry_effect(self, command: RetryEffect) -> Answer:
        """Try a failed effect again."""
        return await self._answer(command)

    @checked
    async def record_licence(self, command: RecordLicence) -> Answer:
        """Enter a licence of the platform."""
        return await self._answer(command)

    @checked
    async def record_order(self, command: RecordOrder) -> Answer:
        """Take an authority's order in."""
        return await self._answer(command)

    @checked
    async def withdraw_order(self, command: WithdrawOrder) -> Answer:
        """End an order before its time."""
        return await self._answer(command)

    @checked
    async def pass_time(self, command: PassTime) -> Answer:
        """Let happen what is due."""
        return await self._answer(command)

    @checked
    async def settle_effects(self, command: SettleEffects) -> Answer:
        """Take in what effects brought back, a provider's call-back for one."""
        return await self._answer(command)
