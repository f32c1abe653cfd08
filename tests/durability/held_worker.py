"""A worker as it is, but that it stops for good at named points: `python -m tests.durability.held_worker`.

`HELD` is a JSON object from a command id, or for `delivered` from an account id, to the point at which it stops.
Once it is there, a file of that name is in `HELD_FOLDER`; it goes on only by being killed.
"""

import asyncio
import json
import os
from enum import StrEnum
from pathlib import Path
from unittest.mock import patch

from temporalio import activity

from activities.ledger import LedgerActivities, _Turn
from activities.notices import NoticeActivities
from goodstanding.messages import (
    Command,
    EffectRef,
    Settlement,
    Transacted,
    Transaction,
)
from goodstanding.names import account_of
from worker import process
from worker.settings import load_settings


class Point(StrEnum):
    """Where the worker stops."""

    WRITTEN = "written"
    """All is written, and not committed."""
    COMMITTED = "committed"
    """It is committed, and Temporal does not know."""
    DELIVERED = "delivered"
    """The receiver has the notice, and neither Temporal nor the record knows."""


HELD: dict[str, Point] = {
    name: Point(point) for name, point in json.loads(os.environ.get("HELD", "{}")).items()
}


async def stop_at(point: Point, name: str) -> None:
    """Say that it is reached, and stay there."""
    if HELD.get(name) is point:
        Path(os.environ["HELD_FOLDER"], name).touch()
        await asyncio.Event().wait()


class HeldLedger(LedgerActivities):
    """Stops before and after the commit of a command."""

    async def transact(self, transaction: Transaction) -> Transacted:
        done = await super().transact(transaction)
        if isinstance(transaction.command, Command):
            await stop_at(Point.COMMITTED, transaction.command.command_id)
        return done

    async def _carry_out(self, turn: _Turn) -> Transacted:
        done = await super()._carry_out(turn)
        if isinstance(turn.command, Command):
            await stop_at(Point.WRITTEN, turn.command.command_id)
        return done


class HeldNotices(NoticeActivities):
    """Stops when everything is delivered."""

    @activity.defn
    async def deliver_notices(self, effects: tuple[EffectRef, ...]) -> tuple[Settlement, ...]:
        settled = await super().deliver_notices(effects)
        for settlement in settled:
            await stop_at(Point.DELIVERED, account_of(settlement.effect_id))
        return settled


def main() -> None:
    with (
        patch.object(process, "LedgerActivities", HeldLedger),
        patch.object(process, "NoticeActivities", HeldNotices),
    ):
        process.run_process(process.run_worker, load_settings())


if __name__ == "__main__":
    main()
