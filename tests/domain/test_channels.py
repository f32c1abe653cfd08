"""F1: a notice is handed over by the channel that the policy names, and what waits for it begins then, not before."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from goodstanding.domain.deadlines import What, deadlines
from goodstanding.domain.decide import Effects as Queue
from goodstanding.domain.effects import effects_of
from goodstanding.domain.events import NoticeIssued
from goodstanding.messages import LiftPenalty, PassTime, SettleEffects, Settlement
from goodstanding.policy.checks import problems_of
from goodstanding.policy.schema import Policy
from goodstanding.vocabulary import EffectKind
from tests.domain.attacks import only
from tests.domain.playing import CEDAR, D0, Life, book

ALL = {"channels": ["inbox", "webhook", "email"], "handed_over_by": "email", "give_up": "P7D"}


class OnItsWay(Life):
    """Nothing is delivered but by hand."""

    def _settle(self, events):
        kept = tuple(event for event in events if not isinstance(event, NoticeIssued))
        super()._settle(kept)

    def deliver(self, kind: str, by: EffectKind) -> None:
        notice = next(n.notice_id for n in self.record.notices if n.kind == kind)
        effect_id = f"{notice}.mail" if by is EffectKind.MAIL else notice
        one = Settlement(effect_id=effect_id, delivered=True)
        command = SettleEffects(account_id="a1", settlements=(one,))
        self.ask(command, Queue(pending={effect_id: by}))


def life(
    change: Callable[[dict[str, Any]], object] = lambda data: None, **notices: Any
) -> OnItsWay:
    def changed(data: dict[str, Any]) -> None:
        data["process"]["notices"] = {**ALL, **notices}
        change(data)

    made = OnItsWay(policies=only(changed))
    made.active()
    return made


def handed_over_at(of: Life, kind: str) -> Any:
    return next(n.handed_over_at for n in of.record.notices if n.kind == kind)


def test_f01_a_penalty_waits_for_the_channel_that_counts_and_for_no_other():
    one = life()
    one.violation("illegal_goods")

    one.deliver("violation_decided", EffectKind.NOTICE)
    waits = one.record.penalties[0].starts_at, one.record.decisions[0].appeal_until
    one.now += timedelta(days=3)
    one.deliver("violation_decided", EffectKind.MAIL)

    assert waits == (None, None)
    penalty = one.record.penalties[0]
    assert penalty.starts_at == one.now == handed_over_at(one, "violation_decided")
    assert penalty.ends_at == one.now + timedelta(days=7)
    assert one.record.decisions[0].appeal_until > one.now


def test_f01_a_notice_is_handed_over_once_however_often_a_channel_says_so():
    one = life()
    one.violation("illegal_goods")
    one.deliver("violation_decided", EffectKind.MAIL)
    first = handed_over_at(one, "violation_decided")
    one.now += timedelta(days=1)

    one.deliver("violation_decided", EffectKind.MAIL)

    assert handed_over_at(one, "violation_decided") == first
    assert one.kinds().count("PenaltyStarted") == 1


def test_f01_the_policy_may_name_an_instant_from_which_the_inbox_counts():
    one = life(inbox_counts_after="P3D")
    one.violation("illegal_goods")
    due = one.now + timedelta(days=3)

    one.to(due - timedelta(seconds=1))
    before = one.record.penalties[0].starts_at
    one.to(due)

    assert before is None
    assert one.record.penalties[0].starts_at == due
    assert handed_over_at(one, "violation_decided") == due
    one.now += timedelta(days=1)
    one.deliver("violation_decided", EffectKind.MAIL)
    assert one.record.penalties[0].starts_at == due
    assert one.kinds().count("PenaltyStarted") == 1


def test_f01_an_outage_on_our_side_makes_no_penalty_longer():
    one = life(inbox_counts_after="P3D")
    one.violation("illegal_goods")
    due = one.now + timedelta(days=3)

    one.now = due + timedelta(days=2)
    one.ask(PassTime(account_id="a1"))

    penalty = one.record.penalties[0]
    assert (penalty.starts_at, penalty.ends_at) == (due, due + timedelta(days=7))
    assert handed_over_at(one, "violation_decided") == due


def test_f01_without_such_an_instant_what_nobody_handed_over_never_begins():
    one = life()
    one.violation("illegal_goods")

    one.to(D0 + timedelta(days=200))

    assert one.record.penalties[0].starts_at is None
    assert What.INBOX_COUNTS not in {due.what for due in deadlines(one.record)}


def test_f01_a_delivered_notice_leaves_no_deadline():
    one = life(inbox_counts_after="P3D")
    one.violation("illegal_goods")
    one.deliver("activated", EffectKind.MAIL)
    one.deliver("violation_decided", EffectKind.MAIL)

    assert What.INBOX_COUNTS not in {due.what for due in deadlines(one.record)}


def test_f01_what_was_lifted_meanwhile_does_not_begin_when_the_inbox_counts():
    one = life(inbox_counts_after="P3D")
    one.violation("illegal_goods")
    penalty_id = one.record.penalties[0].penalty_id
    one.send(LiftPenalty, CEDAR, penalty_id=penalty_id, reasons="Enough.")

    one.to(D0 + timedelta(days=10))

    assert "PenaltyStarted" not in one.kinds()


def test_f01_an_interim_that_waits_for_its_notice_begins_with_it_and_ends_when_it_would_have():
    def waits(data: dict[str, Any]) -> None:
        data["penalties"]["interim_suspension"]["start"] = "notified"

    one = life(waits)
    one.violation("threat_to_life")
    interim = one.record.penalties[0]
    one.now += timedelta(days=1)

    one.deliver("interim_started", EffectKind.MAIL)

    started = one.record.penalties[0]
    assert (interim.starts_at, started.starts_at) == (None, one.now)
    assert started.ends_at == one.record.decisions[0].lapses_at
    assert one.record.decisions[0].appeal_until is None


def test_f01_a_kind_of_notice_may_go_by_other_channels():
    one = life(kinds={"activated": ["inbox"], "appeal_received": ["inbox", "webhook"]})
    one.appeal(one.violation("illegal_goods").created[0])
    issued = {
        event.kind.value: event for _, event in one.journal if isinstance(event, NoticeIssued)
    }

    ways = {kind: (event.leaves_house, event.by_mail) for kind, event in issued.items()}

    assert ways["activated"] == (False, False)
    assert ways["violation_decided"] == (True, True)
    assert ways["appeal_received"] == (True, False)
    assert issued["activated"].is_handed_over
    assert issued["appeal_received"].is_handed_over
    assert not issued["violation_decided"].is_handed_over


def test_f01_each_channel_is_an_effect_of_its_own_that_recognises_a_repeat():
    one = life()
    one.violation("illegal_goods")
    policy = one.policies.current(one.record.policy_id, one.now).policy
    event = [event for _, event in one.journal if isinstance(event, NoticeIssued)][-1]

    effects = effects_of(event, one.record, policy, one.now)

    assert [(effect.effect_id, effect.kind) for effect in effects] == [
        (event.notice_id, EffectKind.NOTICE),
        (f"{event.notice_id}.mail", EffectKind.MAIL),
    ]
    assert {effect.give_up_at for effect in effects} == {one.now + timedelta(days=7)}


@pytest.mark.parametrize(
    ("notices", "sentence"),
    [
        ({**ALL, "channels": ["inbox"]}, "write one of the channels: inbox"),
        (
            {**ALL, "kinds": {"violation_decided": ["inbox"]}},
            "list email: penalties and appeals wait until it has handed over",
        ),
        ({**ALL, "kinds": {"activated": []}}, "list at least 1"),
        (
            {**ALL, "handed_over_by": "inbox", "inbox_counts_after": "P3D"},
            "leave it out: the inbox counts at once",
        ),
    ],
)
def test_f01_a_policy_whose_notices_could_not_be_handed_over_is_refused(notices, sentence):
    data = book().at("cn-im-2014", D0).policy.model_dump(mode="json")
    data["process"]["notices"] = notices

    found = [said for _, said in problems_of(Policy.model_validate(data))]

    assert sentence in found
