"""What is asked about one account: how it stands, what it may do, what is asked of it, what it was told."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from api.access import needs
from api.badges import badge_view
from api.keys import Scope
from api.parts import ApiParts, Parts
from api.showing import Seen, account_view, refused, requirements_view
from goodstanding.errors import (
    AccountNotFoundError,
    DecisionNotFoundError,
    NotFoundError,
    PolicyNotFoundError,
    ServiceUnreachableError,
)
from goodstanding.messages import ChosenId, Code, MadeId, Refusal, StatementOfReasons
from goodstanding.policy.book import PolicyBook
from goodstanding.views import (
    AccountView,
    BadgeView,
    Batch,
    ChecksView,
    CheckView,
    NoticesView,
    NoticeView,
    RequirementsView,
    StatementsView,
)
from storage import api_reads, queries
from storage.letters import Letter
from storage.queries import ReadNotice

router = APIRouter(tags=["accounts"])
AccountId = Annotated[ChosenId, Path(description="The platform's own id of the account.")]
Capability = Annotated[Code, Path(description="A code of the policy, such as `publish`.")]


class InboxPage(BaseModel):
    """Which part of an inbox is asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    limit: int = Field(default=100, ge=1, le=500)
    """How many at most."""
    after: MadeId | None = None
    """The `after` of the answer before."""


@router.get("/accounts/{account_id}", dependencies=[needs(Scope.READ)])
async def read_account(account_id: AccountId, parts: Parts) -> AccountView:
    """How the account stands: stage, standing, penalties with their causes, strikes, rights, what is due."""
    return account_view(await read_seen(parts, account_id))


@router.get(
    "/accounts/{account_id}/capabilities/{capability}", dependencies=[needs(Scope.CAPABILITIES)]
)
async def check_capability(
    account_id: AccountId, capability: Capability, parts: Parts
) -> CheckView:
    """May this account do this now? Right at the very instant at which a penalty starts or ends."""
    return (await read_seen(parts, account_id)).check(capability)


@router.post("/capabilities", dependencies=[needs(Scope.CAPABILITIES)])
async def check_capabilities(batch: Batch, parts: Parts) -> ChecksView:
    """Up to 500 checks at once; one that has no answer says so in its place and spoils no other."""
    read = await _read(parts, {pair.account_id for pair in batch.checks})
    # an account that is asked about often is looked at once
    seen = cache(read.seen)

    def answer(account_id: str, capability: str) -> CheckView:
        try:
            return seen(account_id).check(capability)
        except (NotFoundError, ServiceUnreachableError) as error:
            refusal = Refusal(code=error.code, message=error.message, field=error.field)
            return refused(account_id, capability, read.now, refusal)

    checks = tuple(answer(pair.account_id, pair.capability) for pair in batch.checks)
    return ChecksView(as_of=read.now, checks=checks)


@router.get("/accounts/{account_id}/requirements", dependencies=[needs(Scope.READ)])
async def read_requirements(account_id: AccountId, parts: Parts) -> RequirementsView:
    """What the holder has to supply, by when, and what waits for it."""
    return requirements_view(await read_seen(parts, account_id))


@router.get("/accounts/{account_id}/notices", dependencies=[needs(Scope.NOTICES)])
async def read_notices(
    account_id: AccountId, asked: Annotated[InboxPage, Query()], parts: Parts
) -> NoticesView:
    """The holder's inbox with its words, newest first; a closed account keeps it."""
    now = await parts.now()
    async with parts.sessions() as session:
        inbox = await api_reads.inbox(session, account_id, parts.texts, asked.limit, asked.after)
    if inbox is None:
        raise _unknown()
    shown = inbox[: asked.limit]
    notices = tuple(_notice(one) for one in shown)
    more = notices[-1].notice_id if len(inbox) > asked.limit else None
    return NoticesView(account_id=account_id, as_of=now, notices=notices, after=more)


@router.get(
    "/accounts/{account_id}/decisions/{decision_id}/statements",
    dependencies=[needs(Scope.NOTICES)],
)
async def read_statements(
    account_id: AccountId,
    decision_id: Annotated[MadeId, Path(description="A decision of the account.")],
    parts: Parts,
) -> StatementsView:
    """Why it was decided, what follows and how to have it looked at again: each statement as the holder had it."""
    now = await parts.now()
    async with parts.sessions() as session:
        found = await queries.statements(session, parts.texts, account_id, decision_id)
    if not found:
        raise DecisionNotFoundError(None, "decision_id")
    told = tuple(_notice(one) for one in found)
    return StatementsView(
        account_id=account_id, decision_id=decision_id, as_of=now, statements=told
    )


@router.get("/accounts/{account_id}/badge", tags=["public"])
async def read_badge(account_id: AccountId, parts: Parts) -> BadgeView:
    """For everybody: which public mark the account bears, since when and until when."""
    return badge_view(await read_seen(parts, account_id))


def _notice(one: ReadNotice) -> NoticeView:
    html = Letter.of(one.text, one.row.language).html if one.text else None
    statement = StatementOfReasons.model_validate_json(one.statement) if one.statement else None
    told = {"text": one.text, "html": html, "statement": statement}
    return NoticeView.model_validate({**one.row.model_dump(exclude={"statement_id"}), **told})


@dataclass(frozen=True, slots=True)
class _Read:
    """Accounts as they were read, and the instant at which the reading began."""

    accounts: api_reads.Accounts
    book: PolicyBook
    now: datetime

    def seen(self, account_id: str) -> Seen:
        """An account; `AccountNotFoundError`, or `ServiceUnreachableError` where its policy is unknown here."""
        record = self.accounts.records.get(account_id)
        if record is None:
            raise _unknown()
        try:
            return Seen.at(record, self.book, self.accounts.licences, self.now)
        except PolicyNotFoundError:
            # nothing that the caller did: a newer service published it
            message = "The policy of this account cannot be read here yet."
            raise ServiceUnreachableError(message) from None


async def _read(parts: ApiParts, account_ids: Collection[str]) -> _Read:
    # before the reading: no answer may claim an instant later than a change that it does not show
    now = await parts.now()
    async with parts.sessions() as session:
        accounts = await api_reads.accounts(session, account_ids)
        policies = {record.policy_id for record in accounts.records.values()}
        book = await parts.book.current(session, policies)
    return _Read(accounts, book, now)


async def read_seen(parts: ApiParts, account_id: str) -> Seen:
    """The account as of now; `AccountNotFoundError` where there is none."""
    return (await _read(parts, {account_id})).seen(account_id)


def _unknown() -> AccountNotFoundError:
    return AccountNotFoundError(None, "account_id")
