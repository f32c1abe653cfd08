"""What is due happens as of its very instant: while a worker runs, and while none does."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.client import WorkflowExecutionStatus

from api.showing import Seen
from goodstanding.converter import data_converter
from goodstanding.domain.record import Record
from goodstanding.errors import AppealWindowExpiredError
from goodstanding.messages import FileAppeal
from goodstanding.names import SEARCH_ATTRIBUTES, account_workflow_id, review_workflow_id
from goodstanding.vocabulary import PROVIDER_ACCOUNT, EffectState, NoticeKind
from storage import queries
from storage.texts import TextKeys
from tests import servers
from tests.durability.conftest import sqlite_files
from tests.durability.scenes import SCENES, Scene, restricted
from tests.workflows.stand import HOLDER, Stand, prepared
from worker.running import Running, running_workers

INSTANT = timedelta(microseconds=1)
OUTAGE = timedelta(days=3)
CACHED = Running(shutdown_grace=timedelta(seconds=2))
UNCACHED = Running(shutdown_grace=timedelta(seconds=2), max_cached_workflows=0)

each_scene = pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)


@dataclass
class Deployment:
    """A deployment whose workers can be stopped, and whose time can be skipped."""

    stand: Stand

    def workers(self, running: Running = CACHED) -> AbstractAsyncContextManager[None]:
        """Run them until the block is left."""
        return running_workers(self.stand.client, self.stand.activities, running)

    async def lose_runs(self, account_id: str) -> None:
        """End the runs of the account and of its reviews; what they did not hold is not lost."""
        await self.stand.environment.sleep(1)
        reviews = (await self.record(account_id)).reviews
        ids = [review_workflow_id(review.review_id) for review in reviews]
        for workflow_id in (account_workflow_id(account_id), *ids):
            handle = self.stand.client.get_workflow_handle(workflow_id)
            if (await handle.describe()).status is WorkflowExecutionStatus.RUNNING:
                await handle.terminate()

    async def record(self, account_id: str) -> Record:
        """As it is stored."""
        async with self.stand.database.reading() as session:
            found = await queries.record(session, account_id)
        assert found
        return found

    async def shown(self, scene: Scene, record: Record, instant: datetime) -> object:
        """What is answered for an instant, from the stored record."""
        held = queries.held_licences(await self.record(PROVIDER_ACCOUNT))
        published = self.stand.book.at(record.policy_id, instant)
        return scene.shows(Seen(record, published, held, instant))

    async def sleep_until(self, instant: datetime) -> None:
        """Skip to the instant; whatever is due until then is seen to by the workers."""
        await self.stand.environment.sleep(instant - await self.stand.now())

    async def pass_over(self, instant: datetime) -> None:
        """Go past timers that nobody answers: each stops the clock, until one more asks it to go on."""
        asking: list[asyncio.Task[None]] = []
        async with asyncio.timeout(30):
            while (left := instant - await self.stand.now()) > timedelta(0):
                asking.append(asyncio.create_task(self.stand.environment.sleep(left)))
                await asyncio.wait(asking, timeout=0.1)
            await asyncio.gather(*asking)

    async def happened(self, account_id: str, kinds: tuple[str, ...]) -> list[tuple[str, str]]:
        """The events of these kinds, each with the instant as of which it counts."""
        return sorted(
            (event.kind, json.loads(event.body)["due_at"])
            for event in await self.stand.events(account_id)
            if event.kind in kinds
        )

    async def told(self, account_id: str, kind: NoticeKind) -> list[str | None]:
        """The words of the notices of this kind that are in the inbox."""
        text_keys = TextKeys(self.stand.keys.wrapper)
        async with self.stand.database.reading() as session:
            inbox = await queries.notices(session, text_keys, account_id)
        return [one.text for one in inbox if one.row.kind is kind]

    async def is_settled(self, account_id: str) -> bool:
        """Whether nothing is left to be sent or asked."""
        found = await self.stand.effects(account_id)
        return all(one.state is not EffectState.PENDING for one in found)

    def copies(self, account_id: str) -> Counter[str]:
        """The notices of which the platform got a copy, by kind."""
        bodies = [one.body for one in self.stand.webhook.messages]
        return Counter(body["kind"] for body in bodies if body["account_id"] == account_id)


@asynccontextmanager
async def deployed(keys, policies, folder) -> AsyncIterator[Deployment]:
    """A deployment that has the platform's licences; its workers do not run."""
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
        async with prepared(environment, keys, sqlite_files(folder), policies) as stand:
            made = Deployment(stand)
            async with made.workers():
                await stand.licensed()
                await stand.asleep(PROVIDER_ACCOUNT)
            yield made


@pytest.fixture(scope="module")
async def steady(keys, policies, tmp_path_factory) -> AsyncIterator[Deployment]:
    """A deployment whose workers run all the time."""
    async with deployed(keys, policies, tmp_path_factory.mktemp("steady")) as made, made.workers():
        yield made


@pytest.fixture(scope="module")
async def failing(keys, policies, tmp_path_factory) -> AsyncIterator[Deployment]:
    """A deployment whose workers are started and stopped by the tests."""
    async with deployed(keys, policies, tmp_path_factory.mktemp("failing")) as made:
        yield made


async def made_to_wait(deployment: Deployment, scene: Scene, account_id: str) -> datetime:
    """Bring the account to where it only has to wait; gives the instant for which it waits."""
    await scene.prepare(deployment.stand, account_id)
    await deployment.stand.until(lambda: deployment.is_settled(account_id))
    due = scene.due(await deployment.record(account_id))
    assert due
    # so near that nothing else is due before
    await deployment.sleep_until(due - timedelta(minutes=1))
    return due


async def check_not_yet(deployment: Deployment, scene: Scene, account_id: str, due: datetime):
    """It has not been recorded, and is right all the same."""
    record = await deployment.record(account_id)
    assert await deployment.happened(account_id, scene.happens) == []
    assert await deployment.told(account_id, scene.tells) == []
    assert await deployment.shown(scene, record, due - INSTANT) == scene.before
    assert await deployment.shown(scene, record, due) == scene.after


async def check_once(deployment: Deployment, scene: Scene, account_id: str, due: datetime):
    """It was recorded as of its instant, told, and none of it twice."""
    stand = deployment.stand
    as_of = f"{due:%Y-%m-%dT%H:%M:%S.%fZ}"
    for _ in range(2):
        await stand.until(lambda: deployment.is_settled(account_id))
        happened = await deployment.happened(account_id, scene.happens)
        assert happened == sorted((kind, as_of) for kind in scene.happens)
        (words,) = await deployment.told(account_id, scene.tells)
        assert words
        assert deployment.copies(account_id)[scene.tells] == 1
        record = await deployment.record(account_id)
        assert await deployment.shown(scene, record, due) == scene.after
        await stand.goodstanding.accounts.pass_time(account_id)
        await stand.environment.sleep(1)
    assert stand.webhook.repeats == 0


async def lateness(deployment: Deployment, scene: Scene, account_id: str, due: datetime):
    """How long after its instant it was recorded."""
    events = await deployment.stand.events(account_id)
    (at,) = {event.at for event in events if event.kind in scene.happens}
    return at - due


async def outage_over(deployment: Deployment, account_id: str, due: datetime):
    """Let no worker be there from before the instant until days after it; the account's timer goes off all the same.

    On this server a run does not go on that was in the cache of a worker that stopped: it begins anew before, with
    one that keeps nothing.
    """
    await deployment.lose_runs(account_id)
    async with deployment.workers(UNCACHED):
        await deployment.stand.goodstanding.accounts.pass_time(account_id)
        await deployment.stand.environment.sleep(1)
    await deployment.pass_over(due + OUTAGE)
    history = await deployment.stand.history(account_id)
    assert any(event.HasField("timer_fired_event_attributes") for event in history)


@each_scene
async def test_it_happens_as_of_its_instant(steady, new_id, scene):
    due = await made_to_wait(steady, scene, new_id)
    await check_not_yet(steady, scene, new_id, due)
    await steady.sleep_until(due + timedelta(seconds=1))
    await steady.stand.until(lambda: steady.stand.has_happened(new_id, scene.happens[0]))
    await check_once(steady, scene, new_id, due)
    assert timedelta(0) <= await lateness(steady, scene, new_id, due) < timedelta(minutes=1)
    await steady.lose_runs(new_id)
    await steady.stand.replay(account_workflow_id(new_id))


@each_scene
async def test_it_happens_as_of_its_instant_though_no_worker_was_there(failing, new_id, scene):
    async with failing.workers():
        due = await made_to_wait(failing, scene, new_id)
    await outage_over(failing, new_id, due)
    await check_not_yet(failing, scene, new_id, due)
    async with failing.workers():
        await failing.stand.until(lambda: failing.stand.has_happened(new_id, scene.happens[0]))
        await check_once(failing, scene, new_id, due)
        await failing.lose_runs(new_id)
    assert await lateness(failing, scene, new_id, due) >= OUTAGE
    await failing.stand.replay(account_workflow_id(new_id))


async def test_what_is_asked_for_while_no_worker_is_there_comes_after_what_was_due(failing, new_id):
    async with failing.workers():
        await restricted(failing.stand, new_id)
        (decision,) = (await failing.record(new_id)).decisions
        await failing.sleep_until(decision.appeal_until - timedelta(minutes=1))
    await outage_over(failing, new_id, decision.appeal_until)
    appeal = FileAppeal(
        account_id=new_id,
        command_id="appeal",
        actor=HOLDER,
        appeal_id="appeal-1",
        decision_id=decision.decision_id,
        statement="It was somebody else.",
    )
    asked = asyncio.create_task(failing.stand.goodstanding.accounts.file_appeal(appeal))
    async with failing.workers():
        with pytest.raises(AppealWindowExpiredError):
            await asked
        await failing.stand.until(lambda: failing.stand.has_happened(new_id, "AppealWindowEnded"))
        await failing.lose_runs(new_id)
    assert not await failing.stand.has_happened(new_id, "AppealFiled")
