import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from goodstanding.errors import all_errors
from tests.cli.calling import call
from worker.settings_page import page


def test_every_error_code_has_a_meaning_a_status_and_a_remedy(place):
    rows = call("errors", "--json").json

    assert {"AccountClosedError", "ConflictError", "WorkerRunningError"} <= {
        row["code"] for row in rows
    }
    assert {row["code"] for row in rows} == {error.__name__ for error in all_errors()}
    for row in rows:
        assert row["meaning"].endswith(".")
        assert 400 <= row["http_status"] < 600
        assert row["remedy"]
    assert "AccountClosedError" in call("errors").out


def test_every_setting_is_shown(place):
    assert "GOODSTANDING_DATABASE_URL" in call("settings").out
    assert call("settings", "--json").json[0]["variable"] == "GOODSTANDING_DATABASE_URL"
    assert call("settings", "--markdown").out == page()


def test_the_version_is_that_of_the_package(place):
    installed = version("goodstanding")

    assert call("version").out == f"goodstanding {installed}\n"
    assert call("version", "--json").json == {"name": "goodstanding", "version": installed}


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["account"], ["account", "show"], ["version", "--nonsense"]]
)
def test_what_is_not_understood_ends_with_two(place, arguments):
    ran = call(*arguments)

    assert ran.status == 2
    assert "Traceback" not in ran.err


def test_a_wrong_setting_is_one_line_and_no_traceback(place, monkeypatch):
    monkeypatch.setenv("GOODSTANDING_API_PORT", "eighty")

    ran = call("policy", "list", "--json")

    assert (ran.status, ran.out) == (1, "")
    assert ran.err.startswith("ConfigurationError: GOODSTANDING_API_PORT: ")
    assert len(ran.err.splitlines()) == 2


def test_the_installed_script_is_this_command_line(place):
    script = Path(sys.executable).with_name("goodstanding")

    ran = subprocess.run([script, "version"], capture_output=True, text=True, check=True)

    assert ran.stdout.startswith("goodstanding ")


def test_everything_but_the_services_starts_without_loading_them(place):
    code = "import sys, cli.main; print('worker.process' in sys.modules)"

    ran = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )

    assert ran.stdout == "False\n"


def test_what_nobody_thought_of_ends_without_the_words_of_others(monkeypatch):
    def fail() -> None:
        raise ValueError("INSERT ... ('Zhang San')")

    monkeypatch.setattr("cli.about.described", fail)

    ran = call("settings")

    assert (ran.status, ran.out) == (1, "")
    assert "ValueError" in ran.err
    assert "Zhang San" not in ran.err
