"""What the holder does with a notice."""

from goodstanding.domain import events as e
from goodstanding.domain.draft import Draft
from goodstanding.errors import NoticeNotFoundError
from goodstanding.messages import AcknowledgeNotice
from goodstanding.vocabulary import NoticeKind

TELLS_A_PENALTY = frozenset(
    {
        NoticeKind.VIOLATION_DECIDED,
        NoticeKind.APPEAL_REDUCED,
        NoticeKind.DECISION_REDERIVED,
        NoticeKind.PENALTY_RAISED,
        NoticeKind.ACCOUNT_CLOSED,
    }
)
"""The notices with which a penalty is told: handing one over starts it, acknowledging one may end it."""


def acknowledge_notice(draft: Draft, command: AcknowledgeNotice) -> None:
    """Keep that it was read; what ends when it is acknowledged ends now. Doing so again changes nothing."""
    notice = next((n for n in draft.record.notices if n.notice_id == command.notice_id), None)
    if notice is None:
        raise NoticeNotFoundError(f"No notice {command.notice_id}.", "notice_id")
    if notice.acknowledged_at:
        return
    draft.add(e.NoticeAcknowledged(notice.notice_id))
    if notice.kind not in TELLS_A_PENALTY:
        return
    for penalty in draft.record.penalties:
        of_decision = penalty.decision_id == notice.decision_id and not penalty.is_over
        if of_decision and penalty.ends_when_acknowledged:
            draft.add(e.PenaltyEnded(penalty.penalty_id, "acknowledged"))
