"""F1: every penalty has a notice, stored with its decision, that says all that the holder has to know."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from goodstanding.domain.record import Record
from goodstanding.messages import AnswerHearing
from goodstanding.vocabulary import EffectKind, EffectState, ReviewKind, Verdict
from tests.requirements.platform import ASH, BIRCH, DETECTOR, HOLDER, Account
from tests.workflows.stand import COPIES

FACTS = "The offer names the price and where it is handed over."


def day(instant: datetime) -> str:
    """An instant as holders read it."""
    return f"{instant.astimezone(ZoneInfo('Asia/Shanghai')):%Y-%m-%d %H:%M} (Asia/Shanghai)"


async def checked(account: Account, text: str, penalty: str) -> None:
    """The statement of reasons is whole."""
    record = await account.record()
    decision = record.decisions[-1]
    policy = await account.policy()
    language = record.language
    rule = policy.rules[decision.rule]
    clause = policy.agreement.clauses[decision.clause]
    imposed = [p for p in record.penalties if p.decision_id == decision.decision_id][-1]
    about = policy.penalties[penalty]
    words = (await _words(account)).phrases
    for said in (
        decision.item,
        rule.title[language],
        decision.rule,
        rule.covers[language],
        f"{account.policy_id} v{policy.policy.version}",
        decision.clause,
        clause.title[language],
        FACTS,
        words["found_by_person"],
        words["automation_none"],
        about.title[language],
        day(decision.acted_at),
        day(imposed.starts_at),
        day(decision.appeal_until),
        about.undo[language],
        words["redress_out_of_court"],
        words["redress_judicial"],
        words["territory_everywhere"],
        "15",
    ):
        assert said in text, said
    if imposed.ends_at:
        assert day(imposed.ends_at) in text
    for capability in about.deny:
        assert policy.capabilities.all[capability].title[language] in text
    # nothing is left to be filled in, and no line says nothing
    assert not re.search(r"[{}]", text)
    body = "\n".join(line for line in text.splitlines() if not line.startswith("您好"))
    assert not re.search(r"[:：]\s*$", body, re.MULTILINE)


async def _words(account: Account):
    book = account.platform.stand.book
    published = book.current(account.policy_id, await account.platform.now())
    return published.words_in((await account.record()).language)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("rules", "penalty"),
    [
        (["spam_flooding"], "warning"),
        (["illegal_goods"], "restricted_publishing"),
        (["illegal_goods", "fraud_offer"], "suspended_updates"),
    ],
)
async def test_f01_the_notice_of_a_penalty_has_every_field_in_the_holders_language(
    platform, rules, penalty, language
):
    account = await platform.active(language=language)
    for rule in rules:
        await account.violate(rule, facts=FACTS)

    notice = await account.notice("violation_decided")

    assert notice.language == language
    assert notice.decision_id == (await account.record()).decisions[-1].decision_id
    await checked(account, notice.text, penalty)


async def test_f01_the_notice_of_a_closure_has_every_field(platform):
    account = await platform.active()
    held = await account.violate("threat_to_life", facts=FACTS)
    started = (await account.notice("interim_started")).text
    for said in (held.item, "3.5", FACTS, day(held.lapses_at)):
        assert said in started
    review_id = await account.open_review(ReviewKind.CONFIRMATION)
    await account.vote(review_id, Verdict.CONFIRM, BIRCH, "The address is a real one.")

    notice = await account.notice("account_closed")

    await checked(account, notice.text, "closure")
    assert "The address is a real one." in notice.text
    record = await account.record()
    assert notice.issued_at == record.closure.closed_at


async def test_f01_what_comes_next_and_until_when_to_answer_is_said(platform):
    account = await platform.active()
    for rule in ("illegal_goods", "fraud_offer", "impersonation"):
        await account.violate(rule)
    decision = await account.violate("privacy_exposure", facts=FACTS)

    notice = await account.notice("violation_decided")
    await checked(account, notice.text, "suspended_updates")
    assert "closure" in notice.text
    assert day(decision.proposal.hearing_until) in notice.text
    hearing = {"decision_id": decision.decision_id, "statement": "It was an old photo."}
    await account.send(AnswerHearing, HOLDER, **hearing)
    review_id = await account.open_review(ReviewKind.CONFIRMATION)
    await account.vote(review_id, Verdict.CONFIRM, BIRCH, "The answer was weighed.")
    announced = (await account.notice("closing_announced")).text
    closing = (await account.record()).closing
    for said in (day(closing.until), "The answer was weighed.", decision.item, "3.4"):
        assert said in announced


async def test_f01_how_it_was_found_and_what_was_automated_is_said(platform):
    account = await platform.active()
    await account.propose("illegal_goods", DETECTOR, item="item-7")
    finding = await account.finding("illegal_goods", item="item-7")
    review_id = await account.open_review(ReviewKind.CASE)
    await account.vote(review_id, Verdict.VIOLATION, ASH, finding=finding)
    by_person = (await account.notice("violation_decided")).text

    await account.report("r1", "item-8")
    finding = await account.finding("fraud_offer", item="item-8")
    review_id = await account.open_review(ReviewKind.CASE)
    await account.vote(review_id, Verdict.VIOLATION, ASH, finding=finding)
    by_report = (await account.notice("violation_decided")).text

    phrases = (await _words(account)).phrases
    assert phrases["found_by_report"] in by_report
    assert phrases["automation_none"] in by_report
    assert phrases["found_by_detector"] in by_person
    assert phrases["automation_detection"] in by_person


async def test_f01_a_penalty_is_stored_with_its_notice_and_starts_no_earlier(platform):
    account = await platform.active()
    for rule in ("spam_flooding", "illegal_goods", "fraud_offer", "threat_to_life"):
        await account.violate(rule)
    await account.vote(await account.open_review(ReviewKind.CONFIRMATION), Verdict.CONFIRM, BIRCH)

    record: Record = await account.record()
    by_decision = {notice.decision_id: notice for notice in await account.inbox()}
    assert [p.code for p in record.penalties] == [
        "warning",
        "restricted_publishing",
        "suspended_updates",
        "interim_suspension",
        "closure",
    ]
    for penalty in record.penalties:
        told = [n for n in await account.inbox() if n.decision_id == penalty.decision_id]
        assert min(n.issued_at for n in told) <= penalty.starts_at
        assert by_decision[penalty.decision_id].text


async def test_f01_a_copy_that_cannot_be_delivered_is_sent_again_and_stays_in_the_inbox(platform):
    account = await platform.active(policy=COPIES)
    await account.settles()
    platform.stand.webhook.fail_first(4)

    await account.violate("illegal_goods")

    notice = await account.notice("violation_decided")
    assert notice.text
    assert await account.denial("post") == "PENALTY_DENIES"
    await account.settles()
    copies = [
        one.body
        for one in platform.stand.webhook.messages
        if one.body["account_id"] == account.id and one.body["kind"] == "violation_decided"
    ]
    assert [copy["notice_id"] for copy in copies] == [notice.notice_id]
    effects = await account.effects(EffectKind.NOTICE)
    assert {effect.state for effect in effects} == {EffectState.DELIVERED}
    assert timedelta(0) <= await platform.now() - notice.issued_at
