"""What decisions do with items, and how it is undone with them."""

from datetime import timedelta
from typing import Any

import pytest

from goodstanding.domain import events as e
from goodstanding.domain.content import ContentRequest, ContentState
from goodstanding.domain.decide import Effects
from goodstanding.messages import (
    Actor,
    Finding,
    ItemAction,
    PassTime,
    RecordViolation,
    Refusal,
    RetryEffect,
    SettleEffects,
    Settlement,
)
from goodstanding.vocabulary import EffectKind, Role, Verdict
from tests.domain.playing import ASH, BIRCH, CEDAR, Life

OPS = Actor(id="ops", role=Role.PLATFORM)
DETECTOR = Actor(id="detector-1", role=Role.DETECTOR)


class Held(Life):
    """A life whose requests about items nobody answers by itself."""

    def _settle(self, events: tuple[e.Event, ...]) -> None:
        super()._settle(tuple(one for one in events if not isinstance(one, e.ContentAsked)))

    def answer(self, effect_id: str, *, kind: EffectKind = EffectKind.CONTENT, **said: Any) -> Any:
        """Let the platform say how a request ended."""
        fields = {"delivered": True, "receipt": "R-1", **said}
        settlement = Settlement(effect_id=effect_id, **fields)
        command = SettleEffects(account_id=self.account_id, settlements=(settlement,))
        return self.ask(command, Effects(pending={effect_id: kind}))


def found(life: Life, rule: str, *content: ItemAction, actor: Actor = ASH, name: str = "") -> Any:
    """Find a violation that does this with items."""
    name = name or f"v{life.sent + 1}"
    finding = Finding(
        violation_id=name,
        acted_at=life.now,
        rule=rule,
        item=f"item-{name}",
        facts="Seen and read by a person.",
        content=content,
    )
    return life.send(RecordViolation, actor, finding=finding)


def remove(item: str = "post-1") -> ItemAction:
    return ItemAction(item=item, action="remove")


def label(item: str = "post-1", code: str = "sensitive") -> ItemAction:
    return ItemAction(item=item, action="label", label=code)


def restore(item: str = "post-1", code: str | None = None) -> ItemAction:
    return ItemAction(item=item, action="restore", label=code)


def overturn(
    life: Life, decision_id: str, verdict: Verdict = Verdict.OVERTURNED, **more: Any
) -> Any:
    review_id = life.appeal(decision_id).created[0]
    return life.vote(review_id, verdict, CEDAR, **more)


def asked(life: Life) -> list[tuple[str, str, str | None, str]]:
    return [(one.item, one.does, one.label, one.state) for one in life.record.content]


def the_only(life: Life) -> ContentRequest:
    (request,) = life.record.content
    return request


def last_notice(life: Life) -> str:
    issued = [one for _, one in life.journal if isinstance(one, e.NoticeIssued)]
    return issued[-1].text.plain or ""


@pytest.fixture
def life() -> Held:
    life = Held()
    life.active()
    return life


@pytest.fixture
def answered() -> Life:
    return Life().active()


def test_f08_what_a_finding_does_with_items_is_asked_once_the_decision_counts(life):
    found(life, "illegal_goods", remove(), label("post-2"))

    assert asked(life) == [
        ("post-1", "remove", None, "requested"),
        ("post-2", "label", "sensitive", "requested"),
    ]
    assert "post-1: taken down (shown again if the decision is overturned" in last_notice(life)


def test_a_finding_without_content_asks_the_platform_for_nothing(life):
    found(life, "illegal_goods")

    assert life.record.content == ()
    assert not {"ContentDecided", "ContentAsked"} & set(life.kinds())


@pytest.mark.parametrize(
    "action", [label(code="forbidden"), ItemAction(item="post-1", action="remove", label="x")]
)
def test_what_the_rule_does_not_allow_is_refused_and_names_what_it_does(life, action):
    refused = found(life, "illegal_goods", action)

    assert isinstance(refused, Refusal)
    assert (refused.code, refused.field) == ("ContentActionNotAllowedError", "finding.content")
    assert "remove, label sensitive, restore" in refused.message


def test_one_finding_names_an_item_once(life):
    assert found(life, "illegal_goods", remove(), remove()).code == "MalformedError"


def test_a_receipt_says_that_it_was_done(life):
    found(life, "illegal_goods", remove())
    life.answer(the_only(life).effect_id, receipt="R-7")

    request = the_only(life)
    assert (request.state, request.receipt) == (ContentState.DONE, "R-7")


def test_a_platform_that_takes_its_time_is_waited_for_and_then_given_up(life):
    found(life, "illegal_goods", remove())
    effect_id = the_only(life).effect_id
    life.answer(effect_id, receipt=None, waits=True)
    until = the_only(life).waits_until
    assert until == life.now + timedelta(days=7)

    life.now = until
    life.ask(PassTime(account_id=life.account_id), Effects(pending={effect_id: EffectKind.CONTENT}))

    assert (the_only(life).state, the_only(life).error) == ("failed", "unanswered")


def test_what_failed_can_be_asked_again(life):
    found(life, "illegal_goods", remove())
    effect_id = the_only(life).effect_id
    life.answer(effect_id, delivered=False, receipt=None, error="not_done")
    assert the_only(life).state is ContentState.FAILED

    again = RetryEffect(
        account_id=life.account_id, command_id="again", actor=OPS, effect_id=effect_id
    )
    life.ask(again, Effects(failed={effect_id: EffectKind.CONTENT}))

    assert the_only(life).state is ContentState.REQUESTED


def test_f08_an_overturned_decision_restores_what_it_removed_and_takes_its_labels_off(answered):
    decided = found(answered, "illegal_goods", remove(), label("post-2"))

    overturn(answered, decided.created[0])

    assert asked(answered)[2:] == [
        ("post-1", "restore", None, "done"),
        ("post-2", "restore", "sensitive", "done"),
    ]
    removal, _, restored, _ = answered.record.content
    assert (restored.undoes, restored.order) == (removal.effect_id, 2)
    assert "post-1: the platform was asked to show it again" in last_notice(answered)


def test_f08_a_reduced_decision_restores_it_too(answered):
    found(answered, "illegal_goods", remove("other"))
    decided = found(answered, "fraud_offer", remove())

    overturn(answered, decided.created[0], Verdict.REDUCED, rung="warn")

    assert asked(answered)[-1] == ("post-1", "restore", None, "done")


def test_a_removal_that_is_still_tried_gives_way_to_its_restore(life):
    decided = found(life, "illegal_goods", remove())

    overturn(life, decided.created[0])

    assert asked(life) == [
        ("post-1", "remove", None, "superseded"),
        ("post-1", "restore", None, "requested"),
    ]


def test_a_removal_that_failed_gives_way_to_its_restore_since_it_may_have_arrived(life):
    decided = found(life, "illegal_goods", remove())
    life.answer(the_only(life).effect_id, delivered=False, receipt=None, error="no_answer")

    overturn(life, decided.created[0])

    assert [state for *_, state in asked(life)] == ["superseded", "requested"]


def test_what_cannot_be_undone_is_said_in_both_notices_and_not_asked(answered):
    decided = found(answered, "privacy_exposure", remove())
    assert "post-1: taken down and erased (cannot be undone)" in last_notice(answered)

    overturn(answered, decided.created[0])

    assert asked(answered) == [("post-1", "remove", None, "done")]
    assert "ContentNotRestored" in answered.kinds()
    assert "post-1: it was erased, and that cannot be undone" in last_notice(answered)


def test_what_cannot_be_undone_but_was_not_done_yet_is_taken_back(life):
    decided = found(life, "privacy_exposure", remove())

    overturn(life, decided.created[0])

    assert [state for *_, state in asked(life)] == ["superseded", "requested"]


def test_an_item_that_another_decision_removes_as_well_stays_removed(answered):
    first = found(answered, "illegal_goods", remove())
    second = found(answered, "insult_or_defamation", remove())
    assert asked(answered) == [("post-1", "remove", None, "done")]

    overturn(answered, first.created[0])
    assert asked(answered) == [("post-1", "remove", None, "done")]
    assert "post-1: it stays as it is, by another decision" in last_notice(answered)

    overturn(answered, second.created[0])
    assert asked(answered)[-1] == ("post-1", "restore", None, "done")


def test_a_later_finding_may_restore_an_item_and_label_it_instead(answered):
    found(answered, "illegal_goods", remove())

    decided = found(answered, "insult_or_defamation", restore(), label())
    assert asked(answered)[1:] == [
        ("post-1", "restore", None, "done"),
        ("post-1", "label", "sensitive", "done"),
    ]
    overturn(answered, decided.created[0])

    # its label goes; what it had shown again stays so
    assert asked(answered)[3:] == [("post-1", "restore", "sensitive", "done")]


def test_nothing_is_restored_that_was_never_removed(life):
    assert found(life, "illegal_goods", restore()).code == "NothingToRestoreError"


def test_an_interim_removes_at_once_and_restores_when_it_is_rejected(answered):
    found(answered, "threat_to_life", remove())
    assert asked(answered) == [("post-1", "remove", None, "done")]

    answered.vote(answered.open_review(), Verdict.REJECT, BIRCH)

    assert asked(answered)[-1] == ("post-1", "restore", None, "done")
    assert "post-1: the platform was asked to show it again" in last_notice(answered)


def test_a_confirmed_interim_asks_for_the_removal_once(answered):
    found(answered, "threat_to_life", remove())
    answered.vote(answered.open_review(), Verdict.CONFIRM, BIRCH)

    assert asked(answered) == [("post-1", "remove", None, "done")]


def test_what_two_people_have_to_find_is_not_touched_before(answered):
    decided = found(answered, "violent_overthrow_call", remove())
    assert answered.record.the_decision(decided.created[0]).state == "held"
    assert asked(answered) == []

    answered.vote(answered.open_review(), Verdict.CONFIRM, BIRCH)

    assert asked(answered) == [("post-1", "remove", None, "done")]


def test_a_detector_does_nothing_with_an_item_by_itself(life):
    found(life, "illegal_goods", remove(), actor=DETECTOR)

    assert life.record.content == ()
    assert life.record.decisions == ()
    assert "FindingProposed" in life.kinds()
