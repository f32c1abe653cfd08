"""Overturned means never happened: two worlds, one without the violation, are equal ever after."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import given, note, settings
from hypothesis import strategies as st

from goodstanding.domain.deadlines import deadlines
from goodstanding.domain.decide import Decided
from goodstanding.domain.record import DecisionState
from goodstanding.messages import (
    AcknowledgeNotice,
    AnswerHearing,
    LiftPenalty,
    Refusal,
)
from goodstanding.vocabulary import ReviewKind, Verdict
from tests.domain.playing import ASH, BIRCH, CEDAR, D0, HOLDER, Life, licence

RULES = {
    "cn-im-2014": [
        "misleading_headline",
        "spam_flooding",
        "illegal_goods",
        "fraud_offer",
        "threat_to_life",
        "violent_overthrow_call",
    ],
    "neutral": ["spam", "harassment", "fraud", "hate", "threat_to_life"],
}


@dataclass(frozen=True)
class Step:
    """Something that somebody does, so many hours after the step before; `to` is an earlier violation."""

    hours: int
    what: str
    rule: int = 0
    to: int = 0


steps = st.lists(
    st.builds(
        Step,
        hours=st.sampled_from([0, 1, 24, 24 * 3, 24 * 7, 24 * 20, 24 * 45, 24 * 95]),
        what=st.sampled_from(
            ["violation"] * 5
            + ["confirm", "confirm", "reject", "acknowledge", "answer", "lift", "upheld"]
        ),
        rule=st.integers(0, 5),
        to=st.integers(0, 9),
    ),
    min_size=2,
    max_size=14,
)


def started(policy: str) -> Life:
    """An account that may be used, with a licence where the policy knows any."""
    if policy == "neutral":
        life = Life(policy_id=policy).active(kind="standard", holder="person", declared_age=30)
    else:
        life = Life(policy_id=policy).active(kind="public", holder="enterprise")
        grant(life, "public_account")
        grant(life, "licensed_non_news", licence=licence(400))
    assert life.record.stage == "active"
    return life


def grant(life: Life, code: str, **more: object) -> None:
    """Apply for a qualification and have two people agree."""
    from goodstanding.messages import ApplyForQualification

    life.send(ApplyForQualification, HOLDER, qualification=code, **more)
    for actor in (ASH, BIRCH):
        reviews = life.record.open_reviews(ReviewKind.QUALIFICATION)
        if reviews:
            life.vote(reviews[0].review_id, Verdict.GRANT, actor)


def do(life: Life, step: Step, number: int, decisions: list[str]) -> bool:
    """Take the step; False when it was refused or has nothing to be done to."""
    name = f"s{number}"
    if step.what == "violation":
        rules = RULES[life.policy_id]
        life.sent = 1000 + number
        result = life.violation(rules[step.rule % len(rules)], command_or(life, number))
        return isinstance(result, Decided)
    if not decisions:
        return False
    decision_id = decisions[step.to % len(decisions)]
    life.sent = 2000 + number * 10
    return isinstance(_answer(life, step, decision_id, name), Decided)


def command_or(_life: Life, number: int):
    return (ASH, BIRCH)[number % 2]


def _answer(life: Life, step: Step, decision_id: str, name: str):
    record = life.record
    if step.what in ("confirm", "reject"):
        for review in record.open_reviews(ReviewKind.CONFIRMATION):
            if review.subject_id == decision_id:
                verdict = Verdict.CONFIRM if step.what == "confirm" else Verdict.REJECT
                return life.vote(review.review_id, verdict, CEDAR)
    if step.what == "acknowledge":
        for notice in record.notices:
            if notice.decision_id == decision_id:
                return life.send(AcknowledgeNotice, HOLDER, notice_id=notice.notice_id)
    if step.what == "answer":
        return life.send(AnswerHearing, HOLDER, decision_id=decision_id, statement="No.")
    if step.what == "lift":
        for penalty in record.active_penalties(life.now):
            if penalty.decision_id == decision_id and not penalty.is_interim:
                return life.send(
                    LiftPenalty, CEDAR, penalty_id=penalty.penalty_id, reasons="Enough of it."
                )
    if step.what == "upheld":
        made = life.appeal(decision_id)
        if isinstance(made, Decided):
            review = life.record.open_reviews(ReviewKind.APPEAL)[-1]
            return life.vote(review.review_id, Verdict.UPHELD, person_for(life, decision_id))
    return Refusal(code="nothing", message="nothing")


def person_for(life: Life, decision_id: str):
    """Somebody who took no part in the decision."""
    from goodstanding.messages import Actor

    return Actor(id=f"dove-{len(life.record.decision(decision_id).deciders)}", role="reviewer")


def violations_of(steps_: list[Step]) -> list[int]:
    return [i for i, step in enumerate(steps_) if step.what == "violation"]


def decision_of(number: int) -> str:
    """The decision that the violation of this step makes: ids begin with what caused them."""
    return f"a1.c{1001 + number}.1"


def seen(life: Life, instant: datetime) -> dict[str, object]:
    """What must be equal in both worlds."""
    return {
        "standing": life.standing(instant),
        "capabilities": life.can(instant),
        "strikes": sorted(
            (s.rule, s.points, s.expires_at) for s in life.record.active_strikes(instant)
        ),
        "mark": life.mark(instant),
        "block": life.record.fingerprint_until,
        "stage": life.record.stage,
    }


@settings(max_examples=300, deadline=None)
@given(
    policy=st.sampled_from(["cn-im-2014", "neutral"]),
    script=steps,
    which=st.integers(0, 9),
    after=st.lists(st.integers(0, 5), max_size=3),
)
def test_after_an_overturn_everything_is_as_if_the_violation_had_never_been(
    policy, script, which, after
):
    places = violations_of(script)
    if not places:
        return
    victim = places[which % len(places)]
    real, other = started(policy), started(policy)
    at = D0 + timedelta(days=1)
    appealed = False
    known: list[str] = []
    for number, step in enumerate(script):
        at += timedelta(hours=step.hours)
        real.to(at)
        other.to(at)
        if number > victim and not appealed:
            appealed = appeal_once_taken(real, decision_of(victim))
        done = do(real, step, number, known)
        target = known[step.to % len(known)] if known else None
        touches_victim = step.what != "violation" and target == decision_of(victim)
        if done and number != victim and not touches_victim:
            do(other, step, number, known)
        if step.what == "violation":
            known.append(decision_of(number))
    if not appealed and not appeal_once_taken(real, decision_of(victim)):
        return
    review = next(
        r for r in real.record.open_reviews(ReviewKind.APPEAL) if r.subject_id == "the-appeal"
    )
    verdict = real.vote(review.review_id, Verdict.OVERTURNED, person_for(real, decision_of(victim)))
    assert isinstance(verdict, Decided), verdict
    note(f"victim {victim}, {real.kinds()[-12:]}")
    compare(real, other)
    for offset, rule in enumerate(after):
        number = 50 + offset
        for life in (real, other):
            life.to(at + timedelta(days=2 * (offset + 1)))
            do(life, Step(0, "violation", rule), number, [])
        compare(real, other)


def appeal_once_taken(life: Life, decision_id: str) -> bool:
    """File the appeal as soon as there is something to challenge."""
    from goodstanding.messages import FileAppeal

    decision = life.record.decision(decision_id)
    if decision is None or decision.state is not DecisionState.IN_FORCE:
        return False
    life.sent = 9000
    made = life.send(
        FileAppeal, HOLDER, appeal_id="the-appeal", decision_id=decision_id, statement="No."
    )
    return isinstance(made, Decided)


def compare(real: Life, other: Life) -> None:
    """At every later instant at which anything changes in either world, both look alike."""
    later, earlier = real.copy(), other.copy()
    later.to(later.now)
    earlier.to(earlier.now)
    instants = {later.now}
    for life in (later, earlier):
        instants |= {due.at for due in deadlines(life.record) if due.at > life.now}
    for instant in sorted(instants)[:40]:
        later.to(instant)
        earlier.to(instant)
        assert seen(later, instant) == seen(earlier, instant), instant
