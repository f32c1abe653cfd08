"""Article 8: what a breach leads to, what each penalty leaves, how it ends, and what counts."""

from datetime import timedelta
from hashlib import sha256

import pytest

from goodstanding.domain.entries import CaseState, DecisionState
from goodstanding.errors import (
    AlreadyDecidedError,
    MalformedError,
    ReasonsTooShortError,
    RuleTooBroadError,
    SelfApprovalError,
)
from goodstanding.messages import AcknowledgeNotice, LiftPenalty, RecordViolation, VoidStrike
from goodstanding.vocabulary import ReviewKind, Verdict
from tests.requirements.platform import ASH, BIRCH, CEDAR, HOLDER, Account, Platform

MOMENT = timedelta(microseconds=1)
LINES = ("laws_and_regulations", "public_order", "truthfulness", "3.1", "3.7")

PRIVATE = {"read", "message", "report", "remove", "profile", "update", "post", "appeal", "export"}
PUBLIC_OTHER = PRIVATE | {"publish", "reprint"}
NEWS = PUBLIC_OTHER | {"publish_political_news", "reprint_political_news"}
REPRINT = PUBLIC_OTHER | {"reprint_political_news"}
EVERY_KIND = {"private": PRIVATE, "other": PUBLIC_OTHER, "news": NEWS, "reprint": REPRINT}

RESTRICTED = NEWS - {"read", "message", "report", "remove", "profile", "update"}
SUSPENDED = RESTRICTED | {"profile", "update"}
INTERIM = SUSPENDED | {"message"}
DENIED = {
    "warning": set(),
    "restricted_publishing": RESTRICTED - {"appeal", "export"},
    "suspended_updates": SUSPENDED - {"appeal", "export"},
    "interim_suspension": INTERIM - {"appeal", "export"},
    "closure": NEWS - {"appeal", "export"},
}
"""What each penalty denies, by the table of the facts."""


async def of_kind(platform: Platform, kind: str) -> Account:
    """An account of a kind and class that may do all that its column gives."""
    if kind == "private":
        return await platform.active("private")
    if kind == "other":
        return await platform.public("person")
    if kind == "news":
        return await platform.news_unit()
    account = await platform.public("enterprise")
    await account.qualify("licensed_non_news", licence=await platform.licence())
    return account


async def test_r23_a_breach_is_decided_by_severity_and_history_with_its_notice(platform):
    account = await platform.active()
    for rule, penalty, points in (
        ("spam_flooding", "warning", 1),
        ("illegal_goods", "restricted_publishing", 3),
        ("fraud_offer", "suspended_updates", 3),
    ):
        before = len(await platform.stand.events(account.id))
        decision = await account.violate(rule)
        record = await account.record()
        assert record.penalties[-1].code == penalty
        assert record.strikes[-1].points == points
        # decision, strike, penalty and notice are one commit
        new = (await platform.stand.events(account.id))[before:]
        kinds = {event.kind for event in new if event.at == decision.taken_at}
        assert {"DecisionTaken", "StrikeGiven", "PenaltyImposed", "NoticeIssued"} <= kinds
        assert (await account.told())[-1] == "violation_decided"


async def test_r23_a_penalty_stands_on_a_clause_that_the_account_accepted(platform):
    account = await platform.active()
    decision = await account.violate("illegal_goods")

    (found,) = await account.bodies("ViolationFound")
    assert (found["agreement_version"], found["clause"]) == (1, "3.1")
    assert "3.1" in (await account.record()).agreement.clauses
    assert decision.substance_digest in {
        one.digest for one in platform.stand.book.published if one.id == account.policy_id
    }


async def test_r23_a_penalty_starts_with_its_notice_in_the_inbox(platform):
    account = await platform.active()
    await account.violate("illegal_goods")

    (penalty,) = (await account.record()).penalties
    notice = await account.notice("violation_decided")
    assert penalty.starts_at == notice.issued_at == notice.handed_over_at
    assert await account.denial("post") == "PENALTY_DENIES"


async def test_r23_what_has_not_happened_yet_is_no_breach(platform):
    account = await platform.active()
    later = await platform.now() + timedelta(hours=1)

    refused = await account.refused(account.violate("illegal_goods", acted_at=later))
    assert (type(refused), refused.field) == (MalformedError, "finding.acted_at")


@pytest.mark.parametrize("kind", EVERY_KIND)
async def test_r24_what_each_penalty_leaves_to_each_kind(platform, kind):
    has = EVERY_KIND[kind]
    account = await of_kind(platform, kind)
    assert await account.can() == has
    seen = {}
    for penalty, rule in (
        ("warning", "spam_flooding"),
        ("restricted_publishing", "illegal_goods"),
        ("suspended_updates", "fraud_offer"),
        ("interim_suspension", "threat_to_life"),
    ):
        # what the one before denied is over
        await platform.pass_(days=31)
        await account.violate(rule)
        assert (await account.penalties())[-1] == penalty
        seen[penalty] = await account.can()
    # the interim is confirmed
    await account.vote(await account.open_review(ReviewKind.CONFIRMATION), Verdict.CONFIRM, BIRCH)
    assert (await account.penalties())[-1] == "closure"
    seen["closure"] = await account.can()

    assert seen == {penalty: has - denied for penalty, denied in DENIED.items()}


async def test_r24_a_warning_leaves_everything_and_is_acknowledged(platform):
    account = await platform.active()
    await account.violate("spam_flooding")
    assert await account.can() == PRIVATE
    assert await account.standing() == "warned"

    notice = await account.notice("violation_decided")
    await account.send(AcknowledgeNotice, HOLDER, notice_id=notice.notice_id)
    assert (await account.record()).penalties[0].ended_because == "acknowledged"
    assert await account.standing() == "warned"


async def test_r24_after_closure_name_and_badge_are_held_and_appeal_and_export_are_left(platform):
    account = await platform.news_unit()
    decision = await account.close()

    record = await account.record()
    assert (record.stage, await account.standing()) == ("closed", "closed")
    assert await account.can() == {"appeal", "export"}
    assert await account.mark() is None
    appeal_until = record.the_decision(decision.decision_id).appeal_until
    assert record.name_until == appeal_until
    # nobody else takes the name without a person having looked
    other = platform.applicant()
    await other.register(display_name=sha256(account.id.encode()).hexdigest()[:20])
    assert await other.told() == ["name_in_review"]
    # the inbox stays, and the appeal is taken in
    assert (await account.told())[-1] == "account_closed"
    assert await account.appeal(decision.decision_id)


async def test_r25_a_penalty_ends_by_itself_at_its_instant(platform):
    account = await platform.active()
    await account.violate("illegal_goods")
    (penalty,) = (await account.record()).penalties
    ends = penalty.ends_at
    assert ends - penalty.starts_at == timedelta(days=7)
    assert "post" not in await account.can_at(ends - MOMENT)
    assert "post" in await account.can_at(ends)

    await platform.pass_to(ends)
    await account.happens("PenaltyExpired")

    assert "post" in await account.can()
    # nobody asked for it: the account's own timer did
    (expired,) = [
        event for event in await platform.stand.events(account.id) if event.kind == "PenaltyExpired"
    ]
    assert (expired.command_id, expired.actor) == (None, "system")
    assert (await account.told())[-1] == "penalty_ended"
    assert await account.standing() == "warned"


async def test_r25_overlapping_penalties_add_up_and_each_ends_at_its_own_instant(platform):
    account = await platform.active()
    await account.violate("illegal_goods")
    await platform.pass_(days=2)
    await account.violate("fraud_offer")
    restricted, suspended = (await account.record()).penalties
    assert restricted.ends_at < suspended.ends_at

    for instant, can_post, can_update in (
        (restricted.starts_at - MOMENT, True, True),
        (restricted.starts_at, False, True),
        (suspended.starts_at, False, False),
        (restricted.ends_at, False, False),
        (suspended.ends_at - MOMENT, False, False),
        (suspended.ends_at, True, True),
    ):
        can = await account.can_at(instant)
        assert ("post" in can, "update" in can) == (can_post, can_update), instant
    await platform.pass_to(restricted.ends_at)
    await account.happens("PenaltyExpired")
    assert "post" not in await account.can()
    # what is still denied stands in the notice of what ended
    assert "post" in (await account.notice("penalty_ended")).text
    await platform.pass_to(suspended.ends_at)
    await account.happens("PenaltyExpired", 2)
    assert await account.can() == PRIVATE


async def test_r25_a_milder_penalty_that_outlasts_a_harsher_one_still_denies(platform):
    account = await platform.active()
    held = await account.violate("threat_to_life")
    await platform.pass_(days=6)
    await account.violate("illegal_goods", BIRCH)
    interim, restricted = (await account.record()).penalties

    assert interim.ends_at < restricted.ends_at
    await platform.pass_to(interim.ends_at)
    await account.happens("DecisionLapsed")
    assert (await account.record()).the_decision(held.decision_id).state is DecisionState.LAPSED
    assert await account.can() == PRIVATE - {"post"}
    assert await account.standing() == "restricted"


async def test_r26_only_strikes_inside_their_window_count(platform):
    account = await platform.active()
    await account.violate("spam_flooding")
    (strike,) = (await account.record()).strikes
    assert (strike.expires_at - strike.given_at).days == 90
    assert await account.standing_at(strike.expires_at - MOMENT) == "warned"
    assert await account.standing_at(strike.expires_at) == "good"

    await platform.pass_to(strike.expires_at)
    await account.wake()
    assert "StrikeExpired" in await account.kinds()
    # it is the first occurrence again
    await account.violate("spam_flooding")
    assert (await account.penalties())[-1] == "warning"


async def test_r26_what_was_overturned_or_voided_does_not_count(platform):
    account = await platform.active()
    overturned = await account.violate("illegal_goods")
    await account.overturn(overturned.decision_id)
    await account.violate("fraud_offer")
    assert (await account.penalties()) == ["restricted_publishing"]

    strike = (await account.record()).strikes[-1]
    fields = {"strike_id": strike.strike_id, "reasons": "It was somebody else's item."}
    await account.send(VoidStrike, CEDAR, **fields)
    await account.violate("privacy_exposure")
    assert (await account.penalties())[-1] == "restricted_publishing"


async def test_r26_a_lifted_penalty_leaves_its_strike(platform):
    account = await platform.active()
    await account.violate("illegal_goods")
    (penalty,) = (await account.record()).penalties
    fields = {"penalty_id": penalty.penalty_id, "reasons": "It was made good."}
    await account.send(LiftPenalty, CEDAR, **fields)
    assert "post" in await account.can()

    await account.violate("fraud_offer")
    assert (await account.penalties())[-1] == "suspended_updates"


async def test_r26_one_incident_is_one_strike_however_many_reports(platform):
    account = await platform.active()
    for n in range(4):
        await account.report(f"r{n}", "item-7")
    finding = await account.finding("illegal_goods", item="item-7")
    review_id = await account.open_review(ReviewKind.CASE)
    await account.vote(review_id, Verdict.VIOLATION, ASH, finding=finding)
    await account.report("r9", "item-7")

    assert len((await account.record()).strikes) == 1
    # four are answered together, the fifth came after the decision
    (answered,) = await account.bodies("CaseAnswered")
    assert answered["reports"] == 4
    assert (await account.kinds()).count("ReportAnswered") == 1
    again = account.violate("fraud_offer", item="item-7")
    refused = await account.refused(again)
    assert (type(refused), refused.field) == (AlreadyDecidedError, "finding.item")


async def test_r26_a_held_strike_counts_from_its_confirmation(platform):
    account = await platform.active()
    await account.violate("state_secret_disclosure")
    assert (await account.record()).strikes == ()
    await platform.pass_(days=1)

    review_id = await account.open_review(ReviewKind.CONFIRMATION)
    answer = await account.vote(review_id, Verdict.CONFIRM, BIRCH)

    (strike,) = (await account.record()).strikes
    assert strike.given_at == answer.at


async def test_r27_something_grave_starts_an_interim_at_once(platform):
    account = await platform.active()
    held = await account.violate("threat_to_life")

    (interim,) = (await account.record()).penalties
    assert (interim.code, interim.is_interim) == ("interim_suspension", True)
    assert interim.starts_at == held.found_at
    assert interim.ends_at - interim.starts_at == timedelta(days=7)
    assert (await account.record()).strikes == ()
    assert (await account.told())[-1] == "interim_started"
    assert await account.standing() == "suspended"
    # whoever found it does not confirm it
    review_id = await account.open_review(ReviewKind.CONFIRMATION)
    refused = await account.refused(account.vote(review_id, Verdict.CONFIRM, ASH))
    assert type(refused) is SelfApprovalError


async def test_r27_closure_follows_when_a_second_person_confirms(platform):
    account = await platform.active()
    decision = await account.close()

    record = await account.record()
    assert record.stage == "closed"
    assert (decision.found_by, decision.confirmed_by) == (ASH.id, (BIRCH.id,))
    assert [(p.code, p.is_over) for p in record.penalties] == [
        ("interim_suspension", True),
        ("closure", False),
    ]
    assert [strike.points for strike in record.strikes] == [10]


async def test_r27_the_interim_lapses_unless_it_is_confirmed(platform):
    account = await platform.active()
    held = await account.violate("threat_to_life")
    await platform.pass_to(held.lapses_at)
    await account.happens("DecisionLapsed")

    record = await account.record()
    assert record.strikes == ()
    assert await account.can() == PRIVATE
    assert await account.standing() == "good"
    assert (await account.told())[-1] == "interim_lapsed"
    assert record.cases[0].state is CaseState.OPEN
    assert await account.open_review(ReviewKind.CASE)


async def test_r27_the_interim_ends_when_the_second_person_does_not_agree(platform):
    account = await platform.active()
    await account.violate("threat_to_life")
    review_id = await account.open_review(ReviewKind.CONFIRMATION)
    await account.vote(review_id, Verdict.REJECT, BIRCH, "It is a line of a song.")

    assert await account.can() == PRIVATE
    assert (await account.record()).strikes == ()
    assert (await account.told())[-1] == "interim_lapsed"


async def test_r33_a_general_line_alone_carries_no_penalty(platform):
    account = await platform.active()

    for line in LINES:
        refused = await account.refused(account.violate(line))
        assert (type(refused), refused.field) == (RuleTooBroadError, "finding.rule")
    assert await account.can() == PRIVATE


async def test_r33_a_decision_needs_rule_facts_and_item(platform):
    account = await platform.active()

    refused = await account.refused(account.violate("illegal_goods", facts=" "))
    assert (type(refused), refused.field) == (ReasonsTooShortError, "finding.facts")
    finding = (await account.finding("illegal_goods")).model_dump(mode="json")
    for field in ("item", "rule", "facts"):
        without = {name: value for name, value in finding.items() if name != field}
        refused = await account.refused(account.send(RecordViolation, ASH, finding=without))
        assert (type(refused), refused.field) == (MalformedError, f"finding.{field}")
