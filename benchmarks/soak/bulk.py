"""One decision over many accounts on PostgreSQL and the dev server; the worker is killed on the way, there and back.

Raises `AssertionError` where an account was not treated exactly once, or not brought back.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from goodstanding.client import connect
from goodstanding.keys import init_keys, load_keys
from goodstanding.messages import BulkState, Tally, UndoBulk
from storage.audit import verify
from storage.bulk_audit import verify_bulks
from storage.engine import Database
from storage.migrate import upgrade
from storage.policies import load_book, publish
from storage.vault import Vault
from tests.durability.places import Place, made_place
from tests.servers import fresh_database, running_postgres
from tests.workflows.bulks import BulkDesk, Ground
from tests.workflows.stand import BIRCH, policies_with_copies

ACCOUNTS = 20_000
KILLS = 5
PER_SECOND = 100
_LONGEST = 4 * 3600.0
_EVERY = 0.5

Lines = list[tuple[str, str]]


@dataclass(frozen=True)
class Size:
    """How large, how often killed on each way, and how fast at most."""

    accounts: int
    kills: int
    per_second: int


@dataclass
class _Soak:
    place: Place
    desk: BulkDesk
    ids: list[str]
    size: Size
    lines: Lines = field(default_factory=list)

    def say(self, what: str, said: object) -> None:
        """A line of the report, and on the terminal."""
        self.lines.append((what, str(said)))
        print(f"{what}: {said}", flush=True)


async def soaked(size: Size) -> Lines:
    """Run it all and give the lines of the report."""
    async with _ground(size) as soak:
        await _there(soak)
        await _back(soak)
        async with soak.place.database.reading() as session:
            wrong = [*await verify(session), *await verify_bulks(session)]
        _must(not wrong, f"the ledger: {wrong[:3]}")
        soak.say("`audit verify` over ledger and operation", "nothing wrong")
        return soak.lines


async def _there(soak: _Soak) -> None:
    desk, begun = soak.desk, time.monotonic()
    async with soak.place.worker():
        await desk.planned(soak.ids)
        await desk.rehearsed()
    soak.say("dry run", f"{_since(begun)} with planning, {soak.size.accounts} accounts")
    foreseen = (await desk.view()).dry_run
    soak.say("it said", foreseen.outcome if foreseen else None)
    async with soak.place.worker():
        await desk.approved()
        await desk.do_start()
    begun = time.monotonic()
    await _killed(soak, lambda tally: tally.treated)
    async with soak.place.worker():
        view = await desk.becomes(BulkState.DONE, within=_LONGEST)
    soak.say("sent, with the kills", _since(begun))
    _must(view.tally.done == soak.size.accounts, f"{view.tally}")
    _must(await desk.found(soak.ids) == Counter(soak.ids), "a decision for each, once")
    _must(await desk.notices(soak.ids) == Counter(soak.ids), "a notice for each, once")
    soak.say("decisions and notices", f"one for each of {soak.size.accounts} accounts")


async def _back(soak: _Soak) -> None:
    desk, begun = soak.desk, time.monotonic()
    async with soak.place.worker():
        await desk.do(UndoBulk)
        await desk.approved(BIRCH)
    await _killed(soak, lambda tally: tally.undo_done)
    async with soak.place.worker():
        view = await desk.becomes(BulkState.UNDONE, within=_LONGEST)
    soak.say("undone, with the kills", _since(begun))
    _must(view.tally.undo_done == soak.size.accounts, f"{view.tally}")
    _must(set((await desk.standings(soak.ids)).values()) == {"good"}, "everybody is back")
    notices = await desk.notices(soak.ids, "strike_voided")
    _must(notices == Counter(soak.ids), "a notice of it for each, once")
    soak.say("undone", f"each of {soak.size.accounts} accounts once, with its notice; all good")


async def _killed(soak: _Soak, count: Callable[[Tally], int]) -> None:
    """Let a worker work until so much is done, and kill it; again and again."""
    reached = []
    for kill in range(1, soak.size.kills + 1):
        wanted = soak.size.accounts * kill // (soak.size.kills + 1)
        async with soak.place.worker() as worker:
            await _reached(soak, count, wanted)
            await worker.kill()
        reached.append(count((await soak.desk.view()).tally))
    soak.say("killed (SIGKILL) after", ", ".join(map(str, reached)))


async def _reached(soak: _Soak, count: Callable[[Tally], int], wanted: int) -> None:
    async with asyncio.timeout(_LONGEST):
        while True:
            if count((await soak.desk.view()).tally) >= wanted:
                return
            await asyncio.sleep(_EVERY)


@asynccontextmanager
async def _ground(size: Size) -> AsyncIterator[_Soak]:
    with TemporaryDirectory() as made:
        folder = Path(made)
        init_keys(folder / "keys")
        keys, policies = load_keys(folder / "keys"), policies_with_copies(folder)
        async with running_postgres() as postgres:
            urls = (await fresh_database(postgres), await fresh_database(postgres))
            await upgrade(*urls)
            async with made_place(folder, folder / "keys", policies, urls) as made_here:
                pace = {"bulk_per_second": size.per_second, "bulk_canary": 0}
                place = replace(made_here, values={**made_here.values, **pace})
                vaults = Database.at(urls[1])
                async with place.database.sessions.begin() as session:
                    await publish(session, policies)
                    book = await load_book(session)
                client = await connect(place.temporal, None, keys.client)
                vault = Vault(vaults.sessions, keys)
                desk = BulkDesk(Ground(place.database, vault, keys, book, client), "soak")
                begun = time.monotonic()
                ids = await desk.accounts(size.accounts)
                soak = _Soak(place, desk, ids, size)
                soak.say("accounts prepared in the record", f"{len(ids)} in {_since(begun)}")
                yield soak
                await client.close()
                await vaults.close()


def _since(begun: float) -> str:
    return f"{time.monotonic() - begun:.0f} s"


def _must(holds: object, what: str) -> None:
    if not holds:
        raise AssertionError(what)
