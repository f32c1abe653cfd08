"""What an account that exists is asked for under a newer version of its policy: a grace, a gate, never a penalty."""

from datetime import timedelta

import pytest

from goodstanding.domain.capabilities import check
from goodstanding.domain.deadlines import next_deadline
from goodstanding.domain.requirements import requirements_at
from goodstanding.messages import AcceptAgreement, Acceptance, PassTime, Verified
from goodstanding.policy.book import PolicyBook
from goodstanding.vocabulary import Assurance, Outcome, Stage
from tests.domain.attacks import public_enterprise, two_versions
from tests.domain.playing import D0, HOLDER, Life

BOUNDARY = timedelta(days=30)
"""After the first day the second version is in force; `two_versions` says so."""


def newer_agreement(data):
    data["agreement"]["version"] = 2
    data["agreement"]["text_digest"] = "2" * 64


def stronger_verification(data):
    for method in data["verification"]["methods"].values():
        method["assurance"] = "liveness"


def told(life: Life) -> list[str]:
    return [event.kind for _, event in life.journal if type(event).__name__ == "NoticeIssued"]


def accept(life: Life):
    agreement = life.policy.agreement
    acceptance = Acceptance(
        id=agreement.id,
        version=agreement.version,
        text_digest=agreement.text_digest,
        pledges=dict.fromkeys(agreement.pledges, True),
    )
    return life.send(AcceptAgreement, HOLDER, agreement=acceptance)


def asked_again(policies: PolicyBook) -> Life:
    """An account that was there before, after it has looked at the second version."""
    life = Life(policies=policies).active().to(D0 + BOUNDARY + timedelta(days=1))
    life.ask(PassTime(account_id=life.account_id))
    return life


@pytest.fixture
def life() -> Life:
    """An account that was told of a newer agreement a day after it came into force."""
    return asked_again(two_versions(newer_agreement))


def waits(life: Life) -> set[str]:
    return {
        code for code, about in life.policy.capabilities.all.items() if about.waits_for_agreement
    }


def test_r15_a_newer_agreement_is_told_and_asked_for_with_a_grace(life):
    (due,) = [
        r
        for r in requirements_at(life.subject(), life.now).currently_due
        if r.code == "agreement.accept"
    ]

    assert told(life)[-1] == "agreement_changed"
    assert due.deadline == life.policy.agreement.new_version_due.after(life.now, life.policy.zone)
    assert set(due.capabilities) == waits(life)
    assert waits(life) & life.can()


def test_r15_the_grace_runs_from_when_the_holder_was_told():
    policies = two_versions(newer_agreement)
    life = Life(policies=policies).active().to(D0 + BOUNDARY + timedelta(days=200))
    late = life.now

    life.ask(PassTime(account_id=life.account_id))

    assert life.record.new_agreement.due_at > late + timedelta(days=14)
    assert waits(life) & life.can()


def test_r15_it_is_asked_for_once_whatever_comes(life):
    for _ in range(3):
        life.now += timedelta(hours=1)
        life.ask(PassTime(account_id=life.account_id))
        life.violation("spam_flooding")

    assert life.kinds().count("AgreementAsked") == 1


def test_r15_the_holder_is_reminded_before_the_grace_ends(life):
    due = life.record.new_agreement.due_at

    life.to(due - timedelta(hours=1))

    assert told(life).count("agreement_reminder") == 2
    assert waits(life) & life.can()


def test_r15_after_the_grace_what_waits_for_it_rests_at_that_very_instant(life):
    due, before = life.record.new_agreement.due_at, life.can()

    assert life.can(due - timedelta(microseconds=1)) == before
    assert life.can(due) == before - waits(life)
    life.to(due)
    rests = check(life.subject(), "post", life.now)
    assert rests.denial == life.policy.capabilities.denials.agreement_outdated
    assert told(life)[-1] == "agreement_overdue"
    assert next_deadline(life.record) is None or next_deadline(life.record).at > due


def test_r15_nothing_but_the_gate_ever_follows(life):
    life.to(life.record.new_agreement.due_at + timedelta(days=700))

    assert life.record.stage is Stage.ACTIVE
    assert (life.record.penalties, life.record.strikes, life.record.decisions) == ((), (), ())
    assert life.standing() == "good"
    assert life.kinds().count("AgreementOverdue") == 1


def test_r15_accepting_it_ends_the_gate_at_once(life):
    before = life.can()
    life.to(life.record.new_agreement.due_at + timedelta(days=3))

    accept(life)

    assert life.can() == before
    assert not requirements_at(life.subject(), life.now).past_due
    assert life.record.new_agreement is None


def test_r15_who_accepts_it_first_is_not_asked():
    policies = two_versions(newer_agreement)
    life = Life(policies=policies).active().to(D0 + BOUNDARY + timedelta(days=1))

    accept(life)

    assert "AgreementAsked" not in life.kinds()
    assert life.record.agreement.version == 2


def test_r15_an_old_decision_stays_bound_to_the_old_version():
    life = Life(policies=two_versions(newer_agreement)).active()
    life.violation("spam_flooding")
    life.to(D0 + BOUNDARY + timedelta(days=1))
    accept(life)
    life.violation("spam_flooding")

    found = [e for _, e in life.journal if type(e).__name__ == "ViolationFound"]
    assert [event.agreement_version for event in found] == [1, 2]


def test_r15_what_rests_already_is_not_freed_by_one_more_version(life):
    life.to(life.record.new_agreement.due_at)
    due = life.record.new_agreement.due_at

    def third(data):
        newer_agreement(data)
        data["agreement"]["version"] = 3

    life.policies = two_versions(third)
    life.ask(PassTime(account_id=life.account_id))

    assert (life.record.new_agreement.version, life.record.new_agreement.due_at) == (3, due)
    assert not waits(life) & life.can()


def test_r32_a_stronger_verification_is_asked_for_with_a_grace_and_then_a_gate():
    life = asked_again(two_versions(stronger_verification))
    due = life.record.verification.valid_until
    before = life.can()

    assert told(life)[-1] == "verification_asked"
    assert due == life.policy.verification.existing_due.after(life.now, life.policy.zone)
    assert before == life.can(due - timedelta(microseconds=1))
    life.to(due + timedelta(days=400))
    assert "post" not in life.can()
    assert life.record.stage is Stage.ACTIVE
    assert (life.record.penalties, life.record.strikes) == ((), ())


def test_r32_the_stronger_verification_ends_the_gate():
    life = asked_again(two_versions(stronger_verification))
    before = life.can()
    life.to(life.record.verification.valid_until)
    life.verifier = Verified(outcome=Outcome.PASS, assurance=Assurance.LIVENESS)

    life.verified()

    assert life.can() == before
    assert life.kinds().count("VerificationAsked") == 1


def test_r32_what_is_no_longer_asked_for_is_not_asked():
    def weaker(data):
        for method in data["verification"]["methods"].values():
            method["assurance"] = "format"

    assert "VerificationAsked" not in asked_again(two_versions(weaker)).kinds()


def test_r32_a_policy_that_names_no_grace_asks_nobody_to_verify_again():
    def silent(data):
        stronger_verification(data)
        del data["verification"]["existing_due"]

    assert "VerificationAsked" not in asked_again(two_versions(silent)).kinds()


def test_r12_a_verification_reminds_ends_and_is_renewed():
    life = public_enterprise()
    end = life.record.verification.valid_until
    assert end is not None
    before = life.can()

    life.to(end)
    lapsed = told(life)
    assert lapsed.count("verification_reminder") == 2
    assert lapsed[-1] == "verification_lapsed"
    assert life.can() < before
    life.verified()

    assert life.can() == before
    assert life.record.verification.valid_until > end + timedelta(days=300)
    assert (life.record.penalties, life.record.strikes) == ((), ())
