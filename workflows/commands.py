"""The commands that an account takes, each an update of its name; and what is refused at the door."""

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from goodstanding.messages import (
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
    PassTime,
    RecordLicence,
    RecordViolation,
    Register,
    RetryEffect,
    RevokeQualification,
    SettleEffects,
    SubmitIdentity,
    VoidStrike,
    Withdraw,
)


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

    @workflow.update
    async def register(self, command: Register) -> Answer:
        """Open the account."""
        return await self._answer(command)

    register.validator(_check)

    @workflow.update
    async def open_provider(self, command: OpenProvider) -> Answer:
        """Open the account that is the platform itself."""
        return await self._answer(command)

    open_provider.validator(_check)

    @workflow.update
    async def submit_identity(self, command: SubmitIdentity) -> Answer:
        """Take the sealed identity in and have it checked."""
        return await self._answer(command)

    submit_identity.validator(_check)

    @workflow.update
    async def withdraw(self, command: Withdraw) -> Answer:
        """Give the registration up."""
        return await self._answer(command)

    withdraw.validator(_check)

    @workflow.update
    async def apply_for_qualification(self, command: ApplyForQualification) -> Answer:
        """Take an application in."""
        return await self._answer(command)

    apply_for_qualification.validator(_check)

    @workflow.update
    async def revoke_qualification(self, command: RevokeQualification) -> Answer:
        """Open the review that takes a qualification away."""
        return await self._answer(command)

    revoke_qualification.validator(_check)

    @workflow.update
    async def file_report(self, command: FileReport) -> Answer:
        """Take a complaint in."""
        return await self._answer(command)

    file_report.validator(_check)

    @workflow.update
    async def record_violation(self, command: RecordViolation) -> Answer:
        """Take a finding in."""
        return await self._answer(command)

    record_violation.validator(_check)

    @workflow.update
    async def decide_review(self, command: DecideReview) -> Answer:
        """Count a vote."""
        return await self._answer(command)

    decide_review.validator(_check)

    @workflow.update
    async def lift_penalty(self, command: LiftPenalty) -> Answer:
        """End a penalty early."""
        return await self._answer(command)

    lift_penalty.validator(_check)

    @workflow.update
    async def void_strike(self, command: VoidStrike) -> Answer:
        """Cancel a mistaken strike."""
        return await self._answer(command)

    void_strike.validator(_check)

    @workflow.update
    async def acknowledge_notice(self, command: AcknowledgeNotice) -> Answer:
        """Note that a notice was read."""
        return await self._answer(command)

    acknowledge_notice.validator(_check)

    @workflow.update
    async def answer_hearing(self, command: AnswerHearing) -> Answer:
        """Take the holder's answer in."""
        return await self._answer(command)

    answer_hearing.validator(_check)

    @workflow.update
    async def file_appeal(self, command: FileAppeal) -> Answer:
        """Take an appeal in."""
        return await self._answer(command)

    file_appeal.validator(_check)

    @workflow.update
    async def close_account(self, command: CloseAccount) -> Answer:
        """Close at the holder's wish."""
        return await self._answer(command)

    close_account.validator(_check)

    @workflow.update
    async def erase(self, command: Erase) -> Answer:
        """Destroy the identity."""
        return await self._answer(command)

    erase.validator(_check)

    @workflow.update
    async def retry_effect(self, command: RetryEffect) -> Answer:
        """Try a failed effect again."""
        return await self._answer(command)

    retry_effect.validator(_check)

    @workflow.update
    async def record_licence(self, command: RecordLicence) -> Answer:
        """Enter a licence of the platform."""
        return await self._answer(command)

    record_licence.validator(_check)

    @workflow.update
    async def pass_time(self, command: PassTime) -> Answer:
        """Let happen what is due."""
        return await self._answer(command)

    pass_time.validator(_check)

    @workflow.update
    async def settle_effects(self, command: SettleEffects) -> Answer:
        """Take in what effects brought back, a provider's call-back for one."""
        return await self._answer(command)

    settle_effects.validator(_check)
