"""Bulk operations as tests play them: accounts out of the record, steps through the client, and what came of it."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import col, select

from activities.ledger import LedgerActivities
from api.bulk import read_whole
from benchmarks.accounts import INBOX, Preparation
from goodstanding.bulk_views import BulkView
from goodstanding.client import Goodstanding
from goodstanding.keys import Keys
from goodstanding.messages import (
    Actor,
    AnyBulkCommand,
    ApproveBulk,
    BulkAnswer,
    BulkLimits,
    BulkState,
    PlanBulk,
    RehearseBulk,
    StartBulk,
    Target,
    Template,
    Violations,
)
from goodstanding.policy.book import PolicyBook
from storage import bulks
from storage.bulk_tables import BulkTargetRow
from storage.engine import Database
from storage.tables import AccountRow, EventRow, NoticeRow
from storage.texts import TextKeys
from storage.vault import Vault
from tests.workflows.stand import ASH, BIRCH

_PAGE = 5000
AT_ONCE = BulkLimits(canary=0)


@dataclass
class Ground:
    """What a desk needs of a deployment whose workers are processes of their own."""

    database: Database
    vault: Vault
    keys: Keys
    book: PolicyBook
    goodstanding: Goodstanding

    async def until(self, holds: Callable[[], Awaitable[bool]], within: float) -> None:
        """Ask again and again until it holds."""
        async with asyncio.timeout(within):
            while True:
                if await holds():
                    return
                await asyncio.sleep(0.1)


@dataclass
class BulkDesk:
    """One operation, and those who are at work on it."""

    stand: Any
    """A `Stand`, or a `Ground`."""
    bulk_id: str
    sent: int = 0

    async def accounts(self, many: int) -> list[str]:
        """Active accounts of its own; no run of theirs exists yet."""
        ids = [f"{self.bulk_id}-{n}" for n in range(many)]
        stand = self.stand
        ledger = LedgerActivities(stand.database.sessions, stand.vault, stand.book, stand.keys)
        now = datetime.now(UTC) - timedelta(hours=2)
        await Preparation(ledger, stand.book, now).accounts(INBOX, ids)
        return ids

    async def do(self, sort: type, actor: Actor = ASH, **fields: Any) -> BulkAnswer:
        """Send one step."""
        self.sent += 1
        command: AnyBulkCommand = sort(
            bulk_id=self.bulk_id,
            command_id=f"c{self.sent}",
            actor=actor,
            **{"reasons": "As was agreed.", **fields},
        )
        return await self.stand.goodstanding.bulk.send(command)

    def spam(self, **more: Any) -> Violations:
        """The same finding about everybody."""
        acted_at = datetime.now(UTC) - timedelta(hours=1)
        facts = "Forty messages of the same words within a minute, by one program."
        return Violations(acted_at=acted_at, rule=INBOX.rule, item="item-1", facts=facts, **more)

    async def planned(
        self, ids: list[str], template: Template | None = None, **limits: Any
    ) -> BulkAnswer:
        """A plan with its accounts."""
        chosen = AT_ONCE.model_copy(update=limits)
        await self.do(PlanBulk, template=template or self.spam(), limits=chosen)
        targets = [Target(account_id=one) for one in ids]
        return await self.add(targets)

    async def add(self, targets: list[Target]) -> BulkAnswer:
        """Add accounts, page by page."""
        self.sent += 1
        answer = await self.stand.goodstanding.bulk.add(
            targets, bulk_id=self.bulk_id, command_id=f"c{self.sent}", actor=ASH
        )
        assert answer
        return answer

    async def rehearsed(self) -> BulkView:
        """The same after its dry run."""
        await self.do(RehearseBulk)
        return await self.becomes(BulkState.DRY_RUN_DONE)

    async def approved(self, actor: Actor = BIRCH) -> BulkAnswer:
        """Agreed to by a second person."""
        digest = (await self.view()).plan_digest
        return await self.do(ApproveBulk, actor, plan_digest=digest)

    async def started(self, ids: list[str], **limits: Any) -> None:
        """Planned, rehearsed, approved and begun."""
        await self.planned(ids, **limits)
        await self.rehearsed()
        await self.approved()
        await self.do_start()

    async def do_start(self) -> None:
        """Begin."""
        await self.do(StartBulk)

    async def view(self) -> BulkView:
        """How far it is."""
        async with self.stand.database.reading() as session:
            keys = TextKeys(self.stand.keys.wrapper)
            return await read_whole(session, self.bulk_id, keys, datetime.now(UTC))

    async def becomes(self, state: BulkState, within: float = 30) -> BulkView:
        """Wait until it is in this state."""

        async def holds() -> bool:
            return (await self.view()).state is state

        await self.stand.until(holds, within=within)
        return await self.view()

    async def with_work(self) -> list[str]:
        """The operations for which a run has something to do."""
        async with self.stand.database.reading() as session:
            return await bulks.with_work(session, "", 1000)

    async def targets(self) -> list[BulkTargetRow]:
        """Its accounts, in order."""
        asked = select(BulkTargetRow).where(BulkTargetRow.bulk_id == self.bulk_id)
        async with self.stand.database.reading() as session:
            return list(await session.exec(asked.order_by(col(BulkTargetRow.number))))

    async def standings(self, ids: list[str]) -> dict[str, str]:
        """How each account stands, as its last event left it."""
        async with self.stand.database.reading() as session:
            rows = await session.exec(select(AccountRow).where(col(AccountRow.account_id).in_(ids)))
            return {row.account_id: row.standing for row in rows}

    async def found(self, ids: list[str]) -> Counter[str]:
        """How many violations the ledger holds of each account."""
        return await self._counted(EventRow, ids, EventRow.kind == "ViolationFound")

    async def notices(self, ids: list[str], kind: str = "violation_decided") -> Counter[str]:
        """How many notices of a kind are in each inbox."""
        return await self._counted(NoticeRow, ids, NoticeRow.kind == kind)

    async def _counted(self, table: Any, ids: list[str], which: Any) -> Counter[str]:
        found: Counter[str] = Counter()
        async with self.stand.database.reading() as session:
            for first in range(0, len(ids), _PAGE):
                page = col(table.account_id).in_(ids[first : first + _PAGE])
                found.update(await session.exec(select(table.account_id).where(page, which)))
        return found
