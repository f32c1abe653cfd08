"""Meters: numbers counted from strikes at an instant, and when they fall."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from zoneinfo import ZoneInfo

from goodstanding.domain.record import Strike
from goodstanding.policy.schema import Meter, MeterCounts, Recovery


def meter_at(
    meter: Meter, strikes: Iterable[Strike], instant: datetime, zone: ZoneInfo, category: str = ""
) -> int:
    """What the meter shows at an instant: points or number of the strikes that weigh then.

    A meter that recovers adds up the points as they come and gives some back with each whole period that passes,
    counted from the strike with which it left zero.
    """
    return _shown(meter, counted(meter, strikes, category), instant, zone)


def counted(meter: Meter, strikes: Iterable[Strike], category: str) -> tuple[Strike, ...]:
    """The strikes that this meter looks at; one of no points only says that there was a warning."""
    return tuple(
        s for s in strikes if s.points and (not meter.same_category or s.category == category)
    )


def falls_below(
    meter: Meter, strikes: tuple[Strike, ...], value: int, after: datetime, zone: ZoneInfo
) -> datetime | None:
    """The first instant from `after` on at which the meter is below a value; None: never.

    The strikes are those that it counts; what comes later than `after` is not known yet.
    """
    known = tuple(strike for strike in strikes if strike.given_at <= after)
    instants = chain([after], _falls(meter, known, after, zone))
    return next((at for at in instants if _shown(meter, known, at, zone) < value), None)


def _falls(
    meter: Meter, strikes: tuple[Strike, ...], after: datetime, zone: ZoneInfo
) -> Iterator[datetime]:
    """The instants at which the meter falls by itself."""
    if meter.recovers is None:
        yield from sorted(s.expires_at for s in strikes if s.expires_at and s.expires_at > after)
        return
    debt, since = _debt(meter.recovers, strikes, after, zone)
    while debt > 0:
        since = meter.recovers.every.after(since, zone)
        debt -= meter.recovers.points
        yield since


def _shown(meter: Meter, strikes: tuple[Strike, ...], instant: datetime, zone: ZoneInfo) -> int:
    if meter.recovers:
        return _debt(meter.recovers, strikes, instant, zone)[0]
    weighing = [strike for strike in strikes if strike.weighs_at(instant)]
    if meter.counts is MeterCounts.STRIKES:
        return len(weighing)
    return sum(strike.points for strike in weighing)


def _debt(
    recovers: Recovery, strikes: Iterable[Strike], instant: datetime, zone: ZoneInfo
) -> tuple[int, datetime]:
    """What is left of the points, and the instant from which the period runs that is under way."""
    debt, since = 0, instant
    given = sorted((s.given_at, s.points) for s in strikes if not s.is_void)
    for at, points in given:
        if at > instant:
            break
        debt, since = _recovered(recovers, debt, since, at, zone)
        debt += points
    return _recovered(recovers, debt, since, instant, zone)


def _recovered(
    recovers: Recovery, debt: int, since: datetime, until: datetime, zone: ZoneInfo
) -> tuple[int, datetime]:
    while debt > 0 and (step := recovers.every.after(since, zone)) <= until:
        debt, since = max(debt - recovers.points, 0), step
    return debt, since if debt else until
