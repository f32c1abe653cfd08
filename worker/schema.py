"""Whether both databases have the schema of this version; the service's own role cannot change it."""

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from goodstanding.errors import ConfigurationError
from storage.engine import Database
from storage.migrate import MIGRATIONS, RECORD, VAULT, version_table

__all__ = ["RECORD", "VAULT", "DatabaseUnreachableError", "SchemaOutdatedError", "check_schema"]


class SchemaOutdatedError(ConfigurationError):
    """The database does not have the schema of this version."""

    remedy = "Run `goodstanding db upgrade` as the owner of the tables, then start again."


class DatabaseUnreachableError(ConfigurationError):
    """The database does not answer."""

    remedy = "Start it, or set the URL and the password file that are right."


async def check_schema(database: Database, part: str) -> None:
    """`SchemaOutdatedError` unless the record, or the vault, is at the newest revision."""
    try:
        async with database.engines[0].connect() as connection:
            found = await connection.run_sync(_revision, part)
    except (SQLAlchemyError, OSError) as error:
        message = f"The database of the {part} does not answer ({type(error).__name__})."
        raise DatabaseUnreachableError(message, f"{part}_url") from error
    wanted = _newest(part)
    if found == wanted:
        return
    if found is not None and not _is_known(part, found):
        message = (
            f"The {part} is at revision {found}, which this version does not know: it is older."
        )
        raise SchemaOutdatedError(message)
    raise SchemaOutdatedError(f"The {part} is at revision {found or 'none'}; needed is {wanted}.")


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
