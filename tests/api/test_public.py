from datetime import timedelta

import pytest
from sqlmodel import col, update

from goodstanding.messages import FileReport
from goodstanding.vocabulary import Verdict
from storage.tables import AccountRow
from tests.api.desk import SOMEBODY, Desk
from tests.domain.playing import ASH, D0

DAY = timedelta(days=1)


async def badge(desk: Desk, account_id: str):
    return await desk.told(f"/accounts/{account_id}/badge")


async def test_r21_everybody_sees_the_mark_since_when_and_until_when(desk):
    desk.clock.now = D0 + 2 * DAY
    account_id = await desk.news_account(D0 + 100 * DAY)
    desk.clock.now = D0 + 10 * DAY

    told = await badge(desk, account_id)

    assert told["mark"] == "publish_and_reprint"
    assert told["title"]["en"]
    assert told["since"] == "2026-01-07T10:00:00Z"
    assert told["until"] == "2026-04-15T16:00:00Z"
    assert told["as_of"] == "2026-01-15T10:00:00Z"


async def test_r21_a_badge_holds_no_name(desk):
    account_id = await desk.news_account(D0 + 100 * DAY)

    told = await badge(desk, account_id)

    assert set(told) == {"account_id", "as_of", "mark", "title", "since", "until"}


async def test_r20_the_mark_is_gone_while_a_penalty_takes_the_right_and_back_with_it(desk):
    account_id = await desk.news_account(D0 + 100 * DAY)
    desk.clock.now = D0 + 10 * DAY
    await desk.violation(account_id, "illegal_goods")
    end = D0 + 17 * DAY

    desk.clock.now = end - timedelta(microseconds=1)
    during = await badge(desk, account_id)
    desk.clock.now = end
    after = await badge(desk, account_id)

    assert [during[name] for name in ("mark", "title", "since", "until")] == [None] * 4
    assert after["mark"] == "publish_and_reprint"
    assert after["since"] == "2026-01-22T10:00:00Z"


async def test_an_account_without_a_mark_has_a_badge_that_says_so(desk):
    assert (await badge(desk, await desk.active()))["mark"] is None


async def test_r9_whoever_has_the_number_reads_how_far_the_report_is(desk):
    receipt = await desk.report(await desk.active())

    told = await desk.told(f"/reports/{receipt}")

    assert told == {
        "number": receipt,
        "as_of": "2026-01-05T10:00:00Z",
        "item": "item-9",
        "state": "open",
        "outcome": None,
        "filed_at": "2026-01-05T10:00:00Z",
        "answered_at": None,
    }


async def test_r9_the_answer_to_a_report_says_what_came_of_it_and_no_more(desk):
    account_id = await desk.active()
    receipt = await desk.report(account_id)
    desk.clock.now = D0 + DAY
    review_id = await desk.open_review(account_id)
    await desk.vote(account_id, review_id, Verdict.NO_VIOLATION, ASH)

    response = await desk.ask(f"/reports/{receipt}")

    told = response.json()
    assert (told["state"], told["outcome"]) == ("answered", "no_violation")
    assert told["answered_at"] == "2026-01-06T10:00:00Z"
    for person in (ASH.id, SOMEBODY.id):
        assert person not in response.text


async def test_whoever_has_one_number_learns_of_no_other_report(any_desk):
    account_id, other = await any_desk.active(), await any_desk.active()
    receipt = await any_desk.report(account_id, "r1")
    await any_desk.report(account_id, "r2")
    await any_desk.report(other, "r1")
    secret = receipt.rpartition(".")[2]

    guesses = [f"{account_id}.r1.{'0' * 32}", f"{account_id}.r2.{secret}", f"{other}.r1.{secret}"]
    # nor is there a difference to what there is not
    guesses += [f"{account_id}.r9.{secret}", f"nobody.r1.{secret}"]
    told = [await any_desk.ask(f"/reports/{guess}") for guess in guesses]

    assert {response.status_code for response in told} == {404}
    assert len({response.text for response in told}) == 1
    assert told[0].json()["code"] == "ReportNotFoundError"


async def test_a_repeated_report_has_the_same_number(desk):
    account_id = await desk.active()
    command = FileReport(
        account_id=account_id,
        command_id="report",
        actor=SOMEBODY,
        report_id="r1",
        ground="harmful",
        item="item-9",
        statement="Look at this.",
    )

    first, again = [(await desk.transact(command)).answer for _ in range(2)]

    assert first == again
    assert (await desk.told(f"/reports/{again.receipt}"))["item"] == "item-9"


async def test_a_number_names_nothing_once_the_words_are_erased(desk):
    account_id = await desk.active()
    receipt = await desk.report(account_id)
    async with desk.database.sessions.begin() as session:
        where = col(AccountRow.account_id) == account_id
        await session.exec(update(AccountRow).where(where).values(text_key=None))

    assert (await desk.ask(f"/reports/{receipt}")).status_code == 404


@pytest.mark.parametrize("number", ["r1", "a.b", "a.b.c", "a.", f"a.b%20c.{'0' * 32}"])
async def test_a_receipt_number_has_the_form_of_one(desk, number):
    response = await desk.ask(f"/reports/{number}")

    assert (response.status_code, response.json()["field"]) == (422, "number")


async def test_anybody_gets_the_key_to_seal_to(desk):
    told = await desk.told("/keys/sealing")

    assert told == desk.parts.sealing_key.model_dump()


async def test_the_service_says_that_it_runs_and_that_its_database_answers(desk):
    assert await desk.told("/healthz") == {"status": "ok"}
    assert await desk.told("/readyz") == {"status": "ok", "database": "ok"}


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/keys/sealing"])
async def test_what_is_read_can_be_asked_by_head(desk, path):
    head, get = await desk.ask(path, method="HEAD"), await desk.ask(path)

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"]


async def test_the_root_says_what_answers_and_where_it_is_described(desk):
    told = await desk.told("/")

    assert told["service"] == "goodstanding"
    assert (await desk.told(told["description"]))["info"]["title"] == "goodstanding"
    assert (await desk.told(told["ready"]))["status"] == "ok"


async def test_the_type_of_a_problem_leads_to_its_meaning(desk):
    problem = (await desk.ask("/accounts/nobody/badge")).json()

    told = await desk.told(problem["type"])

    assert told["code"] == problem["code"] == "AccountNotFoundError"
    assert told["meaning"] == problem["title"] == "No account has this id."
    assert told["remedy"] == problem["remedy"]


async def test_an_unknown_code_has_no_meaning(desk):
    assert (await desk.ask("/errors/NoSuchError")).status_code == 404
