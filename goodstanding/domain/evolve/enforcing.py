"""Decisions, strikes, penalties, and what becomes of them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from goodstanding.domain import events as e
from goodstanding.domain.evolve.changing import changed
from goodstanding.domain.record import (
    Case,
    CaseState,
    Decision,
    DecisionState,
    Penalty,
    Proposal,
    Record,
    Strike,
)


def _set_decision(record: Record, decision_id: str, **fields: Any) -> Record:
    decisions = changed(record.decisions, lambda d: d.decision_id == decision_id, **fields)
    return replace(record, decisions=decisions)


def _set_penalty(record: Record, penalty_id: str, **fields: Any) -> Record:
    penalties = changed(record.penalties, lambda p: p.penalty_id == penalty_id, **fields)
    return replace(record, penalties=penalties)


def _set_strike(record: Record, strike_id: str, **fields: Any) -> Record:
    strikes = changed(record.strikes, lambda s: s.strike_id == strike_id, **fields)
    return replace(record, strikes=strikes)


def _set_proposal(record: Record, decision_id: str, **fields: Any) -> Record:
    decision = record.decision(decision_id)
    if decision is None or decision.proposal is None:
        return record
    return _set_decision(record, decision_id, proposal=replace(decision.proposal, **fields))


def _set_case(record: Record, case_id: str, item: str, **fields: Any) -> Record:
    if record.case(case_id) is None:
        record = replace(record, cases=(*record.cases, Case(case_id, item, CaseState.OPEN)))
    return replace(record, cases=changed(record.cases, lambda c: c.case_id == case_id, **fields))


def _found(record: Record, event: e.ViolationFound, at: datetime) -> Record:
    decision = Decision(
        decision_id=event.decision_id,
        violation_id=event.violation_id,
        case_id=event.case_id,
        rule=event.rule,
        category=event.category,
        clause=event.clause,
        item=event.item,
        acted_at=event.acted_at,
        found_by=event.found_by,
        found_by_role=event.found_by_role,
        found_at=at,
        substance_digest=event.substance_digest,
        facts=replace(event.facts, plain=None),
        people=event.people,
        state=DecisionState.HELD,
        origin=event.origin,
        lapses_at=event.lapses_at,
        chosen_rung=event.chosen_rung,
        choice_reasons=event.choice_reasons and replace(event.choice_reasons, plain=None),
    )
    record = replace(record, decisions=(*record.decisions, decision))
    return _set_case(
        record,
        event.case_id,
        event.item,
        state=CaseState.HELD if event.is_held else CaseState.VIOLATION,
        decision_id=event.decision_id,
    )


def _taken(record: Record, event: e.DecisionTaken, at: datetime) -> Record:
    record = _set_decision(
        record,
        event.decision_id,
        state=DecisionState.IN_FORCE,
        lapses_at=None,
        rung=event.rung,
        proposed_rung=event.proposed_rung,
        taken_at=at,
        confirmed_by=event.confirmed_by,
        appeal_until=event.appeal_until,
    )
    decision = record.decision(event.decision_id)
    if decision is None:
        return record
    return _set_case(record, decision.case_id, decision.item, state=CaseState.VIOLATION)


def _with_window(
    record: Record, decision: Decision, until: datetime | None, **fields: Any
) -> Record:
    pending = any(a.appeal_id == decision.appeal_id and a.verdict is None for a in record.appeals)
    return _set_decision(
        record,
        decision.decision_id,
        appeal_until=until,
        is_window_over=False,
        appeal_id=decision.appeal_id if pending else None,
        **fields,
    )


def _window_opened(record: Record, event: e.AppealWindowOpened, _at: datetime) -> Record:
    decision = record.decision(event.decision_id)
    if decision is None:
        return record
    closure = record.closure
    if closure and record.name_until and closure.decision_id == event.decision_id:
        record = replace(record, name_until=max(record.name_until, event.appeal_until))
    return _with_window(record, decision, event.appeal_until)


def _decision_lapsed(record: Record, event: e.DecisionLapsed, _at: datetime) -> Record:
    return _set_decision(record, event.decision_id, state=DecisionState.LAPSED, lapses_at=None)


def _struck(record: Record, event: e.StrikeGiven, at: datetime) -> Record:
    strike = Strike(
        event.strike_id,
        event.decision_id,
        event.rule,
        event.category,
        event.points,
        at,
        event.expires_at,
    )
    return replace(record, strikes=(*record.strikes, strike))


def _strike_expired(record: Record, event: e.StrikeExpired, _at: datetime) -> Record:
    return _set_strike(record, event.strike_id, has_expired=True)


def _strike_voided(record: Record, event: e.StrikeVoided, _at: datetime) -> Record:
    return _set_strike(record, event.strike_id, is_void=True)


def _strike_rederived(record: Record, event: e.StrikeRederived, _at: datetime) -> Record:
    return _set_strike(record, event.strike_id, points=event.points)


def _imposed(record: Record, event: e.PenaltyImposed, at: datetime) -> Record:
    penalty = Penalty(
        penalty_id=event.penalty_id,
        decision_id=event.decision_id,
        code=event.code,
        denies=event.denies,
        closes=event.closes,
        is_interim=event.is_interim,
        imposed_at=at,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        ends_when_acknowledged=event.ends_when_acknowledged,
        next_review_at=event.next_review_at,
    )
    return replace(record, penalties=(*record.penalties, penalty))


def _started(record: Record, event: e.PenaltyStarted, _at: datetime) -> Record:
    return _set_penalty(record, event.penalty_id, starts_at=event.starts_at, ends_at=event.ends_at)


def _expired(record: Record, event: e.PenaltyExpired, at: datetime) -> Record:
    return _set_penalty(record, event.penalty_id, ended_at=at, ended_because="time")


def _shortened(record: Record, event: e.PenaltyShortened, _at: datetime) -> Record:
    return _set_penalty(record, event.penalty_id, ends_at=event.ends_at)


def _ended(record: Record, event: e.PenaltyEnded, at: datetime) -> Record:
    return _set_penalty(record, event.penalty_id, ended_at=at, ended_because=event.because)


def _lifted(record: Record, event: e.PenaltyLifted, at: datetime) -> Record:
    return _set_penalty(record, event.penalty_id, ended_at=at, ended_because="lifted")


def _penalty_overturned(record: Record, event: e.PenaltyOverturned, _at: datetime) -> Record:
    return _set_penalty(record, event.penalty_id, is_overturned=True)


def _penalty_reviewed(record: Record, event: e.PenaltyReviewDue, _at: datetime) -> Record:
    return _set_penalty(record, event.penalty_id, next_review_at=event.next_review_at)


def _proposed(record: Record, event: e.ProposalMade, _at: datetime) -> Record:
    proposal = Proposal(
        event.penalty, event.rung, event.review_id, event.hearing_until, event.lapses_at
    )
    return _set_decision(record, event.decision_id, proposal=proposal)


def _hearing_answered(record: Record, event: e.HearingAnswered, _at: datetime) -> Record:
    return _set_proposal(
        record,
        event.decision_id,
        is_answered=True,
        is_hearing_over=True,
        lapses_at=event.lapses_at,
    )


def _hearing_ended(record: Record, event: e.HearingEnded, _at: datetime) -> Record:
    return _set_proposal(record, event.decision_id, is_hearing_over=True)


def _confirmed(record: Record, event: e.ProposalConfirmed, _at: datetime) -> Record:
    record = _set_proposal(
        record,
        event.decision_id,
        is_over=True,
        is_confirmed=True,
        closes_at=event.closes_at,
        confirmed_at=_at,
    )
    decision = record.decision(event.decision_id)
    if decision is None or decision.proposal is None:
        return record
    return _with_window(
        record,
        decision,
        event.appeal_until,
        confirmed_by=(*decision.confirmed_by, *event.confirmed_by),
        rung=decision.proposal.rung,
    )


def _proposal_lapsed(record: Record, event: e.ProposalLapsed, _at: datetime) -> Record:
    return _set_proposal(record, event.decision_id, is_over=True)


def _reduced(record: Record, event: e.DecisionReduced, _at: datetime) -> Record:
    return _set_decision(
        record,
        event.decision_id,
        rung=event.rung,
        chosen_rung=event.rung,
        proposed_rung=event.rung,
        is_reduced=True,
    )


def _overturned(record: Record, event: e.DecisionOverturned, _at: datetime) -> Record:
    record = _set_decision(record, event.decision_id, state=DecisionState.OVERTURNED)
    decision = record.decision(event.decision_id)
    if decision is None:
        return record
    return _set_case(record, decision.case_id, decision.item, state=CaseState.NO_VIOLATION)


def _rederived(record: Record, event: e.DecisionRederived, _at: datetime) -> Record:
    decision = record.decision(event.decision_id)
    if decision is None:
        return record
    return _with_window(
        record,
        decision,
        event.appeal_until,
        rung=event.rung,
        proposed_rung=event.proposed_rung,
    )


STEPS: Mapping[type[Any], Callable[[Record, Any, datetime], Record]] = {
    e.ViolationFound: _found,
    e.DecisionTaken: _taken,
    e.AppealWindowOpened: _window_opened,
    e.DecisionLapsed: _decision_lapsed,
    e.StrikeGiven: _struck,
    e.StrikeExpired: _strike_expired,
    e.StrikeVoided: _strike_voided,
    e.StrikeRederived: _strike_rederived,
    e.PenaltyImposed: _imposed,
    e.PenaltyStarted: _started,
    e.PenaltyExpired: _expired,
    e.PenaltyEnded: _ended,
    e.PenaltyShortened: _shortened,
    e.PenaltyLifted: _lifted,
    e.PenaltyOverturned: _penalty_overturned,
    e.PenaltyReviewDue: _penalty_reviewed,
    e.ProposalMade: _proposed,
    e.HearingAnswered: _hearing_answered,
    e.HearingEnded: _hearing_ended,
    e.ProposalConfirmed: _confirmed,
    e.ProposalLapsed: _proposal_lapsed,
    e.DecisionReduced: _reduced,
    e.DecisionOverturned: _overturned,
    e.DecisionRederived: _rederived,
}
