import asyncio

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from goodstanding.errors import ConfigurationError
from storage.engine import Database, is_sqlite
from storage.tables import AccountRow, LockRow, NameRow, table_of
from storage.upserts import lock
from tests.storage.ledgers import Ledger


def test_sqlite_is_told_from_postgresql():
    assert is_sqlite("sqlite+aiosqlite:///record.db")
    assert not is_sqlite("postgresql+asyncpg://localhost/record")


@pytest.mark.parametrize("url", ["postgresql://localhost/record", "mysql+aiomysql://localhost/x"])
def test_other_drivers_are_refused_with_the_right_form(url: str):
    with pytest.raises(ConfigurationError, match="postgresql\\+asyncpg://"):
        Database.at(url)


async def test_an_error_shows_no_values(ledger: Ledger):
    await ledger.tell(ledger.register(display_name="Nobody's business"))
    name = (await ledger.rows(NameRow))[0]

    async with ledger.database.sessions() as session:
        with pytest.raises(DBAPIError) as raised:
            await (await session.connection()).execute(table_of(NameRow).insert(), name)

    assert "Nobody's business" not in str(raised.value)


async def test_who_only_reads_waits_for_no_writer(ledger: Ledger):
    await ledger.tell(ledger.register())

    async with ledger.database.sessions.begin() as writing:
        connection = await writing.connection()
        account = table_of(AccountRow)
        own = account.c.account_id == ledger.id
        await connection.execute(account.update().where(own).values(standing="other"))
        assert (await ledger.row(AccountRow))["standing"] == "good"


async def test_many_writers_are_served_in_turn(ledger: Ledger):
    many = [ledger.at(f"{ledger.id}-{n}") for n in range(25)]

    await asyncio.gather(*(one.tell(one.register()) for one in many))

    assert [(await one.record()).seq for one in many] == [1] * 25


async def test_a_lock_is_held_until_the_transaction_ends(ledger: Ledger):
    order: list[str] = []

    async def hold(name: str, first: asyncio.Event, then: asyncio.Event) -> None:
        async with ledger.database.sessions.begin() as session:
            connection = await session.connection()
            await lock(connection, "test", ledger.id)
            order.append(f"{name} has it")
            first.set()
            await then.wait()
            order.append(f"{name} lets go")

    held, go_on = asyncio.Event(), asyncio.Event()
    one = asyncio.create_task(hold("one", held, go_on))
    await held.wait()
    other = asyncio.create_task(hold("other", asyncio.Event(), go_on))
    await asyncio.sleep(0.05)
    assert order == ["one has it"]
    go_on.set()
    await asyncio.gather(one, other)

    assert order == ["one has it", "one lets go", "other has it", "other lets go"]


async def test_locks_say_nothing_about_names(ledger: Ledger):
    await ledger.tell(ledger.register(display_name="Nobody's business"))

    async with ledger.database.reading() as session:
        connection = await session.connection()
        names = list(await connection.scalars(select(table_of(LockRow).c.name)))
        count = await connection.scalar(select(func.count()).select_from(table_of(AccountRow)))

    assert count
    assert not any("business" in name for name in names)
