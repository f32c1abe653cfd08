"""Inserts into many tables as one: on PostgreSQL in a single statement, which halves a decision's cost.

SQLite, which is in this process, gets one statement for each table.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, Table, bindparam, cast, column, func, insert, literal, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import Text

Row = dict[str, Any]


class Inserts:
    """Rows that are to be inserted together; a row names every column of its table."""

    def __init__(self) -> None:
        self._rows: dict[Table, list[Row]] = {}

    def add(self, table: Table, rows: Iterable[Row]) -> None:
        """Let these rows be inserted; tables are written in the order in which they first came."""
        if new := list(rows):
            self._rows.setdefault(table, []).extend(new)

    async def write(self, connection: AsyncConnection) -> None:
        """Insert them all."""
        if connection.dialect.name == "sqlite":
            for table, rows in self._rows.items():
                await connection.execute(_insert(table), rows)
        elif self._rows:
            values = {table.name: _as_json(rows) for table, rows in self._rows.items()}
            await connection.execute(_insert_all(tuple(self._rows)), values)


_insert = lru_cache(insert)


@lru_cache
def _insert_all(tables: tuple[Table, ...]) -> Select[Any]:
    """One statement for these tables; each gets its rows as a JSON array under its name."""
    inserts = []
    for table in tables:
        names = [column.name for column in table.c]
        given = cast(bindparam(table.name, type_=Text()), JSONB)
        rows = func.jsonb_to_recordset(given).table_valued(
            *(column(name, table.c[name].type) for name in names)
        )
        rows = rows.render_derived(with_types=True)
        chosen = select(*(rows.c[name] for name in names))
        inserts.append(insert(table).from_select(names, chosen).cte(f"into_{table.name}"))
    return select(literal(len(inserts))).add_cte(*inserts)


def _as_json(rows: list[Row]) -> str:
    return _ENCODER.encode(rows)


def _written(value: object) -> str:
    """How PostgreSQL reads what JSON has no form for."""
    match value:
        case datetime():
            return value.isoformat()
        case bytes():
            return f"\\x{value.hex()}"
        case _:
            message = f"No column holds a {type(value).__name__}."
            raise TypeError(message)


_ENCODER = json.JSONEncoder(default=_written, separators=(",", ":"))
