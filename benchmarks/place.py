"""Where it is measured: PostgreSQL, the dev server in memory, one worker process, and the caller in this one."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy.engine import make_url
from temporalio.client import Client

from activities.ledger import LedgerActivities
from benchmarks.accounts import Preparation
from benchmarks.processes import children_of
from examples.services.serving import running as serving
from examples.services.webhook_receiver import WebhookReceiverService
from goodstanding.client import Goodstanding, connect
from goodstanding.converter import data_converter
from goodstanding.keys import Keys, init_keys, load_client_keys, load_keys
from goodstanding.names import SEARCH_ATTRIBUTES
from goodstanding.webhooks import new_secret
from storage.engine import Database
from storage.migrate import upgrade
from storage.policies import load_book, publish
from storage.vault import Vault
from tests.servers import running_dev_server
from worker.postgres import fresh_database, running_postgres

POLICIES = Path(__file__).parents[1] / "policies"


@dataclass(frozen=True)
class Place:
    """Everything that a measurement needs."""

    temporal: Client
    goodstanding: Goodstanding
    preparation: Preparation
    processes: dict[str, list[int]]
    """Process ids by what they are: server, worker, database."""


@asynccontextmanager
async def running_place() -> AsyncIterator[Place]:
    """Start all of it; everything is gone at the end."""
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory()))
        init_keys(directory / "keys")
        keys = load_keys(directory / "keys")
        postgres = await stack.enter_async_context(running_postgres())
        url, vault_url = await fresh_database(postgres), await fresh_database(postgres)
        preparation = await _prepared(stack, url, vault_url, keys)
        before = set(children_of())
        environment = await stack.enter_async_context(
            running_dev_server(
                data_converter=data_converter(keys.codec), search_attributes=SEARCH_ATTRIBUTES
            )
        )
        server = set(children_of()) - before
        host = environment.client.service_client.config.target_host
        secret = new_secret()
        receiver = WebhookReceiverService(secret)
        webhook = await stack.enter_async_context(serving(receiver.app))
        told = {
            "host": host,
            "keys": str(directory / "keys"),
            "url": url,
            "vault_url": vault_url,
            "webhook": f"{webhook}/webhook",
            "secret": secret,
        }
        worker = await stack.enter_async_context(_worker(told))
        temporal = await Client.connect(host, data_converter=data_converter(keys.codec))
        library = await connect(temporal, None, load_client_keys(directory / "keys"))
        yield Place(
            temporal,
            library,
            preparation,
            {"database": [_postmaster(postgres)], "server": sorted(server), "worker": [worker]},
        )


def _postmaster(url: str) -> int:
    """The database's first process; it has left its parent."""
    home = Path(str(make_url(url).query["host"]))
    return int((home / "data" / "postmaster.pid").read_text().splitlines()[0])


async def _prepared(stack: AsyncExitStack, url: str, vault_url: str, keys: Keys) -> Preparation:
    await upgrade(url, vault_url)
    record, vaults = Database.at(url), Database.at(vault_url)
    stack.push_async_callback(record.close)
    stack.push_async_callback(vaults.close)
    async with record.sessions.begin() as session:
        await publish(session, POLICIES)
    async with record.reading() as session:
        book = await load_book(session)
    ledger = LedgerActivities(record.sessions, Vault(vaults.sessions, keys), book, keys)
    preparation = Preparation(ledger, book, datetime.now(UTC))
    await preparation.provider()
    return preparation


@asynccontextmanager
async def _worker(told: dict[str, str]) -> AsyncIterator[int]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.worker",
        json.dumps(told),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("The worker has no pipes.")
    try:
        if (await process.stdout.readline()).strip() != b"ready":
            raise RuntimeError("The worker did not start.")
        yield process.pid
    finally:
        process.stdin.close()
        await process.wait()
