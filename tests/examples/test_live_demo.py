"""The same accounts on real workflows, timers, database and HTTP; only time is skipped."""

from datetime import datetime, timedelta

import pytest

from examples.demo.__main__ import differences_of
from examples.demo.happenings import SOFT
from examples.demo.live import HORIZON, live_world
from examples.demo.moments import day_text
from examples.demo.play import Life, lives, play
from tests.examples.playing import played, scripts

_MINUTES = 300


@pytest.mark.timeout(_MINUTES)
@pytest.mark.parametrize(
    ("horizon", "accounts"),
    [(HORIZON, slice(None)), (None, slice(None, None, 3))],
    ids=["asleep between", "always open"],
)
async def test_the_accounts_live_on_real_workflows_as_on_the_domain_alone(
    horizon: timedelta | None, accounts: slice
) -> None:
    cast = scripts("ten-articles")[accounts]
    async with live_world(cast, horizon=horizon) as world:
        done = [step async for step in play(cast, world)]
        seen = await lives(done, cast, world)
        wrong = await world.audit()

    assert differences_of(seen, world) == []
    assert wrong == []
    pure = await played(cast)
    assert [_journey(life) for life in seen] == [_journey(life) for life in pure.lives]


@pytest.mark.timeout(_MINUTES)
async def test_the_neutral_accounts_live_on_real_workflows() -> None:
    cast = scripts("neutral-accounts")
    async with live_world(cast) as world:
        done = [step async for step in play(cast, world)]
        seen = await lives(done, cast, world)
        wrong = await world.audit()

    assert differences_of(seen, world) == []
    assert wrong == []


def _journey(life: Life) -> list[object]:
    """By day numbers; ids of what a deadline caused, and ends of years ahead, hold dates."""
    return [
        (happening.what, day_text(happening.at, life.start), _fields(life, happening.fields))
        for happening in life.happenings
        if happening.what not in SOFT
    ]


def _fields(life: Life, fields: object) -> list[tuple[str, str]]:
    assert isinstance(fields, dict)
    told = {
        name: day_text(value, life.start) if isinstance(value, datetime) else value
        for name, value in fields.items()
        if not isinstance(value, datetime) or value - life.start < timedelta(days=181)
    }
    return sorted((name, str(value)) for name, value in told.items() if name != "id")
