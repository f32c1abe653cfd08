"""Trying on a stored record what undoing a decision would do."""

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from goodstanding.domain.context import Context
from goodstanding.domain.preview import Preview
from goodstanding.domain.record import Record
from goodstanding.errors import AccountNotFoundError
from goodstanding.policy.book import PolicyBook
from goodstanding.previews import PreviewView
from storage import api_reads, holders

Trial = Callable[[Record, Context], Preview]
Shelf = Callable[[AsyncSession, Collection[str]], Awaitable[PolicyBook]]
"""By what the policies of these ids are read."""


async def previewed(
    session: AsyncSession, shelf: Shelf, account_id: str, try_it: Trial, now: datetime
) -> PreviewView:
    """What follows of it as of now; nothing is written. `AccountNotFoundError`."""
    read = await api_reads.accounts(session, [account_id])
    record = read.records.get(account_id)
    if record is None:
        raise AccountNotFoundError(None, "account_id")
    book = await shelf(session, {record.policy_id})
    holder = await holders.seen_facts_of(await session.connection(), account_id)
    context = Context(now=now, book=book, licences=read.licences, holder=holder)
    return PreviewView.model_validate(try_it(record, context))
