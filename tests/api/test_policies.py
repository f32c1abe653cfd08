"""An API that runs while policies change: it answers by the record's book, or says that it cannot."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path

import httpx
from sqlmodel import delete

from api.serving import Address, serving_api
from goodstanding.policy.book import PolicyBook
from storage.policies import FRESH, LiveBook
from storage.tables import PolicyRow
from tests.api.desk import Desk

TEXT = Path("policies/neutral.yaml").read_text("utf-8")


@asynccontextmanager
async def served(desk: Desk, book: LiveBook) -> AsyncIterator[httpx.AsyncClient]:
    """Another API on the same record, with a book of its own."""
    parts = replace(desk.parts, book=book, keys_required=False)
    async with serving_api(parts, Address(port=0)) as url, httpx.AsyncClient(base_url=url) as http:
        yield http


@asynccontextmanager
async def published(desk: Desk, text: str) -> AsyncIterator[None]:
    """Version 2 of the neutral policy is in the record, as long as the block lasts."""
    digest = sha256(text.encode()).hexdigest()
    async with desk.database.sessions.begin() as session:
        words = (await session.get_one(PolicyRow, _digest_of(desk))).words
        row = {"id": "neutral", "version": 2, "valid_from": date(2014, 8, 7), "valid_to": None}
        session.add(PolicyRow(digest=digest, text=text, words=words, **row))
    try:
        yield
    finally:
        async with desk.database.sessions.begin() as session:
            await session.exec(delete(PolicyRow).where(PolicyRow.digest == digest))


def _digest_of(desk: Desk) -> str:
    return next(one.digest for one in desk.book.published if one.id == "neutral")


async def test_a_running_service_answers_by_a_version_that_was_published_since(any_desk: Desk):
    seconds = 0.0
    account_id = await any_desk.active("standard", policy="neutral")
    stricter = TEXT.replace("version: 1", "version: 2", 1).replace(
        "post, comment, update", "post, update", 1
    )

    async with served(any_desk, LiveBook(any_desk.book, lambda: seconds)) as http:

        async def may_comment() -> bool:
            told = (await http.get(f"/accounts/{account_id}/capabilities/comment")).json()
            allowed: bool = told["allowed"]
            return allowed

        assert await may_comment()
        async with published(any_desk, stricter):
            assert await may_comment()
            seconds = FRESH
            assert not await may_comment()


async def test_a_policy_that_only_newer_services_know_is_learned_when_it_is_asked_for(desk: Desk):
    account_id = await desk.active("standard", policy="neutral")
    older = PolicyBook(tuple(one for one in desk.book.published if one.id != "neutral"))

    async with served(desk, LiveBook(older, lambda: 0.0)) as http:
        response = await http.get(f"/accounts/{account_id}")

    assert response.json()["policy"]["id"] == "neutral"


async def test_a_policy_that_cannot_be_read_here_is_no_mistake_of_the_caller(
    desk: Desk, monkeypatch
):
    account_id = await desk.active("standard", policy="neutral")
    other = await desk.active()
    older = PolicyBook(tuple(one for one in desk.book.published if one.id != "neutral"))

    async def unreadable(_book: LiveBook, _session: object) -> None:
        return

    monkeypatch.setattr(LiveBook, "_read", unreadable)
    pairs = [{"account_id": id_, "capability": "post"} for id_ in (other, account_id)]
    async with served(desk, LiveBook(older)) as http:
        one = await http.get(f"/accounts/{account_id}/badge")
        many = await http.post("/capabilities", json={"checks": pairs})

    assert (one.status_code, one.json()["code"]) == (503, "ServiceUnreachableError")
    first, second = many.json()["checks"]
    assert (first["allowed"], first["refusal"]) == (True, None)
    assert (second["allowed"], second["refusal"]["code"]) == (False, "ServiceUnreachableError")
