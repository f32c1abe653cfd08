"""What a full decision costs, as ratios to a bare update in the same run: `make bench`."""

import argparse
import asyncio
from pathlib import Path

from rich.console import Console

from benchmarks import decisions
from benchmarks.figures import RESULTS, Figure, show, write


async def main(*, quick: bool) -> list[Figure]:
    """Measure everything and print what came out."""
    console = Console(width=120)
    figures = await decisions.figures(console, quick=quick)
    show(console, "Full decisions to bare updates", figures)
    return figures


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument(
        "--quick", action="store_true", help="a smoke test; its figures say nothing"
    )
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the figures go")
    chosen = parser.parse_args()
    write(asyncio.run(main(quick=chosen.quick)), chosen.results)
