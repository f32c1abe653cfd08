"""Several worker processes on one PostgreSQL; that SQLite takes only one is in tests/worker/test_locking.py."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client

from goodstanding.messages import Actor, FileReport
from goodstanding.names import account_workflow_id
from goodstanding.vocabulary import Role
from tests.durability.conftest import two_databases
from tests.durability.places import Place, made_place

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
async def place(keys_directory, policies, postgres_url, tmp_path) -> AsyncIterator[Place]:
    urls = await two_databases("postgresql", postgres_url, tmp_path)
    async with made_place(tmp_path, keys_directory, policies, urls) as made:
        yield made


def report(account_id: str, n: int) -> FileReport:
    return FileReport(
        account_id=account_id,
        command_id=f"report-{n}",
        actor=Actor(id="reader-1", role=Role.PUBLIC),
        report_id=f"report-{n}",
        ground="harmful",
        item="item-1",
        statement="This is not right.",
    )


async def who_worked(temporal: Client, account_id: str) -> set[int]:
    """The processes that worked on the account's last run."""
    handle = temporal.get_workflow_handle(account_workflow_id(account_id))
    completed = [
        event.workflow_task_completed_event_attributes.identity
        for event in (await handle.fetch_history()).events
        if event.HasField("workflow_task_completed_event_attributes")
    ]
    return {int(identity.partition("@")[0]) for identity in completed}


async def test_two_worker_processes_share_the_work(place):
    account_ids = [f"a{n}" for n in range(20)]
    async with place.worker() as one, place.worker() as another:
        await asyncio.gather(*(place.send(place.register(each)) for each in account_ids))
        reports = [report(each, n) for n in range(4) for each in account_ids]
        answers = await asyncio.gather(*(place.send(each) for each in reports))
        workers = [await who_worked(place.temporal, each) for each in account_ids]
    assert set().union(*workers) == {one.pid, another.pid}
    assert all(answer.refusal is None for answer in answers)
    for account_id in account_ids:
        events = await place.events(account_id)
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        assert [event.kind for event in events].count("ReportFiled") == 4
        assert len(await place.commands(account_id)) == 5
    assert await place.audit() == []
