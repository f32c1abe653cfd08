"""One deployment for all requirements but those that change the platform itself or its policies."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from goodstanding.converter import data_converter
from goodstanding.keys import Keys, init_keys, load_keys
from tests import servers
from tests.requirements.platform import CN, Platform, opened_platform
from tests.workflows.stand import policies_with_copies

POLICIES = Path("policies")


@pytest.fixture(scope="session")
def keys(tmp_path_factory) -> Keys:
    directory = tmp_path_factory.mktemp("keys")
    init_keys(directory)
    return load_keys(directory)


@pytest.fixture(scope="session")
def published(tmp_path_factory) -> Path:
    """The shipped policies, of which one more sends copies of notices out; few tests have a use for them."""
    directory = policies_with_copies(tmp_path_factory.mktemp("published"))
    file = directory / f"{CN}.yaml"
    text = file.read_text("utf-8")
    assert "channels: [inbox, webhook]" in text
    file.write_text(text.replace("channels: [inbox, webhook]", "channels: [inbox]"), "utf-8")
    return directory


@pytest.fixture(scope="session")
async def shared(keys, published, tmp_path_factory) -> AsyncIterator[Platform]:
    """A platform with all its licences, whose time can be skipped."""
    folder = tmp_path_factory.mktemp("platform")
    converter = data_converter(keys.codec)
    async with (
        servers.running_skipping_server(data_converter=converter) as environment,
        opened_platform(environment, keys, folder, published) as platform,
    ):
        await platform.stand.licensed()
        yield platform


@pytest.fixture
async def platform(shared: Platform) -> AsyncIterator[Platform]:
    """The same; the histories of the accounts of this test are played again once it is over."""
    yield shared
    await shared.leave()


@pytest.fixture
def policies(published, tmp_path) -> Path:
    """The policies of a platform of one's own; a test module may have others."""
    directory = tmp_path / "policies"
    shutil.copytree(published / "notices", directory / "notices")
    shutil.copy(published / f"{CN}.yaml", directory)
    return directory


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
