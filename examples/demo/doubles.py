"""Third parties that answer at once, for the pure world: a provider of identities and an authority."""

from collections import Counter
from collections.abc import Mapping
from datetime import date

from activities.documents import check_document
from examples.services.identity_provider import Behaviour
from goodstanding.domain.effects import Effect
from goodstanding.messages import Settlement, Verified
from goodstanding.names import account_of
from goodstanding.sealing import Identity
from goodstanding.vocabulary import Assurance, Outcome


class Provider:
    """Checks the form first, then answers as the scripts say of whoever has the number."""

    def __init__(self, people: Mapping[str, Behaviour]) -> None:
        self._people = people
        self._unavailable = {number: known.unavailable for number, known in people.items()}
        self.asked: Counter[str] = Counter()
        """How often it was asked, by account; about what fails by its form it never is."""

    def settlements(self, effect: Effect, identity: Identity) -> list[Settlement]:
        """How the verification ends: at once, or first as waiting for a call-back."""
        today = date.fromisoformat(str(effect.body["today"]))
        for subject in (identity, identity.operator):
            if subject is None:
                continue
            form = check_document(subject.document, subject.number, subject.country, today)
            if form.outcome is Outcome.FAIL:
                failed = Verified(
                    outcome=Outcome.FAIL,
                    assurance=Assurance.FORMAT,
                    checks=form.checks,
                    reason_code=form.reason_code,
                )
                return [_verified(effect, failed)]
        return self._answers(effect, identity)

    def _answers(self, effect: Effect, identity: Identity) -> list[Settlement]:
        while self._unavailable.get(identity.number, 0):
            self.asked[account_of(effect.effect_id)] += 1
            self._unavailable[identity.number] -= 1
        self.asked[account_of(effect.effect_id)] += 1
        known = self._people.get(identity.number, Behaviour(outcome=Outcome.FAIL))
        passed = known.outcome is Outcome.PASS
        answer = Verified(
            outcome=known.outcome,
            assurance=Assurance.ISSUER,
            checks=("number", "name"),
            reason_code=None if passed else "issuer_says_so",
        )
        waits = [Settlement(effect_id=effect.effect_id, delivered=True, waits=True)]
        return [*(waits if known.calls_back else []), _verified(effect, answer)]


class Authority:
    """Acknowledges what is filed, unless it is out of order."""

    def __init__(self) -> None:
        self.filings: list[Effect] = []
        self.asked: Counter[str] = Counter()
        """How often it was asked, by account."""
        self._faults: Counter[str] = Counter()

    def fail(self, account_id: str, times: int) -> None:
        """Be out of order for so many tries about this account."""
        self._faults[account_id] += times

    def settlement(self, account_id: str, effect: Effect) -> Settlement:
        """File until it is acknowledged."""
        self.asked[account_id] += self._faults.pop(account_id, 0) + 1
        self.filings.append(effect)
        receipt = f"R-{len(self.filings)}"
        return Settlement(effect_id=effect.effect_id, delivered=True, receipt=receipt)


def delivered(effect: Effect) -> Settlement:
    """What needs nobody's answer."""
    return Settlement(effect_id=effect.effect_id, delivered=True)


def _verified(effect: Effect, said: Verified) -> Settlement:
    return Settlement(effect_id=effect.effect_id, delivered=True, verified=said)
