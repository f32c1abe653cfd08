"""Full decisions beside bare updates, and where their time goes.

Bare is a Temporal update of an open run, with one local activity that does nothing, on the same worker process with the
same payload codec, converter and sandbox. Full is `record_violation` through the client: policy, ledger, chain, read
models and notice. Only ratios within one run count: machines are shared and noisy.
"""

import statistics
from collections import Counter
from dataclasses import dataclass, replace

from rich.console import Console
from rich.table import Table

from benchmarks.accounts import INBOX, WEBHOOK
from benchmarks.figures import Figure
from benchmarks.place import Place, WorkerProcess, running_place
from benchmarks.rounds import Load, Rounds, full_round, measured

Bounds = tuple[float | None, float | None]
"""What a ratio has to be, and what it should be."""
_NONE: Bounds = (None, None)


@dataclass(frozen=True)
class Plan:
    """One comparison, and the bounds of its two ratios."""

    name: str
    load: Load
    rounds: int
    throughput: Bounds = _NONE
    p50: Bounds = _NONE


_SERIAL = 6
"""Accounts, one after the other, in a serial round."""
PLANS = (
    Plan("inbox, hot, 50 in flight", Load(INBOX, 50), 8, (0.5, 0.85), (2.0, 1.3)),
    Plan("webhook, hot, 50 in flight", Load(WEBHOOK, 50), 5, (0.4, 0.6)),
    Plan("inbox, woken, 50 in flight", Load(INBOX, 50, woken=True), 5, (0.35, 0.6), (3.0, 2.0)),
    Plan("webhook, woken, 50 in flight", Load(WEBHOOK, 50, woken=True), 3),
    Plan("inbox, hot, serial", Load(INBOX, 1, turns=_SERIAL), 5, p50=(2.0, 1.3)),
    Plan("webhook, hot, serial", Load(WEBHOOK, 1, turns=_SERIAL), 5),
    Plan("inbox, woken, serial", Load(INBOX, 1, woken=True, turns=_SERIAL), 4, p50=(3.0, 2.0)),
)


async def figures(console: Console, *, quick: bool) -> list[Figure]:
    """Measure every plan; print rounds, costs and profile as they come."""
    found: list[Figure] = []
    async with running_place() as place, place.worker() as worker:
        for plan in [_quick(PLANS[1])] if quick else PLANS:
            rounds = await measured(place, plan.load, plan.rounds)
            found += _figures(plan, rounds)
            console.print(_table(plan.name, rounds))
        loads = [_quick(PLANS[0]).load] if quick else [PLANS[0].load] * 3
        console.print(await _profile(place, worker, loads))
    return found


def _quick(plan: Plan) -> Plan:
    return replace(plan, load=replace(plan.load, in_flight=4), rounds=1)


def _figures(plan: Plan, rounds: Rounds) -> list[Figure]:
    throughput = round(statistics.median(rounds.throughputs()), 3)
    p50 = round(statistics.median(rounds.p50s()), 3)
    return [
        Figure(f"{plan.name}: throughput to bare", throughput, *plan.throughput, "higher"),
        Figure(f"{plan.name}: p50 to bare", p50, *plan.p50, "lower"),
    ]


def _table(name: str, rounds: Rounds) -> Table:
    table = Table(title=name, title_justify="left")
    table.add_column("")
    for column in ("per second", "p50 ms"):
        table.add_column(column, justify="right")
    table.add_column("CPU ms each, by process")
    for which in ("bare", "full"):
        paces = getattr(rounds, which)
        spent = rounds.cpu(which)
        cpu = ", ".join(f"{process} {ms:.2f}" for process, ms in spent.items())
        per_second = statistics.median(pace.throughput for pace in paces)
        p50 = statistics.median(pace.p50 for pace in paces)
        total = f"{sum(spent.values()):.2f}: {cpu}"
        table.add_row(which, f"{per_second:.0f}", f"{p50:.1f}", total)
    table.add_row("ratio", _spread(rounds.throughputs()), _spread(rounds.p50s()), "")
    return table


def _spread(ratios: list[float]) -> str:
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


async def _profile(place: Place, worker: WorkerProcess, loads: list[Load]) -> Table:
    """Where the worker's time goes in rounds of their own: to look costs some."""
    spent: Counter[str] = Counter()
    number = 0
    for load in loads:
        await worker.profile()
        await full_round(place, load)
        spent.update(await worker.profiled())
        # with the one that opens each run
        number += load.in_flight * load.turns * 5
    table = Table(title="The worker's CPU time, hot, inbox", title_justify="left")
    table.add_column("part")
    table.add_column("ms each", justify="right")
    table.add_column("%", justify="right")
    total = sum(spent.values())
    for part, seconds in spent.most_common():
        table.add_row(part, f"{seconds * 1000 / number:.2f}", f"{seconds * 100 / total:.0f}")
    return table
