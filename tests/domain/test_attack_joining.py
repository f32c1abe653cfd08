"""What a hostile reader found of registrations, verifications and agreements, and what holds since."""

from datetime import timedelta

from goodstanding.domain.context import HolderFacts
from goodstanding.domain.decide import Effects as Queue
from goodstanding.messages import (
    SealedIdentity,
    SettleEffects,
    Settlement,
    SubmitIdentity,
    Verified,
    Withdraw,
)
from goodstanding.vocabulary import EffectKind, Outcome, ReviewKind, Verdict
from tests.domain.attacks import UNSURE, overturn_decline, sole, two_versions
from tests.domain.playing import ASH, BIRCH, D0, HOLDER, Life


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
