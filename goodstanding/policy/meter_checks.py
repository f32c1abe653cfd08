"""Checks of what is counted: meters can fall, and first occurrences are remembered one way."""

from collections.abc import Iterator

from goodstanding.policy.references import ladders_of
from goodstanding.policy.schema import MeterCounts, Policy
from goodstanding.policy.walking import Found


def meters_fall(policy: Policy) -> Iterator[Found]:
    """What lasts while a meter is high can end; what is given back are points."""
    for code, meter in policy.meters.items():
        if meter.recovers and meter.counts is not MeterCounts.POINTS:
            yield ("meters", code, "recovers"), "let it count points: only they are given back"
    for code, ladder in policy.ladders.items():
        for i, rung in enumerate(ladder.rungs):
            at = ("ladders", code, "rungs", i, "penalty")
            if not policy.penalties[rung.penalty].while_reached:
                continue
            if rung.at is None:
                yield at, "give the rung a threshold: this penalty lasts while the meter reaches it"
            if not policy.meters[ladder.meter].recovers and _weighs_for_ever(policy, code):
                yield at, "let the meter recover: some of its strikes never expire"


def first_occurrences_are_remembered_one_way(policy: Policy) -> Iterator[Found]:
    """With points its strike remembers it."""
    for code, severity in policy.severities.items():
        first = severity.first_occurrence
        if first and first.points and first.remembered:
            at = ("severities", code, "first_occurrence", "remembered")
            yield at, "leave it out: its points are remembered as long as their strike lasts"


def _weighs_for_ever(policy: Policy, ladder: str) -> bool:
    return any(
        severity.strike_lasts is None
        for name, severity in policy.severities.items()
        if ladder in ladders_of(policy, name)
    )
