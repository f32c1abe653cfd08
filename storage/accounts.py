"""The account's row: all that a decision needs of it in one statement, and how it is written back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, Update, and_, bindparam, select, update
from sqlalchemy import Row as Loaded
from sqlalchemy.ext.asyncio import AsyncConnection

from goodstanding.domain.record import Record
from goodstanding.messages import Answer, Command
from goodstanding.vocabulary import PROVIDER_ACCOUNT
from storage.chain import GENESIS
from storage.inserts import Inserts, Row
from storage.records import record_of
from storage.snapshots import SNAPSHOT_VERSION, dump
from storage.tables import AccountRow, CommandRow, EventRow, NameRow, table_of

_ACCOUNT = table_of(AccountRow)
_COMMAND = table_of(CommandRow)
_EVENT = table_of(EventRow)
_NAME = table_of(NameRow)
_PROVIDER = _ACCOUNT.alias("provider")
_SEEN = _ACCOUNT.alias("seen")

_OF: BindParameter[str] = bindparam("of")
_IS_COMMAND = and_(_COMMAND.c.account_id == _OF, _COMMAND.c.command_id == bindparam("command_id"))
_LOOK = (
    select(
        _ACCOUNT,
        _NAME.c.plain.label("display_name"),
        _COMMAND.c.guard,
        _COMMAND.c.answer,
        select(_PROVIDER.c.head_hash)
        .where(_PROVIDER.c.account_id == PROVIDER_ACCOUNT)
        .scalar_subquery()
        .label("provider_head"),
    )
    .outerjoin_from(_ACCOUNT, _COMMAND, _IS_COMMAND)
    .outerjoin(_NAME, _NAME.c.account_id == _ACCOUNT.c.account_id)
    .where(_ACCOUNT.c.account_id == _OF)
)
# as strong as the update that follows, so that it keeps nobody waiting whom that would not
_LOAD = _LOOK.add_columns(
    select(_SEEN.c.seq).where(_SEEN.c.account_id == _OF).scalar_subquery().label("seq_seen")
).with_for_update(of=_ACCOUNT, key_share=True)
_ANSWERED = select(_COMMAND.c.guard, _COMMAND.c.answer).where(_IS_COMMAND)
_PROVIDER_HEAD = select(_ACCOUNT.c.head_hash).where(_ACCOUNT.c.account_id == PROVIDER_ACCOUNT)


class RecordMovedOnError(Exception):
    """Somebody else has changed the account meanwhile; tried again, it works on what is there."""


@dataclass(frozen=True, slots=True)
class Given:
    """A command that was answered before: what guards its body, and the answer."""

    guard: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Account:
    """An account as a command finds it; without one the record is empty."""

    record: Record
    head_hash: str = GENESIS
    text_key: bytes | None = None
    has_pending_effects: bool = False
    wake_at: datetime | None = None
    policy_version: int = 0
    """Under which it was last looked at."""
    mark: str | None = None
    display_name: str = ""
    provider_head: str | None = None
    given: Given | None = None


async def load(connection: AsyncConnection, account_id: str, command_id: str | None) -> Account:
    """The account, what the command was answered before, and whether the provider's record moved on.

    It is nobody else's until the transaction ends. `RecordMovedOnError` where it was changed while
    it was waited for: the row is the new one then, what was answered is not.
    """
    key = {"of": account_id, "command_id": command_id}
    row = (await connection.execute(_LOAD, key)).one_or_none()
    if row is not None:
        if row.seq != row.seq_seen:
            raise _moved_on(account_id, row.seq_seen)
        return await _account(connection, row)
    # a refused registration has an answer, and no account
    answered = (await connection.execute(_ANSWERED, key)).one_or_none()
    return Account(
        record=Record(account_id),
        provider_head=await connection.scalar(_PROVIDER_HEAD),
        given=_given(*answered) if answered else None,
    )


async def look(connection: AsyncConnection, account_id: str) -> Account:
    """The account as it was last committed; others may change it meanwhile."""
    key = {"of": account_id, "command_id": None}
    row = (await connection.execute(_LOOK, key)).one_or_none()
    return await _account(connection, row) if row else Account(record=Record(account_id))


def append(batch: Inserts, rows: list[Row]) -> None:
    """Append events to the ledger."""
    batch.add(_EVENT, rows)


def answer(batch: Inserts, command: Command, guard: str, given: Answer) -> None:
    """Keep the answer to a command, so that repeating it changes nothing."""
    row = {
        "account_id": command.account_id,
        "command_id": command.command_id,
        "guard": guard,
        "answer": given.model_dump_json(),
    }
    batch.add(_COMMAND, [row])


def columns_of(record: Record) -> dict[str, Any]:
    """The columns that follow from the record alone."""
    return {
        "stage": record.stage,
        "policy_id": record.policy_id,
        "kind": record.kind,
        "seq": record.seq,
        "snapshot": dump(record),
        "snapshot_version": SNAPSHOT_VERSION,
    }


async def save(
    connection: AsyncConnection, batch: Inserts, before: Record, values: Mapping[str, Any]
) -> None:
    """Write the row; `RecordMovedOnError` where it is no longer as it was when it was loaded."""
    if before.stage is None:
        batch.add(_ACCOUNT, [{"account_id": before.account_id, **values}])
        return
    key = {"of": before.account_id, "seq_before": before.seq}
    written = await connection.execute(_update(tuple(values)), {**key, **values})
    if written.rowcount != 1:
        raise _moved_on(before.account_id, before.seq)


@lru_cache
def _update(names: tuple[str, ...]) -> Update:
    return (
        update(_ACCOUNT)
        .where(_ACCOUNT.c.account_id == _OF, _ACCOUNT.c.seq == bindparam("seq_before"))
        .values({name: bindparam(name) for name in names})
    )


async def _account(connection: AsyncConnection, row: Loaded[Any]) -> Account:
    return Account(
        record=await record_of(connection, row),
        head_hash=row.head_hash,
        text_key=row.text_key,
        has_pending_effects=row.has_pending_effects,
        wake_at=row.wake_at,
        policy_version=row.policy_version,
        mark=row.mark,
        display_name=row.display_name or "",
        provider_head=row.provider_head,
        given=_given(row.guard, row.answer),
    )


def _moved_on(account_id: str, seq: int) -> RecordMovedOnError:
    return RecordMovedOnError(f"{account_id} is no longer at {seq}.")


def _given(guard: str | None, answer: str | None) -> Given | None:
    if guard is None or answer is None:
        return None
    return Given(guard, Answer.model_validate_json(answer))
