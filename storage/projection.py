"""The read models as a function of the record and its events; rebuilding uses the same one.

What does not change is taken over as the same object by `evolve`, so a decision costs what it
changes, however long the account's life is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Table, Update, bindparam, delete, update
from sqlalchemy.ext.asyncio import AsyncConnection

from goodstanding.canonical import canonical
from goodstanding.domain.events import (
    CaseAnswered,
    Event,
    NoticeIssued,
    ReportAnswered,
    ReportFiled,
)
from goodstanding.domain.record import Notice, Penalty, Qualification, Record, Review, Strike
from storage.inserts import Inserts, Row
from storage.tables import (
    NoticeRow,
    PenaltyRow,
    QualificationRow,
    ReportRow,
    ReviewRow,
    StrikeRow,
    table_of,
)

Tables = Mapping[Table, list[Row]]
History = Sequence[tuple[Event, datetime]]
"""Events with the instant at which each was recorded."""

NOTICE = table_of(NoticeRow)
PENALTY = table_of(PenaltyRow)
STRIKE = table_of(StrikeRow)
QUALIFICATION = table_of(QualificationRow)
REVIEW = table_of(ReviewRow)
REPORT = table_of(ReportRow)
READ_MODELS: tuple[Table, ...] = (NOTICE, PENALTY, STRIKE, QUALIFICATION, REVIEW, REPORT)


@dataclass(frozen=True, slots=True)
class Changes:
    """The rows that are new, and the ones that are no longer as they were; both by table."""

    new: dict[Table, list[Row]] = field(default_factory=dict)
    changed: dict[Table, list[Row]] = field(default_factory=dict)
    answered: list[Row] = field(default_factory=list)
    """Cases with their outcome, which all their reports share: one statement each, however many there are."""


def rows_of(record: Record, history: History) -> Tables:
    """All rows of an account, from its fold and its whole history."""
    return changes_between(Record(record.account_id), record, history).new


def changes_between(before: Record, after: Record, history: History) -> Changes:
    """The rows that these events, which lead from one record to the other, touch."""
    changes = Changes()
    issued = {event.notice_id: event for event, _ in history if isinstance(event, NoticeIssued)}
    for table, items, row in _PROJECTIONS:
        was, now = items(before), items(after)
        changed = [row(after, new) for old, new in zip(was, now, strict=False) if new is not old]
        new = [row(after, item) for item in now[len(was) :]]
        if table is NOTICE:
            new = [
                one | _as_issued(issued[one["notice_id"]]) | {"number": number}
                for number, one in enumerate(new, start=len(was) + 1)
            ]
        _keep(changes.new, table, new)
        _keep(changes.changed, table, changed)
    _reports(changes, after.account_id, history)
    return changes


async def write(connection: AsyncConnection, batch: Inserts, changes: Changes) -> None:
    """Let the read models follow: the batch gets what is new, what changed is written at once."""
    for table, rows in changes.new.items():
        batch.add(table, rows)
    for table, rows in changes.changed.items():
        await connection.execute(_UPDATES[table], [_bound(table, row) for row in rows])
    if changes.answered:
        await connection.execute(_ANSWER, changes.answered)


def are_same(table: Table, rows: list[Row], others: list[Row]) -> bool:
    """Whether both hold the same rows, in whatever order."""
    key = [column.name for column in table.primary_key]

    def keyed(some: list[Row]) -> dict[tuple[Any, ...], Row]:
        return {tuple(row[name] for name in key): row for row in some}

    return keyed(rows) == keyed(others)


async def rewrite(connection: AsyncConnection, account_id: str, rows: Tables) -> None:
    """Put these rows in the place of all that the account has."""
    for table in READ_MODELS:
        await connection.execute(delete(table).where(table.c.account_id == account_id))
    batch = Inserts()
    for table, of in rows.items():
        batch.add(table, of)
    await batch.write(connection)


def _keep(into: dict[Table, list[Row]], table: Table, rows: list[Row]) -> None:
    if rows:
        into[table] = rows


def _notice(record: Record, notice: Notice) -> Row:
    return {
        "account_id": record.account_id,
        "notice_id": notice.notice_id,
        "kind": notice.kind,
        "decision_id": notice.decision_id,
        "issued_at": notice.issued_at,
        "handed_over_at": notice.handed_over_at,
        "acknowledged_at": notice.acknowledged_at,
    }


def _as_issued(event: NoticeIssued) -> Row:
    return {
        "subject_id": event.subject_id,
        "language": event.language,
        "text_id": event.text.text_id,
        "statement_id": event.statement.text_id if event.statement else None,
    }


def _penalty(record: Record, penalty: Penalty) -> Row:
    return {
        "account_id": record.account_id,
        "penalty_id": penalty.penalty_id,
        "decision_id": penalty.decision_id,
        "code": penalty.code,
        "denies": " ".join(penalty.denies),
        "closes": penalty.closes,
        "is_interim": penalty.is_interim,
        "imposed_at": penalty.imposed_at,
        "starts_at": penalty.starts_at,
        "ends_at": penalty.ends_at,
        "ended_at": penalty.ended_at,
        "ended_because": penalty.ended_because,
        "is_overturned": penalty.is_overturned,
    }


def _strike(record: Record, strike: Strike) -> Row:
    return {
        "account_id": record.account_id,
        "strike_id": strike.strike_id,
        "decision_id": strike.decision_id,
        "rule": strike.rule,
        "category": strike.category,
        "points": strike.points,
        "given_at": strike.given_at,
        "expires_at": strike.expires_at,
        "is_void": strike.is_void,
    }


def _qualification(record: Record, qualification: Qualification) -> Row:
    return {
        "account_id": record.account_id,
        "qualification_id": qualification.qualification_id,
        "code": qualification.code,
        "state": qualification.state,
        "gives": " ".join(qualification.gives),
        "applied_at": qualification.applied_at,
        "granted_at": qualification.granted_at,
        "valid_until": qualification.valid_until,
        "ended_at": qualification.ended_at,
    }


def _review(record: Record, review: Review) -> Row:
    votes = [{"by": vote.by, "verdict": vote.verdict} for vote in review.votes]
    return {
        "account_id": record.account_id,
        "review_id": review.review_id,
        "kind": review.kind,
        "subject_id": review.subject_id,
        "language": record.language,
        "opened_at": review.opened_at,
        "due_at": review.due_at,
        "is_escalated": review.is_escalated,
        "people": review.people,
        "excluded": " ".join(review.excluded),
        "votes": canonical(votes).decode(),
        "verdict": review.verdict,
        "ended_at": review.ended_at,
    }


def _reports(changes: Changes, account_id: str, history: History) -> None:
    filed: dict[str, Row] = {}
    answered: list[Row] = []
    for event, at in history:
        match event:
            case ReportFiled():
                filed[event.report_id] = _report(account_id, event, at)
            case CaseAnswered():
                answer = {"outcome": event.outcome, "answered_at": at}
                for report_id, row in filed.items():
                    if row["case_id"] == event.case_id:
                        filed[report_id] = row | answer
                changes.answered.append({"of": account_id, "case": event.case_id, **answer})
            case ReportAnswered():
                answer = {"outcome": event.outcome, "answered_at": at}
                if event.report_id in filed:
                    filed[event.report_id] |= answer
                else:
                    key = {"account_id": account_id, "report_id": event.report_id}
                    answered.append(key | answer)
            case _:
                pass
    _keep(changes.new, REPORT, list(filed.values()))
    _keep(changes.changed, REPORT, answered)


def _report(account_id: str, event: ReportFiled, at: datetime) -> Row:
    return {
        "account_id": account_id,
        "report_id": event.report_id,
        "case_id": event.case_id,
        "ground": event.ground,
        "item": event.item,
        "reporter": event.reporter,
        "by_account": event.by_account,
        "origin": event.origin,
        "text_id": event.statement.text_id,
        "evidence": "\n".join(event.evidence),
        "received_at": event.received_at,
        "filed_at": at,
        "outcome": None,
        "answered_at": None,
    }


_PROJECTIONS: tuple[
    tuple[Table, Callable[[Record], tuple[Any, ...]], Callable[[Record, Any], Row]], ...
] = (
    (NOTICE, lambda record: record.notices, _notice),
    (PENALTY, lambda record: record.penalties, _penalty),
    (STRIKE, lambda record: record.strikes, _strike),
    (QUALIFICATION, lambda record: record.qualifications, _qualification),
    (REVIEW, lambda record: record.reviews, _review),
)
_FIXED = {
    NOTICE: ("number", "subject_id", "language", "text_id", "statement_id"),
    REPORT: tuple(
        column.name for column in REPORT.c if column.name not in ("outcome", "answered_at")
    ),
}
"""What is said once and never changes."""


def _update(table: Table) -> Update:
    key = [column.name for column in table.primary_key]
    fixed = {*key, *_FIXED.get(table, ())}
    values = {
        column.name: bindparam(column.name, type_=column.type)
        for column in table.c
        if column.name not in fixed
    }
    return (
        update(table)
        .where(*(table.c[name] == bindparam(f"of_{name}") for name in key))
        .values(values)
    )


def _bound(table: Table, row: Row) -> Row:
    key = {column.name for column in table.primary_key}
    return {f"of_{name}" if name in key else name: value for name, value in row.items()}


_UPDATES = {table: _update(table) for table in READ_MODELS}
_ANSWER = (
    update(REPORT)
    .where(REPORT.c.account_id == bindparam("of"), REPORT.c.case_id == bindparam("case"))
    .values(
        outcome=bindparam("outcome"),
        answered_at=bindparam("answered_at", type_=REPORT.c.answered_at.type),
    )
)
