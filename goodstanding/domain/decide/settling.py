"""What effects bring back: deliveries, receipts, the answers of verifiers, and failures that ops can see."""

from datetime import datetime

from goodstanding.domain import events as e
from goodstanding.domain.decide import content, joining
from goodstanding.domain.decide.imposing import start_interims, start_when_handed_over
from goodstanding.domain.decide.reading import TELLS_A_PENALTY
from goodstanding.domain.draft import Draft
from goodstanding.domain.effects import is_verified_by, told_by
from goodstanding.domain.entries import DecisionState, VerificationState
from goodstanding.domain.filings import UNFILED_BUT_OPENED
from goodstanding.errors import EffectNotFailedError
from goodstanding.messages import RetryEffect, SettleEffects, Settlement, Verified
from goodstanding.policy.schema import Channel
from goodstanding.vocabulary import EffectKind, NoticeKind, Outcome

_TELLS_THE_HOLDER = (EffectKind.NOTICE, EffectKind.MAIL)


def settle_effects(draft: Draft, command: SettleEffects, kinds: dict[str, EffectKind]) -> None:
    """Take in how each effect ended; one that was settled already is not settled twice."""
    for settlement in command.settlements:
        kind = kinds.get(settlement.effect_id)
        if kind is None:
            continue
        draft.caused_by(settlement.effect_id, draft.now)
        _settle(draft, settlement, kind)


def retry_effect(draft: Draft, command: RetryEffect, failed: EffectKind | None) -> None:
    """Let a failed effect be tried again; of a verification that failed, a person has been asked."""
    if failed is None:
        raise EffectNotFailedError(f"The effect {command.effect_id} has not failed.", "effect_id")
    if failed is EffectKind.VERIFICATION:
        message = (
            f"The verification {command.effect_id} is with a person; no provider is asked again."
        )
        raise EffectNotFailedError(message, "effect_id")
    draft.add(e.EffectRetried(command.effect_id, command.actor.id))


def _settle(draft: Draft, settlement: Settlement, kind: EffectKind) -> None:
    if kind is EffectKind.FILING:
        _opening(draft, settlement)
    if not settlement.delivered:
        draft.add(e.EffectFailed(settlement.effect_id, kind, settlement.error or "unknown"))
    if kind is EffectKind.VERIFICATION:
        _verification(draft, settlement)
    elif settlement.delivered and kind in _TELLS_THE_HOLDER:
        handed_over(draft, *told_by(settlement.effect_id, kind))
    elif settlement.delivered and kind is EffectKind.FILING:
        draft.add(e.FilingAcknowledged(settlement.effect_id, settlement.receipt or ""))
    elif settlement.delivered and kind is EffectKind.CONTENT:
        _content(draft, settlement)


def _opening(draft: Draft, settlement: Settlement) -> None:
    """Enter that the identity was read to name an organisation; what follows says in which filing."""
    if settlement.opened or settlement.error == UNFILED_BUT_OPENED:
        identity = draft.record.verification.verification_id or ""
        draft.add(e.IdentityOpened(identity, "filer", "filing"))


def _verification(draft: Draft, settlement: Settlement) -> None:
    verification = draft.record.verification
    is_current = verification.verification_id == settlement.effect_id
    if not is_current or verification.state is VerificationState.ASKED:
        # whether or not anybody waits for the answer; where it is past ASKED this was entered then
        draft.add(e.IdentityOpened(settlement.effect_id, "verifier", "verification"))
    if not is_verified_by(draft.record, settlement.effect_id):
        return
    if settlement.waits:
        if verification.state is VerificationState.ASKED:
            until = draft.after(draft.policy.verification.provider_answers)
            draft.add(e.IdentityAsked(settlement.effect_id, until))
        return
    said = settlement.verified
    if said is None or said.outcome is Outcome.UNAVAILABLE:
        said = Verified(outcome=Outcome.INCONCLUSIVE, reason_code=settlement.error)
    joining.checked(draft, settlement.effect_id, said)


def _content(draft: Draft, settlement: Settlement) -> None:
    request = next(r for r in draft.record.content if r.effect_id == settlement.effect_id)
    if not settlement.waits:
        draft.add(e.ContentDone(settlement.effect_id, settlement.receipt or ""))
    elif request.waits_until is None:
        until = content.given_up_at(draft, draft.record.the_decision(request.decision_id))
        draft.add(e.ContentWaits(settlement.effect_id, until))


def handed_over(
    draft: Draft, notice_id: str, channel: Channel, due_at: datetime | None = None
) -> None:
    """A channel has delivered a notice; where that is the one that counts, what waited for it begins."""
    before = _handed_over_at(draft, notice_id)
    notice = next((n for n in draft.record.notices if n.notice_id == notice_id), None)
    if notice is None:
        return
    draft.add(e.NoticeDelivered(notice_id, channel.value, due_at))
    decision = draft.record.decision(notice.decision_id)
    if decision is None or before or not _handed_over_at(draft, notice_id):
        return
    if decision.state is DecisionState.IN_FORCE and notice.kind in TELLS_A_PENALTY:
        start_when_handed_over(draft, decision)
    elif decision.state is DecisionState.HELD and notice.kind == NoticeKind.INTERIM_STARTED:
        start_interims(draft, decision)


def _handed_over_at(draft: Draft, notice_id: str) -> datetime | None:
    return next((n.handed_over_at for n in draft.record.notices if n.notice_id == notice_id), None)
