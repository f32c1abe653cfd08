"""Articles 2 and 6: who gets an account, on what terms, and which rules then hold for it."""

import pytest

from examples.services.identity_provider import Behaviour
from goodstanding.errors import AgreementMissingError, NotEligibleError
from goodstanding.messages import Actor
from goodstanding.vocabulary import Outcome, ReviewKind, Role, Verdict
from tests.requirements.platform import ASH

LINES = (
    "laws_and_regulations",
    "socialist_system",
    "national_interest",
    "citizens_lawful_rights",
    "public_order",
    "social_morality",
    "truthfulness",
)


async def test_r02_only_public_accounts_come_under_qualification_mark_and_news(platform):
    private = await platform.active("private")
    public = await platform.active("public", "enterprise")
    assert (await private.bodies("Registered"))[0]["kind"] == "private"

    refused = await private.refused(private.apply("public_account"))
    assert (type(refused), refused.field) == (NotEligibleError, "qualification")
    await public.qualify("public_account")

    assert "publish" in await public.can()
    assert not {"publish", "reprint", "publish_political_news"} & await private.can()
    assert await private.denial("publish_political_news") == "NEWS_NOT_PERMITTED"
    assert await private.mark() is None
    assert await private.filed() == []


async def test_r02_agreement_identity_and_penalties_hold_for_private_accounts_too(platform):
    private = platform.applicant("private")
    without = await private.acceptance(pledges={})
    refused = await private.refused(private.register(agreement=without))
    assert isinstance(refused, AgreementMissingError)

    await private.register()
    assert "post" not in await private.can()
    await private.verify()
    assert "post" in await private.can()
    await private.violate("illegal_goods")
    assert "post" not in await private.can()
    assert await private.told() == ["activated", "violation_decided"]


async def test_r12_no_account_is_active_before_its_identity_is_verified(platform):
    account = platform.applicant()
    platform.knows(account.identity, Behaviour(Outcome.INCONCLUSIVE))
    await account.register()
    assert await account.can() == {"read", "appeal", "export"}
    await account.submit()
    await account.happens("IdentityChecked")

    assert (await account.record()).stage == "verifying"
    assert await account.can() == {"read", "appeal", "export"}
    await account.vote(await account.open_review(ReviewKind.IDENTITY), Verdict.ACCEPT, ASH)

    assert (await account.record()).stage == "active"
    (checked,) = await account.bodies("IdentityChecked")
    (verified,) = await account.bodies("IdentityVerified")
    assert (checked["outcome"], verified["assurance"]) == ("inconclusive", "issuer")
    assert await account.told() == ["identity_in_review", "activated"]


async def test_r12_the_record_keeps_result_method_and_assurance_and_not_the_document(platform):
    account = await platform.active()

    (checked,) = await account.bodies("IdentityChecked")
    assert (checked["outcome"], checked["assurance"]) == ("pass", "issuer")
    assert checked["checks"]
    for event in await platform.stand.events(account.id):
        assert account.identity.number not in event.body
        assert account.identity.name not in event.body


async def test_r12_a_document_that_the_policy_does_not_ask_for_verifies_nobody(platform):
    account = platform.applicant()
    other = account.identity.model_copy(update={"document": "passport"})
    await account.register()
    await account.submit(other)
    await account.happens("IdentityChecked")

    (checked,) = await account.bodies("IdentityChecked")
    assert (checked["outcome"], checked["reason_code"]) == ("fail", "document_type_not_asked")
    assert await account.told() == ["identity_failed"]
    assert "post" not in await account.can()


@pytest.mark.parametrize("is_verifying", [False, True])
async def test_r12_a_registration_that_is_not_finished_expires(platform, is_verifying):
    account = platform.applicant()
    await account.register()
    if is_verifying:
        platform.knows(account.identity, Behaviour(Outcome.FAIL))
        await account.submit()
        await account.happens("IdentityChecked")
    expires_at = (await account.record()).expires_at

    await platform.pass_to(expires_at)
    await account.wake()

    record = await account.record()
    assert (record.stage, record.ended.reason_code) == ("declined", "registration_expired")
    (declined,) = await account.bodies("Declined")
    assert declined["due_at"] is not None
    assert (await account.told())[-1] == "registration_declined"
    assert await account.can() == {"appeal", "export"}


async def test_r13_without_each_of_the_seven_lines_there_is_no_account(platform):
    account = platform.applicant()
    assert tuple((await account.policy()).agreement.pledges) == LINES

    for line in LINES:
        pledges = {one: one != line for one in LINES}
        agreement = await account.acceptance(pledges=pledges)
        refused = await account.refused(account.register(agreement=agreement))
        assert type(refused) is AgreementMissingError
        assert refused.field == f"agreement.pledges.{line}"


async def test_r13_what_was_accepted_is_kept_with_version_text_clauses_and_language(platform):
    account = platform.applicant()
    agreement = await account.acceptance()
    answer = await account.register(language="zh")

    (event,) = [one for one in await platform.stand.events(account.id) if one.kind == "Registered"]
    (body,) = await account.bodies("Registered")
    assert body["agreement_version"] == agreement.version
    assert body["agreement_digest"] == agreement.text_digest
    assert set(body["clauses"]) == set((await account.policy()).agreement.clauses)
    assert (body["language"], body["accepted_by"]) == ("zh", "holder-1")
    assert (event.at, event.actor) == (answer.at, "holder:holder-1")


async def test_r13_another_text_than_the_current_one_is_no_acceptance(platform):
    account = platform.applicant()
    for field, value in (("version", 9), ("text_digest", "0" * 64), ("id", "other")):
        agreement = await account.acceptance(**{field: value})
        refused = await account.refused(account.register(agreement=agreement))
        assert (type(refused), refused.field) == (AgreementMissingError, f"agreement.{field}")


async def test_r13_nobody_is_verified_in_the_place_of_who_accepted(platform):
    account = platform.applicant("public", "enterprise")
    await account.register()
    other = Actor(id="holder-2", role=Role.HOLDER)

    refused = await account.refused(account.submit(actor=other))
    assert (type(refused), refused.field) == (AgreementMissingError, "actor.id")

    # an organisation is verified together with its operator
    alone = account.identity.model_copy(update={"operator": None})
    await account.submit(alone)
    await account.happens("IdentityChecked")
    (checked,) = await account.bodies("IdentityChecked")
    assert (checked["outcome"], checked["reason_code"]) == ("fail", "operator_missing")
    await account.verify()
