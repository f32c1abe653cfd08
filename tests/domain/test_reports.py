"""Complaints on the pure domain: where they come from, how many there are, and what they never do."""

from datetime import timedelta
from typing import Any

import pytest

from goodstanding.domain import events as e
from goodstanding.domain.decide import Decided
from goodstanding.domain.evolve import fold
from goodstanding.messages import Actor, Finding, Refusal
from goodstanding.vocabulary import NoticeKind, Origin, ReviewKind, Role, Verdict
from storage import snapshots
from tests.domain.attacks import report, sole
from tests.domain.playing import ASH, BIRCH, CEDAR, D0, Life

DETECTOR = Actor(id="detector-1", role=Role.DETECTOR)
FLAGGER = Actor(id="hotline-1", role=Role.TRUSTED_FLAGGER)
AUTHORITY = Actor(id="office-1", role=Role.AUTHORITY)
READER = Actor(id="reader-1", role=Role.PUBLIC)
OTHER = Actor(id="holder-2", role=Role.HOLDER)


def active() -> Life:
    return Life("neutral").active("standard", "person", language="en")


def finding(life: Life, rule: str = "spam", item: str = "i1") -> Finding:
    return Finding(
        violation_id=f"v-{item}", acted_at=life.now, rule=rule, item=item, facts="Seen by a person."
    )


def judged(life: Life, verdict: Verdict, who: Actor = ASH, item: str = "i1") -> Decided | Refusal:
    found = finding(life, item=item) if verdict is Verdict.VIOLATION else None
    return life.vote(sole(life, ReviewKind.CASE), verdict, who, finding=found)


def code(result: Decided | Refusal) -> str:
    assert isinstance(result, Refusal), result
    return result.code


def last_notice(life: Life, kind: NoticeKind) -> str:
    issued = [event for _, event in life.journal if isinstance(event, e.NoticeIssued)]
    return life.texts[[event for event in issued if event.kind is kind][-1].text.text_id]


def happened(life: Life, kind: type) -> list[Any]:
    return [event for _, event in life.journal if isinstance(event, kind)]


@pytest.mark.parametrize(
    ("actor", "origin"),
    [
        (READER, Origin.USER_REPORT),
        (OTHER, Origin.USER_REPORT),
        (FLAGGER, Origin.TRUSTED_FLAGGER),
        (AUTHORITY, Origin.AUTHORITY),
        (DETECTOR, Origin.AUTOMATED),
    ],
)
def test_f13_report_and_decision_say_where_they_came_from(actor, origin):
    life = active()
    report(life, actor=actor)

    judged(life, Verdict.VIOLATION)

    (filed,) = happened(life, e.ReportFiled)
    (found,) = happened(life, e.ViolationFound)
    assert filed.origin is origin
    assert found.origin == origin
    assert life.record.decisions[0].origin == origin


def test_f13_what_people_of_the_platform_found_themselves_is_its_own_initiative():
    life = active()
    life.violation("spam")
    assert life.record.decisions[0].origin == Origin.OWN_INITIATIVE


def test_f13_an_authority_is_not_hidden_behind_users_who_complained_before():
    life = active()
    report(life, report_id="r1", actor=READER)
    report(life, report_id="r2", actor=FLAGGER)
    report(life, report_id="r3", actor=AUTHORITY)

    judged(life, Verdict.VIOLATION)

    assert life.record.decisions[0].origin == Origin.AUTHORITY
    assert "an authority pointed us to it" in last_notice(life, NoticeKind.VIOLATION_DECIDED)


@pytest.mark.parametrize("actor", [FLAGGER, AUTHORITY, DETECTOR, READER])
def test_f13_nobody_who_reports_decides_anything(actor):
    life = active()
    before = life.can()

    report(life, actor=actor, ground="threat_to_life")
    life.day(30)

    assert life.record.decisions == life.record.penalties == life.record.strikes == ()
    assert life.can() == before


def test_f09_who_reports_what_was_decided_is_told_the_outcome_that_stands():
    life = active()
    report(life, report_id="r1")
    judged(life, Verdict.VIOLATION)

    report(life, report_id="r2", actor=OTHER)

    (told,) = happened(life, e.ReportAnswered)
    assert (told.report_id, told.outcome) == ("r2", "violation")
    assert len(life.record.strikes) == 1
    assert not life.record.open_reviews(ReviewKind.CASE)


def test_r09_when_a_decision_is_overturned_those_who_complained_are_told_what_stands_now():
    life = active()
    report(life)
    judged(life, Verdict.VIOLATION)
    life.appeal(life.record.decisions[0].decision_id)

    life.vote(sole(life, ReviewKind.APPEAL), Verdict.OVERTURNED, BIRCH)

    outcomes = [answered.outcome for answered in happened(life, e.CaseAnswered)]
    assert outcomes == ["violation", "no_violation"]


def test_r26_ten_thousand_reports_are_one_case_and_no_larger_a_record():
    life = active()
    report(life, report_id="r0")
    one = len(snapshots.dump(life.record))
    (filed,) = happened(life, e.ReportFiled)
    many = [(replaced(filed, n), life.now) for n in range(1, 10_000)]

    record = fold("a1", [(event, at) for at, event in life.journal] + many)

    (case,) = record.cases
    assert case.reports == 10_000
    assert len(snapshots.dump(record)) - one < 20
    assert len(record.open_reviews(ReviewKind.CASE)) == 1


def replaced(filed: e.ReportFiled, number: int) -> e.ReportFiled:
    return e.ReportFiled(
        f"r{number}",
        filed.case_id,
        filed.ground,
        filed.item,
        f"reader-{number}",
        filed.reporter_role,
        filed.statement,
        (),
        filed.origin,
    )


def test_r09_a_report_id_is_used_once():
    life = active()
    report(life, report_id="r1")
    assert code(report(life, report_id="r1", item="i2")) == "AlreadyDecidedError"


def test_f04_whoever_complained_decides_neither_the_case_nor_by_themselves():
    life = active()
    report(life, actor=ASH)
    assert code(judged(life, Verdict.NO_VIOLATION, ASH)) == "SelfApprovalError"
    assert code(life.violation("spam", ASH, item="i1")) == "SelfApprovalError"
    assert isinstance(judged(life, Verdict.NO_VIOLATION, CEDAR), Decided)


def test_a_complaint_is_not_received_after_it_is_filed():
    life = active()
    refused = report(life, received_at=D0 + timedelta(days=400))
    assert (refused.code, refused.field) == ("MalformedError", "received_at")
