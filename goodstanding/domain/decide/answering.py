"""Telling whoever complained what came of it."""

from goodstanding.domain import events as e
from goodstanding.domain.draft import Draft
from goodstanding.domain.record import CaseState

DECIDED = (CaseState.VIOLATION, CaseState.NO_VIOLATION)


def answer_reports(draft: Draft, case_id: str) -> None:
    """Answer all reports of a case that has been decided; the same outcome is not told twice."""
    case = draft.record.case(case_id)
    if case and case.reports and case.state in DECIDED and case.state is not case.told:
        draft.add(e.CaseAnswered(case_id, case.state, case.reports))
