"""What has to happen outside in consequence of an event; queued in the transaction that caused it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from goodstanding.domain import events as e
from goodstanding.domain.record import Record, VerificationState
from goodstanding.policy.schema import Policy
from goodstanding.vocabulary import ENDED_STAGES, EffectKind

UNANSWERED = "unanswered"
"""The error of a verification whose provider never called back."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing to do; idempotent for the receiver by its id. The body names things, it never holds a name."""

    effect_id: str
    kind: EffectKind
    body: Mapping[str, object]
    give_up_at: datetime


def effect_of(event: e.Event, record: Record, policy: Policy, now: datetime) -> Effect | None:
    """The effect of one event; `record` is as it is after the decision."""
    match event:
        case e.NoticeIssued() if event.leaves_house:
            return _notice(event, policy, now)
        case e.IdentitySubmitted():
            return _verification(event, record, policy, now)
        case e.ReviewOpened():
            return _review(event, record, policy, now)
        case e.ReviewDecided() | e.ReviewCancelled():
            body = {"review_id": event.review_id, "ended": True}
            until = policy.process.notices.give_up.after(now, policy.zone)
            return Effect(f"{event.review_id}.end", EffectKind.REVIEW, body, until)
        case e.FilingDue():
            body = {
                "filing_id": event.filing_id,
                "kind": event.kind,
                "to": event.to,
                "fields": dict(event.fields),
            }
            return Effect(event.filing_id, EffectKind.FILING, body, event.give_up_at)
        case _:
            return None


def is_awaited(record: Record, verification_id: str) -> bool:
    """Whether what a verifier says of this verification still counts: no person is asked, and the account is open."""
    verification = record.verification
    return (
        verification.verification_id == verification_id
        and verification.state in (VerificationState.ASKED, VerificationState.WAITING)
        and record.stage not in ENDED_STAGES
    )


def _notice(event: e.NoticeIssued, policy: Policy, now: datetime) -> Effect:
    body = {
        "notice_id": event.notice_id,
        "kind": event.kind,
        "language": event.language,
        "text_id": event.text.text_id,
        "decision_id": event.decision_id,
    }
    until = policy.process.notices.give_up.after(now, policy.zone)
    return Effect(event.notice_id, EffectKind.NOTICE, body, until)


def _verification(
    event: e.IdentitySubmitted, record: Record, policy: Policy, now: datetime
) -> Effect:
    method = policy.verification.methods[record.holder_type]
    body = {
        "verification_id": event.verification_id,
        "submitted_by": event.submitted_by,
        "documents": list(method.documents),
        "operator_documents": list(method.operator_documents),
        "stores_identity": method.stores_identity,
        "least_age": policy.kinds[record.kind].least_age,
        "today": now.astimezone(policy.zone).date().isoformat(),
    }
    until = policy.verification.provider_answers.after(now, policy.zone)
    return Effect(event.verification_id, EffectKind.VERIFICATION, body, until)


def _review(event: e.ReviewOpened, record: Record, policy: Policy, now: datetime) -> Effect:
    body = {
        "review_id": event.review_id,
        "kind": event.kind,
        "subject_id": event.subject_id,
        "due_at": event.decide_by.isoformat(),
        "remind_at": event.remind_at.isoformat(),
        "people": event.people,
        "language": record.language,
    }
    until = policy.process.notices.give_up.after(now, policy.zone)
    return Effect(event.review_id, EffectKind.REVIEW, body, until)
