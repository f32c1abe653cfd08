"""Telling whoever complained what came of it."""

from goodstanding.domain import events as e
from goodstanding.domain.draft import Draft
from goodstanding.domain.record import CaseState


def answer_reports(draft: Draft, case_id: str) -> None:
    """Answer every report of a case that has been decided; one that was answered is not answered twice."""
    case = draft.record.case(case_id)
    if case is None or case.state not in (CaseState.VIOLATION, CaseState.NO_VIOLATION):
        return
    for report_id in case.reports:
        if report_id not in case.answered:
            draft.add(e.ReportAnswered(report_id, case.state))
