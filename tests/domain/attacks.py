"""What the tests of what a hostile reader found have in common."""

from datetime import timedelta

from goodstanding.domain.decide import Decided
from goodstanding.messages import (
    Actor,
    ApplyForQualification,
    FileReport,
    Verified,
)
from goodstanding.policy.book import PolicyBook, Published
from goodstanding.policy.schema import Policy
from goodstanding.vocabulary import Outcome, ReviewKind, Role, Verdict
from tests.domain.playing import ASH, BIRCH, CEDAR, D0, HOLDER, Life, book

DOVE = Actor(id="dove", role=Role.REVIEWER)
OPERATOR_AS_REVIEWER = Actor(id=HOLDER.id, role=Role.REVIEWER)
UNSURE = Verified(outcome=Outcome.INCONCLUSIVE)


def two_versions(change, day=30, policy_id="cn-im-2014"):
    one = book().at(policy_id, D0)
    data = one.policy.model_dump(mode="json")
    data["policy"]["version"] = 2
    data["policy"]["valid_from"] = (D0 + timedelta(days=day)).date().isoformat()
    change(data)
    two = Published("f" * 64, Policy.model_validate(data), one.words)
    return PolicyBook((one, two))


def grant(life, code, **more):
    life.send(ApplyForQualification, HOLDER, qualification=code, **more)
    review = life.record.open_reviews(ReviewKind.QUALIFICATION)[-1].review_id
    for who in (ASH, BIRCH):
        if life.record.review(review).is_open:
            result = life.vote(review, Verdict.GRANT, who)
            assert isinstance(result, Decided), result
    return life.record.qualifications[-1].qualification_id


def public_enterprise(**more):
    life = Life(**more).active("public", "enterprise")
    grant(life, "public_account")
    return life


def sole(life, *kinds):
    (review,) = life.record.open_reviews(*kinds)
    return review.review_id


def to_proposed_closure(life):
    for number in range(4):
        life.day(number * 40)
        made = life.violation("illegal_goods")
    return made.created[0]


def report(life, item="i1", ground="harmful", actor=None, report_id="r1", **more):
    return life.send(
        FileReport,
        actor or Actor(id="reader", role=Role.PUBLIC),
        report_id=report_id,
        ground=ground,
        item=item,
        statement="Look at this.",
        **more,
    )


def overturn_decline(life):
    life.appeal(life.record.ended.decision_id)
    return life.vote(sole(life, ReviewKind.APPEAL), Verdict.OVERTURNED, CEDAR)


def only(change, policy_id="cn-im-2014"):
    one = book().at(policy_id, D0)
    data = one.policy.model_dump(mode="json")
    change(data)
    return PolicyBook((Published("d" * 64, Policy.model_validate(data), one.words),))
