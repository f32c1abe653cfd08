"""The worker is killed twice in the midst of a bulk operation: every account is treated once, all the same."""

import asyncio
from collections import Counter

import pytest

from goodstanding.client import connect
from goodstanding.messages import BulkState, UndoBulk
from storage.audit import verify
from storage.engine import Database
from storage.policies import load_book, publish
from storage.vault import Vault
from tests.durability.conftest import two_databases
from tests.durability.places import made_place, until
from tests.workflows.bulks import BulkDesk, Ground
from tests.workflows.stand import BIRCH

ACCOUNTS = 200
KILLED_AT = (40, 110)

pytestmark = pytest.mark.timeout(240)


async def undone_though_killed(place, desk, ids):
    """Undoing is no other: killed half-way, each account is brought back once, with one notice."""

    async def is_half_way():
        return (await desk.view()).tally.undo_done >= KILLED_AT[0]

    async with place.worker() as worker:
        await desk.do(UndoBulk)
        await desk.approved(BIRCH)
        await until(is_half_way)
        await worker.kill()
    async with place.worker():
        view = await desk.becomes(BulkState.UNDONE)
    assert (view.tally.undo_done, view.tally.undo_refused) == (ACCOUNTS, 0)
    assert set((await desk.standings(ids)).values()) == {"good"}
    assert await desk.notices(ids, "strike_voided") == Counter(ids)


async def test_killed_twice_half_way_every_account_is_treated_exactly_once(
    keys, keys_directory, policies, postgres_url, tmp_path
):
    urls = await two_databases("postgresql", postgres_url, tmp_path)
    async with made_place(tmp_path, keys_directory, policies, urls) as place:
        vaults = Database.at(urls[1])
        async with place.database.sessions.begin() as session:
            await publish(session, policies)
            book = await load_book(session)
        client = await connect(place.temporal, None, keys.client)
        ground = Ground(place.database, Vault(vaults.sessions, keys), keys, book, client)
        desk = BulkDesk(ground, "b1")
        ids = await desk.accounts(ACCOUNTS)
        begun = asyncio.Event()
        for killed_at in KILLED_AT:
            async with place.worker() as worker:
                if not begun.is_set():
                    await desk.started(ids)
                    begun.set()

                async def is_half_way(at=killed_at):
                    return (await desk.view()).tally.treated >= at

                await until(is_half_way)
                await worker.kill()
            assert (await desk.view()).state is BulkState.RUNNING
        left = (await desk.view()).tally
        assert left.waiting > 0
        async with place.worker():
            view = await desk.becomes(BulkState.DONE)
        assert (view.tally.done, view.tally.refused) == (ACCOUNTS, 0)
        assert await desk.found(ids) == Counter(ids)
        assert await desk.notices(ids) == Counter(ids)
        await undone_though_killed(place, desk, ids)
        async with place.database.reading() as session:
            assert await verify(session) == []
        await client.close()
        await vaults.close()
