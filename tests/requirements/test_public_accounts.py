"""Article 7: a public account is reviewed, and filed by category."""

from datetime import timedelta

import pytest

from goodstanding.errors import AlreadyPendingError, NotEligibleError, TooManyAttemptsError
from goodstanding.messages import Evidence
from goodstanding.vocabulary import EffectKind, EffectState, ReviewKind, Verdict
from tests.requirements.platform import ASH, BIRCH, CEDAR

CATEGORIES = ("person", "enterprise", "public_body", "peoples_organisation", "news_organisation")
PUBLISHING = {"publish", "reprint", "post"}


async def test_r16_a_public_account_is_approved_by_a_reviewer_on_its_evidence(platform):
    account = await platform.active("public", "enterprise")
    assert not PUBLISHING & await account.can()
    digest = "a" * 64
    evidence = (Evidence(kind="licence_scan", reference="vault/7", digest=digest),)

    review_id = await account.apply("public_account", evidence=evidence)
    assert not PUBLISHING & await account.can()
    await account.vote(review_id, Verdict.GRANT, ASH)

    assert await account.can() >= PUBLISHING
    (applied,) = await account.bodies("QualificationApplied")
    assert applied["evidence"] == [f"vault/7 {digest}"]
    votes = (await account.record()).review(review_id).votes
    assert [vote.by for vote in votes] == [ASH.id]
    assert await account.told() == ["activated", "qualification_granted"]


@pytest.mark.parametrize(("holder", "days"), [("person", 7), ("public_body", 3)])
async def test_r16_a_review_has_its_time_by_the_policy(platform, holder, days):
    account = await platform.active("public", holder)
    review_id = await account.apply("public_account")

    review = (await account.record()).review(review_id)
    assert review.due_at - review.opened_at == timedelta(days=days)


async def test_r16_a_refusal_has_reasons_and_one_may_apply_again(platform):
    account = await platform.active("public", "person")
    for attempt in range(3):
        review_id = await account.apply("public_account")
        await account.vote(review_id, Verdict.REFUSE, ASH, f"What is missing: page {attempt}.")
        assert f"page {attempt}" in (await account.notice("qualification_refused")).text
    assert not PUBLISHING & await account.can()

    refused = await account.refused(account.apply("public_account"))
    assert (type(refused), refused.field) == (TooManyAttemptsError, "qualification")
    await platform.pass_(days=31)
    await account.qualify("public_account")
    assert await account.can() >= PUBLISHING


async def test_r16_a_refusal_can_be_appealed_and_is_then_looked_at_by_others(platform):
    account = await platform.active("public", "person")
    await account.vote(await account.apply("public_account"), Verdict.REFUSE, ASH)
    qualification = (await account.record()).qualifications[0]

    await account.overturn(qualification.qualification_id)

    again = await account.open_review(ReviewKind.QUALIFICATION)
    refused = await account.refused(account.vote(again, Verdict.GRANT, ASH))
    assert refused.code == "SelfApprovalError"
    await account.vote(again, Verdict.GRANT, BIRCH)
    assert await account.can() >= PUBLISHING


async def test_r16_two_applications_are_not_open_at_once(platform):
    account = await platform.active("public", "person")
    await account.apply("public_account")

    refused = await account.refused(account.apply("public_account"))
    assert type(refused) is AlreadyPendingError


@pytest.mark.parametrize(("holder", "cap"), [("person", 1), ("enterprise", 2)])
async def test_r16_one_holder_has_no_more_public_accounts_than_the_policy_allows(
    platform, holder, cap
):
    first = await platform.active("public", holder)
    for _ in range(cap - 1):
        more = platform.applicant("public", holder)
        await more.register()
        await more.verify(first.identity)

    beyond = platform.applicant("public", holder)
    await beyond.register()
    await beyond.submit(first.identity)
    await beyond.happens("Declined")
    assert (await beyond.record()).ended.reason_code == "account_cap"
    assert (await beyond.told())[-1] == "registration_declined"
    # private accounts have a cap of their own
    private = platform.applicant("private", holder)
    await private.register()
    await private.verify(first.identity)


async def test_r16_a_name_like_a_protected_one_waits_for_a_person(platform):
    account = platform.applicant("public", "enterprise")
    await account.register(display_name="Goodstandlng 客服中心")
    assert await account.told() == ["name_in_review"]
    await account.submit()
    await account.happens("IdentityVerified")
    assert (await account.record()).stage == "verifying"

    await account.vote(await account.open_review(ReviewKind.NAME), Verdict.REFUSE, ASH)

    record = await account.record()
    assert (record.stage, record.ended.reason_code) == ("declined", "impersonation")
    await account.overturn(record.ended.decision_id)
    assert (await account.record()).stage == "active"


async def test_r16_a_name_like_that_of_an_account_with_a_mark_waits_for_a_person(platform):
    news = platform.applicant("public", "news_organisation")
    await news.register(display_name="晨江日报社评论")
    await news.verify()
    await news.qualify("public_account")
    await news.qualify("news_unit", licence=await platform.licence())

    other = platform.applicant("public", "person")
    await other.register(display_name="晨江日报社评论")

    assert await other.told() == ["name_in_review"]
    await other.submit()
    await other.happens("IdentityVerified")
    await other.vote(await other.open_review(ReviewKind.NAME), Verdict.ACCEPT, CEDAR)
    assert (await other.record()).stage == "active"


@pytest.mark.parametrize("holder", CATEGORIES)
async def test_r17_an_approved_account_is_filed_by_its_category(platform, holder):
    account = await platform.public(holder)
    await account.settles()

    (filed,) = await account.filed()
    assert filed["category"] == holder
    assert filed["account_id"] == account.id
    assert filed["class"] == "public_account"
    assert set(filed) == set((await account.policy()).filings.kinds["public_account"].fields)
    is_person = holder == "person"
    assert filed["organisation_name"] == ("" if is_person else account.identity.name)
    (due,) = await account.bodies("FilingDue")
    assert (due["kind"], due["to"]) == ("public_account", "content_authority")
    (acknowledged,) = await account.bodies("FilingAcknowledged")
    assert acknowledged["filing_id"] == due["filing_id"]
    assert acknowledged["receipt"].startswith("R-")


async def test_r17_the_approval_does_not_wait_for_the_receipt(platform):
    account = await platform.active("public", "enterprise")
    platform.stand.authority.fail_first(40, account_id=account.id)

    await account.qualify("public_account")

    assert await account.can() >= PUBLISHING
    filing = (await account.record()).filings[0]
    assert filing.receipt is None
    granted = (await account.record()).qualifications[0].granted_at
    assert filing.due_at - granted == timedelta(days=5)
    assert await account.filed() == []
    await platform.pass_(hours=8)
    await account.settles()
    assert len(await account.filed()) == 1


async def test_r17_a_filing_is_sent_again_under_its_own_number_until_it_is_received(platform):
    account = await platform.active("public", "enterprise")
    platform.stand.authority.fail_first(3, account_id=account.id)
    await account.qualify("public_account")
    await account.settles()

    (due,) = await account.bodies("FilingDue")
    attempts = [
        one for one in platform.stand.authority.attempts if one.startswith(f"{account.id}.")
    ]
    assert attempts == [due["filing_id"]] * 4
    assert len(await account.filed()) == 1
    (effect,) = await account.effects(EffectKind.FILING)
    assert effect.state is EffectState.DELIVERED
    assert (await account.kinds()).count("FilingAcknowledged") == 1


async def test_r21_anybody_looks_up_the_mark_and_learns_no_name(platform):
    account = await platform.news_unit(days=100)
    qualification = (await account.record()).qualifications[-1]

    response = await platform.http.get(f"/accounts/{account.id}/badge")

    badge = response.json()
    assert response.status_code == 200
    assert badge["account_id"] == account.id
    assert badge["mark"] == "publish_and_reprint"
    assert set(badge["title"]) == {"zh", "en"}
    view = await account.badge()
    assert view.since == qualification.granted_at
    assert view.until == qualification.valid_until
    for secret in (account.identity.name, account.identity.number, "欧阳"):
        assert secret not in response.text
    assert set(badge) == {"account_id", "as_of", "mark", "title", "since", "until"}


async def test_r21_an_account_without_a_mark_says_so(platform):
    account = await platform.public("person")

    badge = await account.badge()
    assert (badge.mark, badge.title, badge.since, badge.until) == (None, None, None, None)
    assert (await platform.http.get("/accounts/nobody/badge")).status_code == 404


async def test_r16_a_class_is_open_only_to_its_kind_of_holder(platform):
    account = await platform.public("enterprise")
    licence = await platform.licence()

    refused = await account.refused(account.apply("news_unit", licence=licence))
    assert (type(refused), refused.field) == (NotEligibleError, "qualification")
