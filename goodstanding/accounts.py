"""The accounts of a platform: one method for each thing that can be asked of one."""

from datetime import datetime

from goodstanding.keys import ClientKeys
from goodstanding.messages import (
    AcceptAgreement,
    AcknowledgeNotice,
    Actor,
    Answer,
    AnswerHearing,
    AnyCommand,
    ApplyForQualification,
    CloseAccount,
    DecideReview,
    Erase,
    FileAppeal,
    FileReport,
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
from goodstanding.previews import PreviewView
from goodstanding.reads import Reads
from goodstanding.sealing import Identity, seal
from goodstanding.sending import Sender, raised
from goodstanding.views import AccountView, BadgeView, ContentsView, NoticesView, RequirementsView


class Accounts:
    """Commands and reads; every command may be sent again safely under its command id.

    A command returns how the account stands after it, or raises the refusal: a corrected retry needs a new
    command id. `AccountBusyError` says that the outcome is unknown: ask again with the same one.
    """

    def __init__(self, sender: Sender, reads: Reads, keys: ClientKeys) -> None:
        self._sender = sender
        self._reads = reads
        self._keys = keys

    async def get(self, account_id: str) -> AccountView:
        """How the account stands now."""
        return await self._reads.account(account_id)

    async def requirements(self, account_id: str) -> RequirementsView:
        """What the holder has to supply, and by when."""
        return await self._reads.requirements(account_id)

    async def notices(
        self, account_id: str, *, limit: int | None = None, after: str | None = None
    ) -> NoticesView:
        """The holder's inbox, newest first; `after` of an answer leads to what is older."""
        return await self._reads.notices(account_id, limit=limit, after=after)

    async def content(self, account_id: str) -> ContentsView:
        """What decisions asked the platform to do with the account's items, and how far that is."""
        return await self._reads.content(account_id)

    async def badge(self, account_id: str) -> BadgeView:
        """The public mark."""
        return await self._reads.badge(account_id)

    async def preview_overturn(self, account_id: str, decision_id: str) -> PreviewView:
        """What would follow if the decision were taken back now."""
        return await self._reads.preview_of_decision(account_id, decision_id)

    async def send(self, command: AnyCommand) -> Answer:
        """Send any command; the other methods are this one with a narrower type."""
        return raised(await self._sender.send(command))

    async def submit_identity(
        self,
        identity: Identity,
        *,
        account_id: str,
        command_id: str,
        actor: Actor,
        expires_at: datetime | None = None,
    ) -> Answer:
        """Seal the identity and hand it in; nobody but the verifying activity can open it again.

        `send` takes a `SubmitIdentity` that was sealed elsewhere, on the holder's own device say.
        """
        sealed = seal(
            identity, account_id=account_id, actor_id=actor.id, key=self._keys.sealing_key
        )
        return await self.send(
            SubmitIdentity(
                account_id=account_id,
                command_id=command_id,
                actor=actor,
                expires_at=expires_at,
                sealed=sealed,
            )
        )

    async def register(self, command: Register) -> Answer:
        """Open an account."""
        return await self.send(command)

    async def accept_agreement(self, command: AcceptAgreement) -> Answer:
        """Accept a new version of the agreement."""
        return await self.send(command)

    async def open_provider(self, command: OpenProvider) -> Answer:
        """Open the account that is the platform itself."""
        return await self.send(command)

    async def withdraw(self, command: Withdraw) -> Answer:
        """Give an unfinished registration up, or take a wish to close back."""
        return await self.send(command)

    async def apply_for_qualification(self, command: ApplyForQualification) -> Answer:
        """Ask for a qualification."""
        return await self.send(command)

    async def revoke_qualification(self, command: RevokeQualification) -> Answer:
        """Open the review that takes a qualification away."""
        return await self.send(command)

    async def file_report(self, command: FileReport) -> Answer:
        """Complain about an item."""
        return await self.send(command)

    async def record_violation(self, command: RecordViolation) -> Answer:
        """State a finding."""
        return await self.send(command)

    async def decide_review(self, command: DecideReview) -> Answer:
        """Cast a vote; `reviews.decide` also heeds who claimed the review."""
        return await self.send(command)

    async def lift_penalty(self, command: LiftPenalty) -> Answer:
        """End a penalty early; the strike stays."""
        return await self.send(command)

    async def void_strike(self, command: VoidStrike) -> Answer:
        """Cancel a mistaken strike."""
        return await self.send(command)

    async def overturn_decision(self, command: OverturnDecision) -> Answer:
        """Take a decision back as if it had never been."""
        return await self.send(command)

    async def acknowledge_notice(self, command: AcknowledgeNotice) -> Answer:
        """Say that a notice was read."""
        return await self.send(command)

    async def answer_hearing(self, command: AnswerHearing) -> Answer:
        """Answer before a grave penalty is confirmed."""
        return await self.send(command)

    async def file_appeal(self, command: FileAppeal) -> Answer:
        """Challenge a decision."""
        return await self.send(command)

    async def close_account(self, command: CloseAccount) -> Answer:
        """Close the account at the holder's wish."""
        return await self.send(command)

    async def erase(self, command: Erase) -> Answer:
        """Destroy the identity of an account that has ended."""
        return await self.send(command)

    async def retry_effect(self, command: RetryEffect) -> Answer:
        """Try a failed effect again."""
        return await self.send(command)

    async def record_licence(self, command: RecordLicence) -> Answer:
        """Enter a licence that the platform holds."""
        return await self.send(command)

    async def record_order(self, command: RecordOrder) -> Answer:
        """Enter what an authority orders."""
        return await self.send(command)

    async def withdraw_order(self, command: WithdrawOrder) -> Answer:
        """End an order before its time."""
        return await self.send(command)

    async def settle_effects(self, command: SettleEffects) -> None:
        """Hand over what a call-back brought; for the service itself, and harmless to repeat."""
        await self._sender.send(command)

    async def pass_time(self, account_id: str) -> Answer:
        """Let happen what is due; for the service itself: a run does so at the very instant."""
        return await self._sender.send(PassTime(account_id=account_id))
