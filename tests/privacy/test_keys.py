"""What erasure destroys, what it leaves, and that the keys of one account open nothing of another."""

import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from goodstanding.envelope import TamperedError
from goodstanding.keys import load_keys
from storage.audit import verify
from storage.engine import Database
from storage.texts import TextKeys, read_texts
from storage.vault import Vault
from tests.privacy.played import Played, rows_of

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def left(played: Played, tmp_path: Path) -> Path:
    """A copy of what the service left behind, to do anything to."""
    return Path(shutil.copytree(played.folder, tmp_path / "left"))


@asynccontextmanager
async def vault_in(folder: Path) -> AsyncIterator[Vault]:
    database = Database.at(f"sqlite+aiosqlite:///{folder}/vault.db")
    try:
        yield Vault(database.sessions, load_keys(folder / "keys"))
    finally:
        await database.close()


@asynccontextmanager
async def record_in(folder: Path) -> AsyncIterator[Database]:
    database = Database.at(f"sqlite+aiosqlite:///{folder}/goodstanding.db")
    try:
        yield database
    finally:
        await database.close()


def change(file: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        assert database.execute(statement, values).rowcount == 1


async def test_r8_an_erased_identity_opens_no_more(played: Played, left: Path):
    (before,) = played.before_erasure["identity"]
    async with vault_in(left) as vault:
        assert await vault.open_identity("leaves") is None
        assert await vault.open_identity("waits") == played.cast.waits
    for table in ("sealed", "identity"):
        assert rows_of(left / "vault.db", table, "leaves") == []
    # the key is gone from the file, too, not only from the table
    stored = [value for value in before if isinstance(value, bytes)]
    for place in played.places["files, stopped"]:
        assert not any(value in place.content for value in stored), place.name


async def test_what_was_said_stays_provable_after_the_erasure(played: Played, left: Path):
    record = left / "goodstanding.db"
    before, after = played.before_erasure["event"], rows_of(record, "event", "leaves")

    assert after[: len(before)] == before
    kinds = [row[3] for row in after[len(before) :]]
    assert kinds[:2] == ["NoticeIssued", "IdentityErased"]
    texts = {row[1] for row in rows_of(record, "text", "leaves")}
    assert texts >= {row[1] for row in played.before_erasure["text"]}
    keys = TextKeys(load_keys(left / "keys").wrapper)
    async with record_in(left) as database, database.reading() as session:
        assert await verify(session) == []
        assert set(await read_texts(session, keys, "leaves")) == texts


async def test_the_identity_of_one_account_opens_with_no_key_of_another(left: Path):
    vault_file = left / "vault.db"
    columns = "wrapped_key", "ciphertext"
    theirs = dict(zip(columns, rows_of(vault_file, "identity", "public")[0][-2:], strict=True))
    own = dict(zip(columns, rows_of(vault_file, "identity", "waits")[0][-2:], strict=True))
    mixed = (
        {**own, "wrapped_key": theirs["wrapped_key"]},
        {**own, "ciphertext": theirs["ciphertext"]},
        theirs,
    )
    for row in mixed:
        statement = "UPDATE identity SET wrapped_key = ?, ciphertext = ? WHERE account_id = 'waits'"
        change(vault_file, statement, row["wrapped_key"], row["ciphertext"])
        async with vault_in(left) as vault:
            with pytest.raises(TamperedError) as caught:
                await vault.open_identity("waits")
        assert "诸葛" not in str(caught.value)


async def test_the_words_of_one_account_open_with_no_key_of_another(left: Path):
    record, keys = left / "goodstanding.db", TextKeys(load_keys(left / "keys").wrapper)
    with closing(sqlite3.connect(record)) as file:
        ((key,),) = file.execute("SELECT text_key FROM account WHERE account_id = 'public'")
    change(record, "UPDATE account SET text_key = ? WHERE account_id = 'waits'", key)

    async with record_in(left) as database, database.reading() as session:
        with pytest.raises(TamperedError):
            await read_texts(session, keys, "waits")
