"""Playing scripts on the pure world, as tests need it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from examples.demo.expect import Judge
from examples.demo.people import behaviours
from examples.demo.play import Life, lives, play
from examples.demo.pure import PureWorld
from examples.demo.script import Script, read_scripts
from goodstanding.policy.book import PolicyBook
from storage.policy_files import read_policies

ROOT = Path(__file__).parents[2]
D0 = datetime(2026, 1, 5, 10, tzinfo=UTC)


@cache
def shipped() -> PolicyBook:
    """The shipped policies."""
    return read_policies(ROOT / "policies")


@cache
def scripts(directory: str) -> tuple[Script, ...]:
    """The scripts of one of the examples' directories."""
    return read_scripts(ROOT / "examples" / directory)


@dataclass(frozen=True)
class Played:
    """What came of all scripts."""

    world: PureWorld
    lives: tuple[Life, ...]
    differences: list[str]


async def played(
    cast: Sequence[Script], start: datetime = D0, book: PolicyBook | None = None
) -> Played:
    """Play scripts of one policy from the first day to the last."""
    book = book or shipped()
    policies = {published.id: published.policy for published in book.published}
    policy_id = cast[0].policy
    world = PureWorld(start, book, policy_id, behaviours(tuple(cast), policies))
    done = [step async for step in play(cast, world)]
    seen = await lives(done, cast, world)
    zone = policies[policy_id].zone
    differences = [line for life in seen for line in Judge(life, zone, world.slack).differences()]
    return Played(world, seen, differences)
