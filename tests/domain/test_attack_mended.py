"""What a hostile reader found, and what holds since."""

from dataclasses import replace
from datetime import timedelta

import pytest

from goodstanding.domain.context import HolderFacts
from goodstanding.domain.decide import Decided
from goodstanding.domain.decide import Effects as Queue
from goodstanding.messages import (
    Actor,
    AnswerHearing,
    ApplyForQualification,
    CloseAccount,
    DecideReview,
    FileReport,
    Finding,
    LiftPenalty,
    PassTime,
    RecordViolation,
    Refusal,
    RevokeQualification,
    SealedIdentity,
    SettleEffects,
    Settlement,
    SubmitIdentity,
    Verified,
    VoidStrike,
    Withdraw,
)
from goodstanding.policy.book import PolicyBook, Published
from goodstanding.policy.schema import Policy
from goodstanding.vocabulary import EffectKind, Outcome, ReviewKind, Role, Verdict
from tests.domain.playing import ASH, BIRCH, CEDAR, D0, HOLDER, LICENCES, Life, book, licence

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


def report(life, item="i1", ground="harmful", actor=None, report_id="r1"):
    return life.send(
        FileReport,
        actor or Actor(id="reader", role=Role.PUBLIC),
        report_id=report_id,
        ground=ground,
        item=item,
        statement="Look at this.",
    )


# --- joining


def renewing():
    life = Life().active("private", "enterprise")
    life.day(340)
    life.verifier = UNSURE
    life.verified()
    return life


def test_a_refused_renewal_of_the_verification_does_not_end_an_active_account():
    life = renewing()
    life.vote(sole(life, ReviewKind.IDENTITY), Verdict.REFUSE, ASH)
    assert life.record.stage == "active"


def test_a_renewal_that_says_too_young_does_not_decline_an_active_account():
    life = Life().active("private", "enterprise").day(340)
    life.verifier = Verified(outcome=Outcome.PASS, assurance="issuer", is_old_enough=False)
    life.verified()
    assert life.record.stage == "active"


def test_a_refused_renewal_leaves_an_open_appeal_open():
    life = Life().active("private", "enterprise").day(340)
    made = life.violation("illegal_goods")
    life.appeal(made.created[0])
    life.verifier = UNSURE
    life.verified()
    life.vote(sole(life, ReviewKind.IDENTITY), Verdict.REFUSE, ASH)
    assert life.record.open_reviews(ReviewKind.APPEAL)


def waiting(life):
    """The provider will call back."""
    sealed = SealedIdentity(key_id="k1", schema_version=1, ciphertext="AAAA")
    life._settle = lambda events: None
    life.send(SubmitIdentity, HOLDER, sealed=sealed)
    vid = life.record.verification.verification_id
    settle(life, vid, waits=True)
    return vid


def settle(life, vid, **how):
    s = Settlement(effect_id=vid, delivered=True, **how)
    return life.ask(
        SettleEffects(account_id="a1", settlements=(s,)),
        Queue(pending={vid: EffectKind.VERIFICATION}),
    )


def test_a_withdrawn_registration_stays_withdrawn_when_the_provider_stays_silent():
    life = Life().registered()
    waiting(life)
    life.send(Withdraw, HOLDER)
    life.day(5)
    assert life.record.open_reviews() == ()


def test_a_withdrawn_registration_stays_withdrawn_whatever_the_provider_says():
    life = Life().registered()
    vid = waiting(life)
    life.send(Withdraw, HOLDER)
    settle(
        life, vid, verified=Verified(outcome=Outcome.PASS, assurance="issuer", is_old_enough=False)
    )
    assert life.record.stage == "withdrawn"


def test_a_closed_account_stays_closed_whatever_the_provider_says_of_a_renewal():
    life = Life().active("private", "enterprise").day(340)
    vid = waiting(life)
    life.violation("threat_to_life")
    life.vote(sole(life, ReviewKind.CONFIRMATION), Verdict.CONFIRM, BIRCH)
    assert life.record.stage == "closed"
    settle(
        life, vid, verified=Verified(outcome=Outcome.PASS, assurance="issuer", is_old_enough=False)
    )
    assert life.record.stage == "closed"


def overturn_decline(life):
    life.appeal(life.record.ended.decision_id)
    return life.vote(sole(life, ReviewKind.APPEAL), Verdict.OVERTURNED, CEDAR)


def test_a_name_refused_by_mistake_leads_to_an_account_once_overturned():
    life = Life(name_signals=("folds",)).registered().verified()
    life.vote(sole(life, ReviewKind.NAME), Verdict.REFUSE, ASH)
    assert life.record.stage == "declined"
    overturn_decline(life)
    assert life.record.stage == "active"


def test_an_identity_refused_by_mistake_can_go_on_once_overturned():
    life = Life(verifier=UNSURE).registered().verified()
    life.vote(sole(life, ReviewKind.IDENTITY), Verdict.REFUSE, ASH)
    overturn_decline(life)
    life.verifier = Verified(outcome=Outcome.PASS, assurance="issuer")
    life.verified()
    assert life.record.stage == "active"


def test_a_returning_identity_refused_by_mistake_leads_to_an_account_once_overturned():
    life = Life(holder=HolderFacts(closed_until=D0 + timedelta(days=999))).registered().verified()
    life.vote(sole(life, ReviewKind.RETURN), Verdict.REFUSE, ASH)
    overturn_decline(life)
    assert life.record.stage == "active"


def test_a_reopened_registration_does_not_expire_at_once():
    life = Life(name_signals=("folds",)).registered()
    life.day(30).vote(sole(life, ReviewKind.NAME), Verdict.REFUSE, ASH)
    life.day(85)
    overturn_decline(life)
    life.day(86)
    assert life.record.stage != "declined"


def test_a_registration_that_waits_for_us_does_not_expire():
    life = Life(name_signals=("folds",)).registered().verified()
    life.day(81)
    assert life.record.stage == "verifying"


def test_r13_the_agreement_is_still_current_at_activation():
    def change(data):
        data["agreement"]["version"] = 2

    life = Life(policies=two_versions(change, day=10)).registered()
    life.day(20)
    life.verified()
    assert life.record.stage != "active"


def test_an_account_gets_its_rights_back_once_it_accepts_the_new_agreement():
    """There is no command that accepts it."""
    from goodstanding.messages import COMMANDS

    assert any("agree" in c.model_fields["name"].default for c in COMMANDS)


# --- closing


def test_a_closing_at_the_holders_wish_waits_for_the_case_that_opens_meanwhile():
    life = Life().active()
    life.send(CloseAccount, HOLDER)
    life.day(10)
    report(life)
    life.day(16)
    result = life.vote(sole(life, ReviewKind.CASE), Verdict.NO_VIOLATION, ASH)
    assert isinstance(result, Decided), result


def test_a_grave_finding_is_not_escaped_by_a_closing_at_the_holders_wish():
    life = Life().active()
    life.send(CloseAccount, HOLDER)
    life.day(14)
    life.violation("threat_to_life")
    life.day(16)
    result = life.vote(sole(life, ReviewKind.CONFIRMATION), Verdict.CONFIRM, BIRCH)
    assert isinstance(result, Decided), result


def test_a_report_on_a_closed_account_can_be_decided():
    life = Life().active()
    life.send(CloseAccount, HOLDER)
    life.day(16)
    report(life)
    reviews = life.record.open_reviews()
    result = life.vote(reviews[0].review_id, Verdict.NO_VIOLATION, ASH) if reviews else None
    assert result is None or isinstance(result, Decided), result


def test_a_confirmed_closure_waits_for_the_hearing():
    life = Life().active()
    to_proposed_closure(life)
    life.vote(sole(life, ReviewKind.CONFIRMATION), Verdict.CONFIRM, BIRCH)
    assert life.record.stage == "active"


def test_a_grave_closure_that_is_reduced_on_appeal_brings_the_account_back():
    life = Life().active()
    made = life.violation("threat_to_life")
    life.vote(sole(life, ReviewKind.CONFIRMATION), Verdict.CONFIRM, BIRCH)
    life.day(5).appeal(made.created[0])
    life.day(6).vote(sole(life, ReviewKind.APPEAL), Verdict.REDUCED, CEDAR, rung="suspend")
    assert life.record.stage == "active"


def test_a_closing_that_an_appeal_paused_does_not_close_in_the_past():
    life = Life().active()
    decision = to_proposed_closure(life)
    life.day(121).send(AnswerHearing, HOLDER, decision_id=decision, statement="No.")
    life.vote(sole(life, ReviewKind.CONFIRMATION), Verdict.CONFIRM, BIRCH)
    life.day(124).appeal(decision)
    life.day(138).vote(sole(life, ReviewKind.APPEAL), Verdict.UPHELD, CEDAR)
    life.day(138.1)
    assert life.record.stage == "closed"
    assert life.record.closure.closed_at >= D0 + timedelta(days=138)


def test_a_closing_closes_at_its_instant_without_a_job():
    life = Life().active()
    life.send(CloseAccount, HOLDER)
    assert life.can(D0 + timedelta(days=16)) == {"appeal", "export"}


def test_an_erased_account_comes_to_rest():
    life = Life().active()
    life.violation("threat_to_life")
    life.vote(sole(life, ReviewKind.CONFIRMATION), Verdict.CONFIRM, BIRCH)
    life.day(365 * 5)
    from goodstanding.domain.deadlines import next_deadline

    assert next_deadline(life.record) is None


def test_a_restored_account_has_no_review_of_its_closure_left():
    life = Life().active()
    life.violation("threat_to_life")
    life.vote(sole(life, ReviewKind.CONFIRMATION), Verdict.CONFIRM, BIRCH)
    life.day(180.5)
    assert life.record.open_reviews(ReviewKind.REINSTATEMENT)
    penalty = next(p for p in life.record.penalties if p.closes)
    life.send(LiftPenalty, CEDAR, penalty_id=penalty.penalty_id, reasons="Enough.")
    assert life.record.stage == "active"
    assert life.record.open_reviews() == ()


def test_a_stale_review_of_a_lifted_closure_does_not_undo_the_next_closure():
    life = Life().active()
    life.violation("threat_to_life")
    life.vote(sole(life, ReviewKind.CONFIRMATION), Verdict.CONFIRM, BIRCH)
    life.day(180.5)
    stale = sole(life, ReviewKind.REINSTATEMENT)
    penalty = next(p for p in life.record.penalties if p.closes)
    life.send(LiftPenalty, CEDAR, penalty_id=penalty.penalty_id, reasons="Enough.")
    life.violation("child_sexual_abuse")
    life.vote(sole(life, ReviewKind.CONFIRMATION), Verdict.CONFIRM, BIRCH)
    assert life.record.stage == "closed"
    life.vote(stale, Verdict.ACCEPT, DOVE)
    assert life.record.stage == "closed"


# --- who


@pytest.fixture
def struck():
    life = Life().active()
    life.violation("illegal_goods")
    return life


def test_nobody_lifts_a_penalty_of_their_own_account(struck):
    result = struck.send(
        LiftPenalty,
        OPERATOR_AS_REVIEWER,
        reasons="Mine.",
        penalty_id=struck.record.penalties[0].penalty_id,
    )
    assert isinstance(result, Refusal)


def test_nobody_voids_a_strike_of_their_own_account(struck):
    result = struck.send(
        VoidStrike,
        OPERATOR_AS_REVIEWER,
        reasons="Mine.",
        strike_id=struck.record.strikes[0].strike_id,
    )
    assert isinstance(result, Refusal)


def test_nobody_finds_a_milder_violation_on_their_own_item_first():
    life = Life().active()
    assert isinstance(life.violation("spam_flooding", OPERATOR_AS_REVIEWER, item="i1"), Refusal)


def test_whoever_confirmed_the_closure_does_not_judge_the_appeal_filed_before():
    life = Life().active()
    decision = to_proposed_closure(life)
    life.send(AnswerHearing, HOLDER, decision_id=decision, statement="No.")
    life.appeal(decision)
    life.vote(sole(life, ReviewKind.CONFIRMATION), Verdict.CONFIRM, BIRCH)
    result = life.vote(sole(life, ReviewKind.APPEAL), Verdict.UPHELD, BIRCH)
    assert isinstance(result, Refusal), "Birch confirmed, and judged"


def test_whoever_complained_is_not_the_second_person():
    life = Life().active()
    report(life, item="i1", ground="threat_to_life", actor=BIRCH)
    life.violation("threat_to_life", ASH, item="i1")
    result = life.vote(sole(life, ReviewKind.CONFIRMATION), Verdict.CONFIRM, BIRCH)
    assert isinstance(result, Refusal)


def test_whoever_complained_does_not_find_the_violation():
    life = Life().active()
    report(life, item="i1", actor=BIRCH)
    assert isinstance(life.violation("illegal_goods", BIRCH, item="i1"), Refusal)


def test_whoever_complained_does_not_judge_the_appeal():
    life = Life().active()
    report(life, item="i1", actor=BIRCH)
    made = life.violation("illegal_goods", ASH, item="i1")
    life.appeal(made.created[0])
    assert isinstance(life.vote(sole(life, ReviewKind.APPEAL), Verdict.UPHELD, BIRCH), Refusal)


def test_a_second_appeal_is_not_judged_by_who_judged_the_first():
    life = Life().active()
    first = life.violation("illegal_goods").created[0]
    second = life.violation("fraud_offer").created[0]
    life.appeal(second)
    life.vote(sole(life, ReviewKind.APPEAL), Verdict.UPHELD, CEDAR)
    life.appeal(first)
    life.vote(sole(life, ReviewKind.APPEAL), Verdict.OVERTURNED, DOVE)
    assert isinstance(life.appeal(second), Decided)
    assert isinstance(life.vote(sole(life, ReviewKind.APPEAL), Verdict.UPHELD, CEDAR), Refusal)


def test_revoking_takes_two_people():
    life = public_enterprise()
    life.send(
        RevokeQualification,
        ASH,
        qualification_id=life.record.qualifications[0].qualification_id,
        reasons="No longer fit.",
    )
    assert "publish" in life.can()


def test_a_suspension_above_the_proposed_rung_waits_for_a_second_person_in_neutral():
    life = Life(policy_id="neutral").active("standard", declared_age=30)
    life.violation("hate")
    life.violation("fraud", rung="close")
    assert [p.code for p in life.record.penalties] == ["restricted_posting", "suspended"]


# --- reasons and notices


def test_a_name_is_not_refused_without_reasons():
    life = Life(name_signals=("folds",)).registered()
    result = life.send(
        DecideReview,
        ASH,
        review_id=sole(life, ReviewKind.NAME),
        verdict=Verdict.REFUSE,
        reasons=" ",
    )
    assert isinstance(result, Refusal)


def test_an_account_is_not_closed_without_reasons():
    life = Life().active()
    life.violation("threat_to_life")
    result = life.send(
        DecideReview,
        BIRCH,
        review_id=sole(life, ReviewKind.CONFIRMATION),
        verdict=Verdict.CONFIRM,
        reasons="",
    )
    assert isinstance(result, Refusal)


def last_notice(life, kind):
    return [
        e.text.plain
        for _, e in life.journal
        if type(e).__name__ == "NoticeIssued" and e.kind == kind
    ][-1]


def test_f01_the_notice_of_a_decision_that_two_people_took_states_the_facts():
    life = Life().active()
    life.violation("state_secret_disclosure")
    life.vote(sole(life, ReviewKind.CONFIRMATION), Verdict.CONFIRM, BIRCH)
    assert "Seen and read by a person." in last_notice(life, "violation_decided")


def test_f01_the_notice_says_why_another_rung_was_chosen():
    life = Life().active()
    life.violation("illegal_goods", rung="warn")
    assert "As the circumstances ask." in last_notice(life, "violation_decided")


def test_a_closing_at_the_holders_wish_is_told():
    life = Life().active()
    before = len(life.record.notices)
    life.send(CloseAccount, HOLDER)
    life.day(16)
    assert len(life.record.notices) > before


def test_r09_whoever_complained_is_told_when_the_finding_came_by_itself():
    life = Life().active()
    report(life, item="i1")
    life.violation("illegal_goods", ASH, item="i1")
    assert "ReportAnswered" in life.kinds()


def test_r09_whoever_complained_is_told_when_a_held_finding_is_confirmed():
    life = Life().active()
    report(life, item="i1", ground="threat_to_life")
    life.violation("threat_to_life", ASH, item="i1")
    life.vote(sole(life, ReviewKind.CONFIRMATION), Verdict.CONFIRM, BIRCH)
    assert "ReportAnswered" in life.kinds()


def test_r09_whoever_complained_is_told_when_a_held_finding_is_rejected():
    life = Life().active()
    report(life, item="i1", ground="threat_to_life")
    life.violation("threat_to_life", ASH, item="i1")
    life.vote(sole(life, ReviewKind.CONFIRMATION), Verdict.REJECT, BIRCH)
    assert "ReportAnswered" in life.kinds()


# --- qualifications, licences


def test_qualifications_that_exclude_each_other_are_not_both_granted():
    life = Life().active("public", "news_organisation")
    grant(life, "public_account")
    for code in ("news_unit", "news_site"):
        life.send(ApplyForQualification, HOLDER, qualification=code, licence=licence(400))
    for review in life.record.open_reviews(ReviewKind.QUALIFICATION):
        for who in (ASH, BIRCH):
            life.vote(review.review_id, Verdict.GRANT, who)
    assert sum(q.state == "granted" for q in life.record.qualifications) == 2


def test_what_a_qualification_requires_does_not_go_without_it():
    life = public_enterprise()
    grant(life, "licensed_non_news", licence=licence(400))
    life.send(
        RevokeQualification,
        ASH,
        qualification_id=life.record.qualifications[0].qualification_id,
        reasons="Gone.",
    )
    for r in life.record.open_reviews(ReviewKind.REVOCATION):
        life.vote(r.review_id, Verdict.CONFIRM, BIRCH)
    assert "publish" not in life.can()
    assert "reprint_political_news" not in life.can()


def test_a_renewed_qualification_is_not_told_to_have_lapsed():
    life = public_enterprise()
    grant(life, "licensed_non_news", licence=licence(100))
    life.day(90)
    grant(life, "licensed_non_news", licence=licence(900, "SP-2"))
    life.day(102)
    assert "reprint_political_news" in life.can()
    assert "qualification_lapsed" not in [n.kind for n in life.record.notices]


def test_r06_existing_accounts_keep_their_rights_but_news_when_the_licence_of_the_platform_lapses():
    life = public_enterprise()
    life.licences = tuple(
        replace(one, valid_until=D0 + timedelta(days=50))
        if one.code == "internet_news_licence"
        else one
        for one in LICENCES
    )
    assert {"publish", "reprint"} <= life.day(51).can()


def test_a_verification_renewed_in_time_keeps_its_rights_while_we_look():
    life = Life().active("private", "enterprise").day(363)
    life.verifier = UNSURE
    life.verified()
    life.day(365.5)
    assert "post" in life.can()


# --- two versions


def test_r32_the_milder_rule_wins_when_the_points_are_the_same():
    def change(data):
        data["penalties"]["restricted_publishing"]["lasts"] = "P1D"

    life = Life(policies=two_versions(change)).active().day(31)
    f = Finding(violation_id="v1", acted_at=D0, rule="illegal_goods", item="i1", facts="Seen.")
    life.send(RecordViolation, ASH, finding=f)
    assert "post" in life.can(life.now + timedelta(days=2))


def test_r32_a_rule_that_no_longer_jumps_does_not_jump():
    def change(data):
        data["severities"]["grave"]["jump"] = None

    life = Life(policies=two_versions(change)).active().day(31)
    f = Finding(violation_id="v1", acted_at=D0, rule="threat_to_life", item="i1", facts="Seen.")
    life.send(RecordViolation, ASH, finding=f)
    assert not any(p.is_interim for p in life.record.penalties)


def without_licensed(data):
    del data["qualifications"]["licensed_non_news"]
    for q in data["qualifications"].values():
        q["excludes"] = [x for x in q["excludes"] if x != "licensed_non_news"]
    data["provider"]["licences"]["internet_news_licence"]["qualifications"].remove(
        "licensed_non_news"
    )


def test_a_qualification_that_a_new_version_drops_can_be_revoked():
    life = public_enterprise(policies=two_versions(without_licensed))
    held = grant(life, "licensed_non_news", licence=licence(400))
    life.day(31)
    result = life.send(RevokeQualification, ASH, qualification_id=held, reasons="Gone.")
    assert isinstance(result, (Decided, Refusal))


def test_an_account_with_a_qualification_that_a_new_version_drops_can_be_closed():
    life = public_enterprise(policies=two_versions(without_licensed))
    grant(life, "licensed_non_news", licence=licence(400))
    life.day(31).send(CloseAccount, HOLDER)
    life.day(50)
    assert life.record.stage == "closed"


def test_a_qualification_applied_for_before_a_new_version_drops_it_can_be_refused_or_granted():
    life = public_enterprise(policies=two_versions(without_licensed, day=5))
    life.send(
        ApplyForQualification, HOLDER, qualification="licensed_non_news", licence=licence(400)
    )
    life.day(6)
    r = sole(life, ReviewKind.QUALIFICATION)
    life.vote(r, Verdict.GRANT, ASH)
    assert isinstance(life.vote(r, Verdict.GRANT, BIRCH), (Decided, Refusal))


def test_a_penalty_of_an_older_version_ends_when_a_new_version_renames_a_capability():
    def change(data):
        caps = data["capabilities"]["all"]
        caps["share"] = dict(caps["post"])
        data["penalties"]["restricted_publishing"]["deny"].append("share")

    life = Life(policies=two_versions(change, day=3)).active()
    life.violation("illegal_goods")
    life.day(4).violation("spam_flooding")
    life.violation("privacy_exposure", rung="restrict")
    life.day(20)
    assert life.record.penalties[0].is_over


def test_a_held_choice_can_still_be_confirmed_when_the_meter_has_moved():
    life = Life().active()
    life.violation("state_secret_disclosure", rung="warn")
    held = sole(life, ReviewKind.CONFIRMATION)
    life.violation("illegal_goods")
    result = life.vote(held, Verdict.CONFIRM, BIRCH)
    assert isinstance(result, Decided), result


def test_ids_made_by_a_deadline_cannot_be_made_by_a_command():
    life = Life().registered()
    instant = D0 + timedelta(days=80)
    life.send(Withdraw, HOLDER, command_id=f"registration_expires-{instant:%Y%m%d%H%M%S}")
    mine = {e.notice_id for _, e in life.journal if hasattr(e, "notice_id")}
    other = Life().registered().day(81)
    theirs = {e.notice_id for _, e in other.journal if hasattr(e, "notice_id")} | {
        e.decision_id for _, e in other.journal if hasattr(e, "decision_id")
    }
    assert not mine & theirs


def test_a_warning_ends_with_its_voided_strike():
    life = Life().active()
    life.violation("spam_flooding")
    life.send(VoidStrike, CEDAR, strike_id=life.record.strikes[0].strike_id, reasons="A mistake.")
    assert life.record.active_penalties(life.now) == ()


def test_a_grave_closure_that_was_reduced_can_be_lifted_at_least():
    life = Life().active()
    made = life.violation("threat_to_life")
    life.vote(sole(life, ReviewKind.CONFIRMATION), Verdict.CONFIRM, BIRCH)
    life.day(5).appeal(made.created[0])
    life.day(6).vote(sole(life, ReviewKind.APPEAL), Verdict.REDUCED, CEDAR, rung="suspend")
    for penalty in life.record.penalties:
        life.send(LiftPenalty, CEDAR, penalty_id=penalty.penalty_id, reasons="Enough.")
    assert life.record.stage == "active"


def test_a_closure_confirmed_while_an_appeal_was_open_can_be_appealed():
    life = Life().active()
    decision = to_proposed_closure(life)
    life.appeal(decision)
    life.send(AnswerHearing, HOLDER, decision_id=decision, statement="No.")
    life.vote(sole(life, ReviewKind.CONFIRMATION), Verdict.CONFIRM, BIRCH)
    life.vote(sole(life, ReviewKind.APPEAL), Verdict.UPHELD, CEDAR)
    assert isinstance(life.appeal(decision), Decided)


def test_a_closing_at_the_holders_wish_goes_on_after_an_overturned_closure():
    life = Life().active()
    life.send(CloseAccount, HOLDER, audience=10**9)
    made = life.violation("threat_to_life")
    life.vote(sole(life, ReviewKind.CONFIRMATION), Verdict.CONFIRM, BIRCH)
    life.day(2).appeal(made.created[0])
    life.vote(sole(life, ReviewKind.APPEAL), Verdict.OVERTURNED, CEDAR)
    assert life.record.stage == "closing"


def only(change, policy_id="cn-im-2014"):
    one = book().at(policy_id, D0)
    data = one.policy.model_dump(mode="json")
    change(data)
    return PolicyBook((Published("d" * 64, Policy.model_validate(data), one.words),))


def test_a_warning_without_points_has_an_end():
    life = Life(
        policies=only(lambda d: d["severities"]["minor"]["first_occurrence"].update(points=0))
    ).active()
    life.violation("spam_flooding")
    assert life.record.penalties[0].ends_at is not None


def test_a_penalty_below_closure_is_filed_where_the_policy_says_so():
    life = Life(
        policies=only(
            lambda d: d["penalties"]["restricted_publishing"].update(filing="penalty_report")
        )
    ).active()
    life.violation("illegal_goods")
    assert life.record.filings


def test_time_passes_after_the_last_policy_version_ended():
    end = (D0 + timedelta(days=3)).date().isoformat()
    life = Life(policies=only(lambda d: d["policy"].update(valid_to=end))).active()
    life.violation("illegal_goods")
    life.now = D0 + timedelta(days=8)
    result = life.ask(PassTime(account_id="a1"))
    assert isinstance(result, Decided), result


def test_r05_no_account_is_opened_once_the_licence_of_the_platform_has_lapsed():
    life = Life().registered("public", "enterprise")
    life.licences = ()
    life.day(3).verified()
    assert life.record.stage != "active"


def test_nothing_is_granted_while_the_account_is_closing():
    life = public_enterprise()
    life.send(
        ApplyForQualification, HOLDER, qualification="licensed_non_news", licence=licence(400)
    )
    life.send(CloseAccount, HOLDER)
    review = sole(life, ReviewKind.QUALIFICATION)
    life.vote(review, Verdict.GRANT, ASH)
    assert isinstance(life.vote(review, Verdict.GRANT, BIRCH), Refusal)


def test_acknowledging_another_notice_does_not_end_the_warning():
    from goodstanding.messages import AcknowledgeNotice

    life = Life().active()
    made = life.violation("spam_flooding")
    life.appeal(made.created[0])
    receipt = next(n for n in life.record.notices if n.kind == "appeal_received")
    life.send(AcknowledgeNotice, HOLDER, notice_id=receipt.notice_id)
    assert not life.record.penalties[0].is_over


def test_a_reopened_registration_has_its_doubtful_name_looked_at():
    life = Life(name_signals=("folds",), verifier=UNSURE).registered().verified()
    life.vote(sole(life, ReviewKind.IDENTITY), Verdict.REFUSE, ASH)
    overturn_decline(life)
    assert life.record.open_reviews(ReviewKind.NAME)


def test_texts_are_kept_from_the_final_decision():
    life = Life().active()
    made = life.violation("threat_to_life")
    life.vote(sole(life, ReviewKind.CONFIRMATION), Verdict.CONFIRM, BIRCH)
    before = life.record.texts_until
    life.day(59).appeal(made.created[0])
    life.day(73).vote(sole(life, ReviewKind.APPEAL), Verdict.UPHELD, CEDAR)
    assert life.record.texts_until > before


def test_nobody_complains_about_the_platforms_own_account():
    from goodstanding.domain.record import Record
    from goodstanding.messages import OpenProvider

    life = Life(account_id="provider", record=Record("provider"))
    life.send(OpenProvider, Actor(id="system", role=Role.SYSTEM), policy_id="cn-im-2014")
    assert isinstance(report(life), Refusal)


# --- notices that a channel outside hands over (handed_over_by: webhook)


class Slow(Life):
    """Notices stay on their way until they are delivered by hand."""

    hold = True

    def _settle(self, events):
        kept = tuple(e for e in events if not (self.hold and type(e).__name__ == "NoticeIssued"))
        super()._settle(kept)

    def deliver(self, kind):
        notice = next(n.notice_id for n in self.record.notices if n.kind == kind)
        one = Settlement(effect_id=notice, delivered=True)
        return self.ask(
            SettleEffects(account_id="a1", settlements=(one,)),
            Queue(pending={notice: EffectKind.NOTICE}),
        )


def slow():
    notices = {"channels": ["inbox", "webhook"], "handed_over_by": "webhook", "give_up": "P7D"}
    return Slow(policies=only(lambda d: d["process"].update(notices=notices))).active()


def test_another_notice_does_not_start_a_penalty_that_waits_for_its_own():
    life = slow()
    life.appeal(life.violation("illegal_goods").created[0])
    life.deliver("appeal_received")
    assert life.record.penalties[0].starts_at is None


def test_a_penalty_lifted_before_its_notice_never_starts():
    life = slow()
    life.violation("illegal_goods")
    life.send(LiftPenalty, CEDAR, penalty_id=life.record.penalties[0].penalty_id, reasons="Enough.")
    life.deliver("violation_decided")
    assert "PenaltyStarted" not in life.kinds()


def test_a_reduced_penalty_waits_for_its_notice_too():
    life = slow()
    life.violation("illegal_goods")
    made = life.violation("illegal_goods", BIRCH)
    life.appeal(made.created[0])
    life.vote(sole(life, ReviewKind.APPEAL), Verdict.REDUCED, CEDAR, rung="restrict")
    assert life.record.penalties[-1].starts_at is None


def test_the_window_of_a_confirmed_closure_counts_from_the_delivery_of_its_notice():
    life = slow()
    life.hold = False
    decision = to_proposed_closure(life)
    life.hold = True
    life.send(AnswerHearing, HOLDER, decision_id=decision, statement="No.")
    life.vote(sole(life, ReviewKind.CONFIRMATION), Verdict.CONFIRM, BIRCH)
    assert life.record.decision(decision).appeal_until is None


def test_the_name_is_held_until_a_window_that_opened_with_the_delivery_is_over():
    life = slow()
    life.violation("threat_to_life")
    life.vote(sole(life, ReviewKind.CONFIRMATION), Verdict.CONFIRM, BIRCH)
    life.deliver("account_closed")
    assert life.record.name_until >= life.record.decisions[0].appeal_until


def test_a_held_decision_has_no_appeal_window():
    life = slow()
    life.violation("threat_to_life")
    life.deliver("interim_started")
    assert life.record.decisions[0].appeal_until is None
