"""Article 7: political news by class or by an individual, dated approval, and the mark that shows it."""

from datetime import datetime, timedelta

import pytest

from goodstanding.errors import (
    AlreadyPendingError,
    EvidenceMissingError,
    NotEligibleError,
    QualificationNotFoundError,
    SelfApprovalError,
)
from goodstanding.messages import LiftPenalty, RevokeQualification
from goodstanding.vocabulary import ReviewKind, Verdict
from tests.requirements.platform import ASH, BIRCH, CEDAR, Account

PUBLISH = "publish_political_news"
REPRINT = "reprint_political_news"
NEWS = {PUBLISH, REPRINT}
MATRIX: tuple[tuple[str | None, str, set[str], str | None], ...] = (
    ("news_unit", "news_organisation", NEWS, "publish_and_reprint"),
    ("news_site", "news_organisation", NEWS, "publish_and_reprint"),
    ("licensed_non_news", "enterprise", {REPRINT}, "reprint"),
    (None, "enterprise", set(), None),
    (None, "news_organisation", set(), None),
)


async def revoke(account: Account, qualification_id: str) -> None:
    """Two people take a qualification away."""
    reasons = "The licence was withdrawn by the authority."
    fields = {"qualification_id": qualification_id, "reasons": reasons}
    await account.send(RevokeQualification, ASH, **fields)
    review_id = await account.open_review(ReviewKind.REVOCATION)
    await account.vote(review_id, Verdict.CONFIRM, BIRCH)


@pytest.mark.parametrize(("qualification", "holder", "rights", "mark"), MATRIX)
async def test_r18_who_may_publish_and_reprint_political_news_follows_from_the_class(
    platform, qualification, holder, rights, mark
):
    account = await platform.public(holder)
    if qualification:
        await account.qualify(qualification, licence=await platform.licence())

    assert NEWS & await account.can() == rights
    for missing in NEWS - rights:
        assert await account.denial(missing) == "NEWS_NOT_PERMITTED"
    # all else of a public account is as with any other
    assert await account.can() >= {"publish", "reprint", "post"}
    assert await account.mark() == mark


@pytest.mark.parametrize("right", sorted(NEWS))
async def test_r18_an_individual_approval_gives_the_one_right_it_names_until_its_end(
    platform, right
):
    account = await platform.public("person")
    refused = await account.refused(
        account.apply("individual_approval", licence=await platform.licence())
    )
    assert (type(refused), refused.field) == (NotEligibleError, "right")

    licence = await platform.licence(days=20)
    await account.qualify("individual_approval", right=right, licence=licence)

    assert NEWS & await account.can() == {right}
    until = (await account.record()).qualifications[-1].valid_until
    zone = (await account.policy()).zone
    assert until.astimezone(zone).date() == licence.valid_to + timedelta(days=1)
    assert NEWS & await account.can_at(until - timedelta(microseconds=1)) == {right}
    assert NEWS & await account.can_at(until) == set()
    await platform.pass_to(until)
    await account.happens("QualificationLapsed")
    assert await account.denial(right) == "QUALIFICATION_LAPSED"
    assert (await account.told())[-1] == "qualification_lapsed"


async def test_r18_an_individual_approval_is_the_authoritys_and_not_the_platforms(platform):
    account = await platform.public("person")

    applying = account.apply("individual_approval", right=PUBLISH)
    refused = await account.refused(applying)

    assert (type(refused), refused.field) == (EvidenceMissingError, "licence")


async def test_r19_a_class_is_granted_by_two_people(platform):
    account = await platform.public("news_organisation")
    review_id = await account.apply("news_unit", licence=await platform.licence())

    await account.vote(review_id, Verdict.GRANT, ASH)
    assert not NEWS & await account.can()
    refused = await account.refused(account.vote(review_id, Verdict.GRANT, ASH))
    assert type(refused) is SelfApprovalError
    await account.vote(review_id, Verdict.GRANT, BIRCH)

    assert await account.can() >= NEWS
    votes = (await account.record()).review(review_id).votes
    assert [vote.by for vote in votes] == [ASH.id, BIRCH.id]


@pytest.mark.parametrize("days", [-1, -20])
async def test_r19_a_class_needs_a_licence_that_is_valid_today(platform, days):
    account = await platform.public("news_organisation")

    ended = await platform.licence(days)
    refused = await account.refused(account.apply("news_unit", licence=ended))
    assert (type(refused), refused.field) == (EvidenceMissingError, "licence.valid_to")
    refused = await account.refused(account.apply("news_unit"))
    assert (type(refused), refused.field) == (EvidenceMissingError, "licence")


async def test_r19_a_licence_that_ended_before_the_second_vote_grants_nothing(platform):
    account = await platform.public("news_organisation")
    review_id = await account.apply("news_unit", licence=await platform.licence(1))
    await account.vote(review_id, Verdict.GRANT, ASH)
    await platform.pass_(days=3)

    refused = await account.refused(account.vote(review_id, Verdict.GRANT, BIRCH))

    assert type(refused) is EvidenceMissingError
    assert not NEWS & await account.can()


async def test_r19_a_grant_holds_from_its_instant_on_and_never_before(platform):
    account = await platform.public("news_organisation")
    await account.qualify("news_unit", licence=await platform.licence())

    granted_at = (await account.record()).qualifications[-1].granted_at
    assert not NEWS & await account.can_at(granted_at - timedelta(microseconds=1))
    assert await account.can_at(granted_at) >= NEWS


async def test_r19_a_class_is_revoked_by_two_people_from_then_on(platform):
    account = await platform.news_unit()
    qualification_id = (await account.record()).qualifications[-1].qualification_id
    reasons = "The licence was withdrawn by the authority."
    fields = {"qualification_id": qualification_id, "reasons": reasons}
    await platform.pass_(days=10)

    await account.send(RevokeQualification, ASH, **fields)
    assert await account.can() >= NEWS
    refused = await account.refused(account.send(RevokeQualification, BIRCH, **fields))
    assert type(refused) is AlreadyPendingError
    review_id = await account.open_review(ReviewKind.REVOCATION)
    refused = await account.refused(account.vote(review_id, Verdict.CONFIRM, ASH))
    assert type(refused) is SelfApprovalError
    answer = await account.vote(review_id, Verdict.CONFIRM, BIRCH)

    assert not NEWS & await account.can()
    assert await account.can_at(answer.at - timedelta(microseconds=1)) >= NEWS
    assert reasons in (await account.notice("qualification_revoked")).text
    await account.settles()
    assert [filing["class"] for filing in await account.filed()] == [
        "public_account",
        "news_unit",
        "news_unit",
    ]
    refused = await account.refused(account.send(RevokeQualification, CEDAR, **fields))
    assert type(refused) is QualificationNotFoundError


async def test_r19_a_class_ends_with_its_licence_after_reminders(platform):
    account = await platform.news_unit(days=33)
    until = (await account.record()).qualifications[-1].valid_until

    await platform.pass_to(until - timedelta(days=29))
    assert (await account.told()).count("qualification_reminder") == 1
    await platform.pass_to(until - timedelta(days=6))
    assert (await account.told()).count("qualification_reminder") == 2
    assert await account.can() >= NEWS
    await platform.pass_to(until)
    await account.happens("QualificationLapsed")

    (lapsed,) = await account.bodies("QualificationLapsed")
    assert datetime.fromisoformat(lapsed["due_at"]) == until
    assert not NEWS & await account.can()


async def test_r19_no_class_is_valid_for_longer_than_the_policy_allows(platform):
    account = await platform.news_unit(days=5000)

    qualification = (await account.record()).qualifications[-1]
    years = qualification.valid_until.year - qualification.granted_at.year
    assert years == 3


@pytest.mark.parametrize(("qualification", "holder", "rights", "mark"), MATRIX[1:3])
async def test_r20_right_and_mark_come_in_one_transaction_and_the_mark_says_which(
    platform, qualification, holder, rights, mark
):
    account = await platform.public(holder)
    assert await account.mark() is None
    await account.qualify(qualification, licence=await platform.licence())

    granted_at = (await account.record()).qualifications[-1].granted_at
    before = granted_at - timedelta(microseconds=1)
    assert (await account.mark_at(before), NEWS & await account.can_at(before)) == (None, set())
    assert (await account.mark_at(granted_at), NEWS & await account.can_at(granted_at)) == (
        mark,
        rights,
    )
    # one command, one instant: grant and whatever follows from it
    events = [e for e in await platform.stand.events(account.id) if e.at == granted_at]
    (granted,) = [one for one in events if one.kind == "QualificationGranted"]
    assert {one.command_id for one in events} == {granted.command_id}
    assert (await account.badge()).since == granted_at


@pytest.mark.parametrize("right", sorted(NEWS))
async def test_r20_the_mark_of_an_individual_approval_names_its_right(platform, right):
    account = await platform.public("person")
    licence = await platform.licence()
    await account.qualify("individual_approval", right=right, licence=licence)

    assert await account.mark() == right.partition("_")[0]


async def test_r20_the_mark_is_gone_exactly_while_the_right_is_denied(platform):
    account = await platform.news_unit()
    decision = await account.violate("illegal_goods")
    (penalty,) = (await account.record()).penalties
    assert not NEWS & await account.can()
    assert await account.mark() is None
    begins, ends = penalty.starts_at, penalty.ends_at
    moment = timedelta(microseconds=1)
    for instant, mark in (
        (begins - moment, "publish_and_reprint"),
        (begins, None),
        (ends - moment, None),
        (ends, "publish_and_reprint"),
    ):
        assert await account.mark_at(instant) == mark
        assert (await account.can_at(instant) >= NEWS) is (mark is not None)

    fields = {"penalty_id": penalty.penalty_id, "reasons": "It was made good at once."}
    await account.send(LiftPenalty, CEDAR, **fields)
    assert await account.mark() == "publish_and_reprint"
    assert decision.rule == "illegal_goods"


async def test_r20_the_mark_is_gone_with_revocation_closure_and_the_end_of_the_right(platform):
    revoked = await platform.news_unit()
    await revoke(revoked, (await revoked.record()).qualifications[-1].qualification_id)
    assert await revoked.mark() is None

    closed = await platform.news_unit()
    decision = await closed.close()
    assert await closed.mark() is None
    await closed.overturn(decision.decision_id)
    assert await closed.mark() == "publish_and_reprint"

    lapsed = await platform.news_unit(days=3)
    until = (await lapsed.record()).qualifications[-1].valid_until
    assert await lapsed.mark_at(until - timedelta(microseconds=1)) == "publish_and_reprint"
    assert await lapsed.mark_at(until) is None


async def test_r20_a_lapsed_verification_takes_the_mark_and_renewing_brings_it_back(platform):
    account = await platform.news_unit()
    until = (await account.record()).verification.valid_until
    await platform.pass_to(until)
    await account.wake()

    assert "VerificationLapsed" in await account.kinds()
    assert await account.mark() is None
    assert await account.denial(PUBLISH) == "VERIFICATION_LAPSED"
    assert await account.penalties() == []
    await account.submit()
    await account.happens("IdentityVerified", 2)
    assert await account.mark() == "publish_and_reprint"
