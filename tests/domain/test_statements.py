"""What a notice says of how a breach was found, and by whom it was decided."""

from dataclasses import replace

import pytest

from goodstanding.messages import Actor, Finding
from goodstanding.policy.book import PolicyBook
from goodstanding.policy.schema import Policy
from goodstanding.vocabulary import ReviewKind, Role, Verdict
from tests.domain.playing import ASH, D0, Life, book

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
