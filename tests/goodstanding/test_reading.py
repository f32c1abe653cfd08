"""Reads of the client, answered by the real service; and what holds while it cannot be asked."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from http import HTTPStatus

import pytest

from api.keys import Scope, make_key
from goodstanding.checking import SERVICE_UNREACHABLE, Capabilities, Checking, WhenUnreachable
from goodstanding.errors import (
    AccountNotFoundError,
    CapabilityDeniedError,
    CapabilityNotFoundError,
    KeyRefusedError,
    MalformedError,
    NotTheServiceError,
    ServiceUnreachableError,
)
from goodstanding.messages import Actor
from goodstanding.reads import Reads
from goodstanding.reviews import Reviews
from goodstanding.sending import Sender
from goodstanding.views import AccountView
from goodstanding.vocabulary import ReviewKind, Role
from tests.api.desk import opened_desk
from tests.domain.playing import ASH, D0

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
NEWS = "publish_political_news"


@pytest.fixture(scope="module")
async def service(tmp_path_factory):
    directory = tmp_path_factory.mktemp("reading")
    async with opened_desk(f"sqlite+aiosqlite:///{directory}/record.db", directory) as desk:
        yield desk


@pytest.fixture
def desk(service):
    service.clock.now = D0
    return service


@pytest.fixture
async def reads(desk):
    async with desk.database.sessions.begin() as session:
        platform = Actor(id="platform-1", role=Role.PLATFORM)
        key = await make_key(session, platform, list(Scope), None, D0)
    made = Reads(str(desk.http.base_url), api_key=key, deadline=5 * SECOND)
    yield made
    await made.close()


@pytest.fixture
async def nowhere():
    made = Reads("http://127.0.0.1:9", deadline=SECOND)
    yield made
    await made.close()


def checking(reads, desk, **settings):
    return Capabilities(reads, desk.clock, Checking(**settings))


async def test_an_account_and_all_about_it_can_be_read(desk, reads):
    account_id = await desk.active()
    await desk.violation(account_id, "spam_flooding")
    assert (await reads.account(account_id)).stage == "active"
    assert (await reads.requirements(account_id)).disabled
    assert (await reads.notices(account_id)).notices[0].kind == "violation_decided"
    assert (await reads.badge(account_id)).mark is None


async def test_what_is_refused_over_http_is_raised_as_its_error(desk, reads):
    with pytest.raises(AccountNotFoundError):
        await reads.account("nobody")
    account_id = await desk.active()
    with pytest.raises(CapabilityNotFoundError):
        await reads.check(account_id, "fly")


async def test_a_wrong_key_is_refused(desk):
    reads = Reads(str(desk.http.base_url), api_key="gs_wrong", deadline=SECOND)
    with pytest.raises(KeyRefusedError):
        await reads.account("a1")
    await reads.close()


async def test_something_else_at_the_address_is_not_taken_for_the_service(desk):
    reads = Reads(str(desk.http.base_url), deadline=SECOND)
    with pytest.raises(NotTheServiceError):
        await reads._get(AccountView, "/healthz")
    with pytest.raises(ServiceUnreachableError):
        await Reads("http://127.0.0.1:9", deadline=SECOND).account("a1")
    await reads.close()


async def test_the_queue_of_reviews_can_be_read_by_kind(desk, reads):
    account_id = await desk.active()
    await desk.report(account_id)
    reviews = Reviews(None, Sender(None), reads, deadline=SECOND)
    cases = await reviews.queue(ReviewKind.CASE)
    assert account_id in {one.account_id for one in cases.reviews}
    assert not (await reviews.queue(ReviewKind.REINSTATEMENT)).reviews


async def test_a_reviewer_asks_for_the_part_of_the_queue_that_is_theirs(desk, reads):
    account_id = await desk.active()
    await desk.violation(account_id, "threat_to_life", ASH)
    await desk.report(account_id)
    reviews = Reviews(None, None, reads, deadline=SECOND)  # only reads here

    async def kinds(**narrowed):
        found = (await reviews.queue(account_id=account_id, **narrowed)).reviews
        return [one.kind for one in found]

    both = [ReviewKind.CONFIRMATION, ReviewKind.CASE]
    assert await kinds(language="en", escalated=False, due_before=D0 + 900 * DAY) == both
    assert await kinds(reviewer=ASH.id) == [ReviewKind.CASE]
    assert await kinds(escalated=True) == []
    assert await kinds(due_before=D0) == []
    first = await reviews.queue(account_id=account_id, limit=1)
    assert await kinds(after=first.after) == [ReviewKind.CASE]


async def test_older_notices_are_read_page_by_page(desk, reads):
    account_id = await desk.active()
    await desk.violation(account_id, "spam_flooding")

    newest = await reads.notices(account_id, limit=1)
    older = await reads.notices(account_id, after=newest.after)

    assert [one.kind for one in newest.notices] == ["violation_decided"]
    assert [one.kind for one in older.notices] == ["activated"]
    assert older.after is None


async def test_a_check_says_yes_or_why_not(desk, reads):
    account_id = await desk.active()
    capabilities = checking(reads, desk)
    assert (await capabilities.check(account_id, "post")).allowed
    denied = await capabilities.check(account_id, NEWS)
    assert (denied.allowed, denied.denial) == (False, "NEWS_NOT_PERMITTED")
    assert (await capabilities.require(account_id, "post")).allowed
    with pytest.raises(CapabilityDeniedError) as refused:
        await capabilities.require(account_id, NEWS)
    assert refused.value.denial == "NEWS_NOT_PERMITTED"


async def test_an_answer_is_used_again_until_it_is_stale(desk, reads, monkeypatch):
    asked = counting(reads, monkeypatch)
    account_id = await desk.active()
    capabilities = checking(reads, desk, staleness=5 * SECOND)
    for seconds in (0, 4, 5, 6, 11):
        desk.clock.now = D0 + seconds * SECOND
        await capabilities.check(account_id, "post")
    assert len(asked) == 3


async def test_an_answer_is_not_used_past_the_instant_at_which_it_changes(desk, reads):
    account_id = await desk.active()
    for _ in range(3):
        await desk.violation(account_id, "spam_flooding")
    capabilities = checking(reads, desk, staleness=timedelta(days=400))
    denied = await capabilities.check(account_id, "post")
    assert not denied.allowed
    assert denied.until is not None
    desk.clock.now = denied.until - SECOND
    assert await capabilities.check(account_id, "post") == denied
    desk.clock.now = denied.until
    assert (await capabilities.check(account_id, "post")).as_of == denied.until


async def test_many_checks_are_one_request_and_one_without_an_answer_spoils_no_other(
    desk, reads, monkeypatch
):
    asked = counting(reads, monkeypatch)
    account_id = await desk.active()
    capabilities = checking(reads, desk)
    pairs = [(account_id, "post"), ("nobody", "post"), (account_id, NEWS), (account_id, "post")]
    answers = await capabilities.check_many(pairs)
    assert [one.allowed for one in answers] == [True, False, False, True]
    assert answers[1].refusal
    assert answers[1].refusal.code == "AccountNotFoundError"
    await capabilities.check(account_id, NEWS)
    assert asked == ["/capabilities"]


async def test_more_checks_than_the_service_takes_at_once_are_asked_in_parts(
    desk, reads, monkeypatch
):
    asked = counting(reads, monkeypatch)
    pairs = [(f"nobody-{n}", "post") for n in range(1100)]
    answers = await checking(reads, desk).check_many(pairs)
    assert len(answers) == 1100
    assert len(asked) == 3


async def test_only_so_many_answers_are_remembered(desk, reads):
    account_id = await desk.active()
    capabilities = checking(reads, desk, remembered=2)
    for code in ("post", "read", "message"):
        await capabilities.check(account_id, code)
    assert list(capabilities._known) == [(account_id, "read"), (account_id, "message")]


@pytest.mark.parametrize(
    ("choice", "allowed"),
    [
        (WhenUnreachable.CLOSED_FOR_LICENSED, [True, False]),
        (WhenUnreachable.CLOSED, [False, False]),
        (WhenUnreachable.OPEN, [True, True]),
    ],
)
async def test_while_the_service_cannot_be_asked_the_stated_choice_holds(
    desk, reads, nowhere, choice, allowed
):
    account_id = await desk.active()
    capabilities = checking(reads, desk, when_unreachable=choice)
    for code in ("post", NEWS):
        await capabilities.check(account_id, code)
    desk.clock.now = D0 + timedelta(minutes=1)
    capabilities._reads = nowhere
    answers = [await capabilities.check(account_id, code) for code in ("post", NEWS)]
    assert [one.allowed for one in answers] == allowed
    assert all(one.is_assumed for one in answers)
    assert all(one.denial in (None, SERVICE_UNREACHABLE) for one in answers)
    many = await capabilities.check_many([(account_id, "post"), (account_id, NEWS)])
    assert [one.allowed for one in many] == allowed


async def test_what_was_never_heard_of_is_closed_while_nobody_answers(desk, nowhere):
    answer = await checking(nowhere, desk).check("a1", "post")
    assert not answer.allowed


async def test_a_caller_can_decide_alone_what_no_answer_means(desk, nowhere):
    with pytest.raises(ServiceUnreachableError):
        await checking(nowhere, desk, when_unreachable=WhenUnreachable.RAISE).check("a1", "post")


@pytest.mark.parametrize("wrong", ["{}?", "{}#", "x/../{}", "{}/", "{}\n", "", "a" * 49])
async def test_what_cannot_be_an_account_is_never_assumed_to_have_a_right(desk, reads, wrong):
    account_id = await desk.active()
    capabilities = checking(reads, desk)
    # that nothing licenses it is known, so it would be assumed
    await capabilities.check(account_id, "post")
    asked = wrong.format(account_id)
    with pytest.raises(MalformedError) as refused:
        await capabilities.require(asked, "post")
    assert refused.value.field == "account_id"
    with pytest.raises(MalformedError):
        await reads.account(asked)
    with pytest.raises(MalformedError):
        await capabilities.check(account_id, "post?")


async def test_one_that_cannot_be_an_account_spoils_no_other_of_a_batch(desk, reads):
    account_id = await desk.active()
    pairs = [("a b", "post"), (account_id, "post"), (account_id, "../post")]
    answers = await checking(reads, desk).check_many(pairs)
    assert [one.allowed for one in answers] == [False, True, False]
    assert [one.refusal and one.refusal.field for one in answers] == [
        "account_id",
        None,
        "capability",
    ]


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (200, "text/html", "<html>Maintenance</html>"),
        (200, "application/json", '{"allowed": true}'),
        (
            200,
            "application/json",
            '{"account_id":"other","capability":"post","as_of":"2026-01-01T00:00:00Z","allowed":true}',
        ),
        (302, "text/html", ""),
        (403, "text/html", "<html>"),
        (404, "application/json", '{"code":"AccountNotFoundError","detail":"x"}'),
        (404, "application/problem+json", '{"code":"no_route","type":"about:blank"}'),
    ],
)
async def test_an_answer_of_somebody_else_is_an_error_and_never_a_yes(desk, status, kind, body):
    async with proxy(status, kind, body) as url:
        reads = Reads(url, deadline=SECOND)
        capabilities = checking(reads, desk, when_unreachable=WhenUnreachable.OPEN)
        with pytest.raises(NotTheServiceError):
            await capabilities.check("a1", "post")
        with pytest.raises(NotTheServiceError):
            await capabilities.check_many([("a1", "post")])
        await reads.close()


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (429, "text/html", ""),
        (502, "text/html", "<html>"),
        (502, "application/json", '{"code":502,"message":"Bad gateway"}'),
        (503, "application/problem+json", '{"code":"unavailable","type":"about:blank"}'),
        (520, "text/html", "<html>"),
    ],
)
async def test_a_proxy_that_reaches_nobody_is_nobody_answering(desk, status, kind, body):
    async with proxy(status, kind, body) as url:
        reads = Reads(url, deadline=SECOND)
        answer = await checking(reads, desk).check("a1", "post")
        assert (answer.is_assumed, answer.denial) == (True, SERVICE_UNREACHABLE)
        with pytest.raises(ServiceUnreachableError, match=str(status)):
            await reads.account("a1")
        await reads.close()


@asynccontextmanager
async def proxy(status, kind, body):
    """Answers everything with this, as what stands before a service does in its stead."""
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Odd"
    head = f"HTTP/1.1 {status} {phrase}\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}"

    async def answer(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"{head}\r\nconnection: close\r\n\r\n{body}".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def counting(reads, monkeypatch):
    """The paths that are asked for from now on."""
    asked = []
    request = reads._client.request

    async def counted(method, path, **more):
        asked.append(path)
        return await request(method, path, **more)

    monkeypatch.setattr(reads._client, "request", counted)
    return asked
