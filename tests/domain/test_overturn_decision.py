"""A decision is taken back without an appeal: by two people, or by whom the policy names."""

from dataclasses import replace

import pytest

from goodstanding.domain.decide import Decided
from goodstanding.messages import Actor, ApplyForQualification, OverturnDecision, Refusal
from goodstanding.policy.book import PolicyBook
from goodstanding.vocabulary import ReviewKind, Role, Stage, Verdict
from tests.domain.playing import ASH, BIRCH, CEDAR, HOLDER, Life, book

AUTHORITY = Actor(id="an-authority", role=Role.AUTHORITY)


def life_with_a_decision(rule: str = "illegal_goods", **more: object) -> tuple[Life, str]:
    life = Life(**more).active()
    life.violation(rule)
    return life, life.record.decisions[-1].decision_id


def take_back(life: Life, decision_id: str, actor: Actor = BIRCH, **more: object):
    return life.send(
        OverturnDecision,
        actor,
        decision_id=decision_id,
        reasons="The rule was wrong.",
        **more,
    )


def allowing_alone(*roles: Role) -> PolicyBook:
    """The shipped policies, in which one of these roles is enough."""
    changed = []
    for one in book().published:
        process = one.policy.process
        overturn = process.overturn.model_copy(update={"alone": roles})
        process = process.model_copy(update={"overturn": overturn})
        changed.append(replace(one, policy=one.policy.model_copy(update={"process": process})))
    return PolicyBook(tuple(changed))


def test_two_people_take_a_decision_back_at_once():
    life, decision_id = life_with_a_decision()
    assert life.standing() == "restricted"

    done = take_back(life, decision_id, agreed_by=(CEDAR,))

    assert isinstance(done, Decided)
    assert life.record.the_decision(decision_id).state == "overturned"
    assert life.standing() == "good"
    assert life.record.notices[-1].kind == "decision_overturned"


def test_one_person_alone_asks_a_second_one():
    life, decision_id = life_with_a_decision()

    take_back(life, decision_id)

    assert life.record.the_decision(decision_id).state == "in_force"
    (review,) = life.record.open_reviews(ReviewKind.OVERTURN)
    life.vote(review.review_id, Verdict.CONFIRM, CEDAR)
    assert life.record.the_decision(decision_id).state == "overturned"


def test_the_second_person_may_let_the_decision_stand():
    life, decision_id = life_with_a_decision()
    take_back(life, decision_id)
    (review,) = life.record.open_reviews(ReviewKind.OVERTURN)

    life.vote(review.review_id, Verdict.REJECT, CEDAR)

    assert life.record.the_decision(decision_id).state == "in_force"
    assert life.record.open_reviews() == ()


def test_whom_the_policy_names_takes_a_decision_back_alone():
    life, decision_id = life_with_a_decision(policies=allowing_alone(Role.AUTHORITY))

    take_back(life, decision_id, AUTHORITY)

    assert life.record.the_decision(decision_id).state == "overturned"


def test_an_authority_that_the_policy_does_not_name_is_refused():
    life, decision_id = life_with_a_decision()

    refused = take_back(life, decision_id, AUTHORITY, agreed_by=(CEDAR, BIRCH))

    assert refused.code == "RoleNotAllowedError"


def test_whoever_decided_may_ask_and_is_not_the_one_who_agrees():
    life, decision_id = life_with_a_decision()

    assert take_back(life, decision_id, BIRCH, agreed_by=(ASH,)).code == "SelfApprovalError"
    assert isinstance(take_back(life, decision_id, ASH), Decided)
    (review,) = life.record.open_reviews(ReviewKind.OVERTURN)
    refused = life.vote(review.review_id, Verdict.CONFIRM, ASH)

    assert refused.code == "SelfApprovalError"


@pytest.mark.parametrize("others", [(BIRCH,), (CEDAR, CEDAR), (HOLDER,)])
def test_nobody_is_counted_twice_nor_as_a_holder(others):
    life, decision_id = life_with_a_decision()

    assert isinstance(take_back(life, decision_id, BIRCH, agreed_by=others), Refusal)
    assert life.record.the_decision(decision_id).state == "in_force"


def test_what_is_taken_back_is_not_taken_back_again():
    life, decision_id = life_with_a_decision()
    take_back(life, decision_id, agreed_by=(CEDAR,))

    assert take_back(life, decision_id, agreed_by=(CEDAR,)).code == "DecisionNotInForceError"
    assert take_back(life, "no.decision").code == "DecisionNotFoundError"


def test_an_open_appeal_gets_what_it_asks_for():
    life, decision_id = life_with_a_decision()
    life.appeal(decision_id)

    take_back(life, decision_id, agreed_by=(CEDAR,))

    assert [a.verdict for a in life.record.appeals] == [Verdict.OVERTURNED]
    assert life.record.open_reviews() == ()


def test_an_appeal_that_is_right_ends_the_question():
    life, decision_id = life_with_a_decision()
    life.appeal(decision_id)
    take_back(life, decision_id)
    (appeal,) = life.record.open_reviews(ReviewKind.APPEAL)

    life.vote(appeal.review_id, Verdict.OVERTURNED, CEDAR)

    assert life.record.open_reviews() == ()


def test_a_closed_account_comes_back():
    life = Life().active()
    life.violation("threat_to_life")
    life.vote(life.open_review(), Verdict.CONFIRM, BIRCH)
    assert life.record.stage is Stage.CLOSED

    take_back(
        life,
        life.record.decisions[-1].decision_id,
        CEDAR,
        agreed_by=(Actor(id="dove", role=Role.REVIEWER),),
    )

    assert life.record.stage is Stage.ACTIVE
    assert life.standing() == "good"


def test_a_refused_qualification_is_looked_at_again():
    life = Life().active(kind="public", holder="enterprise")
    life.send(ApplyForQualification, HOLDER, qualification="public_account")
    life.vote(life.open_review(), Verdict.REFUSE, ASH)
    qualification_id = life.record.qualifications[-1].qualification_id

    take_back(life, qualification_id, agreed_by=(CEDAR,))

    (review,) = life.record.open_reviews()
    assert (review.kind, review.excluded) == (ReviewKind.QUALIFICATION, (ASH.id,))
