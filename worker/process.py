"""The processes of the service: each runs until it is told to stop, and then ends in good order."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any

from sqlmodel import select
from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.worker import WorkerDeploymentConfig

from activities.bulk import BulkActivities
from activities.bulk_rehearsal import BulkRehearsal
from activities.bulk_sending import BulkSending
from activities.content import ContentActivities
from activities.filings import FilingActivities
from activities.identity import IdentityActivities
from activities.ledger import LedgerActivities
from activities.notices import NoticeActivities
from activities.pacing import PacedLedger
from activities.reviews import ReviewActivities
from activities.upkeep import UpkeepActivities
from api.health import Probe
from api.serving import Address, CodecAddress, running, serving_api, serving_codec
from goodstanding.converter import data_converter
from goodstanding.errors import GoodstandingError, UnansweredError
from storage.engine import Database
from storage.policies import load_book
from storage.tables import AccountRow
from storage.texts import TextKeys
from worker.health import health_app
from worker.logs import get_logger, set_up_logs
from worker.metrics import Metrics, start_metrics
from worker.ports import check_port_free
from worker.running import Activities, BulkParts, Running, running_workers
from worker.schedules import ensure_schedules
from worker.schema import opened_record
from worker.settings import Settings
from worker.temporal import answers, connected, prepare_namespace
from worker.wiring import (
    Foundation,
    NoPolicyPublishedError,
    ThirdParties,
    api_parts,
    client_keys,
    codec_parts,
    ensure_provider,
    founded,
    third_parties,
)

_PAUSE = 5.0
"""Seconds between tries to open the platform's own account."""
_PATIENCE = 10.0
"""Seconds for which a start waits for that; then the tries go on beside it."""

_log = get_logger(__name__)


@contextmanager
def told_to_stop() -> Iterator[asyncio.Event]:
    """An event that SIGTERM and SIGINT set; a second one ends the process at once."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()

    def told(which: signal.Signals) -> None:
        _log.info("stopping", signal=which.name)
        stop.set()
        for one in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(one)

    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, told, one)
    try:
        yield stop
    finally:
        for one in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(one)


async def run_worker(settings: Settings) -> None:
    """Run a worker: workflows, the ledger, and what goes out to third parties."""
    with told_to_stop() as stop:
        async with AsyncExitStack() as stack:
            metrics = start_metrics(shown=bool(settings.metrics_port))
            foundation = await stack.enter_async_context(founded(settings))
            temporal = await connected(
                foundation.converter, metrics.runtime, [metrics.interceptor()]
            )
            await prepare_namespace(temporal)
            await stack.enter_async_context(working(foundation, temporal))
            await stack.enter_async_context(showing_health(foundation, temporal, metrics))
            _log.info("ready", pid=os.getpid())
            await stop.wait()
    _log.info("stopped")


async def run_api(settings: Settings) -> None:
    """Run the HTTP API; Temporal may still be on its way, reads do not need it."""
    with told_to_stop() as stop:
        async with opened_record(settings) as record:
            temporal = await connected(data_converter(client_keys(settings).codec), lazy=True)
            async with serving_the_api(settings, record, temporal) as url:
                _log.info("ready", address=url)
                await stop.wait()
    _log.info("stopped")


async def run_codec(settings: Settings) -> None:
    """Run the codec server, by which the Temporal UI shows payloads to those allowed."""
    with told_to_stop() as stop:
        async with serving_the_codec(settings) as url:
            _log.info("ready", address=url)
            await stop.wait()
    _log.info("stopped")


@asynccontextmanager
async def working(foundation: Foundation, temporal: Client) -> AsyncIterator[None]:
    """Run the workers until the block is left, with schedules and the platform's own account ensured."""
    settings = foundation.settings
    async with third_parties(settings) as outside:
        activities = _activities(foundation, outside, temporal)
        async with running_workers(temporal, activities, running_of(settings)):
            await ensure_schedules(temporal, settings.pace)
            opening = asyncio.create_task(_provider_ensured(temporal, foundation))
            try:
                ended, _ = await asyncio.wait({opening}, timeout=_PATIENCE)
                for one in ended:
                    one.result()
                yield
            finally:
                opening.cancel()
                await asyncio.gather(opening, return_exceptions=True)


@asynccontextmanager
async def showing_health(
    foundation: Foundation, temporal: Client, metrics: Metrics
) -> AsyncIterator[str | None]:
    """Serve health and metrics until the block is left; None where the settings want neither."""
    settings = foundation.settings
    if not settings.metrics_port:
        yield None
        return
    check_port_free(settings.metrics_host, settings.metrics_port, "metrics_port")
    app = health_app(_probes(foundation, temporal), metrics)
    async with running(app, Address(settings.metrics_host, settings.metrics_port)) as url:
        yield url


@asynccontextmanager
async def serving_the_api(
    settings: Settings, record: Database, temporal: Client, *, keys_required: bool = True
) -> AsyncIterator[str]:
    """Serve the HTTP API over the policies that a worker has published."""
    async with record.reading() as session:
        book = await load_book(session)
    if not book.published:
        raise NoPolicyPublishedError
    if settings.api_keys_required is not None:
        keys_required = settings.api_keys_required
    parts = api_parts(settings, record, book, temporal, keys_required=keys_required)
    check_port_free(settings.api_host, settings.api_port, "api_port")
    async with serving_api(parts, Address(settings.api_host, settings.api_port)) as url:
        yield url


@asynccontextmanager
async def serving_the_codec(settings: Settings) -> AsyncIterator[str]:
    """Serve the codec server."""
    host, port = settings.codec_host, settings.codec_port
    check_port_free(host, port, "codec_port")
    address = CodecAddress(host, port, is_shielded=settings.codec_shielded)
    async with serving_codec(codec_parts(settings), address) as url:
        yield url


def run_process(work: Callable[[Settings], Coroutine[Any, Any, None]], settings: Settings) -> None:
    """Run one of these until it ends; raises what it was refused with, logs anything else and exits with 1."""
    set_up_logs(settings.log_format, settings.log_level)
    try:
        asyncio.run(work(settings))
    except GoodstandingError:
        raise
    except Exception:  # noqa: BLE001 - it ends here
        # a traceback would hold words of others, a statement's parameters say
        _log.exception("failed")
        sys.exit(1)


def _activities(foundation: Foundation, outside: ThirdParties, temporal: Client) -> Activities:
    sessions, keys, vault = foundation.record.sessions, foundation.keys, foundation.vault
    reading = foundation.record.reading
    text_keys = TextKeys(keys.wrapper)
    return Activities(
        ledger=PacedLedger(
            LedgerActivities(sessions, vault, foundation.book, keys), foundation.settings.pace
        ),
        notices=NoticeActivities(reading, text_keys, outside.webhook, outside.mailer, sessions),
        identity=IdentityActivities(sessions, vault, keys, outside.identity_provider),
        filings=FilingActivities(reading, vault, outside.authorities),
        content=ContentActivities(reading, outside.webhook),
        reviews=ReviewActivities(reading, temporal),
        upkeep=UpkeepActivities(reading, temporal),
        bulk=_bulk_parts(foundation, temporal),
    )


def _bulk_parts(foundation: Foundation, temporal: Client) -> BulkParts:
    sessions, pace = foundation.record.sessions, foundation.settings.bulk_pace
    steps = BulkActivities(sessions, foundation.keys, temporal, pace)
    return BulkParts(
        steps,
        BulkRehearsal(sessions, steps, foundation.book),
        BulkSending(sessions, steps, temporal),
    )


def running_of(settings: Settings) -> Running:
    """How the settings want the workers to run."""
    deployment = None
    if settings.worker_versioning:
        # a run holds nothing of its own, so the newest build may take it over
        deployment = WorkerDeploymentConfig(
            version=WorkerDeploymentVersion(settings.deployment_name, settings.build_id or ""),
            use_worker_versioning=True,
            default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
        )
    return Running(
        max_cached_workflows=settings.max_cached_workflows,
        effects_concurrency=settings.effects_concurrency,
        shutdown_grace=settings.shutdown_grace,
        deployment=deployment,
    )


async def _provider_ensured(temporal: Client, foundation: Foundation) -> None:
    """Until it is answered: with worker versioning nothing is before this build is made the current one."""
    while True:
        try:
            return await ensure_provider(temporal, foundation)
        except UnansweredError as error:
            _log.warning("the platform's own account is not there yet", code=error.code)
        await asyncio.sleep(_PAUSE)


def _probes(foundation: Foundation, temporal: Client) -> dict[str, Probe]:
    async def database() -> None:
        async with foundation.record.reading() as session:
            await session.exec(select(AccountRow.account_id).limit(1))

    async def temporal_answers() -> None:
        await answers(temporal)

    return {"database": database, "temporal": temporal_answers}
