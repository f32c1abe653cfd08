"""A worker as it is, but that it stops for good at named points: `python -m tests.durability.held_worker`.

`HELD` is a JSON object from `{account_id}.{command_id}` to the point at which that command stops. Once it is there,
a file of that name is in `HELD_FOLDER`; it goes on only by being killed.
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
    AnyCommand,
    Command,
    EffectRef,
    Internals,
    Settlement,
    Transacted,
    Transaction,
)
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


async def stop_at(point: Point, name: str) -> None:
    """Say that it is reached, and stay there."""
    held = json.loads(os.environ["HELD"])
    if held.get(name) == point:
        _leave_word(name)
        await asyncio.Event().wait()


class HeldLedger(LedgerActivities):
    """Stops before and after the commit of a command."""

    async def transact(self, transaction: Transaction) -> Transacted:
        done = await super().transact(transaction)
        await stop_at(Point.COMMITTED, _name(transaction.command))
        return done

    async def _carry_out(self, turn: _Turn) -> Transacted:
        done = await super()._carry_out(turn)
        await stop_at(Point.WRITTEN, _name(turn.command))
        return done


class HeldNotices(NoticeActivities):
    """Stops when everything is delivered."""

    @activity.defn
    async def deliver_notices(self, effects: tuple[EffectRef, ...]) -> tuple[Settlement, ...]:
        settled = await super().deliver_notices(effects)
        for effect in effects:
            # an effect is called after what caused it
            await stop_at(Point.DELIVERED, effect.effect_id.rpartition(".")[0])
        return settled


def _leave_word(name: str) -> None:
    Path(os.environ["HELD_FOLDER"], name).touch()


def _name(command: AnyCommand | Internals) -> str:
    command_id = command.command_id if isinstance(command, Command) else command.name
    return f"{command.account_id}.{command_id}"


def main() -> None:
    """Run it until it is told to stop."""
    with (
        patch.object(process, "LedgerActivities", HeldLedger),
        patch.object(process, "NoticeActivities", HeldNotices),
    ):
        process.run_process(process.run_worker, load_settings())


if __name__ == "__main__":
    main()
