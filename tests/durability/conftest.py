from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from goodstanding.converter import data_converter
from goodstanding.keys import Keys, init_keys, load_keys
from goodstanding.names import SEARCH_ATTRIBUTES
from storage.migrate import upgrade
from tests import servers
from tests.workflows.stand import Stand, policies_with_copies, standing

ENGINES = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def keys_directory(tmp_path_factory) -> Path:
    directory: Path = tmp_path_factory.mktemp("keys")
    init_keys(directory)
    return directory


@pytest.fixture(scope="session")
def keys(keys_directory) -> Keys:
    return load_keys(keys_directory)


@pytest.fixture(scope="session")
def policies(tmp_path_factory) -> Path:
    return policies_with_copies(tmp_path_factory.mktemp("published"))


@pytest.fixture(scope="session", params=ENGINES)
async def live(request, keys, policies, postgres_url, tmp_path_factory) -> AsyncIterator[Stand]:
    """A deployment on the development server, in real time, on each of the two engines."""
    async with servers.running_dev_server(
        data_converter=data_converter(keys.codec), search_attributes=SEARCH_ATTRIBUTES
    ) as environment:
        urls = await two_databases(request.param, postgres_url, tmp_path_factory.mktemp("live"))
        async with standing(environment, keys, urls, policies) as stand:
            await stand.licensed()
            yield stand


@pytest.fixture
def new_id() -> str:
    return f"a{uuid4().hex[:12]}"


async def two_databases(engine: str, postgres_url: str, folder: Path) -> tuple[str, str]:
    """Record and vault with their tables, both empty."""
    urls = sqlite_files(folder)
    if engine == "postgresql":
        urls = tuple([await servers.fresh_database(postgres_url) for _ in urls])  # type: ignore[assignment]
    await upgrade(*urls)
    return urls


def sqlite_files(folder: Path) -> tuple[str, str]:
    """Record and vault as files that are not there yet."""
    return f"sqlite+aiosqlite:///{folder}/record.db", f"sqlite+aiosqlite:///{folder}/vault.db"
