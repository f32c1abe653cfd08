"""Article 8: what the policy reports to the authority, with which fields, and until when it is tried."""

from datetime import datetime, timedelta

from goodstanding.vocabulary import EffectKind, EffectState, ReviewKind, Verdict
from tests.requirements.platform import BIRCH, NEUTRAL


async def test_r29_a_closure_is_reported_with_the_fields_of_the_policy_and_no_name(platform):
    account = await platform.active()
    decision = await account.close()
    await account.settles()

    (reported,) = await account.filed("penalty_report")
    kind = (await account.policy()).filings.kinds["penalty_report"]
    assert set(reported) == set(kind.fields)
    assert (reported["rule"], reported["clause"]) == ("threat_to_life", "3.5")
    assert (reported["penalty"], reported["account_id"]) == ("closure", account.id)
    assert reported["policy_digest"] == decision.substance_digest
    assert datetime.fromisoformat(reported["dated"]) == decision.taken_at
    assert reported["organisation_name"] == ""
    for secret in (account.identity.name, account.identity.number):
        assert secret not in str(reported)
    filing = (await account.record()).filings[0]
    assert (filing.to, filing.kind) == ("competent_department", "penalty_report")
    assert filing.due_at - decision.taken_at == timedelta(hours=24)
    assert filing.receipt.startswith("R-")


async def test_r29_only_what_the_policy_names_is_reported(platform):
    account = await platform.active()
    for rule in ("spam_flooding", "illegal_goods", "fraud_offer", "threat_to_life"):
        await account.violate(rule)
    await account.settles()
    assert await account.filed() == []

    await account.vote(await account.open_review(ReviewKind.CONFIRMATION), Verdict.CONFIRM, BIRCH)
    await account.settles()
    assert len(await account.filed("penalty_report")) == 1


async def test_r29_a_policy_without_filings_reports_nothing(platform):
    account = await platform.active(policy=NEUTRAL)
    await account.close()
    await account.settles()

    assert (await account.record()).stage == "closed"
    assert (await account.record()).filings == ()
    assert await account.filed() == []


async def test_r29_a_report_is_sent_again_until_its_receipt(platform):
    account = await platform.active()
    await account.settles()
    platform.stand.authority.fail_first(5, account_id=account.id)
    await account.close()
    await account.settles()

    (effect,) = await account.effects(EffectKind.FILING)
    attempts = platform.stand.authority.attempts.count(effect.effect_id)
    assert (attempts, effect.state) == (6, EffectState.DELIVERED)
    assert len(await account.filed()) == 1
    (acknowledged,) = await account.bodies("FilingAcknowledged")
    assert acknowledged["receipt"] == (await account.record()).filings[0].receipt


async def test_r29_a_report_without_a_receipt_is_escalated_and_never_given_up_in_silence(platform):
    account = await platform.active()
    platform.stand.authority.fail_first(200, account_id=account.id)
    await account.close()
    filing = (await account.record()).filings[0]

    await platform.pass_to(filing.due_at)
    await account.happens("FilingEscalated")
    assert await account.filed() == []
    (effect,) = await account.effects(EffectKind.FILING)
    assert effect.state is EffectState.PENDING
    # it is tried on
    await platform.pass_(hours=12)
    await account.settles()
    assert len(await account.filed()) == 1
    assert (await account.record()).filings[0].receipt
