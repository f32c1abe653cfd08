"""The accounts of a bulk operation: adding, counting, claiming for sending, and what was answered."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, case, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col
from sqlmodel import select as select_rows
from sqlmodel.ext.asyncio.session import AsyncSession

from goodstanding.messages import Tally, Target, TargetState
from storage.bulk_tables import BulkTargetRow
from storage.tables import table_of

_TARGET = table_of(BulkTargetRow)
_OF = _TARGET.c.bulk_id == bindparam("of")
_IS_ONE = (_OF) & (_TARGET.c.number == bindparam("at"))


@dataclass(frozen=True, slots=True)
class Numbered:
    """A target and its place."""

    number: int
    target: Target
    is_undone: bool = False
    """It is claimed for the undoing."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What the dry run says of one target."""

    number: int
    foreseen: str
    foreseen_code: str | None = None
    foreseen_rung: str | None = None
    standing_before: str | None = None
    foreseen_standing: str | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """What one target's command was answered."""

    claimed: Numbered
    code: str | None
    standing: str | None


async def new_among(
    connection: AsyncConnection, bulk_id: str, targets: Sequence[Target]
) -> tuple[Target, ...]:
    """Those that are not there yet, each once, in their order."""
    ids = {target.account_id for target in targets}
    asked = select(_TARGET.c.account_id, _TARGET.c.subject).where(
        _TARGET.c.bulk_id == bulk_id, _TARGET.c.account_id.in_(ids)
    )
    there = {tuple(row) for row in await connection.execute(asked)}
    new = {(t.account_id, t.subject or ""): t for t in targets}
    return tuple(target for key, target in new.items() if key not in there)


async def add(
    connection: AsyncConnection, bulk_id: str, first: int, targets: Iterable[Target]
) -> None:
    """Put them after those that are there."""
    nothing = dict.fromkeys(
        ("code", "standing", "undo", "undo_code", *Foreseen.__dataclass_fields__)
    )
    rows = [
        {
            **nothing,
            "bulk_id": bulk_id,
            "number": number,
            "account_id": target.account_id,
            "subject": target.subject or "",
            "state": TargetState.WAITING,
        }
        for number, target in enumerate(targets, start=first)
    ]
    if rows:
        await connection.execute(insert(_TARGET), rows)


async def tally(connection: AsyncConnection, bulk_id: str) -> Tally:
    """How many there are of each sort, in one statement."""
    state, undo = _TARGET.c.state, _TARGET.c.undo
    refused = state == TargetState.REFUSED
    expected = (_TARGET.c.foreseen_code == _TARGET.c.code) & _TARGET.c.foreseen_code.is_not(None)
    sorts = {
        "unrehearsed": _TARGET.c.foreseen.is_(None),
        "waiting": state == TargetState.WAITING,
        "sent": state == TargetState.SENT,
        "done": state == TargetState.DONE,
        "refused": refused,
        "otherwise": refused & ~func.coalesce(expected, False),
        "undo_waiting": undo == TargetState.WAITING,
        "undo_sent": undo == TargetState.SENT,
        "undo_done": undo == TargetState.DONE,
        "undo_refused": undo == TargetState.REFUSED,
    }
    counts = [func.sum(case((holds, 1), else_=0)).label(name) for name, holds in sorts.items()]
    row = (await connection.execute(select(*counts).where(_OF), {"of": bulk_id})).one()
    return Tally(**{name: int(count or 0) for name, count in row._mapping.items()})  # noqa: SLF001


async def in_doubt(connection: AsyncConnection, bulk_id: str) -> list[Numbered]:
    """Those that were claimed and whose answer nobody knows."""
    sent = TargetState.SENT
    asked = select(_TARGET).where(_OF, or_(_TARGET.c.state == sent, _TARGET.c.undo == sent))
    rows = await connection.execute(asked.order_by(_TARGET.c.number), {"of": bulk_id})
    return [_numbered(row, is_undone=row.undo == sent) for row in rows]


async def claim(
    connection: AsyncConnection, bulk_id: str, limit: int, *, is_undo: bool, up_to: int | None
) -> list[Numbered]:
    """Take the next ones; from the commit on they count as sent. The caller holds the operation's row."""
    column = _TARGET.c.undo if is_undo else _TARGET.c.state
    asked = select(_TARGET).where(_OF, column == TargetState.WAITING)
    if up_to is not None:
        asked = asked.where(_TARGET.c.number <= up_to)
    rows = await connection.execute(asked.order_by(_TARGET.c.number).limit(limit), {"of": bulk_id})
    claimed = [_numbered(row, is_undone=is_undo) for row in rows]
    if claimed:
        numbers = [one.number for one in claimed]
        await connection.execute(
            update(_TARGET)
            .where(_TARGET.c.bulk_id == bulk_id, _TARGET.c.number.in_(numbers))
            .values({column.name: TargetState.SENT})
        )
    return claimed


async def answer(
    connection: AsyncConnection, bulk_id: str, answers: Sequence[Answered], *, then_undo: bool
) -> None:
    """Note what was answered; what is done while all is being undone is undone next."""
    forward = [one for one in answers if not one.claimed.is_undone]
    undone = [one for one in answers if one.claimed.is_undone]
    await _note(connection, bulk_id, forward, "state", "code")
    await _note(connection, bulk_id, undone, "undo", "undo_code")
    if then_undo and forward:
        await _ask(connection, bulk_id, _TARGET.c.undo.is_(None))


async def _note(
    connection: AsyncConnection,
    bulk_id: str,
    answers: Sequence[Answered],
    state: str,
    code: str,
) -> None:
    if not answers:
        return
    values: dict[str, Any] = {
        state: bindparam("new_state"),
        code: bindparam("new_code"),
        "standing": bindparam("new_standing"),
    }
    rows = [
        {
            "of": bulk_id,
            "at": one.claimed.number,
            "new_state": TargetState.REFUSED if one.code else TargetState.DONE,
            "new_code": one.code,
            "new_standing": one.standing,
        }
        for one in answers
    ]
    await connection.execute(update(_TARGET).where(_IS_ONE).values(values), rows)


async def ask_undo(connection: AsyncConnection, bulk_id: str) -> None:
    """Let every target that was treated wait for its undoing, those too where it was refused before."""
    undo = _TARGET.c.undo
    await _ask(connection, bulk_id, or_(undo.is_(None), undo == TargetState.REFUSED))


async def _ask(connection: AsyncConnection, bulk_id: str, which: ColumnElement[bool]) -> None:
    await connection.execute(
        update(_TARGET)
        .where(_TARGET.c.bulk_id == bulk_id, _TARGET.c.state == TargetState.DONE, which)
        .values(undo=TargetState.WAITING, undo_code=None)
    )


async def forget_rehearsal(connection: AsyncConnection, bulk_id: str) -> None:
    """Let nothing be foreseen: the dry run begins anew."""
    names = [name for name in Foreseen.__dataclass_fields__ if name != "number"]
    await connection.execute(
        update(_TARGET).where(_TARGET.c.bulk_id == bulk_id).values(dict.fromkeys(names))
    )


async def unrehearsed(connection: AsyncConnection, bulk_id: str, limit: int) -> list[Numbered]:
    """The next ones of which the dry run has said nothing yet."""
    asked = select(_TARGET).where(_OF, _TARGET.c.foreseen.is_(None))
    rows = await connection.execute(asked.order_by(_TARGET.c.number).limit(limit), {"of": bulk_id})
    return [_numbered(row) for row in rows]


async def foresee(connection: AsyncConnection, bulk_id: str, found: Sequence[Foreseen]) -> None:
    """Note what the dry run says."""
    rows = []
    for one in found:
        values = {f"new_{name}": value for name, value in asdict(one).items() if name != "number"}
        rows.append({"of": bulk_id, "at": one.number, **values})
    names = [name for name in Foreseen.__dataclass_fields__ if name != "number"]
    new: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    await connection.execute(update(_TARGET).where(_IS_ONE).values(new), rows)


async def counted(connection: AsyncConnection, bulk_id: str) -> Mapping[str, Mapping[str, int]]:
    """What the dry run says, counted: by outcome, rung, change of standing, refusal."""
    rung, code = _TARGET.c.foreseen_rung, _TARGET.c.foreseen_code
    before, after = _TARGET.c.standing_before, _TARGET.c.foreseen_standing
    change = before.concat(" > ").concat(after)
    sorts = {
        "outcome": (_TARGET.c.foreseen, _TARGET.c.foreseen.is_not(None)),
        "rung": (rung, rung.is_not(None)),
        "standing": (change, after.is_not(None) & before.is_not(None)),
        "refusal": (code, code.is_not(None)),
    }
    found = {}
    for name, (what, holds) in sorts.items():
        asked = select(what.label("what"), func.count().label("many")).where(_OF, holds)
        rows = await connection.execute(asked.group_by(what), {"of": bulk_id})
        found[name] = {str(row.what): int(row.many) for row in rows}
    return found


async def page(
    session: AsyncSession,
    bulk_id: str,
    limit: int,
    *,
    after: int = 0,
    state: TargetState | None = None,
    foreseen: str | None = None,
) -> Sequence[BulkTargetRow]:
    """The targets in their order, a page at a time."""
    asked = select_rows(BulkTargetRow).where(
        BulkTargetRow.bulk_id == bulk_id, BulkTargetRow.number > after
    )
    if state is not None:
        asked = asked.where(BulkTargetRow.state == state)
    if foreseen is not None:
        asked = asked.where(BulkTargetRow.foreseen == foreseen)
    return (await session.exec(asked.order_by(col(BulkTargetRow.number)).limit(limit))).all()


def _numbered(row: Row[Any], *, is_undone: bool = False) -> Numbered:
    target = Target(account_id=row.account_id, subject=row.subject or None)
    return Numbered(row.number, target, is_undone)
