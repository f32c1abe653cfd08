"""Appeals, notices and filings."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from goodstanding.domain import events as e
from goodstanding.domain.evolve.changing import changed
from goodstanding.domain.record import Appeal, Filing, Notice, Record
from goodstanding.policy.schema import Channel


def _appealed(record: Record, event: e.AppealFiled, at: datetime) -> Record:
    appeal = Appeal(event.appeal_id, event.decision_id, event.review_id, at)
    record = replace(record, appeals=(*record.appeals, appeal))
    if record.ended and record.ended.decision_id == event.decision_id:
        return replace(record, ended=replace(record.ended, appeal_id=event.appeal_id))
    if record.qualification(event.decision_id):
        return _with_qualification(record, event.decision_id, appeal_id=event.appeal_id)
    decisions = changed(
        record.decisions, lambda d: d.decision_id == event.decision_id, appeal_id=event.appeal_id
    )
    return replace(record, decisions=decisions)


def _appeal_decided(record: Record, event: e.AppealDecided, _at: datetime) -> Record:
    appeals = changed(
        record.appeals, lambda a: a.appeal_id == event.appeal_id, verdict=event.verdict
    )
    record = _keep_words(replace(record, appeals=appeals), event.texts_until)
    decision, appeal = record.decision(event.decision_id), _appeal(record, event.appeal_id)
    proposal = decision.proposal if decision else None
    if decision is None or proposal is None or proposal.confirmed_at is None or appeal is None:
        return record
    if proposal.confirmed_at < appeal.filed_at:
        return record
    # what was confirmed after the appeal was filed can be challenged by itself
    decisions = changed(
        record.decisions, lambda d: d.decision_id == event.decision_id, appeal_id=None
    )
    return replace(record, decisions=decisions)


def _keep_words(record: Record, until: datetime | None) -> Record:
    longest = max((end for end in (record.texts_until, until) if end), default=None)
    return replace(record, texts_until=longest)


def _overturn_agreed(record: Record, event: e.OverturnAgreed, _at: datetime) -> Record:
    return _keep_words(record, event.texts_until)


def _with_qualification(record: Record, qualification_id: str, **fields: Any) -> Record:
    qualifications = changed(
        record.qualifications, lambda q: q.qualification_id == qualification_id, **fields
    )
    return replace(record, qualifications=qualifications)


def _appeal(record: Record, appeal_id: str) -> Appeal | None:
    return next((a for a in record.appeals if a.appeal_id == appeal_id), None)


def _window_ended(record: Record, event: e.AppealWindowEnded, _at: datetime) -> Record:
    if record.ended and record.ended.decision_id == event.decision_id:
        return replace(record, ended=replace(record.ended, is_window_over=True))
    if record.qualification(event.decision_id):
        return _with_qualification(record, event.decision_id, is_window_over=True)
    decisions = changed(
        record.decisions, lambda d: d.decision_id == event.decision_id, is_window_over=True
    )
    return replace(record, decisions=decisions)


def _issued(record: Record, event: e.NoticeIssued, at: datetime) -> Record:
    notice = Notice(
        event.notice_id,
        event.kind,
        event.decision_id,
        at,
        at if event.is_handed_over else None,
        handed_over_by=event.handed_over_by,
        inbox_counts_at=event.inbox_counts_at,
    )
    return replace(record, notices=(*record.notices, notice))


def _delivered(record: Record, event: e.NoticeDelivered, at: datetime) -> Record:
    notices = changed(
        record.notices,
        lambda n: n.notice_id == event.notice_id and _hands_over(n, event.channel),
        handed_over_at=event.due_at or at,
    )
    return replace(record, notices=notices)


def _hands_over(notice: Notice, channel: str) -> bool:
    """Whether the word of this channel is what was waited for; the inbox's always is."""
    waits = notice.handed_over_at is None
    return waits and channel in (notice.handed_over_by, Channel.INBOX)


def _acknowledged(record: Record, event: e.NoticeAcknowledged, at: datetime) -> Record:
    notices = changed(record.notices, lambda n: n.notice_id == event.notice_id, acknowledged_at=at)
    return replace(record, notices=notices)


def _filing_due(record: Record, event: e.FilingDue, _at: datetime) -> Record:
    filing = Filing(
        event.filing_id, event.kind, event.to, event.decision_id, event.corrects, event.file_by
    )
    return replace(record, filings=(*record.filings, filing))


def _filed(record: Record, event: e.FilingAcknowledged, _at: datetime) -> Record:
    filings = changed(
        record.filings, lambda f: f.filing_id == event.filing_id, receipt=event.receipt
    )
    return replace(record, filings=filings)


def _filing_escalated(record: Record, event: e.FilingEscalated, _at: datetime) -> Record:
    filings = changed(record.filings, lambda f: f.filing_id == event.filing_id, is_escalated=True)
    return replace(record, filings=filings)


STEPS: Mapping[type[Any], Callable[[Record, Any, datetime], Record]] = {
    e.AppealFiled: _appealed,
    e.AppealDecided: _appeal_decided,
    e.AppealWindowEnded: _window_ended,
    e.OverturnAgreed: _overturn_agreed,
    e.NoticeIssued: _issued,
    e.NoticeDelivered: _delivered,
    e.NoticeAcknowledged: _acknowledged,
    e.FilingDue: _filing_due,
    e.FilingAcknowledged: _filed,
    e.FilingEscalated: _filing_escalated,
}
