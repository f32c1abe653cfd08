"""What is asked about one account: how it stands, what it may do, what is asked of it, what it was told."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.access import needs
from api.badges import badge_view
from api.keys import Scope
from api.parts import ApiParts, Parts
from api.showing import Seen, account_view, refused, requirements_view
from goodstanding.errors import AccountNotFoundError, NotFoundError
from goodstanding.messages import ChosenId, Code, Refusal
from goodstanding.views import (
    AccountView,
    BadgeView,
    Batch,
    ChecksView,
    CheckView,
    NoticesView,
    NoticeView,
    RequirementsView,
)
from storage import api_reads

router = APIRouter(tags=["accounts"])
AccountId = Annotated[ChosenId, Path(description="The platform's own id of the account.")]
Capability = Annotated[Code, Path(description="A code of the policy, such as `publish`.")]


@router.get("/accounts/{account_id}", dependencies=[needs(Scope.READ)])
async def read_account(account_id: AccountId, parts: Parts) -> AccountView:
    """How the account stands: stage, standing, penalties with their causes, strikes, rights, what is due."""
    return account_view(await _seen(parts, account_id))


@router.get(
    "/accounts/{account_id}/capabilities/{capability}", dependencies=[needs(Scope.CAPABILITIES)]
)
async def check_capability(
    account_id: AccountId, capability: Capability, parts: Parts
) -> CheckView:
    """May this account do this now? Right at the very instant at which a penalty starts or ends."""
    return (await _seen(parts, account_id)).check(capability)


@router.post("/capabilities", dependencies=[needs(Scope.CAPABILITIES)])
async def check_capabilities(batch: Batch, parts: Parts) -> ChecksView:
    """Up to 500 checks at once; one that has no answer says so in its place and spoils no other."""
    now = await parts.now()
    async with parts.sessions() as session:
        read = await api_reads.accounts(session, {pair.account_id for pair in batch.checks})
    seen = {
        account_id: Seen.at(record, parts.book, read.licences, now)
        for account_id, record in read.records.items()
    }

    def answer(account_id: str, capability: str) -> CheckView:
        try:
            return _known(seen.get(account_id)).check(capability)
        except NotFoundError as error:
            refusal = Refusal(code=error.code, message=error.message, field=error.field)
            return refused(account_id, capability, now, refusal)

    checks = tuple(answer(pair.account_id, pair.capability) for pair in batch.checks)
    return ChecksView(as_of=now, checks=checks)


@router.get("/accounts/{account_id}/requirements", dependencies=[needs(Scope.READ)])
async def read_requirements(account_id: AccountId, parts: Parts) -> RequirementsView:
    """What the holder has to supply, by when, and what waits for it."""
    return requirements_view(await _seen(parts, account_id))


@router.get("/accounts/{account_id}/notices", dependencies=[needs(Scope.NOTICES)])
async def read_notices(
    account_id: AccountId,
    parts: Parts,
    limit: Annotated[int, Query(ge=1, le=500, description="How many at most.")] = 100,
) -> NoticesView:
    """The holder's inbox with its words, newest first; a closed account keeps it."""
    now = await parts.now()
    async with parts.sessions() as session:
        inbox = await api_reads.inbox(session, account_id, parts.texts, limit)
    if inbox is None:
        raise _unknown()
    notices = tuple(
        NoticeView.model_validate({**one.row.model_dump(), "text": one.text}) for one in inbox
    )
    return NoticesView(account_id=account_id, as_of=now, notices=notices)


@router.get("/accounts/{account_id}/badge", tags=["public"])
async def read_badge(account_id: AccountId, parts: Parts) -> BadgeView:
    """For everybody: which public mark the account bears, since when and until when."""
    return badge_view(await _seen(parts, account_id))


async def _seen(parts: ApiParts, account_id: str) -> Seen:
    async with parts.sessions() as session:
        read = await api_reads.accounts(session, {account_id})
    record = read.records.get(account_id)
    if record is None:
        raise _unknown()
    return Seen.at(record, parts.book, read.licences, await parts.now())


def _known(seen: Seen | None) -> Seen:
    if seen is None:
        raise _unknown()
    return seen


def _unknown() -> AccountNotFoundError:
    return AccountNotFoundError(None, "account_id")
