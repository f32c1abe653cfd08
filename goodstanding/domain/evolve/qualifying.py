"""Rights that are applied for."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from goodstanding.domain import events as e
from goodstanding.domain.evolve.changing import changed
from goodstanding.domain.record import Qualification, QualificationState, Record


def _applied(record: Record, event: e.QualificationApplied, at: datetime) -> Record:
    applied = Qualification(
        event.qualification_id,
        event.code,
        QualificationState.APPLIED,
        at,
        event.right,
        event.licence_until,
    )
    return replace(record, qualifications=(*record.qualifications, applied))


def _set(record: Record, qualification_id: str, **fields: object) -> Record:
    qualifications = changed(
        record.qualifications, lambda q: q.qualification_id == qualification_id, **fields
    )
    return replace(record, qualifications=qualifications)


def _granted(record: Record, event: e.QualificationGranted, at: datetime) -> Record:
    return _set(
        record,
        event.qualification_id,
        state=QualificationState.GRANTED,
        gives=event.gives,
        granted_at=at,
        valid_until=event.valid_until,
        reminders=event.reminders,
    )


def _refused(record: Record, event: e.QualificationRefused, _at: datetime) -> Record:
    return _set(
        record,
        event.qualification_id,
        state=QualificationState.REFUSED,
        decided_by=event.decided_by,
        appeal_until=event.appeal_until,
    )


def _reminded(record: Record, event: e.QualificationReminded, at: datetime) -> Record:
    found = record.qualification(event.qualification_id)
    left = tuple(r for r in found.reminders if r > at) if found else ()
    return _set(record, event.qualification_id, reminders=left)


def _lapsed(record: Record, event: e.QualificationLapsed, at: datetime) -> Record:
    return _set(record, event.qualification_id, state=QualificationState.LAPSED, ended_at=at)


def _revoked(record: Record, event: e.QualificationRevoked, at: datetime) -> Record:
    return _set(
        record,
        event.qualification_id,
        state=QualificationState.REVOKED,
        ended_at=at,
        decided_by=event.decided_by,
        appeal_until=event.appeal_until,
    )


def _restored(record: Record, event: e.QualificationRestored, _at: datetime) -> Record:
    found = record.qualification(event.qualification_id)
    was_granted = found is not None and found.granted_at is not None
    state = QualificationState.GRANTED if was_granted else QualificationState.APPLIED
    return _set(
        record,
        event.qualification_id,
        state=state,
        ended_at=None,
        decided_by=(),
        appeal_until=None,
        appeal_id=None,
    )


STEPS: Mapping[type[Any], Callable[[Record, Any, datetime], Record]] = {
    e.QualificationApplied: _applied,
    e.QualificationGranted: _granted,
    e.QualificationRefused: _refused,
    e.QualificationReminded: _reminded,
    e.QualificationLapsed: _lapsed,
    e.QualificationRevoked: _revoked,
    e.QualificationRestored: _restored,
}
