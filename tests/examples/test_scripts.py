"""Scripts are read strictly: by day numbers, in known words, each mistake with its place."""

from datetime import UTC, date, datetime

import pytest

from examples.demo.moments import Moment, day_text
from examples.demo.script import Clock, Sent, parse_script
from goodstanding.errors import MalformedError
from tests.examples.playing import D0, shipped

_SCRIPT = """\
account: x1
policy: neutral
name: Somebody
language: en
kind: standard
holder: {type: person, person: P01}
steps:
  - day: 0
    by: holder
    send: register
    id: register
    then:
      - stage: registering
end: {stage: registering, because: it is a test}
"""
_ZONE = shipped().at("cn-im-2014", D0).policy.zone


def test_a_script_is_read_into_its_steps() -> None:
    script = parse_script(_SCRIPT.encode(), "x1.yaml")

    (step,) = script.steps
    assert isinstance(step, Sent)
    assert step.then[0].fields == {"is": "registering"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("send: register", "send: enlist", "name a command"),
        ("    id: register", "    id: register\n    hour: 3", "hour"),
        ("stage: registering\n", "stage_: registering\n", "nothing called stage_ happens"),
        ("- stage: registering", "- penalty: {until: d3}", "say its code too"),
        ("- stage: registering", "- strike: {violation: v, weight: 3}", "has no weight"),
        ("- stage: registering", "- closing: 2026-01-05", "write a day by its number"),
        ("- stage: registering", "- closing: tomorrow", "write a day by its number"),
        ("    send: register\n", "", "one of send, check and clock"),
        ("day: 0", "day: -1", "greater than or equal to 0"),
    ],
)
def test_what_a_script_cannot_mean_is_refused_with_its_place(old: str, new: str, said: str) -> None:
    with pytest.raises(MalformedError, match=said) as raised:
        parse_script(_SCRIPT.replace(old, new, 1).encode(), "x1.yaml")

    assert raised.value.message.startswith("x1.yaml:")


@pytest.mark.parametrize(
    ("rule", "instant"),
    [
        ("d0", "2026-01-05T10:00"),
        ("d45", "2026-02-19T10:00"),
        ("d70 16:00", "2026-03-16T16:00"),
        ("d45 + P1Y", "2027-02-19T10:00"),
        ("d0 - P1Y", "2025-01-05T10:00"),
        ("end of d100", "2026-04-15T16:00"),
        ("end of d100 + P3Y", "2029-04-15T16:00"),
    ],
)
def test_rules_give_instants_in_the_zone_of_the_policy(rule: str, instant: str) -> None:
    at = Moment.parse(rule).at(D0, _ZONE)

    assert at == datetime.fromisoformat(instant).replace(tzinfo=UTC)


def test_a_day_is_that_of_the_zone() -> None:
    late = datetime(2026, 1, 5, 22, tzinfo=UTC)

    assert Moment.parse("d0").date(late, _ZONE) == date(2026, 1, 6)


def test_instants_are_told_by_day_and_the_hour_where_it_is_another() -> None:
    assert day_text(D0, D0) == "d0"
    assert day_text(Moment.parse("d70 16:00").at(D0, _ZONE), D0) == "d70 16:00"
    assert day_text(Moment.parse("d3 02:30").at(D0, _ZONE), D0) == "d3 02:30"


def test_the_clock_stands_for_what_nobody_sends() -> None:
    clock = _SCRIPT.replace("\nend:", "\n  - clock: end of d80\nend:", 1)
    script = parse_script(clock.encode(), "x1.yaml")

    assert isinstance(script.steps[1], Clock)
