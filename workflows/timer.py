"""The one deadline that a run keeps: which instant it is, and at what moment this account acts on it."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

from goodstanding.messages import Agenda

_PLACES = 2**32
_NOBODY_KNOWS = datetime.max.replace(tzinfo=UTC)


def alarm_of(account_id: str, agenda: Agenda, now: datetime) -> datetime | None:
    """When the run acts on its next deadline; none where it may sleep, or is looked at, before that is near."""
    due, pace = agenda.next_deadline, agenda.pace
    if due is None:
        return None
    if pace.horizon is not None and due - pace.horizon - pace.margin > _looked_at(agenda, now):
        return None
    return due + place_in(pace.spread, account_id)


def _looked_at(agenda: Agenda, now: datetime) -> datetime:
    """Until when something happens in any case that makes the run look at its deadline again.

    That time passes does not: a run that an effect keeps open would sleep through what becomes due meanwhile.
    """
    ends = [effect.give_up_at for effect in agenda.effects]
    if not ends:
        return now
    # past that it is seen through all the same, and nobody knows for how long
    return max(ends) if max(ends) > now else _NOBODY_KNOWS


def place_in(spread: timedelta, account_id: str) -> timedelta:
    """Each account's own share of the spread: many deadlines on one instant come one after the other."""
    place = int.from_bytes(sha256(account_id.encode()).digest()[:4])
    return spread * (place / _PLACES)
