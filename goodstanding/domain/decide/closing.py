"""The end at the holder's wish, and the erasure of the identity."""

from datetime import datetime

from goodstanding.domain import events as e
from goodstanding.domain.deadlines import STANDS_AGAINST_A_WISH
from goodstanding.domain.decide.imposing import closing_started
from goodstanding.domain.draft import Draft
from goodstanding.domain.record import DecisionState
from goodstanding.errors import AccountClosedError, AppealOpenError, CaseOpenError, WrongStageError
from goodstanding.messages import CloseAccount, Erase
from goodstanding.vocabulary import NoticeKind, ReviewKind, Stage


def close_account(draft: Draft, command: CloseAccount) -> None:
    """Close at the holder's wish after the cooling-off; never as an escape from an open case."""
    if draft.record.stage in (Stage.CLOSED, Stage.ERASED):
        raise AccountClosedError
    if draft.record.stage is not Stage.ACTIVE or draft.record.is_provider:
        raise WrongStageError("Only an active account can be closed.")
    _check_nothing_open(draft)
    steps = draft.policy.process.self_closure
    step = next(
        (one for one in steps if one.up_to is not None and command.audience <= one.up_to),
        steps[-1],
    )
    until = draft.after(step.cooling_off)
    draft.add(closing_started(draft, None, until))
    draft.tell(NoticeKind.CLOSING_WISHED, {"until": draft.day(until)})


def erase(draft: Draft, command: Erase) -> None:
    """Destroy the identity of an account that has ended, once nothing can be challenged any more."""
    record = draft.record
    if record.stage not in (Stage.CLOSED, Stage.DECLINED, Stage.WITHDRAWN):
        raise WrongStageError(f"In the stage {record.stage} the identity is still needed.")
    if record.is_identity_erased:
        return
    _check_nothing_open(draft)
    if any(appeal.verdict is None for appeal in record.appeals):
        raise AppealOpenError("An appeal is open; the identity goes when it is decided.")
    windows = [d.appeal_until for d in record.decisions if not d.is_window_over and d.appeal_until]
    windows += [record.ended.appeal_until] if record.ended and record.ended.appeal_until else []
    if last := max((until for until in windows if until > draft.now), default=None):
        message = f"An appeal can be filed until {draft.day(last)}; the identity goes after that."
        raise AppealOpenError(message)
    erase_identity(draft, command.actor.id)


def _check_nothing_open(draft: Draft) -> None:
    """`CaseOpenError` while something is open from which nobody escapes by leaving."""
    held = any(d.state is DecisionState.HELD for d in draft.record.decisions)
    against = [
        r
        for r in draft.record.open_reviews(*STANDS_AGAINST_A_WISH)
        if r.kind is not ReviewKind.APPEAL
    ]
    if draft.record.stage is Stage.ACTIVE:
        against += draft.record.open_reviews(ReviewKind.APPEAL)
    if held or against:
        raise CaseOpenError("A case, a confirmation or an appeal is still open.")


def erase_identity(draft: Draft, by: str, due_at: datetime | None = None) -> None:
    """Let the identity be gone: its key is destroyed in the same step."""
    kept_until = draft.record.fingerprint_until
    draft.cancel_reviews("erased")
    if draft.record.verification.verification_id:
        draft.tell(
            NoticeKind.IDENTITY_ERASED,
            {"kept_until": draft.day(kept_until) or draft.phrase("kept_nothing")},
        )
    draft.add(e.IdentityErased(by, due_at))
