"""Bringing both databases to the schema of this version; repeating it changes nothing."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, func, select

from storage import bulk_tables  # noqa: F401 - part of the record's tables
from storage.engine import Database, check_apart
from storage.tables import RecordTable, VaultTable

MIGRATIONS = Path(__file__).with_name("migrations")
RECORD = "record"
VAULT = "vault"
METADATA: dict[str, MetaData] = {RECORD: RecordTable.metadata, VAULT: VaultTable.metadata}

_LOCK = 4_711_014
"""Processes that start at once migrate in turn; any number that nobody else in the database uses."""


async def upgrade(url: str, vault_url: str) -> None:
    """Run what is missing of the migrations of the record and of the vault."""
    check_apart(url, vault_url)
    await _upgrade(url, RECORD)
    await _upgrade(vault_url, VAULT)


def version_table(part: str) -> str:
    """Where the revision of a part is noted: both may lie in one database."""
    return f"{part}_version"


async def _upgrade(url: str, part: str) -> None:
    database = Database.at(url)
    try:
        async with database.engines[0].begin() as connection:
            await connection.run_sync(_run, part)
    finally:
        await database.close()


def _run(connection: Connection, part: str) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("version_locations", str(MIGRATIONS / part))
    config.set_main_option("path_separator", "newline")
    config.attributes |= {"connection": connection, "part": part}
    command.upgrade(config, "head")
