"""One deployment for all requirements but those that change the platform itself or its policies."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from goodstanding.converter import data_converter
from goodstanding.keys import Keys, init_keys, load_keys
from tests import servers
from tests.requirements.platform import Platform, opened_platform

POLICIES = Path("policies")


@pytest.fixture(scope="session")
def keys(tmp_path_factory) -> Keys:
    directory = tmp_path_factory.mktemp("keys")
    init_keys(directory)
    return load_keys(directory)


@pytest.fixture(scope="session")
async def shared(keys, tmp_path_factory) -> AsyncIterator[Platform]:
    """A platform with all its licences, whose time can be skipped."""
    folder = tmp_path_factory.mktemp("platform")
    converter = data_converter(keys.codec)
    async with (
        servers.running_skipping_server(data_converter=converter) as environment,
        opened_platform(environment, keys, folder, POLICIES) as platform,
    ):
        await platform.stand.licensed()
        yield platform


@pytest.fixture
async def platform(shared: Platform) -> AsyncIterator[Platform]:
    """The same; the histories of the accounts of this test are played again once it is over."""
    yield shared
    await shared.leave()


@pytest.fixture
def policies() -> Path:
    """The policies of a platform of one's own; a test module may have others."""
    return POLICIES


@pytest.fixture
async def own(keys, policies, tmp_path) -> AsyncIterator[Platform]:
    """A platform of the test's own, which holds no licence yet."""
    converter = data_converter(keys.codec)
    async with (
        servers.running_skipping_server(data_converter=converter) as environment,
        opened_platform(environment, keys, tmp_path, policies) as platform,
    ):
        yield platform
        await platform.leave()
