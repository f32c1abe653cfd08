"""Short rounds in turn, bare and full, so that the drift of a shared machine cancels in their ratio."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

from benchmarks.accounts import Kind, violation
from benchmarks.bare import BARE_QUEUE, BARE_WORKFLOW
from benchmarks.place import Place
from benchmarks.processes import cpu_seconds

Work = Callable[[], Awaitable[object]]
_EACH = 4
"""Updates in turn on each hot account, or bare run, in a round."""
_numbers = count(1)


@dataclass(frozen=True)
class Pace:
    """Throughput per second, p50 in milliseconds, and the CPU milliseconds that each one took, by process."""

    throughput: float
    p50: float
    cpu: dict[str, float]


@dataclass
class Rounds:
    """Bare and full, round by round."""

    bare: list[Pace] = field(default_factory=list)
    full: list[Pace] = field(default_factory=list)

    def throughputs(self) -> list[float]:
        """The ratio of each round."""
        return [f.throughput / b.throughput for f, b in zip(self.full, self.bare, strict=True)]

    def p50s(self) -> list[float]:
        """The ratio of each round."""
        return [f.p50 / b.p50 for f, b in zip(self.full, self.bare, strict=True)]

    def cpu(self, which: str) -> dict[str, float]:
        """CPU milliseconds for each update, by process: the median of the rounds."""
        paces: list[Pace] = getattr(self, which)
        names = paces[0].cpu
        return {name: statistics.median(pace.cpu[name] for pace in paces) for name in names}


async def measured(place: Place, kind: Kind, *, woken: bool, in_flight: int, rounds: int) -> Rounds:
    """Rounds of a full decision beside rounds of a bare update; one round before them does not count."""
    result = Rounds()
    for number in range(rounds + 1):
        bare = await _bare_round(place, in_flight)
        full = await _full_round(place, kind, woken=woken, in_flight=in_flight)
        if number:
            result.bare.append(bare)
            result.full.append(full)
    return result


async def _bare_round(place: Place, lanes: int) -> Pace:
    name = f"bare-{next(_numbers)}"
    handles = await asyncio.gather(
        *(
            place.temporal.start_workflow(BARE_WORKFLOW, id=f"{name}-{n}", task_queue=BARE_QUEUE)
            for n in range(lanes)
        )
    )

    def touch(lane: int) -> Work:
        return lambda: handles[lane].execute_update("touch", "word", result_type=str)

    await asyncio.gather(*(touch(lane)() for lane in range(lanes)))
    pace = await _timed(place, [[touch(lane)] * _EACH for lane in range(lanes)])
    await asyncio.gather(*(handle.signal("end") for handle in handles))
    return pace


async def _full_round(place: Place, kind: Kind, *, woken: bool, in_flight: int) -> Pace:
    name = f"{kind.policy_id}-{next(_numbers)}"
    ids = [f"{name}-{n}" for n in range(in_flight * (_EACH if woken else 1))]
    await place.preparation.accounts(kind, ids)

    def decide(account_id: str, number: int) -> Work:
        return lambda: place.goodstanding.accounts.record_violation(
            violation(kind, account_id, number, datetime.now(UTC))
        )

    if woken:
        lanes = [[decide(one, 1) for one in ids[lane::in_flight]] for lane in range(in_flight)]
        return await _timed(place, lanes)
    await asyncio.gather(*(decide(one, 0)() for one in ids))
    return await _timed(place, [[decide(one, n + 1) for n in range(_EACH)] for one in ids])


async def _timed(place: Place, lanes: list[list[Work]]) -> Pace:
    took: list[float] = []

    async def lane(works: list[Work]) -> None:
        for work in works:
            began = time.perf_counter()
            await work()
            took.append(time.perf_counter() - began)

    before = {name: cpu_seconds(pids) for name, pids in place.processes.items()}
    began = time.perf_counter()
    await asyncio.gather(*(lane(works) for works in lanes))
    elapsed = time.perf_counter() - began
    cpu = {
        name: (cpu_seconds(pids) - before[name]) * 1000 / len(took)
        for name, pids in place.processes.items()
    }
    return Pace(len(took) / elapsed, statistics.median(took) * 1000, cpu)
