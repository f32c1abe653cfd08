"""Where it is measured: PostgreSQL, the dev server in memory, worker processes, and the caller in this one."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy.engine import make_url
from temporalio.client import Client

from activities.ledger import LedgerActivities
from benchmarks.accounts import Preparation
from benchmarks.processes import children_of
from benchmarks.receiver import Receiver, receiving
from benchmarks.relay import Relay, relayed
from benchmarks.worker import Told
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

_NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"
_LEFT_ALONE = timedelta(hours=2)
"""So long nothing has happened to the accounts that are measured: none is a busy one yet."""
ROOT = Path(__file__).parents[1]


class WorkerProcess:
    """A worker that was started here."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.pid = process.pid

    async def ready(self) -> None:
        """Return once it takes work."""
        if await self._said() != "ready":
            raise RuntimeError("The worker did not start.")

    async def profile(self) -> None:
        """Let it look at what it spends its time on."""
        await self._told("profile")

    async def profiled(self) -> dict[str, float]:
        """What it has spent its time on since."""
        found: dict[str, float] = json.loads(await self._told("profiled"))
        return found

    def kill(self) -> None:
        """End it as a crash would."""
        self._process.kill()

    async def stop(self) -> None:
        """Let it finish what it has begun; harmless where it is gone."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        await self._process.wait()

    async def _told(self, word: str) -> str:
        if self._process.stdin is None:
            raise RuntimeError("The worker has no pipes.")
        self._process.stdin.write(f"{word}\n".encode())
        return await self._said()

    async def _said(self) -> str:
        if self._process.stdout is None:
            raise RuntimeError("The worker has no pipes.")
        return (await self._process.stdout.readline()).decode().strip()


@dataclass(frozen=True)
class Place:
    """Everything that a measurement needs, but for a worker."""

    temporal: Client
    goodstanding: Goodstanding
    preparation: Preparation
    record: Database
    receiver: Receiver
    relay: Relay
    """Between the workers and the database."""
    processes: dict[str, list[int]]
    """Process ids by what they are; workers are added while they run."""
    told: Told

    @asynccontextmanager
    async def worker(self, **how: Any) -> AsyncIterator[WorkerProcess]:
        """A worker process, which may be told another linger or history length."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "benchmarks.worker",
            replace(self.told, **how).written(),
            cwd=ROOT,
            env=_compiling(self.told),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        worker = WorkerProcess(process)
        try:
            await worker.ready()
            self.processes.setdefault("worker", []).append(worker.pid)
            yield worker
        finally:
            with suppress(KeyError, ValueError):
                self.processes["worker"].remove(worker.pid)
            await worker.stop()


@asynccontextmanager
async def running_place(*, through_relay: bool = False) -> AsyncIterator[Place]:
    """Start all of it; everything is gone at the end."""
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory()))
        init_keys(directory / "keys")
        keys = load_keys(directory / "keys")
        postgres = await stack.enter_async_context(running_postgres())
        url, vault_url = await fresh_database(postgres), await fresh_database(postgres)
        record, preparation = await _prepared(stack, url, vault_url, keys)
        before = set(children_of())
        environment = await stack.enter_async_context(
            running_dev_server(
                data_converter=data_converter(keys.codec), search_attributes=SEARCH_ATTRIBUTES
            )
        )
        server = set(children_of()) - before
        host = environment.client.service_client.config.target_host
        receiver = await stack.enter_async_context(receiving())
        relay, relay_url = await stack.enter_async_context(relayed(directory, url))
        told = Told(
            host=host,
            keys=str(directory / "keys"),
            url=relay_url if through_relay else url,
            vault_url=vault_url,
            webhook=receiver.url,
            secret=new_secret(),
        )
        temporal = await Client.connect(host, data_converter=data_converter(keys.codec))
        library = await connect(temporal, None, load_client_keys(directory / "keys"))
        stack.push_async_callback(library.close)
        processes = {"server": sorted(server), "database": [_postmaster(postgres)]}
        yield Place(
            temporal, library, preparation, record, receiver, relay, processes=processes, told=told
        )


def _compiling(told: Told) -> dict[str, str]:
    """As in the image, modules are compiled once, and not for each run that loads them."""
    environment = {name: value for name, value in os.environ.items() if name != _NO_BYTECODE}
    return environment | {"PYTHONPYCACHEPREFIX": str(Path(told.keys).with_name("bytecode"))}


def _postmaster(url: str) -> int:
    """The database's first process; it has left its parent."""
    home = Path(str(make_url(url).query["host"]))
    return int((home / "data" / "postmaster.pid").read_text().splitlines()[0])


async def _prepared(
    stack: AsyncExitStack, url: str, vault_url: str, keys: Keys
) -> tuple[Database, Preparation]:
    await upgrade(url, vault_url)
    record, vaults = Database.at(url), Database.at(vault_url)
    stack.push_async_callback(record.close)
    stack.push_async_callback(vaults.close)
    async with record.sessions.begin() as session:
        await publish(session, ROOT / "policies")
    async with record.reading() as session:
        book = await load_book(session)
    ledger = LedgerActivities(record.sessions, Vault(vaults.sessions, keys), book, keys)
    preparation = Preparation(ledger, book, datetime.now(UTC) - _LEFT_ALONE)
    await preparation.provider()
    return record, preparation
