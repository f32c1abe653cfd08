"""The statement of reasons: every field that a notice of a decision has to carry (F1)."""

from collections.abc import Mapping

from goodstanding.domain.content import Requested
from goodstanding.domain.draft import Draft
from goodstanding.domain.events import ContentItem
from goodstanding.domain.origins import origin_of_decision
from goodstanding.domain.record import Decision, DecisionState, Penalty
from goodstanding.messages import (
    Circumstances,
    ContractualGround,
    LegalGround,
    PolicyNamed,
    Redress,
    Restriction,
    StatementOfReasons,
)
from goodstanding.policy.durations import Duration
from goodstanding.policy.schema import Machine, Policy
from goodstanding.policy.templates import in_words
from goodstanding.vocabulary import ContentAct, Origin, Role

_FOUND_BY: Mapping[str, str] = {
    Origin.USER_REPORT: "found_by_report",
    Origin.TRUSTED_FLAGGER: "found_by_trusted_flagger",
    Origin.AUTHORITY: "found_by_authority",
    Origin.AUTOMATED: "found_by_detector",
    Origin.OWN_INITIATIVE: "found_by_person",
}
_BY_MACHINE = "automation_decision"
_FOUND_BY_MACHINE = "automation_detection"
_BY_PEOPLE = "automation_none"


def decision_values(
    draft: Draft, decision: Decision, *, reasons: str = "", facts: str = ""
) -> dict[str, str]:
    """What the templates of decisions fill in, in the holder's language.

    It is made of the statement of reasons, which goes with the next notice of this decision: so both say the same.
    """
    statement = statement_of(draft, decision, reasons=reasons, facts=facts)
    draft.state(statement)
    policy = draft.context.book.of(decision.substance_digest).policy
    strike = next((s for s in draft.record.strikes if s.decision_id == decision.decision_id), None)
    what, why, law = statement.restriction, statement.circumstances, statement.legal_ground
    clause, redress = statement.contractual_ground, statement.redress
    return {
        # of the rule, which may be an older one than that of the procedure
        "policy": f"{policy.policy.id} v{policy.policy.version}",
        "rule": f"{clause.rule_title} ({clause.rule})",
        "rule_covers": clause.explanation,
        "clause": clause.clause,
        "clause_text": clause.clause_title,
        "item": why.item,
        "acted_on": draft.day(why.acted_at),
        "facts": why.facts,
        "found_by": why.found_by,
        "automation": why.automation,
        "penalty": what.title,
        "denied": what.denied,
        "territory": what.territory,
        "starts": what.starts,
        "ends": what.ends,
        "points": str(strike.points) if strike and not strike.is_void else "",
        "next_step": _next_step(draft, decision),
        "content": what.content,
        "undo": redress.undo,
        "appeal_until": _appeal_until(draft, decision),
        "appeal_decided_within": redress.appeal_decided_within,
        "redress_internal": redress.internal,
        "out_of_court": redress.out_of_court,
        "judicial": redress.judicial,
        "legal_ground": law.ground if law else "",
        "legal_explanation": law.explanation if law else "",
        "reasons": why.reasons,
        "hearing_until": draft.day(decision.proposal.hearing_until) if decision.proposal else "",
    }


def statement_of(
    draft: Draft, decision: Decision, *, reasons: str = "", facts: str = ""
) -> StatementOfReasons:
    """The reasons of a decision as it stands now, field by field, in the holder's language."""
    published = draft.context.book.of(decision.substance_digest)
    policy = published.policy
    rule = policy.rules[decision.rule]
    law = rule.law
    return StatementOfReasons(
        decision_id=decision.decision_id,
        language=draft.words.language,
        policy=PolicyNamed(
            id=policy.policy.id, version=policy.policy.version, digest=published.digest
        ),
        restriction=_restriction(draft, policy, decision),
        circumstances=_circumstances(draft, policy, decision, facts, reasons),
        legal_ground=LegalGround(
            ground=draft.word(law.ground), explanation=draft.word(law.explanation)
        )
        if law
        else None,
        contractual_ground=ContractualGround(
            clause=decision.clause,
            clause_title=draft.word(policy.agreement.clauses[decision.clause].title),
            rule=decision.rule,
            rule_title=draft.word(rule.title),
            explanation=draft.word(rule.covers),
        ),
        redress=_redress(draft, policy, decision),
    )


def _restriction(draft: Draft, policy: Policy, decision: Decision) -> Restriction:
    penalty = _announced(policy, decision) or _heaviest(draft, decision)
    denies = penalty.denies if penalty else ()
    return Restriction(
        penalty=penalty.code if penalty else None,
        title=penalty_title(draft, policy, penalty),
        denies=denies,
        denied=denied_titles(draft, policy, denies),
        closes=penalty.closes if penalty else False,
        content=_content(draft, policy, decision),
        territory=_territory(draft),
        starts_at=penalty.starts_at if penalty else None,
        ends_at=penalty.ends_at if penalty else None,
        starts=_start(draft, penalty),
        ends=_end(draft, policy, penalty),
    )


def _circumstances(
    draft: Draft, policy: Policy, decision: Decision, facts: str, reasons: str
) -> Circumstances:
    automation = _automation(draft, policy, decision)
    return Circumstances(
        item=decision.item,
        acted_at=decision.acted_at,
        facts=facts or draft.read(decision.facts),
        reasons=reasons,
        origin=_origin(draft, decision),
        found_by=draft.phrase(_FOUND_BY[_origin(draft, decision)]),
        automated_detection=automation != _BY_PEOPLE,
        automated_decision=automation == _BY_MACHINE,
        automation=draft.phrase(automation),
    )


def _redress(draft: Draft, policy: Policy, decision: Decision) -> Redress:
    penalty = _announced(policy, decision) or _heaviest(draft, decision)
    return Redress(
        internal=draft.phrase("redress_internal"),
        appeal_until=decision.appeal_until,
        appeal_decided_within=in_words(draft.policy.process.appeal.decide, draft.words),
        undo=draft.word(policy.penalties[penalty.code].undo) if penalty else "",
        out_of_court=draft.phrase("redress_out_of_court"),
        judicial=draft.phrase("redress_judicial"),
    )


def _territory(draft: Draft) -> str:
    named = draft.policy.process.notices.territory
    return draft.word(named) if named else draft.phrase("territory_everywhere")


def denied_titles(draft: Draft, policy: Policy, denies: tuple[str, ...]) -> str:
    """The denied capabilities in words."""
    known = policy.capabilities.all
    titles = [draft.word(known[code].title) if code in known else code for code in denies]
    return ", ".join(titles) or draft.phrase("nothing_denied")


def penalty_title(draft: Draft, policy: Policy, penalty: Penalty | None) -> str:
    """The name of the penalty in words."""
    return draft.word(policy.penalties[penalty.code].title) if penalty else ""


def _content(draft: Draft, policy: Policy, decision: Decision) -> str:
    """What is done with items, and how far it can be undone; of one that was undone, what becomes of them."""
    # of one that is held, only what is done at once
    asked = [item for item in decision.content if _requests(draft, item).latest]
    return "; ".join(f"{item.item}: {_done_with(draft, policy, decision, item)}" for item in asked)


def _done_with(draft: Draft, policy: Policy, decision: Decision, item: ContentItem) -> str:
    action = policy.content.actions[item.action] if policy.content else None
    if action is None:
        return ""
    title, latest = draft.word(action.title), _requests(draft, item).latest
    if item.does is not ContentAct.RESTORE and latest and latest.does is ContentAct.RESTORE:
        return draft.phrase("content_restored")
    if decision.state in (DecisionState.HELD, DecisionState.IN_FORCE):
        return f"{title} ({draft.word(action.undo)})"
    return draft.phrase("content_kept" if action.can_be_undone else "content_not_restored")


def _requests(draft: Draft, item: ContentItem) -> Requested:
    return Requested.about(draft.record.content, item)


def _automation(draft: Draft, policy: Policy, decision: Decision) -> str:
    if decision.found_by_role == Role.DETECTOR:
        machine = policy.categories[decision.category].machine
        return _BY_MACHINE if machine is Machine.WARN else _FOUND_BY_MACHINE
    case = draft.record.case(decision.case_id)
    return _FOUND_BY_MACHINE if case and case.is_detected else _BY_PEOPLE


def _announced(policy: Policy, decision: Decision) -> Penalty | None:
    """The closure that is confirmed and will begin at its instant, as if it had been imposed."""
    proposal = decision.proposal
    if proposal is None or proposal.closes_at is None or proposal.rung != decision.rung:
        return None
    code = proposal.penalty
    return Penalty(
        penalty_id="",
        decision_id=decision.decision_id,
        code=code,
        denies=policy.penalties[code].deny,
        closes=True,
        is_interim=False,
        imposed_at=proposal.closes_at,
        starts_at=proposal.closes_at,
        ends_at=None,
        ends_when_acknowledged=False,
    )


def _heaviest(draft: Draft, decision: Decision) -> Penalty | None:
    own = [
        p
        for p in draft.record.penalties
        if p.decision_id == decision.decision_id and not p.is_overturned
    ]
    return max(own, key=lambda p: (p.closes, len(p.denies)), default=None)


def _origin(draft: Draft, decision: Decision) -> str:
    case = draft.record.case(decision.case_id)
    return decision.origin or origin_of_decision(case, decision.found_by_role)


def _waits(penalty: Penalty) -> bool:
    """Whether it begins when its notice is handed over."""
    return penalty.starts_at is None and not penalty.is_over


def _start(draft: Draft, penalty: Penalty | None) -> str:
    if penalty is None:
        return ""
    return draft.phrase("starts_notified") if _waits(penalty) else draft.day(penalty.starts_at)


def _appeal_until(draft: Draft, decision: Decision) -> str:
    if decision.appeal_until or decision.state is not DecisionState.IN_FORCE:
        return draft.day(decision.appeal_until)
    return _counted(draft, "appeal_from_notice", draft.policy.process.appeal.window)


def _counted(draft: Draft, phrase: str, duration: Duration) -> str:
    return draft.phrase(phrase).replace("{duration}", in_words(duration, draft.words))


def _end(draft: Draft, policy: Policy, penalty: Penalty | None) -> str:
    if penalty is None:
        return ""
    lasts = policy.penalties[penalty.code].lasts
    if _waits(penalty) and lasts and not penalty.is_interim:
        return _counted(draft, "ends_after_start", lasts)
    if penalty.closes:
        return draft.phrase("ends_never")
    if penalty.ends_when_acknowledged:
        return f"{draft.phrase('ends_acknowledged')} ({draft.day(penalty.ends_at)})"
    return draft.day(penalty.ends_at) or draft.phrase("ends_with_strike")


def _next_step(draft: Draft, decision: Decision) -> str:
    proposal = decision.proposal
    if proposal is None or proposal.is_over:
        return draft.phrase("next_none")
    policy = draft.context.book.of(decision.substance_digest).policy
    title = draft.word(policy.penalties[proposal.penalty].title)
    phrase = draft.phrase("next_hearing" if proposal.hearing_until else "next_confirmation")
    return f"{title}: {phrase}"
