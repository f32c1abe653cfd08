"""What a full decision costs, as ratios to a bare update in the same run, and how runs bear up: `make bench`."""

import argparse
import asyncio
from pathlib import Path

from rich.console import Console

from benchmarks import decisions, lives
from benchmarks.figures import RESULTS, Figure, show, write

DECISIONS, LIVES = "decisions", "lives"
PARTS = (DECISIONS, LIVES)


async def main(parts: list[str], *, quick: bool) -> list[Figure]:
    """Measure each part and print what came out."""
    console = Console(width=120)
    found: list[Figure] = []
    if DECISIONS in parts:
        found += await decisions.figures(console, quick=quick)
        show(console, "Full decisions to bare updates", found)
    if LIVES in parts:
        lived = await lives.figures(quick=quick)
        show(console, "How runs bear up: of this machine, without bounds", lived)
        found += lived
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}; all by default")
    parser.add_argument(
        "--quick", action="store_true", help="a smoke test; its figures say nothing"
    )
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the figures go")
    chosen = parser.parse_args()
    if unknown := set(chosen.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    figures = asyncio.run(main(chosen.parts or list(PARTS), quick=chosen.quick))
    write(figures, chosen.results)
