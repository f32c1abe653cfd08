"""What was attacked and held: second persons, renewals, corrections, windows, two policy versions."""

from datetime import timedelta

import pytest

from goodstanding.domain.decide import Decided
from goodstanding.messages import (
    Actor,
    AnswerHearing,
    ApplyForQualification,
    DecideReview,
    Erase,
    Finding,
    RecordViolation,
    Refusal,
    RevokeQualification,
    Verified,
)
from goodstanding.policy.book import PolicyBook, Published
from goodstanding.policy.schema import Policy
from goodstanding.vocabulary import Assurance, Outcome, ReviewKind, Role, Verdict
from tests.domain.playing import ASH, BIRCH, CEDAR, D0, HOLDER, Life, book, licence

NEWS = "reprint_political_news"


def code(result) -> str:
    assert isinstance(result, Refusal), result
    return result.code


def sole(life: Life, kind: ReviewKind) -> str:
    (review,) = life.record.open_reviews(kind)
    return review.review_id


def grant(life: Life, qualification: str, **more: object) -> str:
    life.send(ApplyForQualification, HOLDER, qualification=qualification, **more)
    review_id = sole(life, ReviewKind.QUALIFICATION)
    for who in (ASH, BIRCH):
        if life.record.review(review_id).is_open:
            life.vote(review_id, Verdict.GRANT, who)
    return life.record.qualifications[-1].qualification_id


def publisher() -> Life:
    life = Life().active("public", "enterprise")
    grant(life, "public_account")
    grant(life, "licensed_non_news", licence=licence(100))
    return life


def to_proposed_closure(life: Life) -> str:
    for number in range(4):
        made = life.day(number * 40).violation("illegal_goods")
    return made.created[0]


def next_version(change, day: int = 30) -> PolicyBook:
    one = book().at("cn-im-2014", D0)
    data = one.policy.model_dump(mode="json")
    data["policy"]["version"] = 2
    data["policy"]["valid_from"] = (D0 + timedelta(days=day)).date().isoformat()
    change(data)
    return PolicyBook((one, Published("f" * 64, Policy.model_validate(data), one.words)))


def acted(life: Life, instant, rule: str):
    finding = Finding(violation_id="v1", acted_at=instant, rule=rule, item="i1", facts="Seen.")
    return life.send(RecordViolation, ASH, finding=finding)


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.REVIEWER, Role.SENIOR_REVIEWER}))
def test_only_a_reviewer_decides_a_review(role):
    life = Life().active()
    life.violation("threat_to_life")
    result = life.vote(
        sole(life, ReviewKind.CONFIRMATION), Verdict.CONFIRM, Actor(id="x", role=role)
    )
    assert code(result) == "RoleNotAllowedError"


def test_the_holder_does_not_confirm_or_reject_as_a_reviewer():
    life = Life().active()
    life.violation("threat_to_life")
    holder = Actor(id=HOLDER.id, role=Role.SENIOR_REVIEWER)
    review_id = sole(life, ReviewKind.CONFIRMATION)
    assert code(life.vote(review_id, Verdict.REJECT, holder)) == "SelfApprovalError"


def test_whoever_confirmed_does_not_judge_an_appeal_that_is_filed_afterwards():
    life = Life().active()
    made = life.violation("threat_to_life")
    life.vote(sole(life, ReviewKind.CONFIRMATION), Verdict.CONFIRM, BIRCH)
    life.day(1).appeal(made.created[0])
    review_id = sole(life, ReviewKind.APPEAL)
    for who in (ASH, BIRCH):
        assert code(life.vote(review_id, Verdict.UPHELD, who)) == "SelfApprovalError"


def test_whoever_asks_for_a_revocation_is_not_its_second_vote():
    life = publisher()
    held = life.record.qualifications[-1].qualification_id
    life.send(RevokeQualification, ASH, qualification_id=held, reasons="Withdrawn.")
    review_id = sole(life, ReviewKind.REVOCATION)
    assert code(life.vote(review_id, Verdict.CONFIRM, ASH)) == "SelfApprovalError"
    assert NEWS in life.can()
    life.vote(review_id, Verdict.CONFIRM, CEDAR)
    assert NEWS not in life.can()
    assert life.mark() is None


def test_a_failed_renewal_leaves_the_standing_verification_until_its_own_end():
    life = Life().active("private", "enterprise").day(340)
    life.verifier = Verified(outcome=Outcome.FAIL)
    life.verified()
    end = life.record.verification.valid_until
    assert "post" in life.can(end - timedelta(microseconds=1))
    assert "post" not in life.to(end).can()
    life.verifier = Verified(outcome=Outcome.PASS, assurance=Assurance.ISSUER)
    assert "post" in life.day(370).verified().can()


def test_a_doubtful_renewal_leaves_the_standing_verification_until_its_own_end():
    life = Life().active("private", "enterprise").day(340)
    life.verifier = Verified(outcome=Outcome.INCONCLUSIVE)
    life.verified()
    assert "post" in life.can()
    life.vote(sole(life, ReviewKind.IDENTITY), Verdict.ACCEPT, ASH)
    assert "post" in life.day(600).can()


def test_a_right_renewed_while_the_old_one_runs_has_no_gap():
    life = publisher()
    end = life.record.qualifications[-1].valid_until
    life.day(90)
    grant(life, "licensed_non_news", licence=licence(400, "SP-2"))
    assert NEWS in life.can(end - timedelta(microseconds=1))
    assert NEWS in life.to(end).can()
    assert life.mark() == "reprint"


def test_a_refused_renewal_takes_nothing_from_the_old_right():
    life = publisher().day(90)
    life.send(
        ApplyForQualification, HOLDER, qualification="licensed_non_news", licence=licence(400)
    )
    life.vote(sole(life, ReviewKind.QUALIFICATION), Verdict.REFUSE, ASH)
    assert NEWS in life.day(99).can()


def test_after_three_refusals_one_has_to_wait():
    life = Life().active("public", "enterprise")
    for _ in range(3):
        life.send(ApplyForQualification, HOLDER, qualification="public_account")
        life.vote(sole(life, ReviewKind.QUALIFICATION), Verdict.REFUSE, ASH)
    again = life.send(ApplyForQualification, HOLDER, qualification="public_account")
    assert code(again) == "TooManyAttemptsError"
    life.day(31)
    assert isinstance(
        life.send(ApplyForQualification, HOLDER, qualification="public_account"), Decided
    )


def test_each_filing_about_an_overturned_closure_is_corrected_once_and_nothing_else_is():
    life = publisher()
    made = life.violation("threat_to_life")
    life.vote(sole(life, ReviewKind.CONFIRMATION), Verdict.CONFIRM, BIRCH)
    life.day(1).appeal(made.created[0])
    life.vote(sole(life, ReviewKind.APPEAL), Verdict.OVERTURNED, CEDAR)
    about = [f.filing_id for f in life.record.filings if f.decision_id and not f.corrects]
    corrected = [f.corrects for f in life.record.filings if f.corrects]
    assert len(about) == 2
    assert sorted(corrected) == sorted(about)


def test_a_closing_is_paused_by_the_appeal_against_its_own_decision_and_no_other():
    life = Life().active()
    decision = to_proposed_closure(life)
    life.send(AnswerHearing, HOLDER, decision_id=decision, statement="No.")
    life.vote(sole(life, ReviewKind.CONFIRMATION), Verdict.CONFIRM, BIRCH)
    other = life.copy()
    life.appeal(decision)
    assert life.day(134).record.stage == "closing"
    earlier = other.record.decisions[2].decision_id
    assert isinstance(other.appeal(earlier), Decided)
    assert other.day(134).record.stage == "closed"


def test_a_decision_that_was_upheld_and_is_re_derived_can_be_appealed_again():
    life = Life().active()
    first = life.violation("illegal_goods").created[0]
    second = life.violation("fraud_offer", BIRCH).created[0]
    life.appeal(second)
    life.vote(sole(life, ReviewKind.APPEAL), Verdict.UPHELD, CEDAR)
    assert code(life.appeal(second)) == "AlreadyAppealedError"
    life.appeal(first)
    life.vote(sole(life, ReviewKind.APPEAL), Verdict.OVERTURNED, CEDAR)
    assert isinstance(life.appeal(second), Decided)


def test_a_reduced_decision_cannot_be_appealed_again():
    life = Life().active()
    made = life.violation("illegal_goods").created[0]
    life.appeal(made)
    life.vote(sole(life, ReviewKind.APPEAL), Verdict.REDUCED, CEDAR, rung="warn")
    assert code(life.appeal(made)) == "AlreadyAppealedError"


def test_a_lapsed_decision_cannot_be_appealed():
    life = Life().active()
    made = life.violation("threat_to_life").created[0]
    assert code(life.copy().appeal(made)) == "NotAppealableError"
    assert code(life.day(8).appeal(made)) == "NotAppealableError"


def test_the_identity_is_not_erased_while_an_appeal_is_open():
    life = Life().active()
    made = life.violation("threat_to_life").created[0]
    life.vote(sole(life, ReviewKind.CONFIRMATION), Verdict.CONFIRM, BIRCH)
    assert code(life.day(59).send(Erase, HOLDER)) == "AppealOpenError"
    life.appeal(made)
    assert code(life.day(70).send(Erase, HOLDER)) == "AppealOpenError"
    assert life.day(300).record.stage == "closed"


def test_a_window_that_ends_with_the_retention_ends_before_the_erasure():
    life = Life(policy_id="neutral").active("standard", declared_age=30)
    life.violation("threat_to_life")
    life.day(2).vote(sole(life, ReviewKind.CONFIRMATION), Verdict.CONFIRM, BIRCH)
    kinds = life.day(200).kinds()
    assert kinds.index("AppealWindowEnded") < kinds.index("IdentityErased")


def test_r32_a_rule_is_not_cited_for_an_act_before_it_was_published():
    def change(data):
        data["rules"]["fresh"] = dict(data["rules"]["illegal_goods"])

    life = Life(policies=next_version(change)).active().day(31)
    assert code(acted(life.copy(), D0, "fresh")) == "RuleNotFoundError"
    assert isinstance(acted(life, life.now, "fresh"), Decided)


def test_r32_a_rule_that_is_gone_is_not_cited_for_an_old_act():
    def change(data):
        del data["rules"]["illegal_goods"]

    life = Life(policies=next_version(change)).active().day(31)
    assert code(acted(life, D0, "illegal_goods")) == "RuleNotFoundError"


@pytest.mark.parametrize(("points", "counted"), [(1, 1), (9, 3)])
def test_r32_the_fewer_points_of_two_versions_count(points, counted):
    def change(data):
        data["severities"]["serious"]["points"] = points

    life = Life(policies=next_version(change)).active().day(31)
    acted(life, D0, "illegal_goods")
    assert life.record.strikes[0].points == counted


def test_an_outage_makes_the_events_late_and_the_rights_not():
    life = Life().active()
    life.violation("illegal_goods")
    life.violation("threat_to_life", BIRCH)
    end = D0 + timedelta(days=7)
    assert "message" not in life.can(end - timedelta(microseconds=1))
    assert {"message", "post"} <= life.can(end)
    life.now = D0 + timedelta(days=40)
    result = life.send(
        DecideReview, CEDAR, review_id="none", verdict=Verdict.CONFIRM, reasons="No."
    )
    assert code(result) == "ReviewNotFoundError"
    late = life.copy()
    late.violation("spam_flooding")
    ended = [p.ended_at for p in late.record.penalties if p.ended_at]
    assert ended == [end, end]
