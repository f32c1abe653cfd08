"""What an overturn would do is said before anybody decides it, and then exactly that happens."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodstanding.domain.decide import Decided, decide
from goodstanding.domain.preview import consequences, preview_overturn, preview_review
from goodstanding.domain.record import DecisionState
from goodstanding.errors import DecisionNotInForceError, GoodstandingError, NotPreviewableError
from goodstanding.messages import DecideReview, FileAppeal, OverturnDecision, Refusal
from goodstanding.vocabulary import ReviewKind, Verdict
from tests.domain.playing import CEDAR, HOLDER, Life
from tests.domain.test_overturned import person_for, steps
from tests.domain.test_properties import lived

REASONS = "It was not so, as we see now."


def decided(life: Life, command):
    """What a command does, without its effects being settled."""
    result = decide(life.record, command, life.context)
    assert isinstance(result, Decided), result
    return result


def one_in_force(life: Life, which: int) -> str | None:
    counting = [d for d in life.record.decisions if d.state is DecisionState.IN_FORCE]
    return counting[which % len(counting)].decision_id if counting else None


def same_as_decided(life: Life, preview, command) -> None:
    result = decided(life, command)
    happened = consequences(life.record, result.record, result.events, life.context)
    assert happened == preview.then


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["cn-im-2014", "neutral"]), steps, st.integers(0, 9))
def test_taking_a_decision_back_does_exactly_what_its_preview_said(policy, script, which):
    life = lived(policy, script)
    decision_id = one_in_force(life, which)
    if decision_id is None:
        return

    preview = preview_overturn(life.record, decision_id, life.context)

    other = person_for(life, decision_id)
    command = OverturnDecision(
        account_id="a1",
        command_id="back",
        actor=other.model_copy(update={"id": "raven"}),
        agreed_by=(other,),
        decision_id=decision_id,
        reasons=REASONS,
    )
    same_as_decided(life, preview, command)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["cn-im-2014", "neutral"]),
    steps,
    st.integers(0, 9),
    st.sampled_from([Verdict.OVERTURNED, Verdict.UPHELD, Verdict.REDUCED]),
    st.sampled_from(["warn", "restrict", "suspend"]),
)
def test_an_appeal_does_exactly_what_its_preview_said(policy, script, which, verdict, rung):
    life = lived(policy, script)
    decision_id = one_in_force(life, which)
    made = decision_id and life.send(
        FileAppeal, HOLDER, appeal_id="mine", decision_id=decision_id, statement="No."
    )
    if not isinstance(made, Decided):
        return
    review = next(r for r in life.record.open_reviews(ReviewKind.APPEAL) if r.subject_id == "mine")
    command = DecideReview(
        account_id="a1",
        command_id="answer",
        actor=person_for(life, decision_id),
        review_id=review.review_id,
        verdict=verdict,
        reasons=REASONS,
        rung=rung if verdict is Verdict.REDUCED else None,
    )
    result = decide(life.record, command, life.context)
    if isinstance(result, Refusal):
        with pytest.raises(GoodstandingError):
            preview_review(life.record, review.review_id, life.context, verdict, command.rung)
        return

    preview = preview_review(life.record, review.review_id, life.context, verdict, command.rung)

    same_as_decided(life, preview, command)


def test_a_preview_names_the_later_decisions_the_notices_and_the_corrections():
    life = Life().active(kind="public", holder="enterprise")
    life.violation("illegal_goods")
    life.violation("fraud_offer")
    first, second = (d.decision_id for d in life.record.decisions)

    preview = preview_overturn(life.record, first, life.context)

    assert (preview.then.before.standing, preview.then.after.standing) == (
        "suspended",
        "restricted",
    )
    assert (preview.then.before.points, preview.then.after.points) == (6, 3)
    changes = {
        one.decision_id: (one.rung_before, one.rung_after, one.penalties_after)
        for one in preview.then.decisions
    }
    assert changes == {
        first: ("restrict", None, ()),
        second: ("suspend", "restrict", ("restricted_publishing",)),
    }
    told = [(one.kind, one.decision_id) for one in preview.then.notices]
    assert told == [("decision_rederived", second), ("decision_overturned", first)]
    assert preview.seq == life.record.seq


def test_a_preview_changes_nothing():
    life = Life().active()
    life.violation("illegal_goods")
    before = life.record

    preview_overturn(life.record, life.record.decisions[0].decision_id, life.context)

    assert life.record == before


def test_a_preview_is_as_of_the_instant_at_which_it_is_asked_for():
    life = Life().active()
    life.violation("illegal_goods")
    decision_id = life.record.decisions[0].decision_id
    life.now += timedelta(days=30)

    preview = preview_overturn(life.record, decision_id, life.context)

    assert preview.then.before.standing == "warned"
    assert preview.then.decisions[0].penalties_before == ()


def test_what_no_longer_counts_has_no_preview():
    life = Life().active()
    life.violation("illegal_goods")
    decision_id = life.record.decisions[0].decision_id
    life.appeal(decision_id)
    review_id = life.open_review()
    life.vote(review_id, Verdict.OVERTURNED, CEDAR)

    with pytest.raises(DecisionNotInForceError):
        preview_overturn(life.record, decision_id, life.context)
    with pytest.raises(NotPreviewableError):
        preview_review(life.record, "no.review", life.context)
