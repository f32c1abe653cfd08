"""Articles 5, 6 and 8: the real name stays behind, and who was closed is recognised without it."""

from datetime import timedelta

from sqlmodel import select

from api.app import described_app
from examples.services.identity_provider import Behaviour
from goodstanding.messages import AnswerHearing, CloseAccount, Erase, FileAppeal, Withdraw
from goodstanding.vocabulary import Outcome, ReviewKind, Verdict
from storage.tables import HolderRow
from tests.requirements.platform import ASH, CEDAR, HOLDER


async def test_r08_every_opening_of_an_identity_is_in_the_ledger_with_who_and_what_for(platform):
    account = platform.applicant()
    platform.knows(account.identity, Behaviour(Outcome.FAIL))
    await account.register()
    for attempt in (1, 2):
        await account.submit()
        await account.happens("IdentityChecked", attempt)
    platform.knows(account.identity)
    await account.verify()

    opened = await account.bodies("IdentityOpened")
    submitted = await account.bodies("IdentitySubmitted")
    assert [one["verification_id"] for one in opened] == [
        one["verification_id"] for one in submitted
    ]
    assert {(one["opened_by"], one["purpose"]) for one in opened} == {("verifier", "verification")}


async def test_r08_an_opening_is_entered_once_where_the_answer_comes_later(platform):
    account = platform.applicant()
    platform.knows(account.identity, Behaviour(calls_back=True))
    await account.register()
    await account.submit()
    await account.happens("IdentityAsked")
    assert (await account.kinds()).count("IdentityOpened") == 1

    assert set(await platform.stand.provider.answer_callbacks()) == {200}

    await account.happens("Activated")
    assert (await account.kinds()).count("IdentityOpened") == 1


async def test_r08_an_opening_is_entered_though_nobody_waits_for_the_answer_any_more(platform):
    account = platform.applicant()
    platform.knows(account.identity, Behaviour(calls_back=True))
    await account.register()
    await account.submit()
    await account.happens("IdentityAsked")
    await account.send(Withdraw, HOLDER)
    assert set(await platform.stand.provider.answer_callbacks()) == {200}

    assert (await account.record()).stage == "withdrawn"
    assert (await account.kinds()).count("IdentityOpened") == 1


async def test_r08_a_filing_that_names_an_organisation_opened_its_identity_for_that(platform):
    account = await platform.public("enterprise")
    await account.settles()

    (filed,) = await account.filed("public_account")
    assert filed["organisation_name"] == account.identity.name
    opened = await account.bodies("IdentityOpened")
    assert [one["purpose"] for one in opened] == ["verification", "filing"]
    assert opened[1]["opened_by"] == "filer"


async def test_r08_the_real_name_is_in_the_vault_and_nowhere_else(platform):
    account = await platform.active()
    assert await platform.stand.vault.open_identity(account.id) == account.identity

    path = platform.stand.database.url.partition("///")[2]
    stored = b""
    for name in (path, f"{path}-wal"):
        with open(name, "rb") as file:  # noqa: ASYNC230, PTH123 - a file of the test's own
            stored += file.read()
    assert account.id.encode() in stored
    for secret in (account.identity.number, account.identity.name):
        assert secret.encode() not in stored


async def test_r08_an_erased_identity_can_be_opened_by_nobody(platform):
    account = platform.applicant()
    await account.register()
    platform.knows(account.identity, Behaviour(Outcome.INCONCLUSIVE))
    await account.submit()
    await account.happens("IdentityChecked")
    (submitted,) = await account.bodies("IdentitySubmitted")
    kept = submitted["verification_id"], account.id
    assert await platform.stand.vault.open_kept(*kept) == account.identity
    await account.send(Withdraw, HOLDER)
    await account.send(Erase, HOLDER)

    assert await platform.stand.vault.open_kept(*kept) is None
    (erased,) = await account.bodies("IdentityErased")
    assert erased["requested_by"] == HOLDER.id


async def test_r08_an_identity_that_is_not_verified_yet_is_not_the_accounts(platform):
    account = platform.applicant()
    await account.register()
    platform.knows(account.identity, Behaviour(Outcome.INCONCLUSIVE))
    await account.submit()
    await account.happens("IdentityChecked")
    assert await platform.stand.vault.open_identity(account.id) is None
    assert await platform.stand.fingerprint(account.id) is None

    await account.vote(await account.open_review(ReviewKind.IDENTITY), Verdict.ACCEPT, CEDAR)

    assert await platform.stand.vault.open_identity(account.id) == account.identity
    assert await platform.stand.fingerprint(account.id)


async def test_r14_no_answer_of_the_api_holds_a_real_name(platform):
    account = await platform.news_unit()
    receipt = (await account.report("r1")).receipt
    for rule in ("illegal_goods", "fraud_offer", "impersonation", "privacy_exposure"):
        decision = await account.violate(rule)
    await account.send(
        AnswerHearing, HOLDER, decision_id=decision.decision_id, statement="I am sorry."
    )
    review_id = await account.appeal(decision.decision_id)
    await account.settles()
    values = {
        "account_id": account.id,
        "capability": "publish",
        "number": receipt,
        "name": "mock",
        "code": "ConflictError",
        "decision_id": decision.decision_id,
        "review_id": review_id,
        "bulk_id": "none",
    }
    batch = {"checks": [{"account_id": account.id, "capability": "post"}]}
    operator = account.identity.operator
    secrets = (account.identity.name, account.identity.number, operator.name, operator.number)

    paths = described_app().openapi()["paths"]
    assert "/accounts/{account_id}/notices" in paths
    for path, methods in paths.items():
        for method in methods:
            asked = path.format(**values)
            response = await platform.http.request(method.upper(), asked, json=batch)
            # a call-back is answered to whoever signs
            answers = {404} if "{bulk_id}" in path else {200, 401}
            assert response.status_code in answers, path
            for secret in secrets:
                assert secret not in response.text, path
    # what the public sees of it is the mark; what its name is, the platform shows
    display_name = (await account.bodies("Registered"))[0]["display_name"]
    assert set(display_name) == {"text_id", "commitment"}


async def test_r30_who_was_closed_and_comes_back_waits_for_a_person(platform):
    closed = await platform.active()
    decision = await closed.close()
    fingerprint_until = (await closed.record()).fingerprint_until
    taken_at = (await closed.record()).the_decision(decision.decision_id).taken_at
    assert fingerprint_until.date() == taken_at.replace(year=taken_at.year + 3).date()

    back = platform.applicant()
    await back.register()
    await back.submit(closed.identity)
    await back.happens("IdentityVerified")

    assert (await back.record()).stage == "verifying"
    assert await back.can() == {"read", "appeal", "export"}
    assert await back.told() == ["identity_in_review"]
    await back.vote(await back.open_review(ReviewKind.RETURN), Verdict.ACCEPT, CEDAR)
    assert (await back.record()).stage == "active"


async def test_r30_a_person_may_decline_the_return_and_that_can_be_appealed(platform):
    closed = await platform.active()
    await closed.close()
    back = platform.applicant()
    await back.register()
    await back.submit(closed.identity)
    await back.happens("IdentityVerified")
    await back.vote(await back.open_review(ReviewKind.RETURN), Verdict.REFUSE, CEDAR)

    record = await back.record()
    assert (record.stage, record.ended.reason_code) == ("declined", "closed_identity")
    assert (await back.told())[-1] == "registration_declined"
    assert "Looked at with care." in (await back.notice("registration_declined")).text
    await back.send(
        FileAppeal,
        HOLDER,
        appeal_id="ap-1",
        decision_id=record.ended.decision_id,
        statement="It was long ago.",
    )
    await back.vote(await back.open_review(ReviewKind.APPEAL), Verdict.OVERTURNED, ASH)
    assert (await back.record()).stage == "active"


async def test_r30_a_closure_is_remembered_without_the_identity_and_not_for_ever(platform):
    closed = await platform.active()
    await closed.close()
    record = await closed.record()
    await platform.pass_to(record.closure.erase_at)
    await closed.wake()
    assert (await closed.record()).stage == "erased"
    assert await platform.stand.vault.open_identity(closed.id) is None
    assert await platform.stand.fingerprint(closed.id)

    back = platform.applicant()
    await back.register()
    await back.submit(closed.identity)
    await back.happens("IdentityVerified")
    assert await back.open_review(ReviewKind.RETURN)

    await platform.pass_to(record.fingerprint_until)
    await closed.wake()
    assert "FingerprintForgotten" in await closed.kinds()
    assert await platform.stand.fingerprint(closed.id) is None
    later = platform.applicant()
    await later.register()
    await later.verify(closed.identity)


async def test_r30_another_identity_is_not_held_up(platform):
    closed = await platform.active()
    await closed.close()

    other = await platform.active()

    assert (await other.record()).reviews == ()
    async with platform.stand.database.reading() as session:
        found = select(HolderRow).where(HolderRow.account_id == closed.id)
        row = (await session.exec(found)).one()
    assert row.closed_until > await platform.now() + timedelta(days=1000)
    assert closed.identity.number not in row.fingerprint


async def test_r30_who_closed_their_own_account_comes_back_freely(platform):
    account = await platform.active()
    await account.send(CloseAccount, HOLDER)
    await platform.pass_to((await account.record()).closing.until)
    await account.happens("AccountClosed")

    back = platform.applicant()
    await back.register()
    await back.verify(account.identity)
    assert (await back.record()).reviews == ()
