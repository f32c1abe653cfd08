"""Verifying an identity: the only place where one is in the clear."""

from dataclasses import dataclass
from datetime import date

from temporalio import activity

from activities.documents import DocumentCheck, age_on, check_document, real_name_problem
from activities.http_identity import IdentityProvider, IdentityQuestion, OperatorDocument
from goodstanding.envelope import fingerprint
from goodstanding.keys import Keys
from goodstanding.messages import EffectRef, Settlement, Verified
from goodstanding.sealing import Identity, IdentityNotOpenedError, Operator, open_sealed
from goodstanding.vocabulary import ENDED_STAGES, Assurance, Outcome
from storage.effects import EffectBody, bodies
from storage.engine import Sessions
from storage.tables import AccountRow
from storage.vault import Vault

NOT_ASKED = "document_type_not_asked"
"""The policy asks for another document."""
NO_OPERATOR = "operator_missing"
"""An organisation is verified together with the person who acts for it."""
NOT_OPENED = "identity_not_opened"
"""It was sealed for another account or actor, or to a key that is gone: the holder seals it again."""
NO_NUMBER = "number_empty"
"""It holds no letter and no digit."""
NOT_HELD = "identity_not_held"
"""It is no longer there, by no fault of the holder: a person decides."""

_CONTACT = "contact"
"""The one document that is nobody's real name."""


@dataclass(frozen=True)
class _Checked:
    """What the form of the documents says of an identity."""

    outcome: Outcome
    checks: tuple[str, ...]
    reason_code: str | None = None
    is_old_enough: bool | None = None

    def verified(self) -> Verified:
        return Verified(
            outcome=self.outcome,
            assurance=Assurance.FORMAT,
            checks=self.checks,
            reason_code=self.reason_code,
            is_old_enough=self.is_old_enough,
        )


class IdentityActivities:
    """Opens sealed identities, checks them offline, and asks the provider; without one a person decides.

    Nothing of an identity leaves: not in an error, not in a log, not in what is returned.
    """

    def __init__(
        self,
        sessions: Sessions,
        vault: Vault,
        keys: Keys,
        provider: IdentityProvider | None = None,
    ) -> None:
        self._sessions = sessions
        self._vault = vault
        self._keys = keys
        self._provider = provider

    @activity.defn
    async def verify_identity(self, effect: EffectRef) -> Settlement:
        """Say what the identity is worth, or that a call-back will; a repeat asks the same question.

        Nothing here says whose identity it is: what is kept is the account's once the record says so.

        Raises `ProviderUnavailableError`, and `SealingKeyUnknownError` where this worker lacks a key: both are
        worth another attempt, and say nothing of the person.
        """
        async with self._sessions() as session:
            asked = (await bodies(session, [effect.effect_id]))[effect.effect_id]
            account = await session.get(AccountRow, asked.account_id)
        if account is None or account.stage in ENDED_STAGES:
            # nobody waits for it any more, so nobody opens it
            return _settled(effect.effect_id, _unheld())
        verified = await self._verified(effect.effect_id, asked)
        if verified is None:
            return Settlement(effect_id=effect.effect_id, delivered=True, waits=True)
        return _settled(effect.effect_id, verified)

    async def _verified(self, effect_id: str, asked: EffectBody) -> Verified | None:
        """What it is worth; None where the provider will call back."""
        try:
            identity = await self._opened(effect_id, asked)
        except IdentityNotOpenedError:
            return _Checked(Outcome.FAIL, (), NOT_OPENED).verified()
        if identity is None:
            return _unheld()
        checked = _check(identity, asked)
        if checked.outcome is Outcome.FAIL:
            return checked.verified()
        # before anybody can call back: what is accepted then has to be there
        await self._keep(effect_id, identity, asked)
        return await self._judged(effect_id, identity, asked, checked)

    async def _opened(self, effect_id: str, asked: EffectBody) -> Identity | None:
        sealed = await self._vault.sealed(effect_id)
        if sealed is None:
            # it was settled, but for the record: the attempt before had opened it
            return await self._vault.open_kept(effect_id, asked.account_id)
        return open_sealed(
            sealed.identity,
            account_id=asked.account_id,
            actor_id=asked.body["submitted_by"],
            keys=self._keys.sealing,
        )

    async def _judged(
        self, effect_id: str, identity: Identity, asked: EffectBody, checked: _Checked
    ) -> Verified | None:
        """What the provider says, without one what the form says; None where it will call back."""
        if self._provider is None:
            return checked.verified()
        reply = await self._provider.ask(_question(effect_id, identity, asked))
        if reply.verified is None:
            return None
        said = (reply.verified.is_old_enough, checked.is_old_enough)
        old_enough = None if said == (None, None) else False not in said
        return reply.verified.model_copy(update={"is_old_enough": old_enough})

    async def _keep(self, effect_id: str, identity: Identity, asked: EffectBody) -> None:
        if not asked.body["stores_identity"]:
            # a policy that stores nothing recognises nobody either
            return
        seen = fingerprint(self._keys.pepper, identity.document, identity.country, identity.number)
        await self._vault.keep(effect_id, asked.account_id, identity, seen)


def _check(identity: Identity, asked: EffectBody) -> _Checked:
    """The first document that cannot be right decides; else what is known of all of them."""
    body = asked.body
    today = date.fromisoformat(body["today"])
    documents: list[tuple[Identity | Operator, list[str]]] = [(identity, body["documents"])]
    if body["operator_documents"]:
        if identity.operator is None:
            return _Checked(Outcome.FAIL, (), NO_OPERATOR)
        documents.append((identity.operator, body["operator_documents"]))
    found = [_document(person, allowed, today) for person, allowed in documents]
    # the last one is the natural person
    named = _check_name(documents[-1][0], found[-1])
    found[-1] = named
    failed = [one for one in found if one.outcome is Outcome.FAIL]
    unsure = [one for one in found if one.outcome is Outcome.INCONCLUSIVE]
    worst = (failed or unsure or found)[0]
    checks = tuple(dict.fromkeys(check for one in found for check in one.checks))
    born = found[-1].birth_date
    least = body["least_age"]
    old_enough = age_on(born, today) >= least if born and least is not None else None
    return _Checked(worst.outcome, checks, worst.reason_code, old_enough)


def _document(person: Identity | Operator, allowed: list[str], today: date) -> DocumentCheck:
    if person.document not in allowed:
        return DocumentCheck(outcome=Outcome.FAIL, checks=(), reason_code=NOT_ASKED)
    if not any(character.isalnum() for character in person.number):
        return DocumentCheck(outcome=Outcome.FAIL, checks=(), reason_code=NO_NUMBER)
    return check_document(person.document, person.number, person.country, today)


def _check_name(person: Identity | Operator, checked: DocumentCheck) -> DocumentCheck:
    problem = None if person.document == _CONTACT else real_name_problem(person.name)
    if problem is None or checked.outcome is Outcome.FAIL:
        return checked
    return DocumentCheck(
        outcome=Outcome.FAIL, checks=(*checked.checks, "name"), reason_code=problem
    )


def _question(effect_id: str, identity: Identity, asked: EffectBody) -> IdentityQuestion:
    body, operator = asked.body, identity.operator
    return IdentityQuestion(
        effect_id=effect_id,
        document=identity.document,
        number=identity.number,
        name=identity.name,
        country=identity.country,
        least_age=body["least_age"],
        today=date.fromisoformat(body["today"]),
        # an operator who is not asked for stays here
        operator=OperatorDocument(
            operator.document, operator.number, operator.name, operator.country
        )
        if operator and body["operator_documents"]
        else None,
    )


def _unheld() -> Verified:
    return Verified(outcome=Outcome.INCONCLUSIVE, reason_code=NOT_HELD)


def _settled(effect_id: str, verified: Verified) -> Settlement:
    return Settlement(effect_id=effect_id, delivered=True, verified=verified)
