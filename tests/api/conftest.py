"""One service for all tests of the API; each test makes accounts of its own."""

from collections.abc import AsyncIterator

import pytest

from tests.api.desk import Desk, opened_desk
from tests.domain.playing import D0
from tests.servers import fresh_database


@pytest.fixture(scope="session")
async def sqlite_desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """The service on SQLite, started once."""
    directory = tmp_path_factory.mktemp("api")
    async with opened_desk(f"sqlite+aiosqlite:///{directory}/record.db", directory) as desk:
        yield desk


@pytest.fixture(scope="session")
async def postgres_desk(
    postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """The service on PostgreSQL, started once."""
    directory = tmp_path_factory.mktemp("api-postgres")
    async with opened_desk(await fresh_database(postgres_url), directory) as desk:
        yield desk


@pytest.fixture
def desk(sqlite_desk: Desk) -> Desk:
    """The service, its clock at the first day."""
    return _at_first(sqlite_desk)


@pytest.fixture(params=["sqlite_desk", "postgres_desk"])
def any_desk(request: pytest.FixtureRequest) -> Desk:
    """The service on the one and on the other database."""
    return _at_first(request.getfixturevalue(request.param))


def _at_first(desk: Desk) -> Desk:
    desk.clock.now = D0
    desk.sender.failure = None
    desk.sender.sent.clear()
    return desk
