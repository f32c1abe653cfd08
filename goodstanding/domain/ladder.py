"""Which rung follows from a rule and the strikes before it: the lowest that fits, and what a person may choose."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from goodstanding.domain.meters import meter_at
from goodstanding.domain.record import Strike
from goodstanding.errors import ChoiceOutOfBoundsError
from goodstanding.policy.durations import Duration
from goodstanding.policy.schema import (
    FirstOccurrence,
    FirstOf,
    Ladder,
    MeterCounts,
    Policy,
    Rung,
    Severity,
)


@dataclass(frozen=True, slots=True)
class Step:
    """Where a rung stands on its ladder, and the points that the violation leaves."""

    ladder: Ladder
    severity: Severity
    index: int
    points: int
    is_first: bool = False

    @property
    def strike_lasts(self) -> Duration | None:
        """How long its strike weighs; None: for ever."""
        first = self.severity.first_occurrence
        if first and self.is_first and not self.points:
            return first.remembered
        return self.severity.strike_lasts

    @property
    def leaves_strike(self) -> bool:
        """Points that count, or a first occurrence that is remembered without any."""
        first = self.severity.first_occurrence
        return self.points > 0 or bool(self.is_first and first and first.remembered)

    @property
    def rung(self) -> Rung:
        """The rung itself."""
        return self.ladder.rungs[self.index]

    def at(self, index: int) -> "Step":
        """Another rung of the same ladder, for the same violation."""
        return Step(self.ladder, self.severity, index, self.points, self.is_first)


@dataclass(frozen=True, slots=True)
class Before:
    """What stands before a violation, as it is known at the instant of its decision."""

    at: datetime
    strikes: tuple[Strike, ...] = ()
    """Of earlier decisions; whether they weigh is looked at here."""
    earlier_notice: bool = False
    """An earlier decision's notice was handed over."""
    untold: bool = False
    """The act is from before the holder was told of the last violation on the same ladder."""
    held: frozenset[str] = frozenset()
    """Qualifications that the account holds."""


def ladder_of(policy: Policy, rule_code: str, held: Collection[str]) -> Ladder:
    """The ladder that a violation of this rule climbs, by the qualifications that are held."""
    rule = policy.rules[rule_code]
    instead = (ladder for code, ladder in rule.ladder_with.items() if code in held)
    return policy.ladders[next(instead, rule.ladder)]


def proposed(policy: Policy, rule_code: str, before: Before) -> Step:
    """The lowest rung that fits, given what stands before this violation.

    A first occurrence takes its own rung whatever the meter says; a grave rule jumps; floor and ceiling of the
    severity bound both. A rung that needs an earlier notice gives way to the one below it where there was none.
    """
    rule = policy.rules[rule_code]
    severity, ladder = policy.severities[rule.severity], ladder_of(policy, rule_code, before.held)
    first = _first(severity, rule_code, before)
    points = first.points if first else severity.points
    untold = ladder.one_until_told and before.untold
    if severity.jump:
        return Step(ladder, severity, index_of(ladder, severity.jump.rung), points)
    if first:
        index = index_of(ladder, first.rung)
    else:
        meter = policy.meters[ladder.meter]
        added = 0 if untold or not points else points
        if added and meter.counts is MeterCounts.STRIKES and not meter.recovers:
            added = 1
        stood = meter_at(meter, before.strikes, before.at, policy.zone, rule.category)
        index = _reached(ladder, stood + added)
    index = _bounded(ladder, severity, index)
    while index > 0 and _lacks_notice(ladder.rungs[index], earlier_notice=before.earlier_notice):
        index -= 1
    return Step(ladder, severity, index, 0 if untold else points, is_first=first is not None)


def _first(severity: Severity, rule_code: str, before: Before) -> FirstOccurrence | None:
    first = severity.first_occurrence
    if first is None:
        return None
    any_rule = first.of is FirstOf.ACCOUNT
    seen = any(s.weighs_at(before.at) and (any_rule or s.rule == rule_code) for s in before.strikes)
    return None if seen else first


def chosen(step: Step, rung: str) -> Step:
    """The rung a person picked instead; `ChoiceOutOfBoundsError` outside what the policy lets them choose."""
    codes = [one.code for one in step.ladder.rungs]
    low, high = _bounds(step)
    if rung not in codes[low : high + 1]:
        may = ", ".join(codes[low : high + 1])
        message = f"The rung {rung} cannot be chosen here; one of {may} can."
        raise ChoiceOutOfBoundsError(message, "finding.choice.rung")
    return step.at(codes.index(rung))


def picked_rung(step: Step, rung: str | None) -> Step:
    """The rung a person had picked; where the bounds have moved since, the nearest within them."""
    if rung is None:
        return step
    ladder = step.ladder
    low, high = _bounds(step)
    return step.at(min(max(index_of(ladder, rung), low), high))


def index_of(ladder: Ladder, rung: str) -> int:
    """The place of a rung on its ladder; loading has checked that it is there."""
    return next(i for i, one in enumerate(ladder.rungs) if one.code == rung)


def _bounds(step: Step) -> tuple[int, int]:
    ladder, severity = step.ladder, step.severity
    low, high = index_of(ladder, severity.floor), index_of(ladder, severity.ceiling)
    if not ladder.a_person_picks:
        low = max(low, step.index - ladder.may_choose_lower)
        high = min(high, step.index + ladder.may_choose_higher)
    return min(low, step.index), max(high, step.index)


def _reached(ladder: Ladder, meter: int) -> int:
    reached = [i for i, rung in enumerate(ladder.rungs) if rung.at is not None and rung.at <= meter]
    return max(reached, default=0)


def _bounded(ladder: Ladder, severity: Severity, index: int) -> int:
    low, high = index_of(ladder, severity.floor), index_of(ladder, severity.ceiling)
    return min(max(index, low), high)


def _lacks_notice(rung: Rung, *, earlier_notice: bool) -> bool:
    proposes = rung.proposes
    return proposes is not None and proposes.needs_earlier_notice and not earlier_notice
