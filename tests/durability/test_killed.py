"""A worker is killed in the middle of things; another one starts, and everything has happened once."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from sqlmodel import col, select
from temporalio.api.activity.v1 import ActivityOptions
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import UpdateActivityOptionsRequest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from examples.services.serving import running
from examples.services.webhook_receiver import WebhookReceiverService
from goodstanding.converter import data_converter
from goodstanding.keys import Keys
from goodstanding.messages import Answer, Withdraw
from goodstanding.names import SEARCH_ATTRIBUTES, account_workflow_id
from goodstanding.sending import send
from goodstanding.vocabulary import EffectState
from goodstanding.webhooks import new_secret
from storage.audit import verify
from storage.engine import Database
from storage.migrate import upgrade
from storage.tables import CommandRow, EffectRow, EventRow, NoticeRow
from tests.durability.conftest import ENGINES, two_databases
from tests.durability.held_worker import Point
from tests.servers import _program
from tests.worker.services import environment, process, register
from tests.workflows.stand import COPIES, HOLDER
from worker.ports import free_port

PATIENCE = 60
HELD = {f"withdraw-{point}": point for point in (Point.WRITTEN, Point.COMMITTED)} | {
    str(Point.DELIVERED): Point.DELIVERED
}


@dataclass
class Place:
    """What outlives a worker: Temporal, the record, the receiver of notices; and what was seen of them."""

    temporal: Client
    database: Database
    receiver: WebhookReceiverService
    folder: Path
    env: dict[str, str]
    health: str
    answers: dict[str, Answer] = field(default_factory=dict)
    kinds_at_the_kill: dict[str, list[str]] = field(default_factory=dict)
    pending_at_the_kill: dict[str, list[str]] = field(default_factory=dict)
    received_at_the_kill: list[str] = field(default_factory=list)

    async def kinds(self, account_id: str) -> list[str]:
        async with self.database.reading() as session:
            asked = select(EventRow.kind).where(EventRow.account_id == account_id)
            return list(await session.exec(asked.order_by(col(EventRow.seq))))

    async def effects(self, account_id: str) -> list[EffectRow]:
        async with self.database.reading() as session:
            asked = select(EffectRow).where(EffectRow.account_id == account_id)
            return list(await session.exec(asked))

    async def pending(self, account_id: str) -> list[str]:
        found = await self.effects(account_id)
        return [one.effect_id for one in found if one.state is EffectState.PENDING]

    async def notices(self, account_id: str) -> list[NoticeRow]:
        async with self.database.reading() as session:
            asked = select(NoticeRow).where(NoticeRow.account_id == account_id)
            return list(await session.exec(asked))

    async def commands(self, account_id: str) -> list[str]:
        async with self.database.reading() as session:
            asked = select(CommandRow.command_id).where(CommandRow.account_id == account_id)
            return sorted(await session.exec(asked))

    async def send(self, command: Withdraw) -> Answer:
        return await send(self.temporal, command, deadline=timedelta(seconds=PATIENCE))


def withdraw(account_id: str) -> Withdraw:
    return Withdraw(account_id=account_id, command_id=f"withdraw-{account_id}", actor=HOLDER)


async def reached(place: Place, name: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while not (place.folder / "held" / name).exists():
            await asyncio.sleep(0.02)


async def let_heartbeats_end_soon(temporal: Client, account_id: str) -> None:
    """As an operator may: the activity of the dead worker is then missed at once, and not after a minute."""
    options = ActivityOptions(heartbeat_timeout=Duration(seconds=1))
    await temporal.workflow_service.update_activity_options(
        UpdateActivityOptionsRequest(
            namespace=temporal.namespace,
            execution=WorkflowExecution(workflow_id=account_workflow_id(account_id)),
            type="deliver_notices",
            activity_options=options,
            update_mask=FieldMask(paths=["heartbeat_timeout"]),
        )
    )


@pytest.fixture(scope="module", params=ENGINES)
async def place(
    request, keys: Keys, policies: Path, postgres_url: str, tmp_path_factory
) -> AsyncIterator[Place]:
    folder = tmp_path_factory.mktemp("killed")
    record, vault = await two_databases(request.param, postgres_url, folder)
    await upgrade(record, vault)
    secret, metrics_port = new_secret(), free_port()
    (folder / "secret").write_text(secret)
    (folder / "held").mkdir()
    receiver, database = WebhookReceiverService(secret), Database.at(record)
    async with (
        running(receiver.app) as receiver_url,
        await WorkflowEnvironment.start_local(
            data_converter=data_converter(keys.codec),
            search_attributes=SEARCH_ATTRIBUTES,
            dev_server_existing_path=_program("temporal"),
            dev_server_database_filename=str(folder / "temporal.db"),
        ) as server,
    ):
        values = {
            "database_url": record,
            "vault_url": vault,
            "keys_directory": tmp_path_factory.getbasetemp() / "keys0",
            "policies_directory": policies,
            "default_policy": COPIES,
            "webhook_url": f"{receiver_url}/webhook",
            "webhook_secret_file": folder / "secret",
            "metrics_port": metrics_port,
        }
        address = server.client.service_client.config.target_host
        env = environment(values, TEMPORAL_ADDRESS=address, HELD_FOLDER=str(folder / "held"))
        health = f"http://127.0.0.1:{metrics_port}/readyz"
        yield Place(server.client, database, receiver, folder, env, health)
        await database.close()


async def test_x(place):
    import time
    t=time.monotonic()
    held = {**place.env, "HELD": json.dumps(HELD)}
    async with process(place.folder, "tests.durability.held_worker", env=held) as first:
        await first.ready(place.health)
        print("ready", time.monotonic()-t)
        for point in Point:
            command = register(point).model_copy(update={"policy_id": COPIES})
            await send(place.temporal, command)
        sent = []
        await place.send(withdraw(Point.DELIVERED))
        await reached(place, Point.DELIVERED)
        for point in (Point.COMMITTED, Point.WRITTEN):
            sent.append(asyncio.create_task(place.send(withdraw(point))))
            await reached(place, f"withdraw-{point}")
        print("reached", time.monotonic()-t)
        await first.stop(signal.SIGKILL)
    print({p.value: (await place.kinds(p), await place.pending(p)) for p in Point}, [m.message_id for m in place.receiver.messages])
    await let_heartbeats_end_soon(place.temporal, Point.DELIVERED)
    async with process(place.folder, "tests.durability.held_worker", env=place.env) as second:
        await second.ready(place.health)
        print("ready", time.monotonic()-t)
        await asyncio.gather(*sent)
        print("answered", time.monotonic()-t)
        async with asyncio.timeout(100):
            while await place.pending(Point.DELIVERED):
                await asyncio.sleep(0.1)
        print("settled", time.monotonic()-t, place.receiver.repeats)
        print({p.value: (await place.kinds(p), await place.pending(p)) for p in Point}, [m.message_id for m in place.receiver.messages])
        print(first.err)
