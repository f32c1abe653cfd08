"""The example programs run as they are, against the whole service; pages show the very programs."""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest

from cli.services import _say
from goodstanding.webhooks import new_secret
from tests.worker.services import ROOT, Up, environment, free_settings
from worker.embedded import Addresses, everything
from worker.example_parties import with_example_parties

EXAMPLES = ROOT / "examples"
SHOWN = {"README.md": "first_account.py", "docs/client.md": "hot_path.py"}
ACCOUNT = r"a-[0-9a-f]{32}"


@pytest.fixture(scope="module")
async def up(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Up]:
    """The service as `make up` runs it, but for its ports."""
    folder = tmp_path_factory.mktemp("programs") / ".goodstanding"
    settings = free_settings(folder)
    async with everything(settings) as addresses:
        yield Up(settings, addresses)


async def run(up: Up, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the program where the service was started; in it nothing but the addresses is changed."""
    folder = up.settings.keys_directory.parent.parent
    text = (EXAMPLES / name).read_text("utf-8").replace("127.0.0.1:7233", up.addresses.temporal)
    program = folder / name
    program.write_text(text.replace("http://127.0.0.1:8080", up.addresses.api), "utf-8")
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, name, *arguments],
        cwd=folder,
        env=environment({}, PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


async def test_the_first_account_is_verified_punished_and_told_why(up):
    ran = await run(up, "first_account.py")

    assert (ran.returncode, ran.stderr) == (0, "")
    lines = ran.stdout.splitlines()
    while re.fullmatch(f"{ACCOUNT} is verifying", lines[0]):
        del lines[0]
    active, restricted, because, asked, *told = lines
    assert re.fullmatch(rf"{ACCOUNT} is active - may it post\? True", active)
    assert restricted == "it is restricted now - may it comment? False"
    assert re.fullmatch(r"why not: PENALTY_DENIES until \d{4}-\d\d-\d\d .*", because)
    assert asked == "asked of the holder: nothing"
    assert told[:2] == ["told to the holder:", "A decision about your account: restricted posting"]
    assert "Facts: The post calls for violence against the people of a village." in told


async def test_the_hot_path_says_what_a_penalty_denies_and_spoils_no_batch(up):
    first = await run(up, "first_account.py")
    account_id = first.stdout.partition(" ")[0]

    ran = await run(up, "hot_path.py", account_id)

    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.splitlines() == [
        "comment: no, PENALTY_DENIES",
        "message True -",
        "comment False -",
        "comment False AccountNotFoundError",
        "not published: PENALTY_DENIES",
    ]


async def test_a_temporal_client_of_ones_own_sends_a_command(up):
    first = await run(up, "first_account.py")
    account_id = first.stdout.partition(" ")[0]

    ran = await run(up, "own_temporal_client.py", account_id)

    assert (ran.returncode, ran.stderr) == (0, "")
    made = rf"'{account_id}\.report-[0-9a-f]{{12}}\.\d'"
    assert re.fullmatch(rf"taken: \({made}, {made}\)\n", ran.stdout)


async def test_a_refusal_is_an_answer_to_a_client_of_ones_own(up):
    ran = await run(up, "own_temporal_client.py", "provider")

    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("refused: code=")


async def test_the_example_provider_runs_on_loopback_and_is_said_to_run(up):
    assert up.settings.identity_provider_url is None
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", up.addresses.example_identity_provider or "")


async def test_a_provider_of_ones_own_takes_the_place_of_the_example(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text(new_secret())
    url = "https://identity.example"
    given = free_settings(tmp_path, identity_provider_url=url, identity_provider_secret_file=secret)

    async with with_example_parties(given) as (settings, example):
        assert (settings, example) == (given, None)


@pytest.mark.parametrize("as_json", [True, False])
def test_up_says_loudly_who_it_is_that_believes_everybody(capsys, as_json):
    given = ("http://api", "http://ui", "http://codec", "temporal:7233", "default", None)

    for example in (None, "http://127.0.0.1:4711"):
        _say(Addresses(*given, example), as_json=as_json)
        said = capsys.readouterr().out
        if as_json:
            assert json.loads(said)["example_identity_provider"] == example
        else:
            assert ("NOT FOR PRODUCTION" in said) == (example is not None)
            assert ("http://127.0.0.1:4711" in said) == (example is not None)


def test_only_up_starts_the_example_provider():
    """A worker or an API of its own never does."""
    users = [
        path.relative_to(ROOT).as_posix()
        for folder in ("activities", "api", "cli", "goodstanding", "storage", "worker", "workflows")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"\bexamples\b.*import|example_parties import", path.read_text("utf-8"))
    ]
    assert sorted(users) == ["worker/embedded.py", "worker/example_parties.py"]


@pytest.mark.parametrize(("page", "name"), SHOWN.items())
def test_a_page_shows_the_program_itself(page, name):
    text = (ROOT / page).read_text("utf-8")
    marker = f"<!-- example: examples/{name} -->"

    (shown,) = re.findall(rf"{marker}\n+```python\n(.*?)```", text, re.DOTALL)

    assert shown == (EXAMPLES / name).read_text("utf-8")
