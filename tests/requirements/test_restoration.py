"""F8: what was overturned never happened; whoever was told of it is told otherwise."""

from datetime import timedelta

from goodstanding.domain.entries import DecisionState
from goodstanding.messages import AnswerHearing, OverturnDecision, VoidStrike
from goodstanding.vocabulary import ReviewKind, Verdict
from tests.requirements.platform import BIRCH, CEDAR, HOLDER


async def test_f08_rights_standing_and_strike_are_as_if_it_had_not_been(platform):
    account = await platform.active()
    before = await account.can()
    await account.violate("illegal_goods")
    decision = await account.violate("fraud_offer")
    assert await account.standing() == "suspended"

    await account.overturn(decision.decision_id)

    record = await account.record()
    assert record.the_decision(decision.decision_id).state is DecisionState.OVERTURNED
    assert [strike.is_void for strike in record.strikes] == [False, True]
    assert [penalty.is_overturned for penalty in record.penalties] == [False, True]
    assert await account.standing() == "restricted"
    first = record.decisions[0]
    assert (await account.told())[-1] == "appeal_overturned"
    await account.overturn(first.decision_id)
    assert await account.can() == before
    assert await account.standing() == "good"


async def test_f08_a_closure_is_undone_with_rights_mark_name_and_side_penalties(platform):
    account = await platform.news_unit()
    before, mark = await account.can(), await account.mark()
    decision = await account.close()
    assert (await account.can(), await account.mark()) == ({"appeal", "export"}, None)
    assert (await account.record()).name_until is not None

    await account.overturn(decision.decision_id)

    record = await account.record()
    assert (record.stage, record.closure, record.name_until) == ("active", None, None)
    assert all(penalty.is_overturned for penalty in record.penalties)
    assert await account.can() == before
    assert await account.mark() == mark


async def test_f08_whoever_got_a_filing_is_told_of_the_correction(platform):
    account = await platform.news_unit()
    decision = await account.close()
    await account.settles()
    reported = await account.filed("penalty_report")
    assert [(one["penalty"], one["rule"]) for one in reported] == [("closure", "threat_to_life")]

    await account.overturn(decision.decision_id)
    await account.settles()

    record = await account.record()
    about = [f for f in record.filings if f.decision_id == decision.decision_id]
    originals = [f for f in about if not f.corrects]
    corrections = [f for f in about if f.corrects]
    assert {f.filing_id for f in originals} == {f.corrects for f in corrections}
    # each goes to whoever got what it corrects, within a day
    to = {f.filing_id: f.to for f in originals}
    assert all(f.to == to[f.corrects] for f in corrections)
    corrected = await account.filed("correction")
    assert {one["corrects"] for one in corrected} == set(to)
    dues = [one for one in await account.bodies("FilingDue") if one["kind"] == "correction"]
    assert len(dues) == len(corrections)
    assert all(f.receipt for f in corrections)


async def test_f08_the_identity_is_no_longer_that_of_a_closed_account(platform):
    account = await platform.active()
    decision = await account.close()
    await account.overturn(decision.decision_id)

    again = platform.applicant()
    await again.register()
    await again.verify(account.identity)

    assert (await again.record()).reviews == ()


async def test_f08_later_penalties_that_counted_it_are_derived_again_and_told(platform):
    account = await platform.active()
    first = await account.violate("illegal_goods")
    second = await account.violate("fraud_offer")
    assert await account.penalties() == ["restricted_publishing", "suspended_updates"]

    await account.overturn(first.decision_id)

    record = await account.record()
    assert record.the_decision(second.decision_id).rung == "restrict"
    assert await account.penalties() == ["restricted_publishing"]
    assert await account.standing() == "restricted"
    # it runs from when that decision was taken, and can be appealed anew
    standing = next(p for p in record.penalties if not p.is_overturned)
    assert standing.starts_at == second.taken_at
    assert standing.ends_at - standing.starts_at == timedelta(days=7)
    notice = await account.notice("decision_rederived")
    assert notice.decision_id == second.decision_id
    assert record.the_decision(second.decision_id).appeal_until > second.appeal_until


async def test_f08_a_closing_that_stood_on_it_is_taken_back(platform):
    account = await platform.active()
    earlier = [await account.violate(rule) for rule in ("illegal_goods", "fraud_offer")]
    await account.violate("impersonation")
    last = await account.violate("privacy_exposure")
    hearing = {"decision_id": last.decision_id, "statement": "It was not me."}
    await account.send(AnswerHearing, HOLDER, **hearing)
    review_id = await account.open_review(ReviewKind.CONFIRMATION)
    await account.vote(review_id, Verdict.CONFIRM, BIRCH)
    assert (await account.record()).stage == "closing"

    await account.overturn(earlier[0].decision_id)

    record = await account.record()
    assert (record.stage, record.closing) == ("active", None)
    assert "ClosingCancelled" in await account.kinds()
    assert "decision_rederived" in await account.told()


async def test_f08_a_voided_strike_takes_with_it_what_stood_on_it(platform):
    account = await platform.active()
    await account.violate("illegal_goods")
    await account.violate("fraud_offer")
    strike = (await account.record()).strikes[0]
    fields = {"strike_id": strike.strike_id, "reasons": "It was somebody else's item."}

    await account.send(VoidStrike, CEDAR, **fields)

    assert await account.standing() == "restricted"
    told = await account.told()
    assert {"strike_voided", "decision_rederived"} <= set(told)


async def test_f08_without_an_appeal_two_people_take_a_decision_back(platform):
    account = await platform.active()
    before = await account.can()
    decision = await account.violate("illegal_goods")

    await account.send(
        OverturnDecision,
        BIRCH,
        decision_id=decision.decision_id,
        reasons="The rule was applied to what it does not cover.",
    )
    assert await account.standing() == "restricted"
    review_id = await account.open_review(ReviewKind.OVERTURN)
    await account.vote(review_id, Verdict.CONFIRM, CEDAR)

    assert (await account.can(), await account.standing()) == (before, "good")
    notice = await account.notice("decision_overturned")
    assert "what it does not cover" in notice.text
