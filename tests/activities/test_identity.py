"""What the verifying activity says, keeps and forgets; and what it never lets out."""

from dataclasses import dataclass, field, replace
from datetime import date

import pytest

from activities.http_identity import IdentityQuestion, IdentityReply, ProviderUnavailableError
from activities.identity import IdentityActivities
from examples.invented import organisation_code, resident_number, with_wrong_check_digit
from goodstanding.messages import EffectRef, SubmitIdentity, Verified, Withdraw
from goodstanding.sealing import Identity, Operator, seal
from goodstanding.vocabulary import Assurance, EffectKind, Outcome
from storage.tables import HolderRow
from tests.storage.ledgers import D0, HOLDER, Ledger

GROWN, CHILD = date(1984, 5, 20), date(2015, 5, 20)
NAME = "无名氏"
PASS = Verified(outcome=Outcome.PASS, assurance=Assurance.ISSUER)
FAIL = Verified(outcome=Outcome.FAIL, assurance=Assurance.ISSUER, reason_code="name_differs")


@dataclass
class Provider:
    """Answers as it was told to."""

    answer: Verified | None = PASS
    is_down: bool = False
    asked: list[IdentityQuestion] = field(default_factory=list)

    async def ask(self, question: IdentityQuestion) -> IdentityReply:
        self.asked.append(question)
        if self.is_down:
            raise ProviderUnavailableError("not now")
        return IdentityReply(verified=self.answer, waits=self.answer is None)


@pytest.fixture
def provider():
    return Provider()


def person(serial=1, born=GROWN, **changes):
    fields = {
        "document": "resident_identity_number",
        "number": resident_number(born=born, serial=serial),
        "name": NAME,
        "country": "CN",
    }
    return Identity(**{**fields, **changes})


def organisation(operator=None):
    return Identity(
        document="organisation_code",
        number=organisation_code(serial=7),
        name="无名公司",
        country="CN",
        operator=operator,
    )


def operator(born=GROWN):
    one = person(born=born)
    return Operator(document=one.document, number=one.number, name=one.name, country="CN")


async def handed_in(ledger: Ledger, identity, sealed_for=None, **fields):
    """Register and hand this identity in; gives the effect."""
    await ledger.tell(ledger.register(**fields))
    return await submitted(ledger, identity, sealed_for)


async def submitted(ledger: Ledger, identity, sealed_for=None):
    sealed = seal(
        identity,
        account_id=sealed_for or ledger.id,
        actor_id=HOLDER.id,
        key=ledger.keys.sealing_key,
    )
    told = await ledger.send(SubmitIdentity, HOLDER, sealed=sealed)
    assert told.answer.refusal is None, told.answer.refusal
    return EffectRef(effect_id=told.answer.created[0], kind=EffectKind.VERIFICATION, give_up_at=D0)


def verifier(ledger, provider):
    return IdentityActivities(ledger.database.sessions, ledger.vault, ledger.keys, provider)


async def said(ledger, provider, effect):
    settlement = await verifier(ledger, provider).verify_identity(effect)
    assert settlement.verified
    return settlement.verified


async def fingerprint(ledger):
    async with ledger.database.reading() as session:
        row = await session.get(HolderRow, ledger.id)
    return row.fingerprint if row else None


async def test_a_pass_is_kept_remembered_and_the_seal_dropped(ledger, provider):
    effect = await handed_in(ledger, person())
    verified = await said(ledger, provider, effect)
    assert (verified.outcome, verified.is_old_enough) == (Outcome.PASS, True)
    assert await ledger.vault.open_identity(ledger.id) == person()
    assert await ledger.vault.sealed(effect.effect_id) is None
    assert await fingerprint(ledger)


async def test_a_child_is_told_by_the_number_whatever_the_provider_says(ledger, provider):
    provider.answer = PASS.model_copy(update={"is_old_enough": True})
    effect = await handed_in(ledger, person(born=CHILD))
    assert (await said(ledger, provider, effect)).is_old_enough is False


async def test_a_number_that_cannot_be_right_fails_and_nobody_is_asked(ledger, provider):
    wrong = person(number=with_wrong_check_digit(person().number))
    effect = await handed_in(ledger, wrong)
    verified = await said(ledger, provider, effect)
    assert (verified.outcome, verified.reason_code) == (Outcome.FAIL, "wrong_check_digit")
    assert verified.assurance is Assurance.FORMAT
    assert provider.asked == []
    assert await ledger.vault.open_identity(ledger.id) is None
    assert await fingerprint(ledger) is None


async def test_a_name_that_nobody_can_have_fails(ledger, provider):
    effect = await handed_in(ledger, person(name="12345"))
    verified = await said(ledger, provider, effect)
    assert (verified.outcome, verified.reason_code) == (Outcome.FAIL, "name_without_letters")


async def test_a_document_of_another_kind_than_asked_fails(ledger, provider):
    effect = await handed_in(ledger, organisation())
    assert (await said(ledger, provider, effect)).reason_code == "document_type_not_asked"


async def test_what_no_check_was_taught_is_for_the_provider(ledger, provider):
    effect = await handed_in(ledger, person(country="NL", number="any"))
    assert (await said(ledger, provider, effect)).outcome is Outcome.PASS
    assert len(provider.asked) == 1


async def test_without_a_provider_the_form_is_all_that_is_said(ledger):
    effect = await handed_in(ledger, person())
    verified = await said(ledger, None, effect)
    assert (verified.outcome, verified.assurance) == (Outcome.PASS, Assurance.FORMAT)


async def test_an_organisation_is_recognised_by_itself_not_by_its_operator(ledger, provider):
    effect = await handed_in(ledger, organisation(operator()), holder_type="enterprise")
    assert (await said(ledger, provider, effect)).outcome is Outcome.PASS
    (question,) = provider.asked
    assert question.operator
    assert question.operator.number == operator().number
    other = ledger.at(f"{ledger.id}-b")
    effect = await handed_in(
        other, organisation(operator(date(1990, 1, 1))), holder_type="enterprise"
    )
    await said(other, provider, effect)
    assert await fingerprint(ledger) == await fingerprint(other)


async def test_an_organisation_without_an_operator_fails(ledger, provider):
    effect = await handed_in(ledger, organisation(), holder_type="enterprise")
    assert (await said(ledger, provider, effect)).reason_code == "operator_missing"


async def test_an_operator_whom_nobody_asked_for_is_told_to_nobody(ledger, provider):
    effect = await handed_in(ledger, person(operator=operator()))
    await said(ledger, provider, effect)
    assert provider.asked[0].operator is None


async def test_the_same_identity_is_recognised_however_it_was_typed(ledger, provider):
    number = person().number
    for n, typed in enumerate((number, f" {number[:6]} {number[6:]}".lower())):
        one = ledger.at(f"{ledger.id}-{n}")
        await said(one, provider, await handed_in(one, person(number=typed)))
    assert await fingerprint(ledger.at(f"{ledger.id}-0")) == await fingerprint(
        ledger.at(f"{ledger.id}-1")
    )


async def test_while_the_provider_is_unavailable_the_seal_stays_for_the_next_attempt(
    ledger, provider
):
    provider.is_down = True
    effect = await handed_in(ledger, person())
    with pytest.raises(ProviderUnavailableError) as failed:
        await said(ledger, provider, effect)
    assert person().number not in repr(failed.value)
    assert await ledger.vault.sealed(effect.effect_id) is not None
    provider.is_down = False
    assert (await said(ledger, provider, effect)).outcome is Outcome.PASS


async def test_what_waits_for_a_call_back_is_kept_and_remembered_before_it_comes(ledger, provider):
    provider.answer = None
    effect = await handed_in(ledger, person())
    settlement = await verifier(ledger, provider).verify_identity(effect)
    assert settlement.waits
    assert settlement.verified is None
    assert await ledger.vault.open_identity(ledger.id) == person()
    assert await fingerprint(ledger)


async def test_a_repeat_after_the_seal_was_dropped_asks_the_same_question(ledger, provider):
    effect = await handed_in(ledger, person())
    first = await said(ledger, provider, effect)
    assert await said(ledger, provider, effect) == first
    assert provider.asked[0] == provider.asked[1]


async def test_an_identity_that_is_gone_fails_nobody(ledger, provider):
    effect = await handed_in(ledger, person())
    await ledger.vault.destroy(ledger.id)
    verified = await said(ledger, provider, effect)
    assert (verified.outcome, verified.reason_code) == (Outcome.INCONCLUSIVE, "identity_not_held")


async def test_what_was_sealed_for_somebody_else_does_not_open(ledger, provider):
    effect = await handed_in(ledger, person(), sealed_for="somebody-else")
    verified = await said(ledger, provider, effect)
    assert (verified.outcome, verified.reason_code) == (Outcome.FAIL, "identity_not_opened")


async def test_the_identity_of_an_account_that_ended_is_not_opened(ledger, provider):
    effect = await handed_in(ledger, person())
    await ledger.send(Withdraw, HOLDER)
    assert (await said(ledger, provider, effect)).reason_code == "identity_not_held"
    assert provider.asked == []
    assert await ledger.vault.sealed(effect.effect_id) is None


async def test_a_policy_that_stores_nothing_keeps_and_remembers_nothing(ledger, provider):
    agreement = ledger.book.at("neutral", ledger.now).policy.agreement
    terms = ledger.register().agreement.model_copy(
        update={
            "id": agreement.id,
            "version": agreement.version,
            "text_digest": agreement.text_digest,
            "pledges": {},
        }
    )
    contact = person(document="contact", number="nobody@people.example")
    effect = await handed_in(ledger, contact, policy_id="neutral", kind="standard", agreement=terms)
    assert (await said(ledger, provider, effect)).outcome is Outcome.PASS
    assert await ledger.vault.open_identity(ledger.id) is None
    assert await fingerprint(ledger) is None


async def test_a_failed_renewal_leaves_holder_and_identity_as_they_were(ledger, provider):
    effect = await handed_in(ledger, person())
    verified = await said(ledger, provider, effect)
    await ledger.settle(effect.effect_id, verified=verified)
    before = await fingerprint(ledger)
    renewing = replace(ledger, now=D0.replace(year=2030, month=12, day=20))
    await renewing.pass_time()
    provider.answer = FAIL
    again = await submitted(renewing, person(serial=99))
    assert (await said(renewing, provider, again)).outcome is Outcome.FAIL
    assert await fingerprint(ledger) == before
    assert await ledger.vault.open_identity(ledger.id) == person()
    assert before is not None
