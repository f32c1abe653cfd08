"""Bringing both databases to the schema of this version; repeating it changes nothing."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData
from sqlalchemy.ext.asyncio import create_async_engine

from storage.engine import check_apart
from storage.tables import RecordTable, VaultTable

MIGRATIONS = Path(__file__).with_name("migrations")
RECORD = "record"
VAULT = "vault"
METADATA: dict[str, MetaData] = {RECORD: RecordTable.metadata, VAULT: VaultTable.metadata}


async def upgrade(url: str, vault_url: str) -> None:
    """Run what is missing of the migrations of the record and of the vault."""
    check_apart(url, vault_url)
    await _upgrade(url, RECORD)
    await _upgrade(vault_url, VAULT)


def version_table(part: str) -> str:
    """Where a part's revision is noted: both may lie in one database."""
    return f"{part}_version"


async def _upgrade(url: str, part: str) -> None:
    engine = create_async_engine(url)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_run, part)
    finally:
        await engine.dispose()


def _run(connection: Connection, part: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS / part))
    config.attributes["connection"] = connection
    config.attributes["part"] = part
    command.upgrade(config, "head")
