"""Whether the ledger is as it was written: any changed, missing or moved row is found, and named.

What it cannot see: an account of which everything is gone, head and all; signed checkpoints over
all heads are for that.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel.ext.asyncio.session import AsyncSession

from goodstanding.domain.evolve import fold
from storage.chain import GENESIS, hash_of
from storage.events import event_of
from storage.records import differences
from storage.tables import AccountRow, EventRow, table_of

_ACCOUNT = table_of(AccountRow)
_EVENT = table_of(EventRow)
_PAGE = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """The first row of an account that is not as it was written; `seq` is None for its head."""

    account_id: str
    seq: int | None
    what: str


async def verify(session: AsyncSession) -> list[Finding]:
    """The first thing that is wrong with each account; none where the whole ledger is sound.

    Where the session has not begun, everything is seen as of one moment, whoever writes meanwhile.
    """
    connection = await session.connection(execution_options=_options(session))
    findings = []
    async for account_id, events, head in _accounts(connection):
        found = next(_wrong(account_id, events, head), None)
        if found:
            findings.append(found)
    return findings


def _options(session: AsyncSession) -> dict[str, Any]:
    # SQLite shows one moment anyway
    if session.in_transaction() or session.get_bind().dialect.name != "postgresql":
        return {}
    return {"isolation_level": "REPEATABLE READ"}


async def _accounts(
    connection: AsyncConnection,
) -> AsyncIterator[tuple[str, Sequence[Row[Any]], Row[Any] | None]]:
    """Every account that has events or a head, with both, a page at a time."""
    last = ""
    while True:
        ids = (
            select(_EVENT.c.account_id)
            .where(_EVENT.c.account_id > last)
            .union(select(_ACCOUNT.c.account_id).where(_ACCOUNT.c.account_id > last))
            .order_by("account_id")
            .limit(_PAGE)
        )
        page = list(await connection.scalars(ids))
        if not page:
            return
        last = page[-1]
        in_order = select(_EVENT).where(_EVENT.c.account_id.in_(page))
        rows = await connection.execute(in_order.order_by(_EVENT.c.account_id, _EVENT.c.seq))
        events = {key: list(of) for key, of in groupby(rows, lambda row: row.account_id)}
        heads = await connection.execute(select(_ACCOUNT).where(_ACCOUNT.c.account_id.in_(page)))
        head = {row.account_id: row for row in heads}
        for account_id in page:
            yield account_id, events.get(account_id, []), head.get(account_id)


def _wrong(account_id: str, events: Sequence[Row[Any]], head: Row[Any] | None) -> Iterator[Finding]:
    previous, history = GENESIS, []
    for expected, row in enumerate(events, start=1):
        if row.seq != expected:
            yield Finding(account_id, expected, "the row is missing")
        if row.previous_hash != previous:
            yield Finding(account_id, row.seq, "the row does not follow the one before it")
        if row.hash != hash_of(row._asdict()):
            yield Finding(account_id, row.seq, "the row was changed")
        try:
            history.append((event_of(row.kind, row.version, row.body), row.at))
        except (KeyError, ValueError):
            yield Finding(account_id, row.seq, "the row cannot be read")
        previous = row.hash
    if head is None:
        yield Finding(account_id, None, "the account's row is missing")
        return
    if head.seq > len(events):
        yield Finding(account_id, len(events) + 1, "the row is missing")
    if (head.seq, head.head_hash) != (len(events), previous):
        yield Finding(account_id, None, "the account's row names another head")
    for what in differences(head, fold(account_id, history)):
        yield Finding(account_id, None, f"not what the events give: {what}")
