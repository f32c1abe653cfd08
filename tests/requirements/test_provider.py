"""Article 4: what the platform itself has to hold before it opens accounts and grants rights."""

from datetime import timedelta

from goodstanding.errors import ProviderUnqualifiedError
from goodstanding.messages import Licence, OpenProvider, RecordLicence
from goodstanding.vocabulary import PROVIDER_ACCOUNT, ReviewKind, Verdict
from tests.requirements.platform import ASH, BIRCH, CN, OPS, Account, Platform

TELECOM = "telecom_licence"
NEWS = "internet_news_licence"


async def opened_provider(platform: Platform) -> Account:
    """The account that is the platform itself."""
    provider = platform.applicant()
    provider.id = PROVIDER_ACCOUNT
    await provider.send(OpenProvider, OPS, policy_id=CN)
    return provider


async def holds(provider: Account, code: str, since: int = -30, days: int = 1000) -> Licence:
    """Record a licence of the platform, from and through a day counted from today."""
    today = (await provider.platform.now()).date()
    licence = Licence(
        number=f"L-{code[:5]}",
        authority="content_authority",
        valid_from=today + timedelta(days=since),
        valid_to=today + timedelta(days=days),
    )
    await provider.send(RecordLicence, OPS, code=code, licence=licence)
    return licence


async def test_r05_no_account_is_opened_without_the_licences_of_the_platform(own):
    provider = await opened_provider(own)
    private, public = own.applicant(), own.applicant("public")

    for account in (private, public):
        refused = await account.refused(account.register())
        assert type(refused) is ProviderUnqualifiedError

    await holds(provider, TELECOM)
    await private.register()
    await private.verify()
    refused = await public.refused(public.register())
    assert type(refused) is ProviderUnqualifiedError
    assert NEWS in refused.message

    await holds(provider, NEWS)
    await public.register()
    await public.verify()
    assert "publish" not in await public.can()
    await public.qualify("public_account")
    assert "publish" in await public.can()


async def test_a_licence_that_is_held_already_is_not_recorded_again(own):
    provider = await opened_provider(own)
    first = await holds(provider, TELECOM)
    before = await provider.record()

    await holds(provider, TELECOM)
    assert await provider.record() == before

    corrected = first.model_copy(update={"authority": "telecom_authority"})
    await provider.send(RecordLicence, OPS, code=TELECOM, licence=corrected)
    assert len((await provider.record()).licences) == 2


async def test_r05_a_licence_counts_from_its_first_day(own):
    provider = await opened_provider(own)
    await holds(provider, TELECOM, since=5)
    account = own.applicant()

    refused = await account.refused(account.register())
    assert type(refused) is ProviderUnqualifiedError
    await own.pass_(days=6)
    await account.register()


async def test_r05_the_licences_stand_on_the_account_provider_with_number_scope_and_dates(own):
    provider = await opened_provider(own)
    licence = await holds(provider, NEWS)

    (recorded,) = await provider.bodies("LicenceRecorded")
    assert (recorded["code"], recorded["number"]) == (NEWS, licence.number)
    assert recorded["authority"] == licence.authority
    view = await own.client.accounts.get(PROVIDER_ACCOUNT)
    (held,) = view.licences
    # through the last day in the policy's own time zone
    zone = (await provider.policy()).zone
    assert held.valid_until.astimezone(zone).date() == licence.valid_to + timedelta(days=1)


async def test_r06_when_the_news_licence_ends_new_grants_stop_and_the_rest_goes_on(own):
    provider = await opened_provider(own)
    await holds(provider, TELECOM)
    await holds(provider, NEWS, days=40)
    account = await own.news_unit()
    until = (await provider.record()).licences[-1].valid_until
    assert await account.mark() == "publish_and_reprint"

    # the alarm comes before the end, by the policy
    assert "licence_reminder" not in await provider.told()
    await own.pass_to(until - timedelta(days=30))
    await provider.wake()
    assert "licence_reminder" in await provider.told()
    assert await account.mark() == "publish_and_reprint"

    await own.pass_to(until)
    await provider.wake()
    assert (await provider.kinds()).count("LicenceLapsed") == 1
    assert (await provider.told())[-1] == "licence_lapsed"
    # right at the instant, for every account, and with the mark
    before = until - timedelta(microseconds=1)
    assert "publish_political_news" in await account.can_at(before)
    assert "publish_political_news" not in await account.can_at(until)
    assert (await account.mark_at(before), await account.mark_at(until)) == (
        "publish_and_reprint",
        None,
    )
    assert await account.denial("publish_political_news") == "PROVIDER_UNQUALIFIED"
    assert {"publish", "reprint", "post", "message"} <= await account.can()
    assert await account.mark() is None

    newcomer = own.applicant("public")
    refused = await newcomer.refused(newcomer.register())
    assert type(refused) is ProviderUnqualifiedError
    private = await own.active("private")
    assert "post" in await private.can()

    await holds(provider, NEWS)
    assert "publish_political_news" in await account.can()
    assert await account.mark() == "publish_and_reprint"


async def test_r06_no_news_right_is_granted_once_the_licence_has_ended(own):
    provider = await opened_provider(own)
    await holds(provider, TELECOM)
    await holds(provider, NEWS, days=3)
    account = await own.public("news_organisation")
    review_id = await account.apply("news_unit", licence=await own.licence())
    await account.vote(review_id, Verdict.GRANT, ASH)
    await own.pass_(days=5)

    voting = account.vote(review_id, Verdict.GRANT, BIRCH)
    refused = await account.refused(voting)
    assert type(refused) is ProviderUnqualifiedError
    applying = account.apply("public_account")
    refused = await account.refused(applying)
    assert type(refused) is ProviderUnqualifiedError

    await holds(provider, NEWS)
    review_id = await account.open_review(ReviewKind.QUALIFICATION)
    await account.vote(review_id, Verdict.GRANT, BIRCH)
    assert await account.mark() == "publish_and_reprint"
