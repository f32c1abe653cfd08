"""The one deadline that a run keeps: which instant it is, and at what moment this account acts on it."""

from datetime import datetime, timedelta
from hashlib import sha256

from goodstanding.messages import Agenda

_PLACES = 2**32


def alarm_of(account_id: str, agenda: Agenda, now: datetime) -> datetime | None:
    """When the run acts on its next deadline; none where that is so far off that it may sleep."""
    due, pace = agenda.next_deadline, agenda.pace
    if due is None:
        return None
    if pace.horizon is not None and due - now > pace.horizon + pace.margin:
        return None
    return due + place_in(pace.spread, account_id)


def place_in(spread: timedelta, account_id: str) -> timedelta:
    """Each account's own share of the spread: many deadlines on one instant come one after the other."""
    place = int.from_bytes(sha256(account_id.encode()).digest()[:4])
    return spread * (place / _PLACES)
