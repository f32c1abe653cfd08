"""`python -m examples.demo [ten-articles|neutral]`: whole lives in a minute, on real workflows."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from examples.demo.expect import Judge
from examples.demo.journal import Journal
from examples.demo.live import LiveWorld, live_world
from examples.demo.picture import draw
from examples.demo.play import Life, lives, play
from examples.demo.script import Script, read_scripts
from worker.logs import set_up_logs

_DIRECTORIES = {"ten-articles": "ten-articles", "neutral": "neutral-accounts"}
_ROOT = Path(__file__).parents[1]


def main() -> int:
    """Play, show, compare; 0 only where everything is as the scripts say and the ledger is sound."""
    parser = argparse.ArgumentParser(prog="python -m examples.demo", description=__doc__)
    parser.add_argument("accounts", nargs="?", choices=_DIRECTORIES, default="ten-articles")
    chosen = parser.parse_args().accounts
    # what fails here is meant to fail, and is tried again
    set_up_logs("console", "error")
    return asyncio.run(_run(read_scripts(_ROOT / _DIRECTORIES[chosen]), Journal(Console())))


async def _run(scripts: Sequence[Script], journal: Journal) -> int:
    async with live_world(scripts) as world:
        steps = sum(len(script.steps) for script in scripts)
        done = await journal.follow(play(scripts, world), steps)
        seen = await lives(done, scripts, world)
        differences = [*differences_of(seen, world), *await world.audit()]
    for life in seen:
        own = [line for line in differences if line.startswith(f"{life.script.account},")]
        journal.show(life, own)
    policy = world.book.at(scripts[0].policy, world.start).policy
    journal.close(seen, differences, draw(seen, policy, differences))
    return 1 if differences else 0


def differences_of(seen: Sequence[Life], world: LiveWorld) -> list[str]:
    """Everything that is not as the scripts say."""
    found: list[str] = []
    for life in seen:
        zone = world.book.at(life.script.policy, life.start).policy.zone
        found += Judge(life, zone, world.slack).differences()
    return found


if __name__ == "__main__":
    sys.exit(main())
