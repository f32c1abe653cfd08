"""What has to happen outside in consequence of an event; queued in the transaction that caused it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from goodstanding.domain import events as e
from goodstanding.domain.record import ContentState, Record, VerificationState
from goodstanding.policy.schema import Channel, Policy
from goodstanding.vocabulary import ENDED_STAGES, EffectKind

_MAIL = ".mail"
UNANSWERED = "unanswered"
"""The error of what was taken in, and of which nobody ever called back how it ended."""


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
        case e.ReviewOpened() | e.ReviewDecided() | e.ReviewCancelled():
            return _review(event, record, policy, now)
        case e.FilingDue():
            return _filing(event)
        case e.ContentAsked():
            return _content(event)
        case _:
            return None


def effects_of(event: e.Event, record: Record, policy: Policy, now: datetime) -> list[Effect]:
    """All that has to happen outside in consequence of one event."""
    first = effect_of(event, record, policy, now)
    found = [first] if first else []
    if isinstance(event, e.NoticeIssued) and event.by_mail:
        found.append(_mail(event, policy, now))
    return found


def mail_id(notice_id: str) -> str:
    """The id of the effect, and of the message, by which a notice goes out by e-mail."""
    return f"{notice_id}{_MAIL}"


def told_by(effect_id: str, kind: EffectKind) -> tuple[str, Channel]:
    """Which notice an effect tells the holder, and through which channel."""
    if kind is EffectKind.MAIL:
        return effect_id.removesuffix(_MAIL), Channel.EMAIL
    return effect_id, Channel.WEBHOOK


def is_awaited(record: Record, effect_id: str) -> bool:
    """Whether what is called back about this effect still counts."""
    return is_verified_by(record, effect_id) or any(
        one.effect_id == effect_id and one.state is ContentState.REQUESTED for one in record.content
    )


def is_verified_by(record: Record, verification_id: str) -> bool:
    """Whether what a verifier says of this verification still counts: no person is asked, and the account is open."""
    verification = record.verification
    return (
        verification.verification_id == verification_id
        and verification.state in (VerificationState.ASKED, VerificationState.WAITING)
        and record.stage not in ENDED_STAGES
    )


def _filing(event: e.FilingDue) -> Effect:
    body = {
        "filing_id": event.filing_id,
        "kind": event.kind,
        "to": event.to,
        "fields": dict(event.fields),
    }
    return Effect(event.filing_id, EffectKind.FILING, body, event.give_up_at)


def _content(event: e.ContentAsked) -> Effect:
    body = {
        "item": event.item,
        "action": event.does,
        "label": event.label,
        "order": event.order,
        "decision_id": event.decision_id,
        "undoes": event.undoes,
    }
    return Effect(event.effect_id, EffectKind.CONTENT, body, event.give_up_at)


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


def _mail(event: e.NoticeIssued, policy: Policy, now: datetime) -> Effect:
    body = {**_notice(event, policy, now).body, "issued_at": now.isoformat()}
    until = policy.process.notices.give_up.after(now, policy.zone)
    return Effect(mail_id(event.notice_id), EffectKind.MAIL, body, until)


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


def _review(
    event: e.ReviewOpened | e.ReviewDecided | e.ReviewCancelled,
    record: Record,
    policy: Policy,
    now: datetime,
) -> Effect:
    until = policy.process.notices.give_up.after(now, policy.zone)
    if not isinstance(event, e.ReviewOpened):
        body: dict[str, object] = {"review_id": event.review_id, "ended": True}
        return Effect(f"{event.review_id}.end", EffectKind.REVIEW, body, until)
    body = {
        "review_id": event.review_id,
        "kind": event.kind,
        "subject_id": event.subject_id,
        "due_at": event.decide_by.isoformat(),
        "remind_at": event.remind_at.isoformat(),
        "people": event.people,
        "language": record.language,
    }
    return Effect(event.review_id, EffectKind.REVIEW, body, until)
