"""Where real worker processes work: a Temporal with its state in a file, a record, a receiver of notices."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlmodel import col, select
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from examples.services.serving import running
from examples.services.webhook_receiver import WebhookReceiverService
from goodstanding.converter import data_converter
from goodstanding.keys import load_keys
from goodstanding.messages import Answer, AnyCommand, Register
from goodstanding.names import SEARCH_ATTRIBUTES
from goodstanding.sending import send
from goodstanding.vocabulary import EffectState
from goodstanding.webhooks import new_secret
from storage.audit import Finding, verify
from storage.engine import Database
from storage.tables import CommandRow, EffectRow, EventRow, NoticeRow
from tests.durability.held_worker import Point
from tests.worker.services import Process, environment, process, register
from tests.workflows.stand import COPIES
from worker.dev_server import dev_server_program
from worker.ports import free_port

PATIENCE = 120
"""Seconds in which whatever is waited for has to come."""


@dataclass(frozen=True)
class Worker:
    """A worker process that works here."""

    process: Process

    @property
    def pid(self) -> int:
        """Its number."""
        return self.process.running.pid

    async def kill(self) -> int:
        """End it without a word; gives its exit status."""
        return await self.process.stop(signal.SIGKILL)


@dataclass
class Place:
    """What outlives a worker."""

    folder: Path
    values: Mapping[str, object]
    temporal: Client
    database: Database
    receiver: WebhookReceiverService
    _started: int = field(default=0)

    @asynccontextmanager
    async def worker(
        self, program: str = "worker", held: Mapping[str, Point] | None = None
    ) -> AsyncIterator[Worker]:
        """Run a worker process, ready to work."""
        self._started += 1
        folder, port = self.folder / f"worker-{self._started}", free_port()
        folder.mkdir()
        env = environment(
            {**self.values, "metrics_port": port},
            TEMPORAL_ADDRESS=self.temporal.service_client.config.target_host,
            HELD=json.dumps(held or {}),
            HELD_FOLDER=str(self.folder),
        )
        async with process(folder, program, env=env) as started:
            await started.ready(f"http://127.0.0.1:{port}/readyz")
            yield Worker(started)

    async def send(self, command: AnyCommand) -> Answer:
        """Send the command, and wait for its answer however long no worker is there."""
        return await send(self.temporal, command, deadline=timedelta(seconds=PATIENCE))

    def register(self, account_id: str) -> Register:
        """A registration whose notices leave the house."""
        return register(account_id).model_copy(update={"policy_id": COPIES})

    async def stopped_at(self, name: str) -> None:
        """Wait until a held worker has stopped there."""
        await until(lambda: asyncio.to_thread((self.folder / name).exists))

    async def events(self, account_id: str) -> list[EventRow]:
        """The account's ledger."""
        return await self._rows(EventRow, account_id, col(EventRow.seq))

    async def kinds(self, account_id: str) -> list[str]:
        """What happened, in order."""
        return [event.kind for event in await self.events(account_id)]

    async def commands(self, account_id: str) -> list[CommandRow]:
        """What was answered."""
        return await self._rows(CommandRow, account_id, col(CommandRow.command_id))

    async def effects(self, account_id: str) -> list[EffectRow]:
        """What had to happen outside."""
        return await self._rows(EffectRow, account_id, col(EffectRow.effect_id))

    async def notices(self, account_id: str) -> list[NoticeRow]:
        """What is in the inbox."""
        return await self._rows(NoticeRow, account_id, col(NoticeRow.number))

    async def is_settled(self, account_id: str) -> bool:
        """Whether nothing is left to be sent."""
        return all(one.state is not EffectState.PENDING for one in await self.effects(account_id))

    async def audit(self) -> list[Finding]:
        """What is wrong with the ledger."""
        async with self.database.reading() as session:
            return await verify(session)

    def received(self) -> list[str]:
        """The ids of all messages that the receiver has kept, in order."""
        return [message.message_id for message in self.receiver.messages]

    async def _rows(self, table: type[Any], account_id: str, order: Any) -> list[Any]:
        asked = select(table).where(table.account_id == account_id).order_by(order)
        async with self.database.reading() as session:
            return list(await session.exec(asked))


@asynccontextmanager
async def made_place(
    folder: Path, keys_directory: Path, policies: Path, urls: tuple[str, str]
) -> AsyncIterator[Place]:
    """Everything but the workers, on databases that have their tables."""
    secret = new_secret()
    (folder / "secret").write_text(secret)
    receiver, database = WebhookReceiverService(secret), Database.at(urls[0])
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        receiver_url = await stack.enter_async_context(running(receiver.app))
        server = await stack.enter_async_context(
            await WorkflowEnvironment.start_local(
                data_converter=data_converter(load_keys(keys_directory).codec),
                search_attributes=SEARCH_ATTRIBUTES,
                dev_server_existing_path=dev_server_program(),
                dev_server_database_filename=str(folder / "temporal.db"),
            )
        )
        values = {
            "database_url": urls[0],
            "vault_url": urls[1],
            "keys_directory": keys_directory,
            "policies_directory": policies,
            "provider_policy": COPIES,
            "webhook_url": f"{receiver_url}/webhook",
            "webhook_secret_file": folder / "secret",
        }
        yield Place(folder, values, server.client, database, receiver)


async def until(holds: Callable[[], Coroutine[Any, Any, bool]]) -> None:
    """Ask again and again until it holds; `TimeoutError` after the patience."""
    async with asyncio.timeout(PATIENCE):
        while True:
            if await holds():
                return
            await asyncio.sleep(0.02)
