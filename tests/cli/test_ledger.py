import sqlite3
from pathlib import Path

import pytest

from tests.cli.calling import call


def changed(place: Path, *statements: str) -> None:
    with sqlite3.connect(place / ".goodstanding" / "goodstanding.db") as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def tampered(place: Path) -> None:
    """Change a row of the ledger as only somebody with the file in hand could."""
    with sqlite3.connect(place / ".goodstanding" / "goodstanding.db") as connection:
        rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        triggers = [name for (name,) in rows]
    connection.close()
    changed(
        place,
        *(f"DROP TRIGGER {name}" for name in triggers),
        "UPDATE event SET actor = 'somebody-else' WHERE account_id = 'a1' AND seq = 3",
    )


def test_a_sound_ledger_is_said_to_be_sound(lived):
    assert call("audit", "verify").out == "The ledger is as it was written.\n"
    assert call("audit", "verify", "--json").json == {"sound": True, "findings": []}


def test_a_changed_row_is_named(lived):
    tampered(lived)

    ran = call("audit", "verify")

    assert ran.status == 1
    assert ran.out == "a1: event 3: the row was changed\n"
    assert call("audit", "verify", "--json").json == {
        "sound": False,
        "findings": [{"account_id": "a1", "seq": 3, "what": "the row was changed"}],
    }


def test_rebuilding_changes_nothing_where_everything_is_right(lived):
    assert call("rebuild", "--all").out == (
        "3 rebuilt, 0 of them were not as their history says.\n"
    )
    assert call("rebuild", "a1", "--json").json == {"rebuilt": 1, "mended": {}}


def test_rebuilding_mends_a_view_and_says_which(lived):
    changed(lived, "UPDATE penalty SET code = 'made_up' WHERE account_id = 'a1'")

    ran = call("rebuild", "a1")

    assert ran.status == 0
    assert "a1: mended penalty" in ran.out
    assert call("rebuild", "--all", "--json").json == {"rebuilt": 3, "mended": {}}


@pytest.mark.parametrize("arguments", [[], ["a1", "--all"]])
def test_rebuilding_asks_for_one_account_or_for_all(lived, arguments):
    ran = call("rebuild", *arguments)

    assert ran.status == 2
    assert "name one account, or say --all" in ran.err


def test_rebuilding_an_unknown_account_is_refused(lived):
    ran = call("rebuild", "nobody")

    assert ran.status == 1
    assert ran.err.startswith("AccountNotFoundError: No account has the id nobody.")


def test_the_databases_are_made_and_a_repeat_changes_nothing(place):
    assert call("db", "upgrade").out == "Record and vault have the schema of this version.\n"
    assert call("db", "upgrade", "--json").json == {"upgraded": ["record", "vault"]}
    assert call("audit", "verify").status == 0


def test_a_record_of_another_version_is_refused(lived):
    changed(lived, "UPDATE record_version SET version_num = '9999'")

    ran = call("audit", "verify")

    assert ran.status == 1
    assert ran.err.startswith("SchemaOutdatedError: The record is at revision 9999, which")


def test_a_database_that_does_not_answer_is_no_traceback(place, monkeypatch):
    monkeypatch.setenv("GOODSTANDING_DATABASE_URL", f"postgresql://me@/record?host={place}")

    for command in (["audit", "verify"], ["db", "upgrade"]):
        ran = call(*command)

        assert ran.status == 1
        assert ran.err.startswith("DatabaseUnreachableError: ")
