"""The record, opened by a command that only looks at it or mends its views."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlmodel.ext.asyncio.session import AsyncSession

from worker.schema import opened_record
from worker.settings import load_settings

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Do asynchronous work from a command."""
    return asyncio.run(work)


@asynccontextmanager
async def reading() -> AsyncIterator[AsyncSession]:
    """A session that only reads."""
    async with opened_record(load_settings()) as database, database.reading() as session:
        yield session


@asynccontextmanager
async def writing() -> AsyncIterator[AsyncSession]:
    """A session that commits at its end."""
    async with opened_record(load_settings()) as database, database.sessions.begin() as session:
        yield session
