"""Fixtures that every test may ask for: the real servers, started once when first asked for."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.testing import WorkflowEnvironment

from tests import servers


@pytest.fixture(scope="session")
async def skipping() -> AsyncIterator[WorkflowEnvironment]:
    """Temporal whose clock can be moved."""
    async with servers.running_skipping_server() as environment:
        yield environment


@pytest.fixture(scope="session")
async def dev_server() -> AsyncIterator[WorkflowEnvironment]:
    """Temporal with visibility and schedules, on real time."""
    async with servers.running_dev_server() as environment:
        yield environment


@pytest.fixture(scope="session")
async def postgres_url() -> AsyncIterator[str]:
    """A PostgreSQL for the whole run; take an empty database from it with `fresh_database`."""
    async with servers.running_postgres(durable=False) as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite file of the test's own, not yet made."""
    return f"sqlite+aiosqlite:///{tmp_path}/record.db"
