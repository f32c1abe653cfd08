"""Whether both databases have the schema of this version; the service's own role cannot change it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from asyncpg import PostgresError
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from goodstanding.errors import ConfigurationError
from storage.engine import Database, is_sqlite
from storage.migrate import MIGRATIONS, RECORD, VAULT, upgrade, version_table
from worker.settings import Settings, variable

__all__ = ["RECORD", "VAULT", "SchemaOutdatedError", "bring_up", "check_schema", "opened_record"]

# the driver's own errors too: a wrong password comes through as it is
_SILENT = (SQLAlchemyError, PostgresError, OSError)


class SchemaOutdatedError(ConfigurationError):
    """The database does not have the schema of this version."""

    remedy = "Run `goodstanding db upgrade` as the owner of the tables, then start again."


class DatabaseUnreachableError(ConfigurationError):
    """The database does not answer."""

    remedy = "Start it, or set the URL and the password file that are right."


class NoRecordError(ConfigurationError):
    """There is no record yet."""

    remedy = "Start the service once (`goodstanding up`), or run `goodstanding db upgrade`."


@asynccontextmanager
async def opened_record(settings: Settings) -> AsyncIterator[Database]:
    """The record's database, where there is one and its schema is that of this version."""
    url = settings.record_with_password()
    _refuse_to_make(url)
    database = Database.at(url)
    try:
        await check_schema(database, RECORD)
        yield database
    finally:
        await database.close()


async def bring_up(settings: Settings) -> None:
    """Give record and vault the schema of this version; SQLite's files are made where they are missing."""
    url, vault_url = settings.record_with_password(), settings.vault_with_password()
    try:
        for one in (url, vault_url):
            if is_sqlite(one):
                _make_private(Path(make_url(one).database or ""))
        await upgrade(url, vault_url)
    except _SILENT as error:
        message = f"A database does not answer, or refuses ({type(error).__name__})."
        raise DatabaseUnreachableError(message, variable("database_url")) from error


def _make_private(file: Path) -> None:
    """SQLite would let everybody read it; what it puts beside it gets the same rights."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.touch(mode=0o600)


async def check_schema(database: Database, part: str) -> None:
    """`SchemaOutdatedError` unless the record, or the vault, is at the newest revision."""
    try:
        async with database.engines[0].connect() as connection:
            found = await connection.run_sync(_revision, part)
    except _SILENT as error:
        message = f"The database of the {part} does not answer ({type(error).__name__})."
        name = variable("database_url" if part == RECORD else "vault_url")
        raise DatabaseUnreachableError(message, name) from error
    wanted = _newest(part)
    if found == wanted:
        return
    if found is not None and not _is_known(part, found):
        message = (
            f"The {part} is at revision {found}, which this version does not know: it is older."
        )
        raise SchemaOutdatedError(message)
    raise SchemaOutdatedError(f"The {part} is at revision {found or 'none'}; needed is {wanted}.")


def _refuse_to_make(url: str) -> None:
    """SQLite would make an empty file of whatever name it is given."""
    name = make_url(url).database
    if is_sqlite(url) and not Path(name or "").is_file():
        raise NoRecordError(f"There is no record at {name}.", variable("database_url"))


def _revision(connection: Connection, part: str) -> str | None:
    options = {"version_table": version_table(part)}
    return MigrationContext.configure(connection, opts=options).get_current_revision()


def _newest(part: str) -> str | None:
    return _scripts(part).get_current_head()


def _is_known(part: str, revision: str) -> bool:
    return any(script.revision == revision for script in _scripts(part).walk_revisions())


def _scripts(part: str) -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("version_locations", str(MIGRATIONS / part))
    config.set_main_option("path_separator", "newline")
    return ScriptDirectory.from_config(config)
