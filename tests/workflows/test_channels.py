"""F1 through everything: a notice is handed over by its channel, however long that is down, and a penalty waits."""

from datetime import timedelta

import pytest

from goodstanding.messages import RetryEffect
from goodstanding.policy.durations import Duration
from goodstanding.vocabulary import EffectKind, EffectState
from storage import queries
from storage.tables import EffectRow
from tests.workflows.stand import (
    BY_MAIL,
    BY_MAIL_OR_TIME,
    BY_WEBHOOK,
    COPIES,
    OPS,
    Stand,
)

RULE = "illegal_goods"


@pytest.fixture(autouse=True)
def _as_it_was(skipped: Stand):
    yield
    skipped.mail.always, skipped.mail.at_data, skipped.mail.greylists = "", "", False
    skipped.webhook.fail_first(0)


async def penalised(stand: Stand, account_id: str, policy: str) -> None:
    """An account that was active, and has one more decision against it, whose notice is on its way."""
    await stand.active(account_id, policy)
    await stand.until(lambda: stand.nothing_is_pending(account_id))


async def penalty(stand: Stand, account_id: str):
    async with stand.database.reading() as session:
        record = await queries.record(session, account_id)
    assert record is not None
    (found,) = record.penalties
    (notice,) = [one for one in record.notices if one.kind == "violation_decided"]
    return found, notice


async def letter_of(stand: Stand, account_id: str) -> EffectRow:
    """The effect by which the decision goes out by e-mail."""
    letters = [one for one in await stand.effects(account_id) if one.kind is EffectKind.MAIL]
    return max(letters, key=lambda one: one.created_at)


async def test_f01_a_penalty_begins_when_the_letter_was_handed_in(skipped, account_id):
    await penalised(skipped, account_id, BY_MAIL)

    await skipped.goodstanding.accounts.record_violation(skipped.violation(account_id, rule=RULE))
    await skipped.until(lambda: skipped.nothing_is_pending(account_id))

    begun, notice = await penalty(skipped, account_id)
    assert begun.starts_at == notice.handed_over_at
    assert begun.starts_at is not None
    *_, letter = skipped.mail.to(f"{account_id}@people.example")
    assert letter["Message-ID"].startswith(f"<{notice.notice_id}.mail@")
    asked = skipped.people.asked[-1]
    assert asked == {
        "account_id": account_id,
        "notice_id": notice.notice_id,
        "kind": "violation_decided",
        "language": "en",
        "decision_id": begun.decision_id,
    }
    assert {part.get_content_type() for part in letter.iter_parts()} == {"text/plain", "text/html"}


async def test_f01_a_mail_server_that_is_away_for_three_days_starts_no_penalty_until_it_is_back(
    skipped, account_id
):
    await penalised(skipped, account_id, BY_MAIL)
    skipped.mail.always = "451 4.3.2 Not now"
    await skipped.goodstanding.accounts.record_violation(skipped.violation(account_id, rule=RULE))

    await skipped.environment.sleep(timedelta(days=3))
    waiting, _ = await penalty(skipped, account_id)
    tried = await letter_of(skipped, account_id)
    skipped.mail.always = ""
    back = await skipped.now()
    await skipped.environment.sleep(timedelta(hours=1))
    await skipped.until(lambda: skipped.nothing_is_pending(account_id))

    assert waiting.starts_at is None
    assert (tried.state, tried.last_error) == (EffectState.PENDING, "smtp_451")
    assert tried.attempts > 10
    begun, notice = await penalty(skipped, account_id)
    assert begun.starts_at == notice.handed_over_at
    assert begun.starts_at >= back
    assert begun.ends_at > begun.starts_at
    after = await letter_of(skipped, account_id)
    assert (after.state, after.last_error) == (EffectState.DELIVERED, None)


async def test_f01_a_greylisted_letter_goes_the_next_time(skipped, account_id):
    skipped.mail.greylists = True
    await penalised(skipped, account_id, BY_MAIL)

    letter = await letter_of(skipped, account_id)
    assert (letter.state, letter.attempts) == (EffectState.DELIVERED, 2)
    assert len(skipped.mail.to(f"{account_id}@people.example")) == 1


async def test_f01_from_an_instant_of_the_policy_on_the_inbox_counts_though_the_channel_is_down(
    skipped, account_id
):
    await penalised(skipped, account_id, BY_MAIL_OR_TIME)
    skipped.mail.always = "451 4.3.2 Not now"
    await skipped.goodstanding.accounts.record_violation(skipped.violation(account_id, rule=RULE))
    _, notice = await penalty(skipped, account_id)
    due = Duration.parse("P3D").after(notice.issued_at, skipped.book.published[0].policy.zone)

    await skipped.environment.sleep(timedelta(days=2))
    waiting, _ = await penalty(skipped, account_id)
    await skipped.environment.sleep(timedelta(days=1, minutes=1))
    await skipped.until(lambda: skipped.has_happened(account_id, "PenaltyStarted"))

    assert waiting.starts_at is None
    begun, notice = await penalty(skipped, account_id)
    assert begun.starts_at == notice.handed_over_at == due


async def test_f01_a_letter_that_is_refused_for_good_is_a_dead_letter_until_ops_try_again(
    skipped, account_id
):
    await penalised(skipped, account_id, BY_MAIL)
    skipped.mail.always = "550 5.1.1 No such person"
    await skipped.goodstanding.accounts.record_violation(skipped.violation(account_id, rule=RULE))
    await skipped.until(lambda: skipped.nothing_is_pending(account_id))
    dead = await letter_of(skipped, account_id)
    waiting, _ = await penalty(skipped, account_id)
    skipped.mail.always = ""

    retry = RetryEffect(
        account_id=account_id, command_id="again", actor=OPS, effect_id=dead.effect_id
    )
    await skipped.goodstanding.accounts.retry_effect(retry)
    await skipped.until(lambda: skipped.has_happened(account_id, "PenaltyStarted"))

    assert (dead.state, dead.attempts, dead.last_error) == (EffectState.FAILED, 1, "smtp_550")
    assert waiting.starts_at is None
    begun, notice = await penalty(skipped, account_id)
    assert begun.starts_at == notice.handed_over_at
    assert begun.starts_at is not None


async def test_f01_what_is_given_up_says_how_often_it_was_tried_and_why_in_vain(
    skipped, account_id
):
    await penalised(skipped, account_id, BY_MAIL)
    skipped.mail.always = "452 4.2.2 Mailbox full"
    await skipped.goodstanding.accounts.record_violation(skipped.violation(account_id, rule=RULE))
    await skipped.environment.sleep(timedelta(days=7, minutes=1))
    await skipped.until(lambda: skipped.nothing_is_pending(account_id))

    letter = await letter_of(skipped, account_id)

    assert (letter.state, letter.last_error) == (EffectState.FAILED, "smtp_452")
    assert letter.attempts > 100
    assert (await penalty(skipped, account_id))[0].starts_at is None


async def test_f01_a_webhook_that_is_away_for_days_starts_no_penalty_either(skipped, account_id):
    await penalised(skipped, account_id, BY_WEBHOOK)
    skipped.webhook.fail_first(10_000)
    await skipped.goodstanding.accounts.record_violation(skipped.violation(account_id, rule=RULE))

    await skipped.environment.sleep(timedelta(days=3))
    waiting, notice = await penalty(skipped, account_id)
    copies = [one for one in await skipped.effects(account_id) if one.effect_id == notice.notice_id]
    skipped.webhook.fail_first(0)
    await skipped.environment.sleep(timedelta(minutes=15))
    await skipped.until(lambda: skipped.nothing_is_pending(account_id))

    assert waiting.starts_at is None
    assert (copies[0].state, copies[0].last_error) == (
        EffectState.PENDING,
        "WebhookUndeliveredError",
    )
    begun, notice = await penalty(skipped, account_id)
    assert begun.starts_at == notice.handed_over_at
    assert begun.starts_at >= notice.issued_at + timedelta(days=3)


async def test_f01_where_the_inbox_hands_over_no_penalty_waits_for_a_channel(skipped, account_id):
    await penalised(skipped, account_id, COPIES)
    skipped.webhook.fail_first(10_000)

    await skipped.goodstanding.accounts.record_violation(skipped.violation(account_id, rule=RULE))

    begun, notice = await penalty(skipped, account_id)
    assert begun.starts_at == notice.handed_over_at == notice.issued_at


async def test_f01_a_holder_without_an_address_is_seen_by_ops_and_written_nowhere(
    skipped, account_id
):
    skipped.people.addresses[account_id] = None
    await penalised(skipped, account_id, BY_MAIL)

    letter = await letter_of(skipped, account_id)

    assert (letter.state, letter.last_error) == (EffectState.FAILED, "no_address")
    assert skipped.mail.to(account_id) == []
