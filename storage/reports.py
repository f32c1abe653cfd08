"""What a decision asks of the table of reports, which the fold of the record does not list."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from goodstanding.domain.context import ReportFacts
from goodstanding.domain.record import Record
from goodstanding.messages import (
    AnyCommand,
    DecideReview,
    FileReport,
    Internals,
    RecordViolation,
)
from storage.tables import ReportRow, table_of

_REPORT = table_of(ReportRow)
NONE = ReportFacts()


async def facts_for(
    connection: AsyncConnection, record: Record, command: AnyCommand | Internals
) -> ReportFacts:
    """What this command needs to know; nothing is asked for one that has nothing to do with reports."""
    match command:
        case FileReport():
            return ReportFacts(is_known=await _is_known(connection, command))
        case RecordViolation():
            case = record.case_on(command.finding.item)
            if case is None or not case.reports:
                return NONE
        case DecideReview():
            if not any(case.reports for case in record.cases):
                return NONE
        case _:
            return NONE
    return ReportFacts(cases_of_actor=await _cases_of(connection, record, command.actor.id))


async def _is_known(connection: AsyncConnection, command: FileReport) -> bool:
    asked = select(_REPORT.c.report_id).where(
        _REPORT.c.account_id == command.account_id, _REPORT.c.report_id == command.report_id
    )
    return (await connection.execute(asked)).first() is not None


async def _cases_of(connection: AsyncConnection, record: Record, who: str) -> frozenset[str]:
    asked = select(_REPORT.c.case_id).where(
        _REPORT.c.reporter == who, _REPORT.c.account_id == record.account_id
    )
    return frozenset(await connection.scalars(asked.distinct()))
