"""What an account's life asks of the outside world."""

from goodstanding.domain.effects import effects_of
from goodstanding.messages import ApplyForQualification, Finding, ItemAction, RecordViolation
from goodstanding.vocabulary import EffectKind, Verdict
from tests.domain.attacks import only
from tests.domain.playing import ASH, HOLDER, Life


def test_the_vocabulary_has_no_kind_of_effect_that_nothing_ever_asks_for():
    every = {"channels": ["inbox", "webhook", "email"]}
    policies = only(lambda data: data["process"]["notices"].update(every))
    life = Life(policies=policies).active("public", "enterprise")
    life.send(ApplyForQualification, HOLDER, qualification="public_account")
    life.vote(life.open_review(), Verdict.GRANT, ASH)
    finding = Finding(
        violation_id="v1",
        acted_at=life.now,
        rule="spam_flooding",
        item="post-1",
        facts="Seen and read by a person.",
        content=(ItemAction(item="post-1", action="remove"),),
    )
    life.send(RecordViolation, ASH, finding=finding)
    asked = (effects_of(event, life.record, life.policy, at) for at, event in life.journal)

    assert {effect.kind for effects in asked for effect in effects} == set(EffectKind)
