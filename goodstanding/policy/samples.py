"""What a notice would be filled with, for whoever writes its words: the policy's own titles, an invented case."""

from collections.abc import Mapping

from goodstanding.policy.schema import Policy, Texts
from goodstanding.policy.templates import COMMON, VARIABLES, Template, Words, in_words, render
from goodstanding.vocabulary import NoticeKind

_FROM = "2026-03-02 10:00"
_UNTIL = "2026-03-09 10:00"
_LATER = "2026-09-02 10:00"


def preview(policy: Policy, words: Words, kind: NoticeKind) -> tuple[str, str]:
    """Title and body of a notice as a holder would read it, with every variable filled."""
    template: Template = words.notices[kind]
    names = COMMON | VARIABLES[kind]
    values = sample_values(policy, words)
    return render(template, {name: values.get(name, f"<{name}>") for name in names})


def sample_values(policy: Policy, words: Words) -> Mapping[str, str]:
    """A value for every variable that any notice may use; nobody's data are in it."""
    return {
        **_of_the_account(policy, words),
        **_of_a_decision(policy, words),
        **_of_an_order(policy, words),
        **_of_the_clocks(policy, words),
    }


def _of_the_account(policy: Policy, words: Words) -> dict[str, str]:
    qualification = next(iter(policy.qualifications.values()), None)
    licence = next(iter(policy.provider.licences.values()), None)
    everything = next(iter(policy.capabilities.all.values()))
    return {
        "account": "a1",
        "display_name": "Quiet River",
        "policy": f"{policy.policy.id} v{policy.policy.version}",
        "date": _at(policy, _FROM),
        "external_redress": words.phrases["external_redress"],
        "qualification": _word(policy, words, qualification.title if qualification else None),
        "rights": _word(policy, words, everything.title),
        "licence": _word(policy, words, licence.title if licence else None),
        "attempts_left": str(policy.verification.attempts - 1 or 1),
        "cause": words.phrases["cause_not_verified"],
        "version": str(policy.agreement.version),
        "waits": _word(policy, words, everything.title),
    }


def _of_a_decision(policy: Policy, words: Words) -> dict[str, str]:
    code, rule = next(iter(policy.rules.items()))
    actions = policy.content.actions.values() if policy.content else ()
    content = [_word(policy, words, one.title) for one in actions]
    denying = [one for one in policy.penalties.values() if one.deny and not one.closes]
    penalty = next(iter(denying or policy.penalties.values()))
    denied = [_word(policy, words, policy.capabilities.all[name].title) for name in penalty.deny]
    return {
        "rule": f"{_word(policy, words, rule.title)} ({code})",
        "rule_covers": _word(policy, words, rule.covers),
        "clause": rule.clause,
        "clause_text": _word(policy, words, policy.agreement.clauses[rule.clause].title),
        "item": "post-4711",
        "facts": "<The facts, as the person who decided wrote them.>",
        "reasons": "<Further reasons, where there are any.>",
        "found_by": words.phrases["found_by_report"],
        "automation": words.phrases["automation_none"],
        "penalty": _word(policy, words, penalty.title),
        "denied": ", ".join(denied) or words.phrases["nothing_denied"],
        "still_denied": ", ".join(denied) or words.phrases["nothing_denied"],
        "content": f"post-4711: {next(iter(content), '–')}",
        "points": str(policy.severities[rule.severity].points),
        "next_step": words.phrases["next_none"],
        "undo": _word(policy, words, penalty.undo),
        "territory": words.phrases["territory_everywhere"],
        "legal_ground": "<The law that the rule rests on, where the policy names one.>",
        "legal_explanation": "<Why that law applies.>",
        "redress_internal": words.phrases["redress_internal"],
        "out_of_court": words.phrases["redress_out_of_court"],
        "judicial": words.phrases["redress_judicial"],
        "outcome": words.phrases["outcome_violation"],
    }


def _of_an_order(policy: Policy, words: Words) -> dict[str, str]:
    return {
        "authority": "<The authority, as the registry names it.>",
        "reference": "<The number of its order.>",
        "legal_basis": "<The law that it names.>",
        "items": "post-4711",
        "redress": words.phrases["external_redress"],
        "kept_secret_until": _at(policy, _UNTIL),
    }


def _of_the_clocks(policy: Policy, words: Words) -> dict[str, str]:
    return {
        "acted_on": _at(policy, _FROM),
        "starts": _at(policy, _FROM),
        "ends": _at(policy, _UNTIL),
        "until": _at(policy, _UNTIL),
        "hearing_until": _at(policy, _UNTIL),
        "appeal_until": _at(policy, _LATER),
        "kept_until": _at(policy, _LATER),
        "appeal_decided_within": in_words(policy.process.appeal.decide, words),
    }


def _at(policy: Policy, moment: str) -> str:
    return f"{moment} ({policy.policy.time_zone})"


def _word(policy: Policy, words: Words, texts: Texts | None) -> str:
    if not texts:
        return "–"
    return texts.get(words.language) or texts.get(policy.policy.default_language, "–")
