"""What a full decision costs, as ratios to a bare update in the same run: `make bench`.

Bare is a Temporal update with a local activity that does nothing, on the same worker process, with the same
payload codec. Only ratios within one run count: machines are shared and noisy.
"""

import argparse
import asyncio
import json
import statistics
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.accounts import INBOX, WEBHOOK, Kind
from benchmarks.place import Place, running_place
from benchmarks.rounds import Rounds, measured

RESULTS = Path(__file__).parent / "results" / "latest.json"


@dataclass(frozen=True)
class Figure:
    """One figure: what it has to be, what it should be, and which way is better."""

    figure: str
    value: float
    must: float | None
    aim: float | None
    better: str


@dataclass(frozen=True)
class Plan:
    """One comparison, and the bounds of its two ratios: throughput and p50."""

    name: str
    kind: Kind
    in_flight: int
    woken: bool
    throughput: tuple[float | None, float | None] = (None, None)
    p50: tuple[float | None, float | None] = (None, None)


PLANS = (
    Plan(
        "inbox notice, hot, 50 in flight",
        INBOX,
        50,
        woken=False,
        throughput=(0.5, 0.85),
        p50=(2.0, 1.3),
    ),
    Plan("webhook notice, hot, 50 in flight", WEBHOOK, 50, woken=False, throughput=(0.4, 0.6)),
    Plan(
        "inbox notice, woken, 50 in flight",
        INBOX,
        50,
        woken=True,
        throughput=(0.35, 0.6),
        p50=(3.0, 2.0),
    ),
    Plan("webhook notice, woken, 50 in flight", WEBHOOK, 50, woken=True),
    Plan("inbox notice, hot, serial", INBOX, 1, woken=False),
    Plan("webhook notice, hot, serial", WEBHOOK, 1, woken=False),
    Plan("inbox notice, woken, serial", INBOX, 1, woken=True),
)


async def main(*, quick: bool) -> list[Figure]:
    """Measure every plan and print what came out."""
    console = Console()
    figures: list[Figure] = []
    async with running_place() as place:
        for plan in PLANS[:2] if quick else PLANS:
            rounds = await _measured(place, plan, quick=quick)
            figures += _figures(plan, rounds)
            console.print(_table(plan, rounds))
    return figures


def write(figures: list[Figure], results: Path) -> None:
    """Keep them where whoever compares looks for them."""
    results.parent.mkdir(parents=True, exist_ok=True)
    results.write_text(json.dumps([asdict(one) for one in figures], indent=2) + "\n")


async def _measured(place: Place, plan: Plan, *, quick: bool) -> Rounds:
    in_flight = min(plan.in_flight, 4) if quick else plan.in_flight
    rounds = 1 if quick else 5
    return await measured(place, plan.kind, woken=plan.woken, in_flight=in_flight, rounds=rounds)


def _figures(plan: Plan, rounds: Rounds) -> list[Figure]:
    throughput = round(statistics.median(rounds.throughputs()), 3)
    p50 = round(statistics.median(rounds.p50s()), 3)
    return [
        Figure(f"{plan.name}: throughput to bare", throughput, *plan.throughput, "higher"),
        Figure(f"{plan.name}: p50 to bare", p50, *plan.p50, "lower"),
    ]


def _table(plan: Plan, rounds: Rounds) -> Table:
    table = Table(title=plan.name)
    for column in ("", "per second", "p50 ms", "CPU ms each, by process"):
        table.add_column(column)
    for which in ("bare", "full"):
        paces = getattr(rounds, which)
        cpu = ", ".join(f"{name} {spent:.2f}" for name, spent in rounds.cpu(which).items())
        per_second = statistics.median(pace.throughput for pace in paces)
        p50 = statistics.median(pace.p50 for pace in paces)
        table.add_row(which, f"{per_second:.0f}", f"{p50:.1f}", cpu)
    table.add_row("ratio", _spread(rounds.throughputs()), _spread(rounds.p50s()), "")
    return table


def _spread(ratios: list[float]) -> str:
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument(
        "--quick", action="store_true", help="a smoke test; its figures say nothing"
    )
    parser.add_argument("--results", type=Path, default=RESULTS)
    chosen = parser.parse_args()
    write(asyncio.run(main(quick=chosen.quick)), chosen.results)
