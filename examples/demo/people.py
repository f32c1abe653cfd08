"""The invented people and organisations of the scripts: their numbers, their names, their provider."""

from datetime import date

from examples.demo.script import Holder, Script
from examples.invented import organisation_code, resident_number, with_wrong_check_digit
from examples.services.identity_provider import Behaviour
from goodstanding.policy.schema import Policy
from goodstanding.sealing import Identity, Operator

_BORN = date(1984, 5, 20)
_COUNTRY = "CN"
CONTACT = "contact"
_FIGURES = "〇一二三四五六七八九"


def identity_of(script: Script, policy: Policy, *, mistyped: bool = False) -> Identity:
    """What the holder hands in, as the policy's method asks for it."""
    method = policy.verification.methods[script.holder.type]
    number = number_of(script.holder, method.documents[0])
    operator = None
    if method.operator_documents and script.holder.person:
        operator = Operator(
            document=method.operator_documents[0],
            number=_resident(script.holder.person),
            name=real_name(script.holder.person),
            country=_COUNTRY,
        )
    return Identity(
        document=method.documents[0],
        number=with_wrong_check_digit(number) if mistyped else number,
        name=real_name(script.holder.organisation or script.holder.person or ""),
        country=_COUNTRY,
        operator=operator,
    )


def number_of(holder: Holder, document: str) -> str:
    """The number of the holder's document of this kind."""
    key = holder.organisation or holder.person or ""
    if document == CONTACT:
        return f"{key.lower()}@people.example"
    return organisation_code(serial=int(key[1:])) if holder.organisation else _resident(key)


def real_name(key: str) -> str:
    """An invented name: nobody, and which one."""
    return "无名氏" + "".join(_FIGURES[int(figure)] for figure in key[1:])


def behaviours(scripts: tuple[Script, ...], policies: dict[str, Policy]) -> dict[str, Behaviour]:
    """How the provider answers, by number; of one holder with several accounts the first says it."""
    found: dict[str, Behaviour] = {}
    for script in scripts:
        method = policies[script.policy].verification.methods[script.holder.type]
        behaviour = Behaviour(
            outcome=script.provider.outcome,
            unavailable=script.provider.unavailable,
            calls_back=script.provider.calls_back,
        )
        found.setdefault(number_of(script.holder, method.documents[0]), behaviour)
        if script.holder.organisation and script.holder.person:
            found.setdefault(_resident(script.holder.person), Behaviour())
    return found


def _resident(person: str) -> str:
    return resident_number(born=_BORN, serial=int(person[1:]))
