"""Article 5: whoever complains gets a number, a person decides, and both sides are told."""

from datetime import timedelta

from goodstanding.errors import AlreadyDecidedError, MalformedError
from goodstanding.messages import Actor, FileReport
from goodstanding.vocabulary import ReviewKind, Role, Verdict
from tests.requirements.platform import ASH, PUBLIC


async def test_r09_anyone_reports_without_an_account_and_gets_a_number(platform):
    account = await platform.active()

    answer = await account.report("r1")

    assert answer.refusal is None
    status = await platform.asked(f"/reports/{answer.receipt}")
    assert (status["state"], status["outcome"], status["item"]) == ("open", None, "item-9")
    (filed,) = await account.bodies("ReportFiled")
    assert filed["report_id"] == "r1"
    review = (await account.record()).open_reviews(ReviewKind.CASE)[0]
    assert review.due_at - review.opened_at == timedelta(days=7)


async def test_r09_a_report_needs_target_ground_and_reason(platform):
    account = await platform.active()

    refused = await account.refused(account.report("r1", ground="dislike"))
    assert (type(refused), refused.field) == (MalformedError, "ground")
    for missing in ("item", "ground", "statement"):
        fields = {"report_id": "r1", "ground": "harmful", "item": "i", "statement": "Look."}
        del fields[missing]
        refused = await account.refused(account.send(FileReport, PUBLIC, **fields))
        assert (type(refused), refused.field) == (MalformedError, missing)


async def test_r09_a_danger_to_life_is_decided_within_a_day(platform):
    account = await platform.active()
    await account.report("r1", ground="threat_to_life")

    review = (await account.record()).open_reviews(ReviewKind.CASE)[0]
    assert review.due_at - review.opened_at == timedelta(hours=24)


async def test_r09_the_same_report_sent_again_is_the_same_report(platform):
    account = await platform.active()
    first = await account.report("r1", command_id="again")

    assert await account.report("r1", command_id="again") == first
    refused = await account.refused(account.report("r1"))
    assert (type(refused), refused.field) == (AlreadyDecidedError, "report_id")
    assert (await account.kinds()).count("ReportFiled") == 1


async def test_r09_reports_on_one_item_are_one_case_decided_by_a_person(platform):
    account = await platform.active()
    for n in (1, 2, 3):
        await account.report(f"r{n}", "item-7")
    await account.report("r4", "item-8")

    record = await account.record()
    assert [case.reports for case in record.cases] == [3, 1]
    assert len(record.open_reviews(ReviewKind.CASE)) == 2
    # however long nobody decides, nothing follows by itself
    await platform.pass_(days=8)
    await account.happens("ReviewEscalated", 2)
    assert (await account.record()).penalties == ()
    assert "post" in await account.can()


async def test_r09_both_sides_are_told_what_came_of_it(platform):
    account = await platform.active()
    filed = [("r1", "item-7"), ("r2", "item-7"), ("r3", "item-8")]
    receipts = [(await account.report(*report)).receipt for report in filed]
    by_item = {
        case.item: review.review_id
        for case in (await account.record()).cases
        for review in (await account.record()).reviews
        if review.subject_id == case.case_id
    }
    finding = await account.finding("illegal_goods", item="item-7")
    await account.vote(by_item["item-7"], Verdict.VIOLATION, ASH, finding=finding)
    await account.vote(by_item["item-8"], Verdict.NO_VIOLATION, ASH, "It is allowed.")

    outcomes = ["violation", "violation", "no_violation"]
    for receipt, outcome in zip(receipts, outcomes, strict=True):
        status = await platform.asked(f"/reports/{receipt}")
        assert (status["state"], status["outcome"]) == ("answered", outcome)
    assert await account.told() == ["activated", "violation_decided", "case_closed"]
    decided = (await account.notice("violation_decided")).text
    assert "it was reported to us and verified by a person" in decided
    assert "It is allowed." in (await account.notice("case_closed")).text
    # neither side learns who the other is
    for notice in await account.inbox():
        assert PUBLIC.id not in notice.text
    assert await account.penalties() == ["restricted_publishing"]


async def test_f13_a_trusted_flagger_points_and_people_decide_and_the_notice_says_so(platform):
    account = await platform.active()
    flagger = Actor(id="hotline-1", role=Role.TRUSTED_FLAGGER)
    receipt = (await account.report("r1", "item-7", actor=flagger)).receipt
    assert await account.penalties() == []

    finding = await account.finding("illegal_goods", item="item-7")
    review_id = await account.open_review(ReviewKind.CASE)
    await account.vote(review_id, Verdict.VIOLATION, ASH, finding=finding)

    (found,) = await account.bodies("ViolationFound")
    assert found["origin"] == "trusted_flagger"
    view = await platform.client.accounts.get(account.id)
    assert [penalty.cause.origin for penalty in view.penalties] == ["trusted_flagger"]
    assert "a trusted flagger reported it" in (await account.notice("violation_decided")).text
    assert (await platform.asked(f"/reports/{receipt}"))["outcome"] == "violation"
    for notice in await account.inbox():
        assert flagger.id not in notice.text
