from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, delete, insert, text, update
from sqlalchemy.exc import DBAPIError

from goodstanding.errors import ConfigurationError
from storage.engine import Database
from storage.migrate import METADATA, MIGRATIONS, upgrade, version_table
from storage.tables import CommandRow, EventRow, IdentityRow, table_of
from tests.storage.fixtures import ENGINES, urls_on
from tests.storage.ledgers import Ledger

KEPT = {"key": b"wrapped", "words": b"encrypted"}
CHANGES = {
    "update": lambda table: update(table).values(account_id="another"),
    "delete": delete,
}


def _differences(connection: Connection, part: str) -> list[object]:
    metadata = METADATA[part]

    def is_ours(name: str | None, kind: str, _parents: object) -> bool:
        return kind != "table" or name in metadata.tables

    options = {
        "version_table": version_table(part),
        "compare_type": True,
        "include_name": is_ours,
    }
    context = MigrationContext.configure(connection, opts=options)
    found: list[object] = compare_metadata(context, metadata)
    return found


@pytest.mark.parametrize("part", METADATA)
async def test_models_and_migrated_schema_agree(ledger: Ledger, part: str):
    database = ledger.database if part == "record" else ledger.vaults
    async with database.engines[0].connect() as connection:
        assert await connection.run_sync(_differences, part) == []


@pytest.mark.parametrize("engine", ENGINES)
async def test_migrating_again_changes_nothing(engine: str, postgres_url: str, tmp_path: Path):
    urls = await urls_on(engine, postgres_url, tmp_path)
    await upgrade(*urls)

    await upgrade(*urls)

    database = Database.at(urls[0])
    async with database.engines[0].connect() as connection:
        assert await connection.run_sync(_differences, "record") == []
    await database.close()


@pytest.mark.parametrize("engine", ENGINES)
async def test_an_identity_of_the_first_schema_is_kept_as_a_verified_one(
    engine: str, postgres_url: str, tmp_path: Path
):
    urls = await urls_on(engine, postgres_url, tmp_path)
    vaults = Database.at(urls[1])
    async with vaults.engines[0].begin() as connection:
        await connection.run_sync(_to_first_vault)
        await connection.execute(text("INSERT INTO identity VALUES ('a1', :key, :words)"), KEPT)

    await upgrade(*urls)

    async with vaults.sessions() as session:
        row = await session.get(IdentityRow, "a1")
    assert row
    assert (row.account_id, row.is_verified) == ("a1", True)
    assert (row.wrapped_key, row.ciphertext) == (KEPT["key"], KEPT["words"])
    await vaults.close()


def _to_first_vault(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("version_locations", str(MIGRATIONS / "vault"))
    config.set_main_option("path_separator", "newline")
    config.attributes |= {"connection": connection, "part": "vault"}
    command.upgrade(config, "vault_0001")


async def test_on_sqlite_the_vault_is_a_file_of_its_own(sqlite_url: str):
    with pytest.raises(ConfigurationError, match="file of its own"):
        await upgrade(sqlite_url, sqlite_url)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("row", [EventRow, CommandRow])
async def test_history_can_neither_be_changed_nor_deleted(ledger: Ledger, row: type, change: str):
    await ledger.tell(ledger.register())
    before = await ledger.everything()

    async with ledger.database.sessions() as session:
        connection = await session.connection()
        with pytest.raises(DBAPIError, match="history"):
            await connection.execute(CHANGES[change](table_of(row)))

    assert await ledger.everything() == before


@pytest.mark.parametrize("row", [EventRow, CommandRow])
async def test_history_cannot_be_replaced(ledger: Ledger, row: type):
    await ledger.tell(ledger.register())
    (kept,) = await ledger.rows(row)
    replaced = insert(table_of(row))
    if ledger.database.url.startswith("sqlite"):
        replaced = replaced.prefix_with("OR REPLACE")

    async with ledger.database.sessions() as session:
        connection = await session.connection()
        with pytest.raises(DBAPIError):
            await connection.execute(replaced, kept)


@pytest.mark.parametrize("table", ["event", "command"])
async def test_history_cannot_be_emptied_at_once(own_ledger: Ledger, table: str):
    """SQLite knows no TRUNCATE; there it is a DELETE."""
    empty = "DELETE FROM" if own_ledger.database.url.startswith("sqlite") else "TRUNCATE"

    async with own_ledger.database.sessions() as session:
        connection = await session.connection()
        with pytest.raises(DBAPIError, match="history"):
            await connection.execute(text(f"{empty} {table}"))
