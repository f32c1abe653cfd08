"""What the verifying activity says, keeps and forgets; and what it never lets out."""

from dataclasses import dataclass, field, replace
from datetime import date
from itertools import count
from secrets import token_bytes

import pytest

from activities.http_identity import IdentityQuestion, IdentityReply, ProviderUnavailableError
from activities.identity import IdentityActivities
from activities.ledger import LedgerActivities
from examples.invented import organisation_code, resident_number, with_wrong_check_digit
from goodstanding.envelope import fingerprint as print_of
from goodstanding.keys import OpeningKey
from goodstanding.messages import EffectRef, Erase, SubmitIdentity, Verified, Withdraw
from goodstanding.sealing import Identity, Operator, SealingKeyUnknownError, seal
from goodstanding.vocabulary import Assurance, EffectKind, Outcome, ReviewKind, Verdict
from storage.tables import HolderRow
from storage.vault import Vault
from tests.storage.ledgers import ASH, D0, HOLDER, Ledger
from workflows.options import BUGS

GROWN, CHILD = date(1984, 5, 20), date(2015, 5, 20)
NAME = "无名氏"
_SERIALS = count(200)
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
        return IdentityReply(verified=self.answer)


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


def somebody_new():
    """Of whom no other test has an account: what one person may have open at once is limited."""
    return person(serial=next(_SERIALS))


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


async def seen(ledger, effect):
    """By what the vault would recognise who was handed in."""
    return await ledger.vault.fingerprint(effect.effect_id)


async def fingerprint(ledger):
    async with ledger.database.reading() as session:
        row = await session.get(HolderRow, ledger.id)
    return row.fingerprint if row else None


async def verified_account(ledger, identity):
    """An account with this identity, a few weeks before its verification ends."""
    effect = await handed_in(ledger, identity)
    await ledger.settle(effect.effect_id, verified=await said(ledger, Provider(), effect))
    assert await fingerprint(ledger)
    renewing = replace(ledger, now=D0.replace(year=2030, month=12, day=20))
    await renewing.pass_time()
    return renewing


async def decided_by_a_person(ledger, verdict):
    (review,) = (await ledger.record()).open_reviews(ReviewKind.IDENTITY)
    await ledger.vote(review.review_id, verdict, ASH)


async def kept(ledger, effect):
    return await ledger.vault.open_kept(effect.effect_id, ledger.id)


async def test_a_pass_is_kept_remembered_and_the_seal_dropped_once_it_is_settled(ledger, provider):
    effect = await handed_in(ledger, person())
    verified = await said(ledger, provider, effect)
    assert (verified.outcome, verified.is_old_enough) == (Outcome.PASS, True)
    assert await ledger.vault.open_identity(ledger.id) is None
    assert await ledger.vault.sealed(effect.effect_id)
    assert await fingerprint(ledger) is None

    await ledger.settle(effect.effect_id, verified=verified)

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
    assert await kept(ledger, effect) is None


async def test_a_number_without_a_letter_or_digit_fails_at_once(ledger, provider):
    effect = await handed_in(ledger, person(country="NL", number="-"))
    verified = await said(ledger, provider, effect)
    assert (verified.outcome, verified.reason_code) == (Outcome.FAIL, "number_empty")
    assert provider.asked == []


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
    first = await said(ledger, provider, effect)
    assert first.outcome is Outcome.PASS
    (question,) = provider.asked
    assert question.operator
    assert question.operator.number == operator().number
    other = ledger.at(f"{ledger.id}-b")
    again = await handed_in(
        other, organisation(operator(date(1990, 1, 1))), holder_type="enterprise"
    )
    await said(other, provider, again)
    assert await seen(ledger, effect) == await seen(other, again)


async def test_an_organisation_without_an_operator_fails(ledger, provider):
    effect = await handed_in(ledger, organisation(), holder_type="enterprise")
    assert (await said(ledger, provider, effect)).reason_code == "operator_missing"


async def test_an_operator_whom_nobody_asked_for_is_told_to_nobody(ledger, provider):
    effect = await handed_in(ledger, person(operator=operator()))
    await said(ledger, provider, effect)
    assert provider.asked[0].operator is None


async def test_the_same_identity_is_recognised_however_it_was_typed(ledger, provider):
    number = person().number
    found = set()
    for n, typed in enumerate((number, f" {number[:6]} {number[6:]}".lower())):
        one = ledger.at(f"{ledger.id}-{n}")
        effect = await handed_in(one, person(number=typed))
        await said(one, provider, effect)
        found.add(await seen(one, effect))
    assert len(found) == 1


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


async def test_what_waits_for_a_call_back_is_kept_before_it_comes_and_the_seal_is_not(
    ledger, provider
):
    provider.answer = None
    effect = await handed_in(ledger, person())
    settlement = await verifier(ledger, provider).verify_identity(effect)
    assert settlement.waits
    assert settlement.verified is None
    await ledger.settle(effect.effect_id, waits=True)
    assert await kept(ledger, effect) == person()
    assert await ledger.vault.sealed(effect.effect_id) is None


async def test_a_call_back_that_overtakes_the_answer_finds_the_identity(ledger, provider):
    provider.answer = None
    effect = await handed_in(ledger, person())
    await verifier(ledger, provider).verify_identity(effect)
    await ledger.settle(effect.effect_id, verified=PASS)
    await ledger.settle(effect.effect_id, waits=True)
    assert await ledger.vault.open_identity(ledger.id) == person()
    assert await fingerprint(ledger)


@pytest.mark.parametrize("is_dropped", [False, True])
async def test_a_repeat_asks_the_same_question(ledger, provider, is_dropped):
    """A worker was killed before its word was taken in, or before what was taken in was stored."""
    effect = await handed_in(ledger, person())
    first = await said(ledger, provider, effect)
    if is_dropped:
        await ledger.vault.drop_sealed(effect.effect_id)
    assert await said(ledger, provider, effect) == first
    assert provider.asked[0] == provider.asked[1]


async def test_a_repeat_in_a_renewal_asks_the_same_question(ledger, provider):
    renewing = await verified_account(ledger, somebody_new())
    effect = await submitted(renewing, somebody_new())
    first = await said(renewing, provider, effect)
    assert await said(renewing, provider, effect) == first
    assert provider.asked[0] == provider.asked[1]


async def test_a_policy_that_stores_nothing_loses_no_answer_with_its_worker(ledger, provider):
    effect = await handed_in(ledger, **unstored(ledger))
    first = await said(ledger, provider, effect)
    assert await said(ledger, provider, effect) == first
    await ledger.settle(effect.effect_id, verified=first)
    assert await ledger.vault.sealed(effect.effect_id) is None


async def test_a_key_that_the_worker_lacks_is_asked_for_again_and_fails_nobody(ledger, provider):
    effect = await handed_in(ledger, person())
    older = replace(ledger.keys, sealing=(OpeningKey("s0-00000000", token_bytes(32)),))
    for keys, lacks in ((older, True), (ledger.keys, False)):
        activities = IdentityActivities(ledger.database.sessions, ledger.vault, keys, provider)
        if lacks:
            with pytest.raises(SealingKeyUnknownError):
                await activities.verify_identity(effect)
        else:
            settlement = await activities.verify_identity(effect)
            assert settlement.verified.outcome is Outcome.PASS
    assert "SealingKeyUnknownError" not in BUGS


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


def unstored(ledger):
    """Who registers under a policy that stores no identity."""
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
    return {
        "identity": contact,
        "policy_id": "neutral",
        "kind": "standard",
        "agreement": terms,
    }


async def test_a_policy_that_stores_nothing_keeps_and_remembers_nothing(ledger, provider):
    effect = await handed_in(ledger, **unstored(ledger))
    verified = await said(ledger, provider, effect)
    await ledger.settle(effect.effect_id, verified=verified)
    assert verified.outcome is Outcome.PASS
    assert await kept(ledger, effect) is None
    assert await fingerprint(ledger) is None


FORMAT_ONLY = Verified(outcome=Outcome.PASS, assurance=Assurance.FORMAT)
UNCLEAR = Verified(outcome=Outcome.INCONCLUSIVE)


@pytest.mark.parametrize("calls_back", [False, True])
@pytest.mark.parametrize(
    ("answer", "verdict", "is_taken"),
    [
        (FAIL, None, False),
        (PASS, None, True),
        (PASS.model_copy(update={"is_old_enough": False}), None, False),
        (FORMAT_ONLY, None, False),
        (FORMAT_ONLY, Verdict.REFUSE, False),
        (FORMAT_ONLY, Verdict.ACCEPT, True),
        (UNCLEAR, None, False),
        (UNCLEAR, Verdict.REFUSE, False),
        (UNCLEAR, Verdict.ACCEPT, True),
    ],
)
async def test_a_renewal_changes_holder_and_identity_when_it_is_accepted_and_only_then(
    ledger, answer, verdict, is_taken, calls_back
):
    first, second = somebody_new(), somebody_new()
    renewing = await verified_account(ledger, first)
    before = await fingerprint(ledger)
    again = await submitted(renewing, second)
    provider = Provider(None if calls_back else answer)
    settlement = await verifier(renewing, provider).verify_identity(again)
    assert await fingerprint(ledger) == before
    assert await ledger.vault.open_identity(ledger.id) == first
    await renewing.settle(again.effect_id, waits=settlement.waits, verified=settlement.verified)
    if calls_back:
        await renewing.settle(again.effect_id, verified=answer)
    if verdict:
        await decided_by_a_person(renewing, verdict)

    assert (await fingerprint(ledger) != before) is is_taken
    assert await ledger.vault.open_identity(ledger.id) == (second if is_taken else first)
    is_open = (await renewing.record()).verification.is_pending
    assert (await kept(ledger, again) is not None) is (is_taken or is_open)


@pytest.mark.parametrize("calls_back", [False, True])
async def test_who_was_closed_is_recognised_whoever_verifies_them(ledger, calls_back):
    closed = await ledger.closed_by_penalty()
    one = somebody_new()
    async with ledger.database.sessions.begin() as session:
        row = await session.get(HolderRow, ledger.id)
        row.fingerprint = print_of(ledger.keys.pepper, one.document, one.country, one.number)
    back = replace(ledger.at(f"{ledger.id}-back"), now=closed.now)
    effect = await handed_in(back, one)
    answer = None if calls_back else UNCLEAR
    settlement = await verifier(back, Provider(answer)).verify_identity(effect)
    await back.settle(effect.effect_id, waits=settlement.waits, verified=settlement.verified)
    if calls_back:
        await back.settle(effect.effect_id, verified=PASS)
    else:
        await decided_by_a_person(back, Verdict.ACCEPT)

    (review,) = (await back.record()).open_reviews()
    assert review.kind is ReviewKind.RETURN


async def test_a_settlement_that_is_lost_at_its_end_recognises_the_holder_when_it_is_repeated(
    ledger, provider, monkeypatch
):
    effect = await handed_in(ledger, person())
    verified = await said(ledger, provider, effect)
    move = LedgerActivities._move_identities

    async def lost(*given):
        await move(*given)
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr(LedgerActivities, "_move_identities", lost)
        with pytest.raises(ConnectionError):
            await ledger.settle(effect.effect_id, verified=verified)
    assert await fingerprint(ledger) is None

    await ledger.settle(effect.effect_id, verified=verified)

    assert await fingerprint(ledger) == await seen(ledger, effect)


async def test_an_erasure_is_not_undone_by_a_check_that_is_under_way(ledger, provider):
    effect = await handed_in(ledger, person())

    class ErasedMeanwhile:
        async def wrap(self, data_key, aad):
            await ledger.send(Withdraw, HOLDER)
            assert (await ledger.send(Erase, HOLDER)).answer.refusal is None
            return await ledger.keys.wrapper.wrap(data_key, aad)

    vault = Vault(ledger.vaults.sessions, replace(ledger.keys, wrapper=ErasedMeanwhile()))
    late = IdentityActivities(ledger.database.sessions, vault, ledger.keys, provider)
    settlement = await late.verify_identity(effect)
    await ledger.settle(effect.effect_id, verified=settlement.verified)

    assert (await ledger.record()).is_identity_erased
    assert await kept(ledger, effect) is None
    assert await ledger.vault.open_identity(ledger.id) is None
    assert await fingerprint(ledger) is None
