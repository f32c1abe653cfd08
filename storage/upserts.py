"""Inserts that know what to do when the row is there already, and locks on names; both engines."""

from hashlib import sha256

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import LockRow, table_of

_LOCK = table_of(LockRow)


def inserting(table: Table, dialect: str) -> sqlite.Insert | postgresql.Insert:
    """An insert of this dialect, which can be told what to do on a conflict."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


async def lock(connection: AsyncConnection, scope: str, name: str) -> None:
    """Hold others with the same name back until this transaction ends.

    The row is one of 4,096 for each scope: it says nothing about the name, and never has to go.
    On SQLite whoever writes is alone anyway.
    """
    if connection.dialect.name == "sqlite":
        return
    row = f"{scope}/{sha256(name.encode()).hexdigest()[:3]}"
    insert = postgresql.insert(_LOCK).values(name=row)
    # the update, of nothing, is what takes the lock on a row that is there already
    await connection.execute(
        insert.on_conflict_do_update(index_elements=["name"], set_={"name": insert.excluded.name})
    )
