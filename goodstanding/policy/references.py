"""Names in a policy that have to exist elsewhere in it."""

from collections.abc import Iterable, Iterator

from goodstanding.policy.schema import Duty, Ladder, Policy, Qualification, Severity
from goodstanding.policy.walking import Found, Steps


def every_name_exists(policy: Policy) -> Iterator[Found]:
    """All references; each sentence says which names there are."""
    for part in (
        _of_capabilities,
        _of_kinds,
        _of_provider,
        _of_agreement,
        _of_verification,
        _of_qualifications,
        _of_marks,
        _of_rules,
        _of_content,
        _of_penalties,
        _of_ladders,
        _of_standing,
        _of_filings,
    ):
        yield from part(policy)
    for code in policy.severities:
        yield from _of_severity(policy, code)


def ladders_of(policy: Policy, severity: str) -> list[str]:
    """The ladders on which a rule of this severity climbs; all, while no rule has it."""
    rules = [rule for rule in policy.rules.values() if rule.severity == severity]
    used = {ladder for rule in rules for ladder in (rule.ladder, *rule.ladder_with.values())}
    return [code for code in policy.ladders if code in used or not used]


def rungs_of(ladder: Ladder) -> list[str]:
    """The codes of a ladder's rungs, lowest first."""
    return [rung.code for rung in ladder.rungs]


def _named(at: Steps, names: Iterable[str], known: Iterable[str], what: str) -> Iterator[Found]:
    """Names of a list."""
    for i, name in enumerate(names):
        yield from _one((*at, i), name, known, what)


def _one(at: Steps, name: str | None, known: Iterable[str], what: str) -> Iterator[Found]:
    """One name; None names nothing."""
    there = list(known)
    if name is not None and name not in there:
        listed = ", ".join(there) or "none"
        yield at, f"there is no {what} {name}; there is: {listed}"


def _of_capabilities(policy: Policy) -> Iterator[Found]:
    known = policy.capabilities.all
    for stage, names in policy.capabilities.stages.items():
        yield from _named(("capabilities", "stages", stage.value), names, known, "capability")


def _of_kinds(policy: Policy) -> Iterator[Found]:
    for code, kind in policy.kinds.items():
        at = ("kinds", code)
        types = kind.holder_types
        yield from _named((*at, "holder_types"), types, policy.holder_types, "holder type")
        yield from _named((*at, "grants"), kind.grants, policy.capabilities.all, "capability")
        for name in kind.open_at_once:
            yield from _one((*at, "open_at_once", name), name, types, "holder type of this kind")


def _of_provider(policy: Policy) -> Iterator[Found]:
    for code, licence in policy.provider.licences.items():
        at = ("provider", "licences", code)
        yield from _named(
            (*at, "register_kinds"), licence.register_kinds, policy.kinds, "account kind"
        )
        yield from _named(
            (*at, "qualifications"), licence.qualifications, policy.qualifications, "qualification"
        )
        yield from _named(
            (*at, "capabilities"), licence.capabilities, policy.capabilities.all, "capability"
        )


def _of_agreement(policy: Policy) -> Iterator[Found]:
    agreement = policy.agreement
    for code, pledge in agreement.pledges.items():
        at: Steps = ("agreement", "pledges", code, "clause")
        yield from _one(at, pledge.clause, agreement.clauses, "clause")
    for number, clause in agreement.clauses.items():
        at = ("agreement", "clauses", number, "ground")
        yield from _one(at, clause.ground, policy.grounds, "ground")


def _of_verification(policy: Policy) -> Iterator[Found]:
    methods = policy.verification.methods
    for name in methods:
        at: Steps = ("verification", "methods", name)
        yield from _one(at, name, policy.holder_types, "holder type")
    for code, kind in policy.kinds.items():
        for i, name in enumerate(kind.holder_types):
            if name in policy.holder_types and name not in methods:
                at = ("kinds", code, "holder_types", i)
                yield at, f"say under verification.methods how a holder of type {name} is verified"


def _of_qualifications(policy: Policy) -> Iterator[Found]:
    for code, one in policy.qualifications.items():
        at = ("qualifications", code)
        yield from _of_qualification(policy, at, one)
        for way in ("granted", "changed"):
            name = getattr(one.filings, way)
            yield from _one((*at, "filings", way), name, policy.filings.kinds, "filing")


def _of_qualification(policy: Policy, at: Steps, one: Qualification) -> Iterator[Found]:
    capabilities, others = policy.capabilities.all, policy.qualifications
    yield from _named((*at, "kinds"), one.kinds, policy.kinds, "account kind")
    yield from _named((*at, "holder_types"), one.holder_types, policy.holder_types, "holder type")
    yield from _named((*at, "requires"), one.requires, others, "qualification")
    yield from _named((*at, "excludes"), one.excludes, others, "qualification")
    yield from _named((*at, "gives"), one.gives, capabilities, "capability")
    yield from _named((*at, "gives_one_of"), one.gives_one_of, capabilities, "capability")
    for name in one.decide_by_holder:
        where = (*at, "decide_by_holder", name)
        yield from _one(where, name, one.holder_types, "holder type of this qualification")


def _of_marks(policy: Policy) -> Iterator[Found]:
    for code, mark in policy.marks.items():
        at = ("marks", code, "rights")
        yield from _named(at, mark.rights, policy.capabilities.all, "capability")


def _of_rules(policy: Policy) -> Iterator[Found]:
    for code, rule in policy.rules.items():
        at = ("rules", code)
        yield from _one((*at, "clause"), rule.clause, policy.agreement.clauses, "clause")
        yield from _one((*at, "severity"), rule.severity, policy.severities, "severity")
        yield from _one((*at, "category"), rule.category, policy.categories, "category")
        yield from _one((*at, "ladder"), rule.ladder, policy.ladders, "ladder")
        for held, ladder in rule.ladder_with.items():
            where = (*at, "ladder_with", held)
            yield from _one(where, held, policy.qualifications, "qualification")
            yield from _one(where, ladder, policy.ladders, "ladder")


def _of_content(policy: Policy) -> Iterator[Found]:
    known = policy.content.actions if policy.content else {}
    for code, rule in policy.rules.items():
        at: Steps = ("rules", code, "content")
        yield from _named(at, rule.content or (), known, "content action")
    for code, severity in policy.severities.items():
        at = ("severities", code, "content")
        yield from _named(at, severity.content, known, "content action")
        if severity.jump:
            at = ("severities", code, "jump", "content")
            yield from _named(at, severity.jump.content, known, "content action")


def _of_penalties(policy: Policy) -> Iterator[Found]:
    for code, penalty in policy.penalties.items():
        at = ("penalties", code)
        yield from _named((*at, "deny"), penalty.deny, policy.capabilities.all, "capability")
        yield from _one((*at, "filing"), penalty.filing, policy.filings.kinds, "filing")


def _of_ladders(policy: Policy) -> Iterator[Found]:
    for code, ladder in policy.ladders.items():
        at = ("ladders", code)
        yield from _one((*at, "meter"), ladder.meter, policy.meters, "meter")
        for i, rung in enumerate(ladder.rungs):
            step = (*at, "rungs", i)
            yield from _one((*step, "penalty"), rung.penalty, policy.penalties, "penalty")
            if rung.proposes:
                where = (*step, "proposes", "penalty")
                yield from _one(where, rung.proposes.penalty, policy.penalties, "penalty")


def _of_severity(policy: Policy, code: str) -> Iterator[Found]:
    severity, at = policy.severities[code], ("severities", code)
    for ladder in ladders_of(policy, code):
        known = rungs_of(policy.ladders[ladder])
        for where, name in rungs_named(severity):
            yield from _one((*at, *where), name, known, f"rung on the ladder {ladder},")
    if severity.jump:
        where = (*at, "jump", "interim")
        yield from _one(where, severity.jump.interim, policy.penalties, "penalty")


def rungs_named(severity: Severity) -> Iterator[tuple[Steps, str]]:
    """Each rung that a severity names, and where."""
    yield ("floor",), severity.floor
    yield ("ceiling",), severity.ceiling
    if severity.first_occurrence:
        yield ("first_occurrence", "rung"), severity.first_occurrence.rung
    if severity.jump:
        yield ("jump", "rung"), severity.jump.rung


def _of_standing(policy: Policy) -> Iterator[Found]:
    for i, level in enumerate(policy.standing):
        at = ("standing", i, "denied")
        yield from _named(at, level.denied, policy.capabilities.all, "capability")
        yield from _one(("standing", i, "meter"), level.meter, policy.meters, "meter")


def _of_filings(policy: Policy) -> Iterator[Found]:
    filings = policy.filings
    yield from _one(("filings", "correction"), filings.correction, filings.kinds, "filing")
    known = policy.authorities.known
    served = [code for code, one in known.items() if Duty.FILINGS in one.duties]
    for code, kind in filings.kinds.items():
        if known and code != filings.correction:
            at = ("filings", "kinds", code, "to")
            yield from _one(at, kind.to, served, "authority with the duty filings,")
