"""How runs bear up: timers, outages, killed workers, long histories, many deadlines, sweeps.

One measurement of each: these figures depend on the machine and have no bounds. docs/benchmarks.md says what each is.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

from sqlmodel import col, select

from benchmarks.accounts import INBOX
from benchmarks.figures import Figure
from benchmarks.place import Place, running_place
from benchmarks.rounds import decide
from goodstanding.messages import Pace
from goodstanding.names import QUEUE, UPKEEP_WORKFLOW, account_workflow_id
from goodstanding.upkeep import Swept, Upkeep
from storage.tables import AccountRow, EventRow

_numbers = count(1)
_HORIZON = Pace().horizon
_LONG = 100_000
"""Events: a run goes on in the same history however long it gets."""
_PER_COMMAND = 6
"""Events of one command of an open run."""
_HELD = 0.5
"""Seconds in which a command certainly has reached the database."""
_AT_ONCE = 50
_LATEST = timedelta(seconds=60)
_LOOK_AGAIN = 0.1


@dataclass(frozen=True)
class Sizes:
    """How much of each is measured."""

    timers: int = 40
    deadlines: int = 300
    outage_accounts: int = 40
    outage: float = 5.0
    killed: int = 5
    lead: float = 10.0
    """Seconds before the first deadline, beside what its preparation takes: sweeps and starts come before it."""
    histories: tuple[int, ...] = (100, 300, 1200)
    hot_commands: int = 150
    spread_over: float = 5.0
    """Seconds over which the timers of the first measurement are spread."""


QUICK = Sizes(
    timers=3,
    deadlines=6,
    outage_accounts=3,
    outage=1.0,
    killed=0,
    lead=2.0,
    histories=(60,),
    hot_commands=10,
    spread_over=1.0,
)


async def figures(*, quick: bool) -> list[Figure]:
    """Measure each once, on a place of its own."""
    sizes = QUICK if quick else Sizes()
    found: list[Figure] = []
    async with running_place(through_relay=True) as place:
        async with place.worker():
            found += await _sweeps_and_deadlines(place, sizes)
            found += await _timers(place, sizes)
            found += await _outage(place, sizes)
            found += await _hot(place, sizes, "with linger")
        async with place.worker(linger=0):
            found += await _hot(place, sizes, "without linger")
        found += await _cold_starts(place, sizes)
        if sizes.killed:
            found += await _killed(place, sizes)
    return found


async def _sweeps_and_deadlines(place: Place, sizes: Sizes) -> list[Figure]:
    """Sleeping accounts are swept up, swept again in vain, and then all have their deadline at once."""
    ids = _ids("swept", sizes.deadlines)
    due = datetime.now(UTC) + timedelta(seconds=sizes.lead + 0.08 * sizes.deadlines)
    await place.preparation.restricted(ids, due)
    starts = await _swept(place)
    no_ops = await _swept(place)
    late = await _lateness(place, dict.fromkeys(ids, due))
    number = sizes.deadlines
    return [
        Figure("sweep: starts per second", round(starts), better="higher"),
        Figure("sweep: runs that are open already, per second", round(no_ops), better="higher"),
        Figure(f"{number} deadlines at once: seconds to the last", round(max(late) / 1000, 2)),
    ]


async def _swept(place: Place) -> float:
    began = time.perf_counter()
    swept: Swept = await place.temporal.execute_workflow(
        UPKEEP_WORKFLOW,
        Upkeep(reach=_HORIZON),
        id=f"upkeep-{next(_numbers)}",
        task_queue=QUEUE,
        result_type=Swept,
    )
    return swept.found / (time.perf_counter() - began)


async def _timers(place: Place, sizes: Sizes) -> list[Figure]:
    """Deadlines one after the other: nothing else delays them."""
    ids = _ids("timer", sizes.timers)
    first = datetime.now(UTC) + timedelta(seconds=sizes.lead / 2 + 0.06 * sizes.timers)
    step = timedelta(seconds=sizes.spread_over) / sizes.timers
    due = {one: first + number * step for number, one in enumerate(ids)}
    for one, instant in due.items():
        await place.preparation.restricted([one], instant)
    await _all(place.goodstanding.accounts.pass_time(one) for one in ids)
    late = await _lateness(place, due)
    return [
        Figure("timer: ms late, earliest", round(min(late), 1)),
        Figure("timer: ms late, median", round(statistics.median(late), 1)),
        Figure("timer: ms late, latest", round(max(late), 1)),
    ]


async def _lateness(place: Place, due: dict[str, datetime]) -> list[float]:
    """Milliseconds from each account's deadline to the instant at which it was recorded."""
    ended = select(EventRow.account_id, EventRow.at).where(
        col(EventRow.kind) == "PenaltyExpired", col(EventRow.account_id).in_(list(due))
    )
    until = max(due.values()) + _LATEST
    while True:
        async with place.record.reading() as session:
            found = (await session.exec(ended)).all()
        if len(found) == len(due):
            return [(at - due[account_id]) / timedelta(milliseconds=1) for account_id, at in found]
        if datetime.now(UTC) > until:
            message = f"Only {len(found)} of {len(due)} deadlines were kept."
            raise RuntimeError(message)
        await asyncio.sleep(_LOOK_AGAIN)


async def _outage(place: Place, sizes: Sizes) -> list[Figure]:
    """The database goes away under commands that were sent, and comes back."""
    ids = _ids("outage", sizes.outage_accounts)
    await place.preparation.accounts(INBOX, ids)
    await _all(decide(place, INBOX, one, 0)() for one in ids)
    await place.relay.cut()
    answered: list[float] = []

    async def note_answer(account_id: str) -> None:
        await decide(place, INBOX, account_id, 1)()
        answered.append(time.perf_counter())

    sent = [asyncio.create_task(note_answer(one)) for one in ids]
    await asyncio.sleep(sizes.outage)
    await place.relay.mend()
    back = time.perf_counter()
    await asyncio.gather(*sent)
    name = f"outage of {sizes.outage:.0f} s, {len(ids)} commands: seconds to the last answer"
    return [Figure(name, round(max(answered) - back, 2))]


async def _hot(place: Place, sizes: Sizes, how: str) -> list[Figure]:
    """Commands to one account, a few at a time; they find nothing to do, so that its run is all they cost."""
    (account_id,) = _ids("hot", 1)
    await place.preparation.accounts(INBOX, [account_id])
    await decide(place, INBOX, account_id, 1)()
    began = time.perf_counter()
    ask = place.goodstanding.accounts.pass_time
    await _all((ask(account_id) for _ in range(sizes.hot_commands)), at_once=4)
    rate = sizes.hot_commands / (time.perf_counter() - began)
    return [Figure(f"one hot account, {how}: commands per second", round(rate), better="higher")]


async def _cold_starts(place: Place, sizes: Sizes) -> list[Figure]:
    """Runs whose worker has stopped: the next one reads their whole history before it answers."""
    far = datetime.now(UTC) + timedelta(days=3)
    ids = dict(zip(_ids("cold", len(sizes.histories)), sizes.histories, strict=True))
    (warm,) = _ids("warm", 1)
    await place.preparation.restricted([*ids, warm], far)
    ask = place.goodstanding.accounts.pass_time
    async with place.worker(long_history=_LONG):
        for account_id, events in ids.items():
            await _all((ask(account_id) for _ in range(events // _PER_COMMAND)), at_once=4)
    found: list[Figure] = []
    async with place.worker(long_history=_LONG):
        # not what a worker's first task costs
        await ask(warm)
        for account_id in ids:
            handle = place.temporal.get_workflow_handle(account_workflow_id(account_id))
            length = (await handle.describe()).history_length
            took = await _timed(ask(account_id))
            name = f"cold start of a run of {length} events: seconds to the answer"
            found.append(Figure(name, round(took, 3)))
    return found


async def _killed(place: Place, sizes: Sizes) -> list[Figure]:
    """A worker is killed with commands inside `transact`, and with runs that only lie in its cache."""
    inside, idle = _ids("inside", sizes.killed), _ids("idle", sizes.killed)
    await place.preparation.restricted([*inside, *idle], datetime.now(UTC) + timedelta(days=3))
    ask = place.goodstanding.accounts.pass_time
    async with place.worker() as killed:
        await _all(ask(one) for one in [*inside, *idle])
        async with place.worker(), place.record.sessions() as session:
            # whoever writes to these rows waits
            held = select(AccountRow.account_id).where(col(AccountRow.account_id).in_(inside))
            await session.exec(held.with_for_update())
            sent = [asyncio.ensure_future(decide(place, INBOX, one, 9)()) for one in inside]
            await asyncio.sleep(_HELD)
            killed.kill()
            began = time.perf_counter()
            await session.rollback()
            took = await asyncio.gather(*(_timed(ask(one)) for one in idle))
            await asyncio.gather(*sent)
            recovered = time.perf_counter() - began
    return [
        Figure("worker killed, run idle: seconds to the answer", round(statistics.median(took), 2)),
        Figure("worker killed inside transact: seconds to the answer", round(recovered, 2)),
    ]


def _ids(name: str, number: int) -> list[str]:
    group = next(_numbers)
    return [f"{name}-{group}-{n}" for n in range(number)]


async def _timed(asked: Awaitable[object]) -> float:
    began = time.perf_counter()
    await asked
    return time.perf_counter() - began


async def _all(asked: Iterable[Awaitable[object]], at_once: int = _AT_ONCE) -> None:
    waiting = iter(asked)

    async def lane() -> None:
        for one in waiting:
            await one

    await asyncio.gather(*(lane() for _ in range(at_once)))
