"""How an account ends, and comes back."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from goodstanding.domain import events as e
from goodstanding.domain.record import Closing, Closure, Record
from goodstanding.vocabulary import Stage


def _closing(record: Record, event: e.ClosingStarted, at: datetime) -> Record:
    return replace(
        record,
        stage=Stage.CLOSING,
        stage_at=at,
        wished_closing=record.wished_closing if event.decision_id else event.until,
        closing=Closing(event.decision_id, event.until, event.waits_for_appeal),
    )


def _cancelled(record: Record, event: e.ClosingCancelled, at: datetime) -> Record:
    wish = record.wished_closing if record.closing and record.closing.decision_id else None
    return replace(_active_again(record, event, at), wished_closing=wish)


def _active_again(record: Record, _event: object, at: datetime) -> Record:
    return replace(
        record,
        stage=Stage.ACTIVE,
        stage_at=at,
        closing=None,
        closure=None,
        name_until=None,
        fingerprint_until=None,
        texts_until=None,
    )


def _closed(record: Record, event: e.AccountClosed, at: datetime) -> Record:
    return replace(
        record,
        stage=Stage.CLOSED,
        stage_at=at,
        closing=None,
        closure=Closure(event.decision_id, event.by_penalty, at, event.erase_at),
        name_until=event.name_until,
        fingerprint_until=event.fingerprint_until,
        texts_until=event.texts_until,
    )


def _name_released(record: Record, _event: object, _at: datetime) -> Record:
    return replace(record, name_until=None)


def _erased(record: Record, _event: object, at: datetime) -> Record:
    gone = replace(record, is_identity_erased=True, name_until=None, display_name=None)
    if record.stage is not Stage.CLOSED:
        return gone
    return replace(gone, stage=Stage.ERASED, stage_at=at)


def _forgotten(record: Record, _event: object, _at: datetime) -> Record:
    return replace(record, fingerprint_until=None)


def _texts_erased(record: Record, _event: object, _at: datetime) -> Record:
    return replace(record, texts_until=None)


STEPS: Mapping[type[Any], Callable[[Record, Any, datetime], Record]] = {
    e.ClosingStarted: _closing,
    e.ClosingCancelled: _cancelled,
    e.AccountClosed: _closed,
    e.AccountRestored: _active_again,
    e.NameReleased: _name_released,
    e.IdentityErased: _erased,
    e.FingerprintForgotten: _forgotten,
    e.TextsErased: _texts_erased,
}
