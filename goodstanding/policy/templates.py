"""The words of notices, per language, as data beside the policies; each variable is checked."""

import re
from collections.abc import Mapping

from pydantic import Field

from goodstanding.policy.durations import Duration
from goodstanding.policy.schema import DeclineReasons, Section
from goodstanding.vocabulary import NoticeKind

VARIABLE = re.compile(r"\{([a-z_]+)\}")

COMMON = frozenset({"account", "display_name", "policy", "date", "external_redress"})
"""What every template may name: account id, name in front, policy, day, routes outside."""

_DECISION = frozenset(
    {
        "rule",
        "rule_covers",
        "clause",
        "clause_text",
        "item",
        "acted_on",
        "facts",
        "found_by",
        "automation",
        "content",
        "penalty",
        "denied",
        "starts",
        "ends",
        "points",
        "next_step",
        "undo",
        "appeal_until",
        "appeal_decided_within",
        "reasons",
        "hearing_until",
        "territory",
        "legal_ground",
        "legal_explanation",
        "redress_internal",
        "out_of_court",
        "judicial",
    }
)
_QUALIFICATION = frozenset({"qualification", "rights", "until", "reasons", "appeal_until"})
_UNTIL = frozenset({"until"})
_AGREEMENT = frozenset({"version", "waits"})
_ORDER = frozenset({"authority", "reference", "legal_basis", "denied", "items", "redress"})

VARIABLES: Mapping[NoticeKind, frozenset[str]] = {
    NoticeKind.NAME_IN_REVIEW: _UNTIL,
    NoticeKind.IDENTITY_FAILED: frozenset({"attempts_left"}),
    NoticeKind.IDENTITY_IN_REVIEW: _UNTIL,
    NoticeKind.ACTIVATED: frozenset(),
    NoticeKind.REGISTRATION_DECLINED: frozenset({"cause", "reasons", "appeal_until", "until"}),
    NoticeKind.REGISTRATION_WITHDRAWN: _UNTIL,
    NoticeKind.VERIFICATION_REMINDER: _UNTIL,
    NoticeKind.VERIFICATION_LAPSED: frozenset(),
    NoticeKind.VERIFICATION_ASKED: _UNTIL,
    NoticeKind.AGREEMENT_CHANGED: _AGREEMENT | _UNTIL,
    NoticeKind.AGREEMENT_REMINDER: _AGREEMENT | _UNTIL,
    NoticeKind.AGREEMENT_OVERDUE: _AGREEMENT,
    NoticeKind.QUALIFICATION_GRANTED: _QUALIFICATION,
    NoticeKind.QUALIFICATION_REFUSED: _QUALIFICATION,
    NoticeKind.QUALIFICATION_REMINDER: _QUALIFICATION,
    NoticeKind.QUALIFICATION_LAPSED: _QUALIFICATION,
    NoticeKind.QUALIFICATION_REVOKED: _QUALIFICATION,
    NoticeKind.LICENCE_REMINDER: frozenset({"licence", "until"}),
    NoticeKind.LICENCE_LAPSED: frozenset({"licence"}),
    NoticeKind.VIOLATION_DECIDED: _DECISION,
    NoticeKind.INTERIM_STARTED: _DECISION,
    NoticeKind.INTERIM_LAPSED: _DECISION,
    NoticeKind.HEARING_ENDED: _DECISION,
    NoticeKind.PROPOSAL_LAPSED: _DECISION,
    NoticeKind.PENALTY_RAISED: _DECISION,
    NoticeKind.PENALTY_ENDED: frozenset({"penalty", "still_denied"}),
    NoticeKind.PENALTY_LIFTED: frozenset({"penalty", "still_denied", "reasons"}),
    NoticeKind.STRIKE_VOIDED: frozenset({"points", "reasons"}),
    NoticeKind.CLOSING_WISHED: _UNTIL,
    NoticeKind.CLOSING_ANNOUNCED: _DECISION | _UNTIL,
    NoticeKind.ACCOUNT_CLOSED: _DECISION,
    NoticeKind.ACCOUNT_RESTORED: frozenset({"reasons"}),
    NoticeKind.CASE_CLOSED: frozenset({"item", "reasons"}),
    NoticeKind.APPEAL_RECEIVED: _UNTIL,
    NoticeKind.APPEAL_UPHELD: _DECISION,
    NoticeKind.APPEAL_REDUCED: _DECISION,
    NoticeKind.APPEAL_OVERTURNED: _DECISION,
    NoticeKind.DECISION_OVERTURNED: _DECISION,
    NoticeKind.DECISION_REDERIVED: _DECISION,
    NoticeKind.APPEAL_WINDOW_ENDED: frozenset({"rule"}),
    NoticeKind.IDENTITY_ERASED: frozenset({"kept_until"}),
    NoticeKind.REPORT_ANSWERED: frozenset({"item", "outcome"}),
    NoticeKind.ORDER_RECEIVED: _ORDER | {"starts", "ends", "kept_secret_until"},
    NoticeKind.ORDER_ENDED: _ORDER | {"reasons"},
}


ABOUT_A_DECISION = frozenset(kind for kind, names in VARIABLES.items() if names >= _DECISION)
"""The notices that carry a statement of reasons: penalties and appeal windows may wait for them."""


class Template(Section):
    """A title and a body; `{variable}` is filled in, an empty variable leaves its line out."""

    title: str = Field(min_length=1)
    body: str = Field(min_length=1)


class Words(Section):
    """What a notice and a decision say in one language."""

    language: str
    phrases: Mapping[str, str] = {}
    """Short words that fill variables, by code; see `PHRASES`."""
    notices: Mapping[NoticeKind, Template] = {}


_UNITS = ("year", "month", "day", "hour", "minute")

CAUSE = "cause_"
"""With a key of `registration.declined_as`: why a registration was declined, in words."""

PHRASES = frozenset(
    {
        *(f"duration_{unit}{ending}" for unit in _UNITS for ending in ("", "s")),
        *(f"{CAUSE}{name}" for name in DeclineReasons.model_fields),
        "found_by_person",
        "found_by_detector",
        "found_by_report",
        "found_by_trusted_flagger",
        "found_by_authority",
        "automation_none",
        "automation_detection",
        "automation_decision",
        "ends_never",
        "ends_acknowledged",
        "ends_with_strike",
        "nothing_denied",
        "next_hearing",
        "next_confirmation",
        "next_none",
        "outcome_violation",
        "outcome_no_violation",
        "outcome_open",
        "external_redress",
        "redress_internal",
        "redress_out_of_court",
        "redress_judicial",
        "starts_notified",
        "ends_after_start",
        "appeal_from_notice",
        "territory_everywhere",
        "kept_nothing",
        "content_restored",
        "content_not_restored",
        "content_kept",
    }
)


def render(template: Template, values: Mapping[str, str]) -> tuple[str, str]:
    """Fill in title and body; a line all of whose variables are empty is left out.

    Raises `KeyError` for a variable that is neither common nor among `values`: loading checks that.
    """

    def filled(line: str) -> str:
        return VARIABLE.sub(lambda found: values[found.group(1)], line)

    def says_something(line: str) -> bool:
        names = VARIABLE.findall(line)
        return not names or any(values[name] for name in names)

    lines = [filled(line) for line in template.body.splitlines() if says_something(line)]
    return filled(template.title), "\n".join(lines).strip()


def in_words(duration: Duration, words: Words) -> str:
    """A length of time as a person reads it: "6 months", "6 个月"."""
    years, months = divmod(duration.months, 12)
    hours, minutes = divmod(duration.minutes, 60)
    counted = zip(_UNITS, (years, months, duration.days, hours, minutes), strict=True)
    return " ".join(
        words.phrases[f"duration_{unit}{'' if n == 1 else 's'}"].replace("{n}", str(n))
        for unit, n in counted
        if n
    )


def problems(words: Words) -> list[str]:
    """What is missing or unknown in one language's words, as `path: sentence`."""
    found = [f"notices.{kind}: is missing" for kind in NoticeKind if kind not in words.notices]
    found += [f"phrases.{code}: is missing" for code in sorted(PHRASES - set(words.phrases))]
    unknown = sorted(set(words.phrases) - PHRASES)
    found += [f"phrases.{code}: is no key of this place; nothing says it" for code in unknown]
    for kind, template in words.notices.items():
        known = COMMON | VARIABLES[kind]
        for name in VARIABLE.findall(f"{template.title}\n{template.body}"):
            if name not in known:
                may = ", ".join(sorted(known))
                found.append(f"notices.{kind}: unknown variable {{{name}}}; known are {may}")
    return found
