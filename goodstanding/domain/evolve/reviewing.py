"""What people decide, and what they decide about."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from goodstanding.domain import events as e
from goodstanding.domain.evolve.changing import changed
from goodstanding.domain.record import Case, CaseState, Record, Review, Vote


def _opened(record: Record, event: e.ReviewOpened, at: datetime) -> Record:
    review = Review(
        event.review_id,
        event.kind,
        event.subject_id,
        at,
        event.decide_by,
        event.remind_at,
        event.people,
        event.excluded,
    )
    return replace(record, reviews=(*record.reviews, review))


def _voted(record: Record, event: e.VoteCast, _at: datetime) -> Record:
    reviews = tuple(
        replace(
            r, votes=(*r.votes, Vote(event.by, event.verdict, replace(event.reasons, plain=None)))
        )
        if r.review_id == event.review_id
        else r
        for r in record.reviews
    )
    return replace(record, reviews=reviews)


def _set(record: Record, review_id: str, **fields: object) -> Record:
    reviews = changed(record.reviews, lambda review: review.review_id == review_id, **fields)
    return replace(record, reviews=reviews)


def _decided(record: Record, event: e.ReviewDecided, at: datetime) -> Record:
    return _set(record, event.review_id, verdict=event.verdict, ended_at=at)


def _cancelled(record: Record, event: e.ReviewCancelled, at: datetime) -> Record:
    return _set(record, event.review_id, ended_at=at)


def _reminded(record: Record, event: e.ReviewReminded, _at: datetime) -> Record:
    return _set(record, event.review_id, remind_at=None)


def _escalated(record: Record, event: e.ReviewEscalated, _at: datetime) -> Record:
    return _set(record, event.review_id, is_escalated=True)


def _case_opened(record: Record, event: e.CaseOpened, _at: datetime) -> Record:
    if record.case(event.case_id):
        cases = changed(
            record.cases,
            lambda case: case.case_id == event.case_id,
            state=CaseState.OPEN,
            decision_id=None,
        )
        return replace(record, cases=cases)
    return replace(record, cases=(*record.cases, Case(event.case_id, event.item, CaseState.OPEN)))


def _set_case(record: Record, case_id: str, **fields: object) -> Record:
    cases = changed(record.cases, lambda case: case.case_id == case_id, **fields)
    return replace(record, cases=cases)


def _reported(record: Record, event: e.ReportFiled, _at: datetime) -> Record:
    case = record.case(event.case_id)
    if case is None:
        return record
    origins = tuple(dict.fromkeys((*case.origins, event.origin)))
    return _set_case(record, case.case_id, reports=case.reports + 1, origins=origins)


def _case_answered(record: Record, event: e.CaseAnswered, _at: datetime) -> Record:
    return _set_case(record, event.case_id, told=CaseState(event.outcome))


def _report_answered(record: Record, _event: e.ReportAnswered, _at: datetime) -> Record:
    return record  # the table of reports has it


def _dismissed(record: Record, event: e.CaseDismissed, _at: datetime) -> Record:
    cases = changed(
        record.cases, lambda case: case.case_id == event.case_id, state=CaseState.NO_VIOLATION
    )
    return replace(record, cases=cases)


def _detected(record: Record, event: e.FindingProposed, _at: datetime) -> Record:
    cases = changed(record.cases, lambda case: case.case_id == event.case_id, is_detected=True)
    return replace(record, cases=cases)


STEPS: Mapping[type[Any], Callable[[Record, Any, datetime], Record]] = {
    e.ReviewOpened: _opened,
    e.VoteCast: _voted,
    e.ReviewDecided: _decided,
    e.ReviewCancelled: _cancelled,
    e.ReviewReminded: _reminded,
    e.ReviewEscalated: _escalated,
    e.CaseOpened: _case_opened,
    e.ReportFiled: _reported,
    e.CaseAnswered: _case_answered,
    e.ReportAnswered: _report_answered,
    e.FindingProposed: _detected,
    e.CaseDismissed: _dismissed,
}
