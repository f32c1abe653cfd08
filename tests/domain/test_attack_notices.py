"""What a hostile reader found of reasons and notices, and what holds since."""

from goodstanding.messages import (
    CloseAccount,
    DecideReview,
    Refusal,
)
from goodstanding.vocabulary import ReviewKind, Verdict
from tests.domain.attacks import report, sole
from tests.domain.playing import ASH, BIRCH, HOLDER, Life


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
    assert "CaseAnswered" in life.kinds()


def test_r09_whoever_complained_is_told_when_a_held_finding_is_confirmed():
    life = Life().active()
    report(life, item="i1", ground="threat_to_life")
    life.violation("threat_to_life", ASH, item="i1")
    life.vote(sole(life, ReviewKind.CONFIRMATION), Verdict.CONFIRM, BIRCH)
    assert "CaseAnswered" in life.kinds()


def test_r09_whoever_complained_is_told_when_a_held_finding_is_rejected():
    life = Life().active()
    report(life, item="i1", ground="threat_to_life")
    life.violation("threat_to_life", ASH, item="i1")
    life.vote(sole(life, ReviewKind.CONFIRMATION), Verdict.REJECT, BIRCH)
    assert "CaseAnswered" in life.kinds()
