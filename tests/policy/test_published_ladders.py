"""The ladders that platforms publish run as policies; each timeline was computed by hand."""

from datetime import timedelta

import pytest

from goodstanding.domain.meters import meter_at
from goodstanding.domain.standing import denied_by_penalties
from goodstanding.messages import Choice, Finding, RecordViolation
from goodstanding.policy.checks import problems_of
from goodstanding.vocabulary import Verdict
from tests.domain.playing import ASH, BIRCH, D0, Life
from tests.policy import published

STEPS = [
    pytest.param(name, number, id=f"{name}-{number}-day-{step['day']}")
    for name in published.NAMES
    for number, step in enumerate(published.read(name)["timeline"])
]


def day(number):
    return D0 + timedelta(days=number)


def played(name, last):
    """The account's life under a ladder, up to and with one step of its timeline."""
    life = Life(policy_id="neutral", policies=published.book(name)).active("standard")
    for number, step in enumerate(published.read(name)["timeline"][: last + 1]):
        life.to(day(step["day"]))
        if "breach" in step:
            find(life, step, f"v{number}")
        elif "confirm" in step:
            life.vote(life.open_review(), Verdict.CONFIRM, BIRCH)
    return life


def find(life, step, violation_id):
    choice = Choice(rung=step["choose"], reasons="As it weighs.") if "choose" in step else None
    finding = Finding(
        violation_id=violation_id,
        acted_at=day(step.get("acted", step["day"])),
        rule=step["breach"],
        item=f"item-{violation_id}",
        facts="Seen and read by a person.",
        choice=choice,
    )
    life.send(RecordViolation, ASH, finding=finding)


@pytest.mark.parametrize("name", published.NAMES)
def test_a_published_ladder_is_a_policy_without_a_complaint(name):
    assert list(problems_of(published.policy(name))) == []


@pytest.mark.parametrize(("name", "number"), STEPS)
def test_a_published_ladder_goes_as_computed_by_hand(name, number):
    step = published.read(name)["timeline"][number]
    life = played(name, number)
    decision = life.record.decisions[-1]
    own = [p for p in life.record.penalties if p.decision_id == decision.decision_id]
    strikes = [s for s in life.record.strikes if s.decision_id == decision.decision_id]
    (meter,) = life.policy.meters.values()
    found = {
        "rung": decision.rung,
        "points": sum(strike.points for strike in strikes),
        "until": (own[-1].ends_at - D0) / timedelta(days=1) if own and own[-1].ends_at else None,
        "held_for": decision.people,
        "standing": life.standing(),
        "denied": sorted(denied_by_penalties(life.record, life.now)),
        "meter": meter_at(meter, life.record.strikes, life.now, life.policy.zone),
    }
    expected = {key: value for key, value in step.items() if key in found}
    assert {key: found[key] for key in expected} == expected
