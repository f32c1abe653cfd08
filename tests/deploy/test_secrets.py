"""The making of secrets, again and by somebody else."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "deploy" / "make-secrets.sh"


@pytest.fixture
def script(tmp_path: Path) -> Path:
    (tmp_path / "deploy").mkdir()
    copy = tmp_path / "deploy" / SCRIPT.name
    shutil.copy(SCRIPT, copy)
    return copy


def made(script: Path) -> dict[str, str]:
    """Run it; what is in .env then."""
    subprocess.run([script], check=True, capture_output=True)
    lines = script.parents[1].joinpath(".env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_settings_of_others_stay_even_without_a_last_newline(script):
    script.parents[1].joinpath(".env").write_text("TEMPORAL_PORT=7000")

    once, again = made(script), made(script)

    assert once == again
    assert list(once) == ["TEMPORAL_PORT", "GOODSTANDING_UID", "GOODSTANDING_GID"]
    assert once["TEMPORAL_PORT"] == "7000"


def test_numbers_that_are_those_of_nobody_any_more_are_replaced_together(script):
    script.parents[1].joinpath(".env").write_text("GOODSTANDING_UID=4242\nGOODSTANDING_GID=4242\n")

    numbers = made(script)

    owner = script.parent.joinpath("secrets").stat()
    assert numbers == {"GOODSTANDING_UID": str(owner.st_uid), "GOODSTANDING_GID": str(owner.st_gid)}


def test_whoever_comes_later_leaves_the_secrets_to_their_owner(script):
    """Root finds those of a person; a person, who can give no files away, those of their own."""
    owner, group = (1234, 1235) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
    made(script)
    secrets = script.parent / "secrets"
    for path in (secrets, *secrets.rglob("*")):
        os.chown(path, owner, group)
    (secrets / "postgres_password").unlink()

    numbers = made(script)

    assert numbers == {"GOODSTANDING_UID": str(owner), "GOODSTANDING_GID": str(group)}
    owners = {(path.stat().st_uid, path.stat().st_gid) for path in secrets.rglob("*")}
    assert owners == {(owner, group)}
