from typing import Any

import pytest
from structlog.testing import capture_logs
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey
from temporalio.service import RPCError, RPCStatusCode

from goodstanding.converter import plain_data_converter
from goodstanding.errors import ConfigurationError
from goodstanding.names import SEARCH_ATTRIBUTES
from tests.servers import running_dev_server
from worker.temporal import (
    TemporalUnreachableError,
    answers,
    connected,
    namespace,
    prepare_namespace,
)


async def test_temporal_is_looked_for_where_up_was_told_to_run_it(monkeypatch):
    monkeypatch.setenv("GOODSTANDING_TEMPORAL_PORT", "1")

    with pytest.raises(TemporalUnreachableError, match="at localhost:1,"):
        await connected(plain_data_converter())

    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:2")
    with pytest.raises(TemporalUnreachableError, match=r"at 127\.0\.0\.1:2,"):
        await connected(plain_data_converter())


async def test_search_attributes_that_are_missing_are_made_and_a_repeat_changes_nothing():
    async with running_dev_server() as server:
        made = []
        for _ in range(2):
            await prepare_namespace(server.client, set_retention=True)
            found = await server.client.operator_service.list_search_attributes(
                ListSearchAttributesRequest(namespace=server.client.namespace)
            )
            made.append(dict(found.custom_attributes))
        await answers(server.client)

    first, repeated = made
    assert first.keys() >= {key.name for key in SEARCH_ATTRIBUTES}
    assert repeated == first


async def test_a_search_attribute_of_another_type_is_refused():
    other = SearchAttributeKey.for_int("AccountStage")
    async with running_dev_server(search_attributes=[other]) as server:
        with pytest.raises(ConfigurationError, match="AccountStage of namespace default"):
            await prepare_namespace(server.client)


async def test_a_namespace_that_is_not_there_is_named(dev_server, monkeypatch):
    address = dev_server.client.service_client.config.target_host
    client = await Client.connect(address, namespace="nowhere")

    with pytest.raises(ConfigurationError, match="no namespace nowhere") as caught:
        await prepare_namespace(client)

    assert caught.value.field == "TEMPORAL_NAMESPACE"


class Closed:
    """A service that answers every call with this status, as Temporal Cloud does some."""

    def __init__(self, status: RPCStatusCode) -> None:
        self._status = status

    def __getattr__(self, name: str) -> Any:
        async def call(*_: object, **__: object) -> None:
            raise RPCError(name, self._status, b"")

        return call


class ClosedClient:
    namespace = "mine"

    def __init__(self, status: RPCStatusCode) -> None:
        self.workflow_service = Closed(status)
        self.operator_service = Closed(status)


@pytest.mark.parametrize("status", [RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNIMPLEMENTED])
async def test_where_it_may_not_look_it_says_so_and_goes_on(status):
    with capture_logs() as said:
        await prepare_namespace(ClosedClient(status))

    assert [line["event"] for line in said] == [
        "retention not checked",
        "search attributes not checked",
    ]


async def test_any_other_trouble_is_passed_on():
    with pytest.raises(RPCError):
        await prepare_namespace(ClosedClient(RPCStatusCode.INTERNAL))


async def test_a_temporal_that_does_not_answer_is_named_with_its_namespace(monkeypatch):
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "mine")

    with pytest.raises(TemporalUnreachableError, match=r"127\.0\.0\.1:1, namespace mine"):
        await connected(plain_data_converter())

    assert namespace() == "mine"


def test_a_profile_that_cannot_be_read_is_named(tmp_path, monkeypatch):
    (tmp_path / "temporal.toml").write_text("[[[")
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(tmp_path / "temporal.toml"))

    with pytest.raises(ConfigurationError, match="cannot be read") as caught:
        namespace()

    assert caught.value.field == "TEMPORAL_CONFIG_FILE"
