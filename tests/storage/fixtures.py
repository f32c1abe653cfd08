"""Ledgers on both engines; both folders that need them take them into their conftest."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from tests.servers import fresh_database
from tests.storage.ledgers import D0, Ledger, ledger_on

ENGINES = ("sqlite", "postgresql")


async def urls_on(engine: str, postgres_url: str, folder: Path) -> tuple[str, str]:
    """Where record and vault are: two files, or one empty PostgreSQL database."""
    if engine == "sqlite":
        return f"sqlite+aiosqlite:///{folder}/record.db", f"sqlite+aiosqlite:///{folder}/vault.db"
    url = await fresh_database(postgres_url)
    return url, url


@pytest.fixture(scope="session", params=ENGINES)
async def shared_ledger(
    request: pytest.FixtureRequest, postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Ledger]:
    """One ledger on each engine for the whole run."""
    folder = tmp_path_factory.mktemp(request.param)
    urls = await urls_on(request.param, postgres_url, folder)
    async with ledger_on(*urls, folder / "keys") as ledger:
        await ledger.open_provider()
        yield ledger


@pytest.fixture
def ledger(shared_ledger: Ledger) -> Ledger:
    """The ledger on each engine, with an account id that is the test's own."""
    return replace(shared_ledger, id=f"a-{uuid4().hex[:12]}", now=D0, sent=0)


@pytest.fixture(params=ENGINES)
async def own_ledger(
    request: pytest.FixtureRequest, postgres_url: str, tmp_path: Path
) -> AsyncIterator[Ledger]:
    """A ledger on each engine that a test may do anything to."""
    urls = await urls_on(request.param, postgres_url, tmp_path)
    async with ledger_on(*urls, tmp_path / "keys") as ledger:
        await ledger.open_provider()
        yield ledger
