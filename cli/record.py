"""The record, opened by a command that only looks at it or mends its views."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy.engine import make_url
from sqlmodel.ext.asyncio.session import AsyncSession

from goodstanding.errors import ConfigurationError
from storage.engine import Database
from worker.schema import RECORD, check_schema
from worker.settings import Settings, load_settings

T = TypeVar("T")


class NoRecordError(ConfigurationError):
    """There is no record yet."""

    remedy = "Start the service once (`goodstanding up`), or run `goodstanding db upgrade`."


def run(work: Coroutine[Any, Any, T]) -> T:
    """Do asynchronous work from a command."""
    return asyncio.run(work)


@asynccontextmanager
async def reading(settings: Settings | None = None) -> AsyncIterator[AsyncSession]:
    """A session that only reads."""
    async with opened(settings) as database, database.reading() as session:
        yield session


@asynccontextmanager
async def writing(settings: Settings | None = None) -> AsyncIterator[AsyncSession]:
    """A session that commits at its end."""
    async with opened(settings) as database, database.sessions.begin() as session:
        yield session


@asynccontextmanager
async def opened(settings: Settings | None = None) -> AsyncIterator[Database]:
    """The record's database, where there is one and its schema is that of this version."""
    url = (settings or load_settings()).record_with_password()
    name = make_url(url).database
    if make_url(url).get_backend_name() == "sqlite" and not Path(name or "").is_file():
        raise NoRecordError(f"There is no record at {name}.", "database_url")
    database = Database.at(url)
    try:
        await check_schema(database, RECORD)
        yield database
    finally:
        await database.close()
