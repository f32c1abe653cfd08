"""What the platform was asked to do with items, and what came of it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from goodstanding.domain import events as e
from goodstanding.domain.content import ContentRequest, ContentState
from goodstanding.domain.evolve.changing import changed
from goodstanding.domain.record import Record


def _set(record: Record, effect_id: str, **fields: Any) -> Record:
    if all(one.effect_id != effect_id for one in record.content):
        return record
    content = changed(record.content, lambda one: one.effect_id == effect_id, **fields)
    return replace(record, content=content)


def _decided(record: Record, event: e.ContentDecided, _at: datetime) -> Record:
    decisions = changed(
        record.decisions, lambda d: d.decision_id == event.decision_id, content=event.items
    )
    return replace(record, decisions=decisions)


def _asked(record: Record, event: e.ContentAsked, at: datetime) -> Record:
    request = ContentRequest(
        effect_id=event.effect_id,
        decision_id=event.decision_id,
        item=event.item,
        does=event.does,
        label=event.label,
        order=event.order,
        requested_at=at,
        undoes=event.undoes,
    )
    return replace(record, content=(*record.content, request))


def _waits(record: Record, event: e.ContentWaits, _at: datetime) -> Record:
    return _set(record, event.effect_id, waits_until=event.until)


def _done(record: Record, event: e.ContentDone, at: datetime) -> Record:
    return _set(
        record,
        event.effect_id,
        state=ContentState.DONE,
        waits_until=None,
        ended_at=at,
        receipt=event.receipt,
    )


def _superseded(record: Record, event: e.ContentSuperseded, at: datetime) -> Record:
    state = ContentState.SUPERSEDED
    return _set(record, event.effect_id, state=state, waits_until=None, ended_at=at)


def _failed(record: Record, event: e.EffectFailed, at: datetime) -> Record:
    return _set(
        record,
        event.effect_id,
        state=ContentState.FAILED,
        waits_until=None,
        ended_at=at,
        error=event.error,
    )


def _retried(record: Record, event: e.EffectRetried, _at: datetime) -> Record:
    state = ContentState.REQUESTED
    return _set(record, event.effect_id, state=state, ended_at=None, error=None)


def _same(record: Record, _event: object, _at: datetime) -> Record:
    return record


STEPS: Mapping[type[Any], Callable[[Record, Any, datetime], Record]] = {
    e.ContentDecided: _decided,
    e.ContentAsked: _asked,
    e.ContentWaits: _waits,
    e.ContentDone: _done,
    e.ContentSuperseded: _superseded,
    e.ContentNotRestored: _same,
    e.EffectFailed: _failed,
    e.EffectRetried: _retried,
}
