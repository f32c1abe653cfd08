"""What a notice says of how a breach was found, and by whom it was decided."""

from dataclasses import replace
from typing import Any

import pytest

from goodstanding.domain.events import NoticeIssued
from goodstanding.messages import Actor, Finding, StatementOfReasons
from goodstanding.policy.book import PolicyBook
from goodstanding.policy.schema import Policy
from goodstanding.vocabulary import ReviewKind, Role, Verdict
from tests.domain.attacks import only
from tests.domain.playing import ASH, BIRCH, D0, Life, book

DETECTOR = Actor(id="detector-1", role=Role.DETECTOR)


def machine_may(what: str) -> PolicyBook:
    """The neutral policy, where a detector may do this in every category."""
    one = book().at("neutral", D0)
    data = one.policy.model_dump(mode="json")
    for category in data["categories"].values():
        category["machine"] = what
    return PolicyBook((replace(one, policy=Policy.model_validate(data)),))


def detected(what: str) -> Life:
    life = Life("neutral", policies=machine_may(what)).active("standard", "person", language="en")
    life.violation("spam", DETECTOR, item="item-1")
    return life


def told(life: Life, line: str) -> str:
    """The last line of any notice that begins so, without its beginning."""
    lines = [one for text in life.texts.values() for one in text.splitlines()]
    return [one for one in lines if one.startswith(line)][-1].removeprefix(line).strip()


def phrase(code: str) -> str:
    return book().at("neutral", D0).words["en"].phrases[code]


def test_a_warning_by_a_machine_claims_no_person_who_judged():
    life = detected("warn")

    assert life.record.decisions
    assert told(life, "Automated means:") == phrase("automation_decision")
    assert told(life, "How it was found:") == phrase("found_by_detector")
    assert "person" not in phrase("found_by_detector")


def test_where_a_machine_only_proposed_a_person_is_said_to_have_decided():
    life = detected("propose")
    (review,) = life.record.open_reviews(ReviewKind.CASE)
    assert not life.record.decisions

    finding = Finding(
        violation_id="v9", acted_at=life.now, rule="spam", item="item-1", facts="Seen by a person."
    )

    life.vote(review.review_id, Verdict.VIOLATION, ASH, finding=finding)

    assert told(life, "How it was found:") == phrase("found_by_detector")
    assert told(life, "Automated means:") == phrase("automation_detection")
    assert "decision was taken by a person" in phrase("automation_detection")


@pytest.mark.parametrize("policy", ["neutral", "cn-im-2014"])
def test_the_chinese_words_claim_no_person_either(policy):
    assert "人" not in book().at(policy, D0).words["zh"].phrases["found_by_detector"]


def statements(life: Life) -> list[StatementOfReasons]:
    """The statements that went with notices, in their order."""
    issued = [event for _, event in life.journal if isinstance(event, NoticeIssued)]
    kept = [life.texts[one.statement.text_id] for one in issued if one.statement]
    return [StatementOfReasons.model_validate_json(one) for one in kept]


def penalised(rule: str = "illegal_goods", language: str = "en", **more: Any) -> Life:
    life = Life(**more).active(language=language)
    life.violation(rule)
    return life


def test_f01_the_statement_of_reasons_is_kept_field_by_field_with_its_notice():
    life = penalised()
    decision, (penalty,) = life.record.decisions[0], life.record.penalties
    policy = life.policies.of(decision.substance_digest).policy

    (statement,) = statements(life)

    assert statement.decision_id == decision.decision_id
    assert (statement.policy.id, statement.policy.digest) == (
        policy.policy.id,
        decision.substance_digest,
    )
    what = statement.restriction
    assert (what.penalty, what.denies) == (penalty.code, penalty.denies)
    assert (what.starts_at, what.ends_at) == (penalty.starts_at, penalty.ends_at)
    assert what.territory == phrase("territory_everywhere")
    why = statement.circumstances
    assert (why.item, why.acted_at) == (decision.item, decision.acted_at)
    assert why.facts == life.texts[decision.facts.text_id]
    assert (why.origin, why.automated_detection, why.automated_decision) == (
        "own_initiative",
        False,
        False,
    )
    rule = policy.rules[decision.rule]
    ground = statement.contractual_ground
    assert (ground.clause, ground.rule) == (rule.clause, decision.rule)
    assert ground.explanation == rule.covers["en"]
    assert statement.redress.appeal_until == decision.appeal_until
    assert all((statement.redress.internal, statement.redress.out_of_court))
    assert statement.redress.judicial == "a people's court"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_f01_words_and_fields_of_a_statement_say_the_same(language):
    life = penalised(language=language)
    issued = [event for _, event in life.journal if isinstance(event, NoticeIssued)]
    text = life.texts[issued[-1].text.text_id]

    (statement,) = statements(life)

    for said in (
        *(statement.restriction.title, statement.restriction.denied),
        *(statement.restriction.territory, statement.restriction.starts),
        *(statement.restriction.ends, statement.circumstances.facts),
        *(statement.circumstances.found_by, statement.circumstances.automation),
        *(statement.contractual_ground.clause_title, statement.contractual_ground.explanation),
        *(statement.redress.out_of_court, statement.redress.judicial),
        *(statement.redress.appeal_decided_within, statement.redress.undo),
    ):
        assert said in text, said
    assert statement.language == language


def test_f01_the_law_is_named_where_the_rule_rests_on_one_and_nowhere_else():
    named = penalised("unlicensed_political_news")
    unnamed = penalised("illegal_goods")

    law = statements(named)[0].legal_ground
    assert law is not None
    assert "Art 7" in law.ground
    assert told(named, "Law:") == law.ground
    assert told(named, "Why that law applies:") == law.explanation
    assert statements(unnamed)[0].legal_ground is None
    assert "Law:" not in "\n".join(unnamed.texts.values())


def test_f01_what_a_machine_did_stands_in_fields_of_its_own():
    warned, proposed = detected("warn"), detected("propose")
    (review,) = proposed.record.open_reviews(ReviewKind.CASE)
    finding = Finding(
        violation_id="v9",
        acted_at=proposed.now,
        rule="spam",
        item="item-1",
        facts="Seen by a person.",
    )
    proposed.vote(review.review_id, Verdict.VIOLATION, ASH, finding=finding)

    by_machine, by_person = (statements(one)[0].circumstances for one in (warned, proposed))

    assert (by_machine.automated_detection, by_machine.automated_decision) == (True, True)
    assert (by_person.automated_detection, by_person.automated_decision) == (True, False)
    assert by_person.origin == "automated"


def test_f01_a_policy_may_say_where_its_decisions_apply():
    def somewhere(data: dict[str, Any]) -> None:
        data["process"]["notices"]["territory"] = {"en": "France and Belgium", "zh": "法国、比利时"}

    life = penalised(policies=only(somewhere))

    assert statements(life)[0].restriction.territory == "France and Belgium"
    assert told(life, "Where:") == "France and Belgium"


def test_f01_a_penalty_that_waits_for_its_notice_says_from_when_and_for_how_long():
    def waits(data: dict[str, Any]) -> None:
        data["process"]["notices"] |= {
            "channels": ["inbox", "webhook"],
            "handed_over_by": "webhook",
        }

    life = penalised(policies=only(waits))

    restriction = statements(life)[0].restriction
    assert (restriction.starts_at, restriction.ends_at) == (None, None)
    assert told(life, "From:") == phrase("starts_notified")
    assert told(life, "Until:") == "7 days after it begins"
    assert told(life, "Appeal by:").endswith("from when this notice is handed over to you")


def test_f01_each_later_notice_of_a_decision_carries_the_reasons_as_they_then_are():
    life = penalised()
    life.appeal(life.record.decisions[0].decision_id)
    (review,) = life.record.open_reviews(ReviewKind.APPEAL)
    life.vote(review.review_id, Verdict.OVERTURNED, BIRCH)

    first, last = statements(life)[0], statements(life)[-1]

    assert first.restriction.penalty == "restricted_publishing"
    assert (first.circumstances.reasons, bool(last.circumstances.reasons)) == ("", True)
    assert last.restriction.penalty is None


def test_f01_a_notice_about_no_decision_carries_no_reasons():
    life = Life().active()

    assert statements(life) == []
