"""What can be seen to happen to an account, and how scripts write what they expect to see.

One line of a script is one happening: its name with its first field (`mark: none`), or with several
(`penalty: {code: restricted_publishing, from: d45, until: d52}`). What is left out is not compared.
Each may say `at`, where it counts from another instant than that of its step.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from examples.demo.moments import Moment

NONE = "none"
"""Written where there is no mark, no end, no account."""


class Sort(StrEnum):
    """What a field holds: an instant, a number, text, or a word of the policy of this kind."""

    MOMENT = "moment"
    NUMBER = "number"
    TEXT = "text"
    RULE = "rule"
    PENALTY = "penalty"
    RUNG = "rung"
    QUALIFICATION = "qualification"
    STANDING = "standing"
    MARK = "mark"


_M, _N, _T = Sort.MOMENT, Sort.NUMBER, Sort.TEXT
FORMS: Mapping[str, Mapping[str, Sort]] = {
    "stage": {"is": _T},
    "standing": {"is": Sort.STANDING},
    "mark": {"is": Sort.MARK},
    "name_doubted": {"because": _T},
    "identity_asked": {"until": _M},
    "identity_checked": {"outcome": _T, "assurance": _T, "reason": _T, "left": _N},
    "verified": {"until": _M},
    "verification_reminded": {},
    "ordered": {"by": _T, "until": _M},
    "order_confirmed": {},
    "order_over": {"because": _T},
    "order_disclosed": {},
    "verification_lapsed": {},
    "agreement_accepted": {"version": _N},
    "agreement_asked": {"version": _N, "until": _M},
    "agreement_reminded": {},
    "agreement_overdue": {},
    "verification_asked": {"until": _M},
    "declined": {"reason": _T, "appeal": _M},
    "review": {"kind": _T, "due": _M, "people": _N},
    "review_cancelled": {"kind": _T},
    "review_reminded": {"kind": _T},
    "review_late": {"kind": _T},
    "applied": {"code": Sort.QUALIFICATION},
    "granted": {"code": Sort.QUALIFICATION, "until": _M},
    "refused": {"code": Sort.QUALIFICATION},
    "reminded": {"code": Sort.QUALIFICATION, "until": _M},
    "lapsed": {"code": Sort.QUALIFICATION},
    "requalified": {"code": Sort.QUALIFICATION},
    "revoked": {"code": Sort.QUALIFICATION},
    "case": {"item": _T},
    "report": {"id": _T},
    "case_answered": {"item": _T, "outcome": _T, "reports": _N},
    "report_answered": {"id": _T, "outcome": _T},
    "finding_proposed": {"violation": _T},
    "case_dismissed": {"item": _T},
    "held": {"violation": _T, "rule": Sort.RULE, "until": _M},
    "found": {"violation": _T, "rule": Sort.RULE},
    "decided": {"violation": _T, "rung": Sort.RUNG, "appeal": _M},
    "appeal_window": {"violation": _T, "until": _M},
    "held_lapsed": {"violation": _T, "because": _T},
    "strike": {"violation": _T, "points": _N, "until": _M},
    "strike_expired": {"violation": _T},
    "strike_void": {"violation": _T},
    "strike_reweighed": {"violation": _T, "points": _N},
    "penalty": {"code": Sort.PENALTY, "violation": _T, "from": _M, "until": _M},
    "penalty_started": {"code": Sort.PENALTY, "violation": _T, "until": _M},
    "penalty_shortened": {"code": Sort.PENALTY, "violation": _T, "until": _M},
    "penalty_ended": {"code": Sort.PENALTY, "violation": _T, "because": _T},
    "penalty_review": {"code": Sort.PENALTY},
    "proposed": {"code": Sort.PENALTY, "hearing": _M, "lapses": _M},
    "hearing_answered": {"violation": _T},
    "hearing_ended": {"violation": _T},
    "proposal_confirmed": {"violation": _T, "closes": _M, "appeal": _M},
    "proposal_lapsed": {"violation": _T, "because": _T},
    "closing": {"until": _M},
    "closing_cancelled": {"because": _T},
    "closed": {"name_held": _M, "remembered": _M, "identity_kept": _M},
    "restored": {"because": _T},
    "name_released": {},
    "identity_erased": {"remembered": _M},
    "fingerprint_forgotten": {},
    "texts_erased": {},
    "appeal": {"id": _T, "violation": _T},
    "appeal_decided": {"verdict": _T, "id": _T},
    "appeal_window_ended": {"violation": _T},
    "reduced": {"rung": Sort.RUNG, "violation": _T},
    "overturned": {"violation": _T},
    "rederived": {"violation": _T, "rung": Sort.RUNG, "appeal": _M},
    "registration_reopened": {},
    "content": {"item": _T, "does": _T, "label": _T},
    "content_stays": {"item": _T},
    "notice": {"kind": _T, "says": _T, "id": _T},
    "acknowledged": {"kind": _T},
    "filing": {"kind": _T, "to": _T, "category": _T, "corrects": _T, "due": _M},
    "filing_late": {"kind": _T},
    "effect_failed": {"kind": _T},
    "effect_retried": {},
}
"""Every happening with its fields; the first field may stand alone."""

SOFT = frozenset({"review_reminded", "review_late"})
"""Seen, but not asked for unless a script says so: a vote at the very due instant may come before it."""

AT = "at"
"""The field that every happening has besides its own."""

Value = str | int | Moment


@dataclass(frozen=True)
class Happening:
    """Something that happened, as of the instant at which it was due."""

    what: str
    at: datetime
    seq: int
    fields: Mapping[str, str | int | datetime]


@dataclass(frozen=True)
class Awaited:
    """Something that a script expects to happen."""

    what: str
    fields: Mapping[str, Value]

    @classmethod
    def parse(cls, written: Any) -> Self:
        """Read one line of a script."""
        if not isinstance(written, dict) or len(written) != 1:
            message = "write one happening, such as mark: none, or penalty: {code: ..., until: ...}"
            raise ValueError(message)
        ((what, said),) = written.items()
        form = FORMS.get(what)
        if form is None:
            message = f"nothing called {what} happens to an account; known are {', '.join(FORMS)}"
            raise ValueError(message)
        if not isinstance(said, dict):
            said = {next(iter(form)): said} if form and said is not True else {}
        main = next(iter(form), None)
        if main and main not in said:
            message = f"{what}: say its {main} too"
            raise ValueError(message)
        return cls(what, {name: _value(what, form, name, each) for name, each in said.items()})

    @classmethod
    def __get_pydantic_core_schema__(
        cls, _source: Any, _handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Validate from what the file says."""
        return core_schema.no_info_plain_validator_function(
            lambda given: given if isinstance(given, cls) else cls.parse(given)
        )


def _value(what: str, form: Mapping[str, Sort], name: str, said: Any) -> Value:
    if name == AT and isinstance(said, str):
        return Moment.parse(said)
    if name not in form:
        message = f"{what} has no {name}; it has {', '.join(form) or 'no fields'}"
        raise ValueError(message)
    if form[name] is Sort.NUMBER:
        if type(said) is not int:
            message = f"{what}: write {name} as a whole number"
            raise ValueError(message)
        return said
    if not isinstance(said, str):
        message = f"{what}: write {name} as text"
        raise ValueError(message)  # noqa: TRY004 - Pydantic takes ValueError alone
    return Moment.parse(said) if form[name] is Sort.MOMENT and said != NONE else said
