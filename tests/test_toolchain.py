import re
import subprocess
import sys
import tomllib
import zipfile
from collections import Counter
from email import message_from_string
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import create_async_engine
from temporalio.api.workflowservice.v1 import GetSystemInfoRequest

from api.error_table import PACKAGES, product_errors
from tests.servers import fresh_database

ROOT = Path(__file__).parents[1]


def test_the_lock_names_no_host_and_no_path():
    lock = (ROOT / "requirements.lock").read_text()
    for word in ("://", "--index-url", "--extra-index-url", "--find-links", " @ "):
        assert word not in lock


def test_every_locked_package_has_its_hashes():
    entries = (ROOT / "requirements.lock").read_text().split("\n")
    pinned = [line for line in entries if "==" in line and not line.lstrip().startswith("#")]
    assert pinned
    assert all(line.endswith("\\") for line in pinned)


def test_ci_runs_what_a_developer_types():
    commands = (ROOT / ".ci" / "run").read_text().splitlines()
    assert "make lint" in commands
    assert "make test" in commands


def test_all_python_of_the_checkout_is_linted():
    makefile = (ROOT / "Makefile").read_text()
    (linted,) = re.findall(r"^CODE := (.*)$", makefile, re.MULTILINE)
    places = {path.relative_to(ROOT).parts[0] for path in ROOT.glob("[a-z]*/**/*.py")}

    assert set(linted.split()) == places
    assert set(_project()["tool"]["mypy"]["files"]) == places


def test_every_library_is_explained_and_no_other():
    project = _project()["project"]
    extras = project["optional-dependencies"]
    asked = [*project["dependencies"], *(one for extra in extras.values() for one in extra)]
    entries = re.findall(r"^(\*\*.+?\*\*.*?) —", _decisions(), re.MULTILINE)
    explained = {name for entry in entries for name in re.findall(r"\*\*([\w.-]+)\*\*", entry)}
    beside = set(re.findall(r"\*\*(types-[\w-]+|[\w-]+-stubs)\*\*", _decisions()))

    assert explained | beside == {re.split(r"[\[><=]", one)[0] for one in asked}


def test_no_error_is_declared_that_nothing_uses():
    source = "\n".join(path.read_text() for top in PACKAGES for path in (ROOT / top).rglob("*.py"))
    used = Counter(re.findall(r"\b[A-Z]\w+Error\b", source))

    assert [error.__name__ for error in product_errors() if used[error.__name__] < 2] == []


def _decisions() -> str:
    return (ROOT / "docs" / "decisions.md").read_text()


def _project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.fixture(scope="module")
def unpacked_wheel(tmp_path_factory):
    made, unpacked = tmp_path_factory.mktemp("made"), tmp_path_factory.mktemp("unpacked")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory"]
    subprocess.run([*build, str(made)], cwd=ROOT, check=True, capture_output=True)
    (wheel,) = made.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(unpacked)
    return unpacked


def test_the_wheel_holds_the_library_only(unpacked_wheel):
    tops = {path.name for path in unpacked_wheel.iterdir()}
    assert tops == {"goodstanding", "goodstanding-0.1.0.dist-info"}


def test_the_wheel_says_that_it_is_typed_and_what_it_is(unpacked_wheel):
    assert (unpacked_wheel / "goodstanding" / "py.typed").is_file()
    metadata = unpacked_wheel / "goodstanding-0.1.0.dist-info" / "METADATA"
    described = message_from_string(metadata.read_text())
    assert described["Description-Content-Type"] == "text/markdown"
    assert described.get_payload().startswith("# goodstanding")


def test_the_library_alone_says_where_the_command_line_is(unpacked_wheel):
    script = [sys.executable, "-m", "goodstanding"]
    ended = subprocess.run(script, cwd=unpacked_wheel, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "belongs to the goodstanding service" in ended.stderr


async def test_postgres_answers_in_a_fresh_database(postgres_url):
    url = await fresh_database(postgres_url)
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        assert await connection.scalar(select(1)) == 1
    await engine.dispose()
    assert url != postgres_url


async def test_sqlite_answers(sqlite_url):
    engine = create_async_engine(sqlite_url)
    async with engine.connect() as connection:
        assert await connection.scalar(select(1)) == 1
    await engine.dispose()


async def test_the_time_skipping_server_starts(skipping):
    assert skipping.supports_time_skipping
    assert (await skipping.get_current_time()).tzinfo is not None


async def test_the_development_server_starts(dev_server):
    service = dev_server.client.workflow_service
    assert (await service.get_system_info(GetSystemInfoRequest())).server_version
