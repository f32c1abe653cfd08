"""Databases and their sessions: SQLite for one process, PostgreSQL for any number of them."""

from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import Connection, event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from goodstanding.errors import ConfigurationError

Sessions = async_sessionmaker[AsyncSession]

_PATIENCE = 30
"""Seconds after which waiting for a connection, or for SQLite's write lock, is given up."""
_SETTINGS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    # however SQLite was built: what is deleted is overwritten, an erased key among it
    "secure_delete = ON",
)


@dataclass(frozen=True, slots=True)
class Database:
    """A database that is in use: sessions that write, and sessions that only read.

    Its errors show statements without their values, which may be personal.
    """

    url: str
    sessions: Sessions
    reading: Sessions
    engines: tuple[AsyncEngine, ...]

    @classmethod
    def at(cls, url: str) -> Self:
        """Open `sqlite+aiosqlite:///FILE` or `postgresql+asyncpg://...`; nothing is connected yet."""
        if is_sqlite(url):
            writing, reading = _sqlite(url, "BEGIN IMMEDIATE", writers=1), _sqlite(url, "BEGIN")
            return cls(url, _sessions(writing), _sessions(reading), (writing, reading))
        if make_url(url).drivername != "postgresql+asyncpg":
            raise ConfigurationError(
                "A database is named sqlite+aiosqlite:///FILE or postgresql+asyncpg://HOST/NAME."
            )
        engine = create_async_engine(
            url, pool_size=20, max_overflow=20, pool_timeout=_PATIENCE, hide_parameters=True
        )
        sessions = _sessions(engine)
        return cls(url, sessions, sessions, (engine,))

    async def close(self) -> None:
        """Let go of all connections."""
        for engine in self.engines:
            await engine.dispose()


def is_sqlite(url: str) -> bool:
    """Whether the URL names a SQLite file, which only one process may use."""
    return make_url(url).get_backend_name() == "sqlite"


def check_apart(url: str, vault_url: str) -> None:
    """`ConfigurationError` where record and vault are one SQLite file: a decision writes to both."""
    if is_sqlite(url) and make_url(url).database == make_url(vault_url).database:
        raise ConfigurationError("On SQLite the vault needs a file of its own.", "vault_url")


def _sessions(engine: AsyncEngine) -> Sessions:
    return async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)


def _sqlite(url: str, begin: str, writers: int | None = None) -> AsyncEngine:
    # one writing connection: whoever waits for it is served in turn, where SQLite would let them race
    size = {"pool_size": writers, "max_overflow": 0} if writers else {}
    engine = create_async_engine(
        url,
        connect_args={"timeout": _PATIENCE},
        pool_timeout=_PATIENCE,
        hide_parameters=True,
        **size,
    )

    def begun(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine.sync_engine, "connect", _prepare)
    event.listen(engine.sync_engine, "begin", begun)
    return engine


def _prepare(connection: DBAPIConnection, _record: Any) -> None:
    # the driver would begin by itself: late, and never for writing
    connection.isolation_level = None
    cursor = connection.cursor()
    for setting in _SETTINGS:
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()
