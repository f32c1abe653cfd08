"""One account as its history tells it: what happened in order, what is imposed, what is due."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any
from urllib.parse import quote

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.showing import Seen, account_view
from goodstanding.domain.deadlines import deadlines
from goodstanding.domain.events import Text
from goodstanding.domain.overview import waiting_for
from goodstanding.domain.record import Record
from goodstanding.errors import AccountNotFoundError
from goodstanding.names import account_workflow_id
from storage import api_reads
from storage.events import event_of
from storage.policies import load_book
from storage.tables import EventRow

_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True)
class Shown:
    """An account, ready to be shown; `account` is what the HTTP API answers."""

    account: dict[str, Any]
    waiting_for: str
    penalties: tuple[dict[str, Any], ...]
    due: tuple[dict[str, Any], ...]
    journey: tuple[dict[str, Any], ...]
    runs: str

    def as_json(self) -> dict[str, Any]:
        """The whole of it under stable keys."""
        return asdict(self)


async def show_account(session: AsyncSession, account_id: str, now: datetime, runs: str) -> Shown:
    """Read one account; `AccountNotFoundError`."""
    read = await api_reads.accounts(session, {account_id})
    record = read.records.get(account_id)
    if record is None:
        raise AccountNotFoundError(f"No account has the id {account_id}.", "account_id")
    seen = Seen.at(record, await load_book(session), read.licences, now)
    rows = await session.exec(
        select(EventRow).where(EventRow.account_id == account_id).order_by(col(EventRow.seq))
    )
    return Shown(
        account=account_view(seen).model_dump(mode="json"),
        waiting_for=waiting_for(record),
        penalties=tuple(_penalties(record, seen.as_of)),
        due=tuple(
            {"at": due.at, "what": due.what.value, "subject_id": due.subject_id}
            for due in deadlines(record)
        ),
        journey=_journey(rows.all()),
        runs=runs,
    )


def runs_url(ui: str, namespace: str, account_id: str) -> str:
    """Where the Temporal UI lists the account's runs."""
    query = quote(f'WorkflowId="{account_workflow_id(account_id)}"', safe="")
    return f"{ui}/namespaces/{quote(namespace)}/workflows?query={query}"


def sentence(step: dict[str, Any]) -> str:
    """A step of the journey in words: what happened, then ids, codes and instants."""
    said = (f"{name} {_short(value)}" for name, value in step["details"].items() if _tells(value))
    return f"{_WORDS.sub(' ', step['kind']).lower()}: {', '.join(said)}".removesuffix(": ")


def _journey(rows: Sequence[EventRow]) -> tuple[dict[str, Any], ...]:
    return tuple(
        {
            "seq": row.seq,
            "at": row.at,
            "kind": row.kind,
            "command_id": row.command_id,
            "actor": row.actor,
            "details": _details(event_of(row.kind, row.version, row.body)),
        }
        for row in rows
    )


def _details(event: Any) -> dict[str, Any]:
    """The fields of an event but for what people wrote, of which it holds a commitment only."""
    given = ((field.name, getattr(event, field.name)) for field in fields(event))
    return {name: value for name, value in given if not _holds_text(value)}


def _holds_text(value: object) -> bool:
    return isinstance(value, Text)


def _penalties(record: Record, now: datetime) -> Iterator[dict[str, Any]]:
    for one in record.penalties:
        cause = record.the_decision(one.decision_id)
        yield {
            "penalty_id": one.penalty_id,
            "code": one.code,
            "state": _state(one, now),
            "denies": list(one.denies),
            "starts_at": one.starts_at,
            "ends_at": one.ends_at,
            "ended_at": one.ended_at,
            "ended_because": one.ended_because,
            "decision_id": one.decision_id,
            "rule": cause.rule,
            "item": cause.item,
        }


def _state(penalty: Any, now: datetime) -> str:
    if penalty.is_overturned:
        return "overturned"
    if penalty.is_active_at(now):
        return "active"
    if penalty.starts_at is None or now < penalty.starts_at:
        return "scheduled"
    return "over"


def _tells(value: object) -> bool:
    return value not in (None, (), [], {}, "", False)


def _short(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, (tuple, list)):
        return " ".join(_short(part) for part in value)
    if isinstance(value, str) and re.fullmatch(r"[0-9a-f]{64}", value):
        return value[:12]
    return str(value)
