"""The connection to Temporal, and what the namespace has to have before anything runs in it."""

from collections.abc import Sequence
from datetime import timedelta

from google.protobuf.duration_pb2 import Duration
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.operatorservice.v1 import (
    AddSearchAttributesRequest,
    ListSearchAttributesRequest,
)
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    GetSystemInfoRequest,
    UpdateNamespaceRequest,
)
from temporalio.client import Client, Interceptor
from temporalio.converter import DataConverter
from temporalio.envconfig import ClientConfig, ClientConnectConfig
from temporalio.runtime import Runtime
from temporalio.service import RPCError, RPCStatusCode

from goodstanding.errors import ConfigurationError
from goodstanding.names import SEARCH_ATTRIBUTES
from goodstanding.temporal_runtime import end_with_python, ending_runtime
from worker.logs import get_logger
from worker.settings import load_settings

RETENTION = timedelta(days=30)
"""How long Temporal keeps a history; so long sealed identities are still in it after an erasure."""

_NOT_FOR_US = (RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNIMPLEMENTED)
_PATIENCE = timedelta(seconds=10)

_log = get_logger(__name__)


class TemporalUnreachableError(ConfigurationError):
    """Temporal does not answer."""

    remedy = "Start it, or say where it is by TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE."


async def connected(
    converter: DataConverter,
    runtime: Runtime | None = None,
    interceptors: Sequence[Interceptor] = (),
    *,
    lazy: bool = False,
) -> Client:
    """A client by Temporal's own variables and profiles; `TemporalUnreachableError`, unless `lazy`."""
    config = _configured()
    end_with_python()
    where = f"{config['target_host']}, namespace {namespace()}"
    try:
        return await Client.connect(
            **config,
            data_converter=converter,
            runtime=runtime or ending_runtime(),
            interceptors=interceptors,
            lazy=lazy,
        )
    except (RuntimeError, RPCError) as error:
        raise TemporalUnreachableError(f"Temporal does not answer at {where}.") from error


def namespace() -> str:
    """The namespace that Temporal's variables and profiles name."""
    return str(_configured().get("namespace", "default"))


async def answers(client: Client) -> None:
    """Return where Temporal answers; raise where it does not."""
    await client.workflow_service.get_system_info(GetSystemInfoRequest(), timeout=_PATIENCE)


async def prepare_namespace(client: Client, *, set_retention: bool = False) -> None:
    """See to search attributes and retention; `ConfigurationError` where that cannot be done.

    Where the server does not let us look, as Temporal Cloud, a warning says what has to be there.
    """
    await _see_to_retention(client, set_retention=set_retention)
    await _see_to_attributes(client)


def _configured() -> ClientConnectConfig:
    try:
        config = ClientConfig.load_client_connect_config()
    except (RuntimeError, ValueError) as error:
        raise ConfigurationError(
            f"Temporal's configuration cannot be read: {error}", "TEMPORAL_CONFIG_FILE"
        ) from None
    if "target_host" not in config:
        # where `goodstanding up` runs it: the usual port may be that of another deployment
        config["target_host"] = f"localhost:{load_settings().temporal_port}"
    return config


async def _see_to_retention(client: Client, *, set_retention: bool) -> None:
    request = DescribeNamespaceRequest(namespace=client.namespace)
    try:
        found = await client.workflow_service.describe_namespace(request, timeout=_PATIENCE)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            message = f"Temporal has no namespace {client.namespace}; create it first."
            raise ConfigurationError(message, "TEMPORAL_NAMESPACE") from None
        if error.status in _NOT_FOR_US:
            _log.warning("retention not checked", namespace=client.namespace)
            return
        raise
    kept = found.config.workflow_execution_retention_ttl.ToTimedelta()
    if kept == RETENTION:
        return
    if set_retention:
        wanted = Duration()
        wanted.FromTimedelta(RETENTION)
        config = NamespaceConfig(workflow_execution_retention_ttl=wanted)
        change = UpdateNamespaceRequest(namespace=client.namespace, config=config)
        await client.workflow_service.update_namespace(change, timeout=_PATIENCE)
    else:
        _log.warning(
            "the namespace keeps histories for another time than 30 days",
            namespace=client.namespace,
            seconds=int(kept.total_seconds()),
        )


async def _see_to_attributes(client: Client) -> None:
    request = ListSearchAttributesRequest(namespace=client.namespace)
    try:
        found = await client.operator_service.list_search_attributes(request, timeout=_PATIENCE)
    except RPCError as error:
        if error.status in _NOT_FOR_US:
            _log.warning("search attributes not checked", namespace=client.namespace)
            return
        raise
    wanted = {
        key.name: IndexedValueType.ValueType(key.indexed_value_type) for key in SEARCH_ATTRIBUTES
    }
    there = found.custom_attributes
    for name, kind in wanted.items():
        if name in there and there[name] != kind:
            raise ConfigurationError(
                f"The search attribute {name} of namespace {client.namespace} has another type; "
                "it has to be removed first."
            )
    missing = {name: kind for name, kind in wanted.items() if name not in there}
    if missing:
        await _add(client, missing)


async def _add(client: Client, missing: dict[str, "IndexedValueType.ValueType"]) -> None:
    request = AddSearchAttributesRequest(namespace=client.namespace, search_attributes=missing)
    try:
        await client.operator_service.add_search_attributes(request, timeout=_PATIENCE)
    except RPCError as error:
        if error.status is not RPCStatusCode.ALREADY_EXISTS:
            names = ", ".join(missing)
            raise ConfigurationError(
                f"Namespace {client.namespace} lacks the search attributes {names}: {error.message}"
            ) from error
