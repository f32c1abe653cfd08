"""What a hostile reader found of two versions of a policy, and of what lies between chapters, and what holds since."""

from datetime import timedelta

from goodstanding.domain.decide import Decided
from goodstanding.messages import (
    Actor,
    AnswerHearing,
    ApplyForQualification,
    CloseAccount,
    Finding,
    LiftPenalty,
    PassTime,
    RecordViolation,
    Refusal,
    RevokeQualification,
    VoidStrike,
    Withdraw,
)
from goodstanding.vocabulary import ReviewKind, Role, Verdict
from tests.domain.attacks import (
    UNSURE,
    grant,
    only,
    overturn_decline,
    public_enterprise,
    report,
    sole,
    to_proposed_closure,
    two_versions,
)
from tests.domain.playing import ASH, BIRCH, CEDAR, D0, HOLDER, Life, licence


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
