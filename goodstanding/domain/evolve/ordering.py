"""Orders of authorities."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from goodstanding.domain import events as e
from goodstanding.domain.evolve.changing import changed
from goodstanding.domain.record import Order, OrderState, Record


def _recorded(record: Record, event: e.OrderRecorded, at: datetime) -> Record:
    is_held = event.lapses_at is not None
    order = Order(
        order_id=event.order_id,
        authority=event.authority,
        is_known=event.is_known,
        level=event.level,
        region=event.region,
        registry_digest=event.registry_digest,
        reference=replace(event.reference, plain=None),
        legal_basis=replace(event.legal_basis, plain=None),
        denies=event.denies,
        items=event.items,
        recorded_at=at,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        state=OrderState.HELD if is_held else OrderState.IN_FORCE,
        entered_by=event.entered_by,
        next_review_at=event.next_review_at,
        secret_until=event.secret_until,
        is_told=event.secret_until is None and not is_held,
        has_started=event.starts_at <= at,
        lapses_at=event.lapses_at,
        followed_from=None if is_held else at,
    )
    return replace(record, orders=(*record.orders, order))


def _confirmed(record: Record, event: e.OrderConfirmed, at: datetime) -> Record:
    order = record.order(event.order_id)
    return _set(
        record,
        event.order_id,
        state=OrderState.IN_FORCE,
        confirmed_by=event.confirmed_by,
        followed_from=at,
        lapses_at=None,
        is_told=order is not None and order.secret_until is None,
        has_started=order is not None and order.starts_at <= at,
    )


def _lapsed(record: Record, event: e.OrderLapsed, at: datetime) -> Record:
    return _set(record, event.order_id, state=OrderState.LAPSED, ended_at=at, lapses_at=None)


def _started(record: Record, event: e.OrderStarted, _at: datetime) -> Record:
    return _set(record, event.order_id, has_started=True)


def _disclosed(record: Record, event: e.OrderDisclosed, _at: datetime) -> Record:
    return _set(record, event.order_id, is_told=True)


def _review_due(record: Record, event: e.OrderReviewDue, _at: datetime) -> Record:
    return _set(record, event.order_id, next_review_at=event.next_review_at)


def _expired(record: Record, event: e.OrderExpired, at: datetime) -> Record:
    return _set(record, event.order_id, state=OrderState.EXPIRED, ended_at=at)


def _withdrawn(record: Record, event: e.OrderWithdrawn, at: datetime) -> Record:
    return _set(record, event.order_id, state=OrderState.WITHDRAWN, ended_at=at)


def _set(record: Record, order_id: str, **fields: object) -> Record:
    orders = changed(record.orders, lambda order: order.order_id == order_id, **fields)
    return replace(record, orders=orders)


STEPS: Mapping[type[Any], Callable[[Record, Any, datetime], Record]] = {
    e.OrderRecorded: _recorded,
    e.OrderConfirmed: _confirmed,
    e.OrderLapsed: _lapsed,
    e.OrderStarted: _started,
    e.OrderDisclosed: _disclosed,
    e.OrderReviewDue: _review_due,
    e.OrderExpired: _expired,
    e.OrderWithdrawn: _withdrawn,
}
