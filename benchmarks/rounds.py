"""Short rounds in turn, bare and full, so that the drift of a shared machine cancels in their ratio."""

import asyncio
import statistics
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

from sqlalchemy import func
from sqlmodel import col, select
from temporalio.client import WorkflowHandle

from benchmarks.accounts import Kind, violation
from benchmarks.bare import BARE_QUEUE, BARE_WORKFLOW
from benchmarks.place import Place
from benchmarks.processes import cpu_seconds
from goodstanding.vocabulary import EffectState
from storage.tables import EffectRow

Work = Callable[[], Awaitable[object]]
Lane = Iterator[Work]
_EACH = 4
"""Updates in turn on each hot account, or bare run, in a round."""
_WARM_UP = 2
"""Decisions before them, after which the account is a busy one and its run stays open."""
_CALM = 0.6
"""Seconds in which the server catches up with what a round has left behind."""
_SLEEPY = 1.0
"""Seconds after which runs complete as fast as others are woken."""
_LOOK_AGAIN = 0.025
_numbers = count(1)


@dataclass(frozen=True)
class Load:
    """Which full decisions, and how many at once."""

    kind: Kind
    in_flight: int
    woken: bool = False
    """Each on an account whose run has to be started; else on one whose run is open."""
    turns: int = 1
    """Hot accounts, and bare runs, that each caller goes through in a round."""
    window: float = 2.5
    """Seconds that a round of woken accounts is measured."""


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


async def measured(place: Place, load: Load, rounds: int) -> Rounds:
    """Rounds of a full decision beside rounds of a bare update; one round before them does not count."""
    result = Rounds()
    guess = min(150.0, 30.0 * load.in_flight)
    for number in range(rounds + 1):
        bare = await bare_round(place, load)
        full = await full_round(place, load, guess)
        guess = max(full.throughput, 10)
        if number:
            result.bare.append(bare)
            result.full.append(full)
    return result


async def bare_round(place: Place, load: Load) -> Pace:
    """Bare updates of runs that are open."""
    name = f"bare-{next(_numbers)}"
    handles = await asyncio.gather(
        *(
            place.temporal.start_workflow(BARE_WORKFLOW, id=f"{name}-{n}", task_queue=BARE_QUEUE)
            for n in range(load.in_flight * load.turns)
        )
    )
    await asyncio.gather(*(_touch(handle)() for handle in handles))
    await asyncio.sleep(_CALM)
    lanes = [
        (_touch(handle) for handle in handles[lane :: load.in_flight] for _ in range(_EACH))
        for lane in range(load.in_flight)
    ]
    pace = await _Watch(place).all_of(lanes)
    await asyncio.gather(*(handle.signal("end") for handle in handles))
    await asyncio.sleep(_CALM)
    return pace


async def full_round(place: Place, load: Load, guess: float = 150.0) -> Pace:
    """Full decisions; `guess` is about how many a second there may be."""
    return await (_woken_round(place, load, guess) if load.woken else _hot_round(place, load))


async def _hot_round(place: Place, load: Load) -> Pace:
    ids = await _prepared(place, load.kind, load.in_flight * load.turns)
    for number in range(_WARM_UP):
        await asyncio.gather(*(decide(place, load.kind, one, number)() for one in ids))
    await _delivered(place)
    # less than the linger: the runs stay open
    await asyncio.sleep(_CALM)
    lanes = [
        (
            decide(place, load.kind, one, number)
            for one in ids[lane :: load.in_flight]
            for number in range(_WARM_UP, _WARM_UP + _EACH)
        )
        for lane in range(load.in_flight)
    ]
    return await _Watch(place).all_of(lanes)


async def _woken_round(place: Place, load: Load, guess: float) -> Pace:
    """Steady: as many runs complete in the measured time as are started."""
    seconds = _SLEEPY + load.window
    ids = await _prepared(place, load.kind, int(guess * seconds * 1.5) + 2 * load.in_flight)
    waiting = (decide(place, load.kind, one, 1) for one in ids)
    pace = await _Watch(place).part_of(
        [waiting] * load.in_flight, _SLEEPY, load.window, with_copies=load.kind.has_copies
    )
    await _delivered(place)
    await asyncio.sleep(_SLEEPY)
    return pace


async def _prepared(place: Place, kind: Kind, number: int) -> list[str]:
    name = f"{kind.policy_id}-{next(_numbers)}"
    ids = [f"{name}-{n}" for n in range(number)]
    await place.preparation.accounts(kind, ids)
    return ids


def _touch(handle: WorkflowHandle[object, object]) -> Work:
    return lambda: handle.execute_update("touch", "word", result_type=str)


def decide(place: Place, kind: Kind, account_id: str, number: int) -> Work:
    """One full decision, once it is called."""
    return lambda: place.goodstanding.accounts.record_violation(
        violation(kind, account_id, number, datetime.now(UTC))
    )


async def _delivered(place: Place) -> None:
    """Return once every copy of a notice was delivered, and that is on record."""
    pending = select(func.count()).where(col(EffectRow.state) == EffectState.PENDING)
    while True:
        async with place.record.reading() as session:
            if not (await session.exec(pending)).one():
                return
        await asyncio.sleep(_LOOK_AGAIN)


class _Watch:
    """Takes the time of works, and what they cost."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._took: list[float] = []

    async def all_of(self, lanes: Sequence[Lane]) -> Pace:
        """Carry all out; the time ends with the last, and with the last copy of a notice."""
        cpu, began = self._cpu(), time.perf_counter()
        await asyncio.gather(*(self._run(lane) for lane in lanes))
        await _delivered(self._place)
        elapsed = time.perf_counter() - began
        return self._pace(len(self._took), elapsed, cpu)

    async def part_of(
        self, lanes: Sequence[Lane], after: float, window: float, *, with_copies: bool
    ) -> Pace:
        """Carry them out for a while, of which the first part does not count."""
        tasks = [asyncio.create_task(self._run(lane)) for lane in lanes]
        await asyncio.sleep(after)
        self._took.clear()
        cpu, began, copies = self._cpu(), time.perf_counter(), self._place.receiver.taken
        await asyncio.sleep(window)
        elapsed = time.perf_counter() - began
        # what is answered faster than it is delivered only piles up
        taken = self._place.receiver.taken - copies
        number = min(len(self._took), taken) if with_copies else len(self._took)
        pace = self._pace(number, elapsed, cpu)
        if any(next(lane, None) is None for lane in lanes):
            raise RuntimeError("There was too little work for the time that is measured.")
        for lane in lanes:
            deque(lane, maxlen=0)
        await asyncio.gather(*tasks)
        return pace

    async def _run(self, lane: Lane) -> None:
        for work in lane:
            began = time.perf_counter()
            await work()
            self._took.append(time.perf_counter() - began)

    def _cpu(self) -> dict[str, float]:
        spent = {name: cpu_seconds(pids) for name, pids in self._place.processes.items()}
        return {"caller": time.process_time(), **spent}

    def _pace(self, number: int, elapsed: float, before: dict[str, float]) -> Pace:
        if not number:
            raise RuntimeError("Nothing was carried out in the time that is measured.")
        cpu = {name: (spent - before[name]) * 1000 / number for name, spent in self._cpu().items()}
        return Pace(number / elapsed, statistics.median(self._took) * 1000, cpu)
