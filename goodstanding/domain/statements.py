"""The statement of reasons: every field that a notice of a decision has to carry (F1)."""

from collections.abc import Mapping

from goodstanding.domain.content import Requested
from goodstanding.domain.draft import Draft
from goodstanding.domain.events import ContentItem
from goodstanding.domain.origins import origin_of_decision
from goodstanding.domain.record import Decision, DecisionState, Penalty
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


def decision_values(
    draft: Draft, decision: Decision, *, reasons: str = "", facts: str = ""
) -> dict[str, str]:
    """What the templates of decisions fill in, in the holder's language."""
    policy = draft.context.book.of(decision.substance_digest).policy
    rule = policy.rules[decision.rule]
    clause = policy.agreement.clauses[decision.clause]
    penalty = _announced(policy, decision) or _heaviest(draft, decision)
    strike = next((s for s in draft.record.strikes if s.decision_id == decision.decision_id), None)
    return {
        # of the rule, which may be an older one than that of the procedure
        "policy": f"{policy.policy.id} v{policy.policy.version}",
        "rule": f"{draft.word(rule.title)} ({decision.rule})",
        "rule_covers": draft.word(rule.covers),
        "clause": decision.clause,
        "clause_text": draft.word(clause.title),
        "item": decision.item,
        "acted_on": draft.day(decision.acted_at),
        "facts": facts or draft.read(decision.facts),
        "found_by": draft.phrase(_found_how(draft, decision)),
        "automation": draft.phrase(_automation(draft, policy, decision)),
        "penalty": penalty_title(draft, policy, penalty),
        "denied": denied_titles(draft, policy, penalty.denies if penalty else ()),
        "starts": draft.day(penalty.starts_at) if penalty else "",
        "ends": _end(draft, penalty),
        "points": str(strike.points) if strike and not strike.is_void else "",
        "next_step": _next_step(draft, decision),
        "content": _content(draft, policy, decision),
        "undo": draft.word(policy.penalties[penalty.code].undo) if penalty else "",
        "appeal_until": draft.day(decision.appeal_until),
        "appeal_decided_within": in_words(draft.policy.process.appeal.decide, draft.words),
        "reasons": reasons,
        "hearing_until": draft.day(decision.proposal.hearing_until) if decision.proposal else "",
    }


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
        return "automation_decision" if machine is Machine.WARN else "automation_detection"
    case = draft.record.case(decision.case_id)
    return "automation_detection" if case and case.is_detected else "automation_none"


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


def _found_how(draft: Draft, decision: Decision) -> str:
    case = draft.record.case(decision.case_id)
    return _FOUND_BY[decision.origin or origin_of_decision(case, decision.found_by_role)]


def _end(draft: Draft, penalty: Penalty | None) -> str:
    if penalty is None:
        return ""
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
