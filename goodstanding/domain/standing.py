"""How an account stands at an instant: derived, never stored."""

from datetime import datetime

from goodstanding.domain.meters import meter_at
from goodstanding.domain.record import Record
from goodstanding.domain.stages import stage_at
from goodstanding.policy.schema import Policy, StandingLevel


def denied_by_penalties(record: Record, instant: datetime) -> frozenset[str]:
    """What active penalties deny; denials add up."""
    return frozenset(code for p in record.active_penalties(instant) for code in p.denies)


def standing_at(record: Record, policy: Policy, instant: datetime) -> str:
    """The first level of the policy's list of which any condition holds."""
    denied = denied_by_penalties(record, instant)
    stage = stage_at(record, instant)
    struck = bool(record.active_strikes(instant))

    def reached(level: StandingLevel) -> bool:
        if level.meter is None or level.at_least is None:
            return False
        meter = policy.meters[level.meter]
        return meter_at(meter, record.strikes, instant, policy.zone) >= level.at_least

    def fits(level: StandingLevel) -> bool:
        return (
            level.always
            or stage in level.stages
            or bool(denied.intersection(level.denied))
            or (level.active_strike and struck)
            or reached(level)
        )

    return next(level.name for level in policy.standing if fits(level))
