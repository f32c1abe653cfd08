from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest

from goodstanding.converter import data_converter
from goodstanding.keys import Keys, init_keys, load_keys
from goodstanding.names import SEARCH_ATTRIBUTES, account_workflow_id
from tests import servers
from tests.workflows.stand import Stand, policies_with_copies, standing


@pytest.fixture(scope="session")
def keys(tmp_path_factory) -> Keys:
    directory = tmp_path_factory.mktemp("keys")
    init_keys(directory)
    return load_keys(directory)


@pytest.fixture(scope="session")
def policies(tmp_path_factory) -> Path:
    return policies_with_copies(tmp_path_factory.mktemp("published"))


@pytest.fixture(scope="session")
async def skipped(keys, policies, tmp_path_factory) -> AsyncIterator[Stand]:
    """A deployment whose time can be skipped. One for all tests: runs stay open between them."""
    folder = tmp_path_factory.mktemp("skipped")
    converter = data_converter(keys.codec)
    async with servers.running_skipping_server(data_converter=converter) as environment:
        await environment.client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(
                namespace=environment.client.namespace,
                search_attributes={
                    key.name: IndexedValueType.ValueType(key.indexed_value_type)
                    for key in SEARCH_ATTRIBUTES
                },
            )
        )
        async with standing(environment, keys, _files(folder), policies) as stand:
            yield stand


@pytest.fixture(scope="session")
async def live(keys, policies, tmp_path_factory) -> AsyncIterator[Stand]:
    """A deployment on the development server, in real time."""
    folder = tmp_path_factory.mktemp("live")
    converter = data_converter(keys.codec)
    async with (
        servers.running_dev_server(
            data_converter=converter, search_attributes=SEARCH_ATTRIBUTES
        ) as environment,
        standing(environment, keys, _files(folder), policies) as stand,
    ):
        yield stand


@pytest.fixture(scope="session")
async def licensed(skipped: Stand) -> Stand:
    """The platform holds the licences that the policy cn-im-2014 asks of it."""
    await skipped.licensed()
    return skipped


@pytest.fixture
def new_id() -> str:
    return f"a{uuid4().hex[:12]}"


@pytest.fixture
async def account_id(skipped, new_id) -> AsyncIterator[str]:
    """An account whose history is played again once the test is over."""
    yield new_id
    await skipped.replay(account_workflow_id(new_id))


@pytest.fixture
async def live_id(live, new_id) -> AsyncIterator[str]:
    """The same on the development server."""
    yield new_id
    await live.replay(account_workflow_id(new_id))


def _files(folder: Path) -> tuple[str, str]:
    return tuple(f"sqlite+aiosqlite:///{folder}/{name}.db" for name in ("record", "vault"))  # type: ignore[return-value]
