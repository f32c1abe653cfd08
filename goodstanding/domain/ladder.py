"""Which rung follows from a rule and the strikes before it: the lowest that fits, and what a person may choose."""

from collections.abc import Iterable
from dataclasses import dataclass

from goodstanding.domain.record import Strike
from goodstanding.errors import ChoiceOutOfBoundsError
from goodstanding.policy.schema import Ladder, Meter, MeterCounts, Policy, Rung, Severity


@dataclass(frozen=True, slots=True)
class Step:
    """Where a rung stands on its ladder, and the points that the violation leaves."""

    ladder: Ladder
    severity: Severity
    index: int
    points: int

    @property
    def rung(self) -> Rung:
        """The rung itself."""
        return self.ladder.rungs[self.index]

    def at(self, index: int) -> "Step":
        """Another rung of the same ladder, for the same violation."""
        return Step(self.ladder, self.severity, index, self.points)


def meter_of(meter: Meter, category: str, strikes: Iterable[Strike]) -> int:
    """Count the strikes: their points or their number, of all categories or of one."""
    counted = [s for s in strikes if not meter.same_category or s.category == category]
    return sum(s.points for s in counted) if meter.counts is MeterCounts.POINTS else len(counted)


def proposed(
    policy: Policy, rule_code: str, before: tuple[Strike, ...], *, earlier_notice: bool
) -> Step:
    """The lowest rung that fits, given the strikes that weigh before this violation.

    A first occurrence takes its own rung whatever the meter says; a grave rule jumps; floor and ceiling of the
    severity bound both. A rung that needs an earlier notice gives way to the one below it where there was none.
    """
    rule = policy.rules[rule_code]
    severity, ladder = policy.severities[rule.severity], policy.ladders[rule.ladder]
    first = severity.first_occurrence
    is_first = first is not None and all(strike.rule != rule_code for strike in before)
    points = first.points if first and is_first else severity.points
    if severity.jump:
        return Step(ladder, severity, index_of(ladder, severity.jump.rung), points)
    if first and is_first:
        index = index_of(ladder, first.rung)
    else:
        counts = policy.meters[ladder.meter]
        added = points if counts.counts is MeterCounts.POINTS else 1
        index = _reached(ladder, meter_of(counts, rule.category, before) + added)
    index = _bounded(ladder, severity, index)
    while index > 0 and _lacks_notice(ladder.rungs[index], earlier_notice=earlier_notice):
        index -= 1
    return Step(ladder, severity, index, points)


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
    low = max(step.index - ladder.may_choose_lower, index_of(ladder, severity.floor))
    high = min(step.index + ladder.may_choose_higher, index_of(ladder, severity.ceiling))
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
