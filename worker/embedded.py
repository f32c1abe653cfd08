"""Everything in one process, for a first look and for development: `goodstanding up`.

Temporal's development server with its UI, worker, HTTP API and codec server; all data in `.goodstanding/`.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from api.loopback import is_loopback
from goodstanding.keys import init_keys
from worker.dev_server import NAMESPACE, running_dev_server
from worker.example_parties import with_example_parties
from worker.metrics import start_metrics
from worker.ports import check_port_free
from worker.process import (
    serving_the_api,
    serving_the_codec,
    showing_health,
    told_to_stop,
    working,
)
from worker.settings import Settings
from worker.temporal import prepare_namespace
from worker.wiring import check_policies, founded


@dataclass(frozen=True)
class Addresses:
    """Where everything is."""

    api: str
    ui: str
    codec: str
    temporal: str
    namespace: str
    health: str | None
    example_identity_provider: str | None
    """It believes everybody; None where the settings name a real one."""


async def run_everything(settings: Settings, ready: Callable[[Addresses], None]) -> None:
    """Run it all until told to stop; `ready` is called once everything answers."""
    with told_to_stop() as stop:
        async with everything(settings) as addresses:
            ready(addresses)
            await stop.wait()


@asynccontextmanager
async def everything(settings: Settings) -> AsyncIterator[Addresses]:
    """Run it all until the block is left; it ends in the opposite order, and nothing is lost."""
    check_policies(settings)
    _check_ports(settings)
    _make_private(settings)
    init_keys(settings.keys_directory)
    async with AsyncExitStack() as stack:
        metrics = start_metrics(shown=bool(settings.metrics_port))
        settings, example = await stack.enter_async_context(with_example_parties(settings))
        foundation = await stack.enter_async_context(founded(settings))
        codec = await stack.enter_async_context(serving_the_codec(settings))
        server = await stack.enter_async_context(
            running_dev_server(settings, foundation.converter, metrics, codec)
        )
        await prepare_namespace(server.client, set_retention=True)
        await stack.enter_async_context(working(foundation, server.client))
        api = await stack.enter_async_context(
            serving_the_api(
                settings,
                foundation.record,
                server.client,
                keys_required=not is_loopback(settings.api_host),
            )
        )
        health = await stack.enter_async_context(showing_health(foundation, server.client, metrics))
        yield Addresses(api, server.ui, codec, server.address, NAMESPACE, health, example)


def _make_private(settings: Settings) -> None:
    """The folders of all data, for nobody but their owner."""
    for path in (settings.temporal_file.parent, settings.keys_directory.parent):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)


def _check_ports(settings: Settings) -> None:
    """All at once and first: half a start is of no use to anybody."""
    check_port_free(settings.api_host, settings.api_port, "api_port")
    check_port_free(settings.codec_host, settings.codec_port, "codec_port")
    if settings.metrics_port:
        check_port_free(settings.metrics_host, settings.metrics_port, "metrics_port")
