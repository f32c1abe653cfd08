"""Many commands at once: one order for each account, everybody answered, nothing lost and nothing doubled."""

import asyncio
import random
from collections.abc import AsyncIterator

import pytest

from goodstanding.converter import data_converter
from goodstanding.names import SEARCH_ATTRIBUTES
from tests import servers
from tests.workflows.stand import Stand, standing


@pytest.fixture(scope="module")
async def on_postgres(keys, policies, postgres_url) -> AsyncIterator[Stand]:
    """A deployment whose record and vault are PostgreSQL databases."""
    record, vault = [await servers.fresh_database(postgres_url) for _ in range(2)]
    converter = data_converter(keys.codec)
    async with (
        servers.running_dev_server(
            data_converter=converter, search_attributes=SEARCH_ATTRIBUTES
        ) as environment,
        standing(environment, keys, (record, vault), policies) as stand,
    ):
        yield stand


async def reported(stand, account_id):
    """How many complaints the record has; its events are numbered without a gap."""
    events = await stand.events(account_id)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    return sum(event.kind == "ReportFiled" for event in events)


async def test_sixty_commands_at_once_for_one_account_are_taken_in_turn(live, live_id):
    await live.goodstanding.accounts.register(live.register(live_id))
    await _all_at_once(live, live_id, 60)


async def test_sixty_commands_at_once_are_taken_in_turn_on_postgresql(on_postgres, new_id):
    await on_postgres.active(new_id)
    await _all_at_once(on_postgres, new_id, 60)


async def test_three_hundred_commands_at_random_over_twenty_sleeping_accounts(live, new_id):
    account_ids = [f"{new_id}-{n}" for n in range(20)]
    accounts = live.goodstanding.accounts
    await asyncio.gather(*(accounts.register(live.register(one)) for one in account_ids))
    await asyncio.gather(*(live.asleep(one) for one in account_ids))
    chance = random.Random(7)  # noqa: S311 - nothing is secret here
    chosen = [chance.choice(account_ids) for _ in range(300)]

    async def ask(account_id):
        await asyncio.sleep(chance.random() * 3)
        answer = await accounts.file_report(live.report(account_id, item="item-1"))
        return account_id, answer.seq

    answers = await asyncio.gather(*(ask(one) for one in chosen))
    assert len(set(answers)) == 300
    for account_id in account_ids:
        assert await reported(live, account_id) == chosen.count(account_id)


async def _all_at_once(stand, account_id, number):
    reports = [stand.report(account_id, item="item-1") for _ in range(number)]
    accounts = stand.goodstanding.accounts
    answers = await asyncio.gather(*(accounts.file_report(one) for one in reports))
    assert len({answer.seq for answer in answers}) == number
    assert await reported(stand, account_id) == number
