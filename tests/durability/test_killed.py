"""A worker is killed in the middle of things; another one starts, and everything has happened once."""

import asyncio
import signal
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from temporalio.api.activity.v1 import ActivityOptions
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import UpdateActivityOptionsRequest
from temporalio.client import Client

from goodstanding.messages import Answer, Withdraw
from goodstanding.names import account_workflow_id
from goodstanding.vocabulary import EffectState
from storage.audit import Finding
from storage.tables import CommandRow, EffectRow, NoticeRow
from tests.durability.conftest import ENGINES, two_databases
from tests.durability.held_worker import Point
from tests.durability.places import Place, made_place, until
from tests.workflows.stand import HOLDER

HELD_WORKER = "tests.durability.held_worker"
# as long as it is not committed, nobody else writes to SQLite: that one comes last
POINTS = (Point.DELIVERED, Point.COMMITTED, Point.WRITTEN)

pytestmark = pytest.mark.timeout(240)


@dataclass
class Seen:
    """What there was of an account; each is called after the point at which its command was held."""

    kinds: list[str]
    effects: list[EffectRow]
    received: list[str]
    notices: list[NoticeRow] = field(default_factory=list)
    commands: list[CommandRow] = field(default_factory=list)


@dataclass
class Killing:
    """A worker was killed while it was held at three points at once, and another one took over."""

    status: int
    when_killed: dict[Point, Seen] = field(default_factory=dict)
    answers: dict[Point, Answer] = field(default_factory=dict)
    repeated: dict[Point, Answer] = field(default_factory=dict)
    afterwards: dict[Point, Seen] = field(default_factory=dict)
    repeats_received: int = 0
    findings: list[Finding] = field(default_factory=list)


@pytest.fixture(scope="module")
async def killings(keys_directory, policies, postgres_url, tmp_path_factory) -> dict[str, Killing]:
    """On each engine; both at once, since most of it is waiting."""

    async def on(folder: Path, urls: tuple[str, str]) -> Killing:
        async with made_place(folder, keys_directory, policies, urls) as place:
            return await killed(place)

    folders = {engine: tmp_path_factory.mktemp(f"killed-{engine}") for engine in ENGINES}
    # one after the other: Alembic knows one migration at a time
    urls = {
        engine: await two_databases(engine, postgres_url, folders[engine]) for engine in ENGINES
    }
    done = await asyncio.gather(*(on(folders[engine], urls[engine]) for engine in ENGINES))
    return dict(zip(ENGINES, done, strict=True))


@pytest.fixture(params=ENGINES)
def killing(request, killings) -> Killing:
    return killings[request.param]


async def killed(place: Place) -> Killing:
    held = {_held_name(point): point for point in POINTS}
    async with place.worker(HELD_WORKER, held) as first:
        for point in POINTS:
            await place.send(place.register(point))
        asked = {}
        for point in POINTS:
            asked[point] = asyncio.create_task(place.send(_withdraw(point)))
            await place.stopped_at(_held_name(point))
        killing = Killing(await first.kill())
    for point in POINTS:
        killing.when_killed[point] = await _seen(place, point)
    await _let_the_dead_be_missed(place.temporal, Point.DELIVERED)
    async with place.worker():
        for point in POINTS:
            killing.answers[point] = await asked[point]
        for point in POINTS:
            killing.repeated[point] = await place.send(_withdraw(point))
            await until(partial(place.is_settled, point))
            killing.afterwards[point] = await _seen(place, point)
    killing.repeats_received = place.receiver.repeats
    killing.findings = await place.audit()
    return killing


def test_killed_before_the_commit_it_had_not_happened_and_then_happened_once(killing):
    assert killing.status == -signal.SIGKILL
    assert killing.when_killed[Point.WRITTEN].kinds == ["Registered"]
    assert killing.answers[Point.WRITTEN].stage == "withdrawn"
    assert killing.afterwards[Point.WRITTEN].kinds.count("Withdrawn") == 1


def test_killed_after_the_commit_it_had_happened_and_did_not_happen_again(killing):
    before, after = killing.when_killed[Point.COMMITTED], killing.afterwards[Point.COMMITTED]
    assert before.kinds == ["Registered", "Withdrawn", "NoticeIssued"]
    assert before.received == []
    assert after.kinds == [*before.kinds, "NoticeDelivered"]
    assert killing.answers[Point.COMMITTED].seq == len(before.kinds)


def test_killed_after_a_delivery_it_is_sent_again_and_known_once(killing):
    before, after = killing.when_killed[Point.DELIVERED], killing.afterwards[Point.DELIVERED]
    (effect,) = before.effects
    assert effect.state is EffectState.PENDING
    assert before.received == [effect.effect_id]
    assert killing.repeats_received >= 1
    assert after.received == [effect.effect_id]
    assert after.kinds == [*before.kinds, "NoticeDelivered"]


@pytest.mark.parametrize("point", POINTS)
def test_each_command_is_carried_out_once_and_each_notice_known_once(killing, point):
    after = killing.afterwards[point]
    assert Counter(after.kinds) == dict.fromkeys(
        ("Registered", "Withdrawn", "NoticeIssued", "NoticeDelivered"), 1
    )
    assert [one.command_id for one in after.commands] == ["register", "withdraw"]
    assert killing.repeated[point] == killing.answers[point]
    assert len(after.notices) == 1
    assert [(one.effect_id, one.state) for one in after.effects] == [
        (effect_id, EffectState.DELIVERED) for effect_id in after.received
    ]


def test_the_ledger_is_sound_after_a_kill(killing):
    assert killing.findings == []


def _withdraw(account_id: str) -> Withdraw:
    return Withdraw(account_id=account_id, command_id="withdraw", actor=HOLDER)


def _held_name(account_id: str) -> str:
    return f"{account_id}.withdraw"


async def _seen(place: Place, account_id: str) -> Seen:
    return Seen(
        kinds=await place.kinds(account_id),
        effects=await place.effects(account_id),
        received=[one for one in place.received() if one.startswith(f"{account_id}.")],
        notices=await place.notices(account_id),
        commands=await place.commands(account_id),
    )


async def _let_the_dead_be_missed(temporal: Client, account_id: str) -> None:
    """Temporal waits a minute for a sign of life of the activity; an operator may say that it waits less."""
    await temporal.workflow_service.update_activity_options(
        UpdateActivityOptionsRequest(
            namespace=temporal.namespace,
            execution=WorkflowExecution(workflow_id=account_workflow_id(account_id)),
            type="deliver_notices",
            activity_options=ActivityOptions(heartbeat_timeout=Duration(seconds=1)),
            update_mask=FieldMask(paths=["heartbeat_timeout"]),
        )
    )
