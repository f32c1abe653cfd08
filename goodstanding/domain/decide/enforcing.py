"""From a finding to a decision: the only way to a penalty."""

from datetime import UTC, datetime

from goodstanding.domain import events as e
from goodstanding.domain.decide import apart, content
from goodstanding.domain.decide.answering import answer_reports
from goodstanding.domain.decide.imposing import close, impose
from goodstanding.domain.decide.weighing import lowest, lowest_for
from goodstanding.domain.draft import Draft
from goodstanding.domain.ladder import Step, chosen, picked_rung
from goodstanding.domain.origins import origin_of_decision
from goodstanding.domain.record import CaseState, Decision
from goodstanding.domain.statements import decision_values
from goodstanding.errors import (
    AccountClosedError,
    AlreadyDecidedError,
    ClauseNotAcceptedError,
    DetectorNotAllowedError,
    MalformedError,
    ReasonsTooShortError,
    RuleNotFoundError,
    RuleTooBroadError,
    WrongStageError,
)
from goodstanding.messages import Actor, Choice, Finding, RecordViolation
from goodstanding.policy.book import Published
from goodstanding.policy.schema import Channel, Jump, Machine
from goodstanding.vocabulary import NoticeKind, ReviewKind, Role, Stage


def record_violation(draft: Draft, command: RecordViolation) -> None:
    """Decide on a finding, or, from a detector, let a person decide."""
    apart.check_not_own(draft, command.actor.id)
    apart.check_not_reporter(draft, draft.record.case_on(command.finding.item))
    substance = check_finding(draft, command.finding)
    if command.actor.role is Role.DETECTOR and not _may_warn(draft, command.finding, substance):
        _propose(draft, command.finding, command.actor)
        return
    find(draft, command.finding, command.actor, substance)


def check_finding(draft: Draft, finding: Finding, *, in_case: str | None = None) -> Published:
    """Refuse what cannot be a decision; return the policy version that judges the act."""
    _check_stage(draft)
    _check_words(draft, finding)
    substance = judged_by(draft, finding)
    rule = substance.policy.rules[finding.rule]
    agreement = draft.record.agreement
    if agreement is None or rule.clause not in agreement.clauses:
        message = (
            f"The account never accepted clause {rule.clause}, on which {finding.rule} stands."
        )
        raise ClauseNotAcceptedError(message, "finding.rule")
    if any(d.violation_id == finding.violation_id for d in draft.record.decisions):
        message = f"The violation {finding.violation_id} was decided already."
        raise AlreadyDecidedError(message, "finding.violation_id")
    case = draft.record.case_on(finding.item)
    if case and case.state is not CaseState.OPEN:
        message = f"The item {finding.item} was decided already; one act counts once."
        raise AlreadyDecidedError(message, "finding.item")
    if in_case and case and case.case_id != in_case:
        message = f"The item {finding.item} is looked at in another case."
        raise AlreadyDecidedError(message, "finding.item")
    content.items_of(draft, finding, substance.policy)
    return substance


def judged_by(draft: Draft, finding: Finding) -> Published:
    """Substance by the policy at the time of the act, by today's where that is milder (R32)."""
    now = draft.published
    then = draft.context.book.at(draft.record.policy_id, finding.acted_at)
    for published in (then, now):
        if finding.rule not in published.policy.rules:
            _refuse_rule(published, finding)
    return min(then, now, key=lambda p: (_harshness(draft, p, finding), p is not then))


def find(
    draft: Draft,
    finding: Finding,
    actor: Actor,
    substance: Published,
    *,
    case_id: str | None = None,
) -> Decision:
    """Take the decision, or hold it until the people whom the policy asks for have confirmed it."""
    rule = substance.policy.rules[finding.rule]
    jump = substance.policy.severities[rule.severity].jump
    people = max(substance.policy.categories[rule.category].people, jump.people if jump else 1)
    case = draft.record.case_on(finding.item)
    if finding.choice:
        _check_choice(draft, finding, finding.choice, substance)
    decision_id = draft.new_id()
    lapses_at = None
    if people > 1:
        interim = substance.policy.penalties[jump.interim] if jump else None
        hold = interim.lasts if interim and interim.lasts else draft.policy.process.hold.lapses
        lapses_at = draft.after(hold)
    draft.add(
        e.ViolationFound(
            decision_id=decision_id,
            violation_id=finding.violation_id,
            case_id=case_id or (case.case_id if case else finding.violation_id),
            rule=finding.rule,
            category=rule.category,
            item=finding.item,
            acted_at=finding.acted_at,
            agreement_version=draft.record.agreement.version if draft.record.agreement else 0,
            clause=rule.clause,
            facts=draft.text(finding.facts),
            found_by=actor.id,
            found_by_role=actor.role,
            substance_digest=substance.digest,
            is_held=people > 1,
            lapses_at=lapses_at,
            people=people,
            chosen_rung=finding.choice.rung if finding.choice else None,
            choice_reasons=draft.text(finding.choice.reasons) if finding.choice else None,
            origin=origin_of_decision(case, actor.role),
        )
    )
    if finding.content:
        items = content.items_of(draft, finding, substance.policy)
        draft.add(e.ContentDecided(decision_id, items))
    if case and case_id is None:
        draft.cancel_reviews("decided", ReviewKind.CASE, subject_id=case.case_id)
    decision = draft.record.the_decision(decision_id)
    if lapses_at:
        _hold(draft, decision, lapses_at, jump, finding.facts)
        return decision
    take(draft, decision, facts=finding.facts)
    return decision


def take(
    draft: Draft,
    decision: Decision,
    *,
    confirmed_by: tuple[str, ...] = (),
    facts: str = "",
    reasons: str = "",
) -> None:
    """Let the decision count from now on: strike, penalty, notice."""
    step = lowest(draft, decision)
    picked = picked_rung(step, decision.chosen_rung)
    is_raised = picked.index > step.index
    rung = step if is_raised else picked
    if not confirmed_by:
        rung = _not_closing(draft, decision, rung)
    at_once = draft.policy.process.notices.handed_over_by is Channel.INBOX
    draft.add(
        e.DecisionTaken(
            decision.decision_id,
            rung.rung.code,
            step.rung.code,
            confirmed_by,
            draft.after(draft.policy.process.appeal.window) if at_once else None,
        )
    )
    if step.leaves_strike:
        _strike(draft, decision, step)
    decision = draft.record.the_decision(decision.decision_id)
    content.ask(draft, decision)
    penalty = draft.context.book.of(decision.substance_digest).policy.penalties[rung.rung.penalty]
    reasons = "\n".join(part for part in (_chosen_because(draft, decision), reasons) if part)
    if penalty.closes:
        close(draft, decision, rung.rung.penalty, facts=facts, reasons=reasons)
        answer_reports(draft, decision.case_id)
        return
    impose(draft, decision, rung.rung.penalty)
    _propose_more(draft, decision, picked if is_raised else rung, is_raised=is_raised)
    decision = draft.record.the_decision(decision.decision_id)
    values = decision_values(draft, decision, facts=facts, reasons=reasons)
    draft.tell(NoticeKind.VIOLATION_DECIDED, values, decision_id=decision.decision_id)
    answer_reports(draft, decision.case_id)


def _chosen_because(draft: Draft, decision: Decision) -> str:
    return draft.read(decision.choice_reasons) if decision.chosen_rung else ""


def _not_closing(draft: Draft, decision: Decision, step: Step) -> Step:
    """One person closes nothing (F5), whatever a policy says: the rung below takes its place."""
    penalties = draft.context.book.of(decision.substance_digest).policy.penalties
    while step.index > 0 and penalties[step.rung.penalty].closes:
        step = step.at(step.index - 1)
    return step


def _hold(
    draft: Draft, decision: Decision, lapses_at: datetime, jump: Jump | None, facts: str
) -> None:
    draft.open_review(
        ReviewKind.CONFIRMATION,
        decision.decision_id,
        draft.policy.process.hold.lapses,
        people=decision.people - 1,
        excluded=(decision.found_by,),
        due_at=lapses_at,
    )
    if jump is None:
        return
    content.ask(draft, decision, at_once=jump.content)
    impose(draft, decision, jump.interim, interim_until=lapses_at)
    values = decision_values(draft, decision, facts=facts)
    draft.tell(NoticeKind.INTERIM_STARTED, values, decision_id=decision.decision_id)


def _strike(draft: Draft, decision: Decision, step: Step) -> None:
    lasts = step.strike_lasts
    draft.add(
        e.StrikeGiven(
            draft.new_id(),
            decision.decision_id,
            decision.rule,
            decision.category,
            step.points,
            draft.after(lasts) if lasts else None,
        )
    )


def _propose_more(draft: Draft, decision: Decision, step: Step, *, is_raised: bool) -> None:
    proposes = step.rung.proposes
    if proposes is None and not is_raised:
        return
    hearing_until = draft.after(proposes.hearing) if proposes and proposes.hearing else None
    hold = step.ladder.higher_confirm or draft.policy.process.hold.lapses
    confirm = proposes.confirm if proposes else hold
    lapses_at = draft.after(confirm, hearing_until)
    review_id = draft.open_review(
        ReviewKind.CONFIRMATION,
        decision.decision_id,
        confirm,
        people=proposes.people - 1 if proposes else 1,
        excluded=decision.deciders,
        due_at=lapses_at,
    )
    draft.add(
        e.ProposalMade(
            decision.decision_id,
            proposes.penalty if proposes else step.rung.penalty,
            step.rung.code,
            review_id,
            hearing_until,
            lapses_at,
        )
    )


def _may_warn(draft: Draft, finding: Finding, substance: Published) -> bool:
    rule = substance.policy.rules[finding.rule]
    machine = substance.policy.categories[rule.category].machine
    if machine is Machine.NOTHING:
        message = f"Violations of {finding.rule} are found by people only."
        raise DetectorNotAllowedError(message, "finding.rule")
    if finding.choice:
        raise DetectorNotAllowedError("A detector chooses no rung.", "finding.choice")
    if machine is Machine.PROPOSE or finding.content:
        return False  # no machine does anything with an item by itself
    step = lowest_for(draft, substance.policy, finding)
    return step.index == 0 and step.severity.jump is None


def _propose(draft: Draft, finding: Finding, actor: Actor) -> None:
    case = draft.record.case_on(finding.item)
    case_id = case.case_id if case else draft.new_id()
    if case is None:
        review_id = draft.open_review(ReviewKind.CASE, case_id, draft.policy.process.reports.decide)
        draft.add(e.CaseOpened(case_id, finding.item, review_id, "detected"))
    facts = draft.text(finding.facts)
    draft.add(e.FindingProposed(case_id, finding.violation_id, finding.rule, actor.id, facts))


def _check_stage(draft: Draft) -> None:
    stage = draft.record.stage
    if stage in (Stage.CLOSED, Stage.ERASED):
        raise AccountClosedError
    if stage not in (Stage.ACTIVE, Stage.CLOSING):
        message = f"In the stage {stage} nothing can be found against the account."
        raise WrongStageError(message)


def _check_words(draft: Draft, finding: Finding) -> None:
    least = draft.policy.process.least_reasons
    if len(finding.facts.strip()) < least:
        message = f"State the facts in at least {least} characters."
        raise ReasonsTooShortError(message, "finding.facts")
    if finding.choice and len(finding.choice.reasons.strip()) < least:
        message = f"Say in at least {least} characters why this rung was chosen."
        raise ReasonsTooShortError(message, "finding.choice.reasons")
    if finding.acted_at > draft.now:
        raise MalformedError("finding.acted_at: an act lies in the past.", "finding.acted_at")


def _check_choice(draft: Draft, finding: Finding, choice: Choice, substance: Published) -> None:
    step = lowest_for(draft, substance.policy, finding)
    chosen(step, choice.rung)


def _refuse_rule(published: Published, finding: Finding) -> None:
    agreement = published.policy.agreement
    general = {number for number, clause in agreement.clauses.items() if clause.too_broad}
    broad = {*published.policy.grounds, *agreement.pledges, *general}
    if finding.rule in broad:
        message = (
            f"{finding.rule} alone is too broad: name the specific rule, the facts and the item."
        )
        raise RuleTooBroadError(message, "finding.rule")
    version = published.policy.policy.version
    message = f"The policy {published.id} v{version} has no rule {finding.rule}."
    raise RuleNotFoundError(message, "finding.rule")


def _harshness(draft: Draft, published: Published, finding: Finding) -> tuple[object, ...]:
    """What a version would do to the account now, to compare two: the milder one judges (R32)."""
    policy = published.policy
    step = lowest_for(draft, policy, finding)
    penalty, strike_lasts = policy.penalties[step.rung.penalty], step.strike_lasts
    endless = datetime.max.replace(tzinfo=UTC)
    lasts = penalty.lasts.after(draft.now, policy.zone) if penalty.lasts else None
    return (
        step.severity.jump is not None,
        penalty.closes,
        len(penalty.deny),
        lasts or (endless if penalty.deny else draft.now),
        step.rung.proposes is not None,
        step.points,
        strike_lasts.after(draft.now, policy.zone) if strike_lasts else endless,
    )
