"""The worker that is measured, a process of its own: the product's two queues, and the bare workflow beside them.

Told by one line each on standard input: `profile`, which is answered by `ok`, and `profiled`, answered by CPU seconds
by part as JSON. It stops, gracefully, when standard input ends.
"""

import asyncio
import json
import logging
import sys
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Self

import httpx
from temporalio.client import Client
from temporalio.worker import Worker

from activities.content import ContentActivities
from activities.filings import FilingActivities
from activities.http_webhook import HttpWebhook
from activities.identity import IdentityActivities
from activities.ledger import LedgerActivities
from activities.notices import NoticeActivities
from activities.pacing import PacedLedger
from activities.reviews import ReviewActivities
from activities.upkeep import UpkeepActivities
from benchmarks.bare import BARE_QUEUE, BareWorkflow, nothing
from benchmarks.profiling import Profile
from goodstanding.converter import data_converter
from goodstanding.keys import load_keys
from goodstanding.messages import Pace
from storage.engine import Database
from storage.policies import load_book
from storage.texts import TextKeys
from storage.vault import Vault
from worker.running import RUNNER, STICKY, Activities, running_workers


@dataclass(frozen=True)
class Told:
    """What a worker process is told when it starts."""

    host: str
    keys: str
    url: str
    vault_url: str
    webhook: str
    secret: str
    linger: float = Pace().linger.total_seconds()
    long_history: int = Pace().long_history

    def written(self) -> str:
        """As an argument."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, argument: str) -> Self:
        """From an argument."""
        return cls(**json.loads(argument))

    @property
    def pace(self) -> Pace:
        """How the runs go about their time."""
        return Pace(linger=timedelta(seconds=self.linger), long_history=self.long_history)


async def main(told: Told) -> None:
    """Work until standard input ends; say `ready` when work can come."""
    # an outage is part of what is measured
    logging.getLogger("temporalio").setLevel(logging.CRITICAL)
    keys = load_keys(Path(told.keys))
    record, vaults = Database.at(told.url), Database.at(told.vault_url)
    async with record.reading() as session:
        book = await load_book(session)
    vault = Vault(vaults.sessions, keys)
    client = await Client.connect(told.host, data_converter=data_converter(keys.codec))
    async with httpx.AsyncClient() as http:
        webhook = HttpWebhook(http, told.webhook, told.secret)
        activities = Activities(
            ledger=PacedLedger(LedgerActivities(record.sessions, vault, book, keys), told.pace),
            notices=NoticeActivities(record.sessions, TextKeys(keys.wrapper), webhook),
            identity=IdentityActivities(record.sessions, vault, keys),
            filings=FilingActivities(record.sessions, vault, {}),
            content=ContentActivities(record.sessions, webhook),
            reviews=ReviewActivities(record.sessions, client),
            upkeep=UpkeepActivities(record.sessions, client),
        )
        bare = Worker(
            client,
            task_queue=BARE_QUEUE,
            workflows=[BareWorkflow],
            activities=[nothing],
            workflow_runner=RUNNER,
            sticky_queue_schedule_to_start_timeout=STICKY,
        )
        async with running_workers(client, activities), bare:
            print("ready", flush=True)
            await _obey()
    await record.close()
    await vaults.close()


async def _obey() -> None:
    profile = Profile()
    while line := await asyncio.to_thread(sys.stdin.readline):
        if line.strip() == "profile":
            profile.start()
            print("ok", flush=True)
        else:
            print(json.dumps(profile.stop()), flush=True)


if __name__ == "__main__":
    asyncio.run(main(Told.read(sys.argv[1])))
