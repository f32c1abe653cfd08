"""Commands that go through Temporal, against the whole service."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest

from goodstanding.messages import Acceptance, Register
from goodstanding.sealing import Identity
from storage.policy_files import read_policies
from tests.cli.calling import Ran, call
from tests.worker.services import HOLDER, Up, client, environment, free_settings, free_values
from worker.embedded import everything
from worker.settings import SHIPPED_POLICIES

POLICY = "cn-im-2014"
LICENCE = (
    *("--number", "L-1", "--authority", "made_up"),
    *("--valid-from", "2020-01-01", "--valid-to", "2999-12-31"),
)


@pytest.fixture(scope="module")
async def live(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Up]:
    """The service under the policy that asks for licences, and that sends copies of notices."""
    settings = free_settings(tmp_path_factory.mktemp("live"), provider_policy=POLICY)
    async with everything(settings) as addresses:
        yield Up(settings, addresses)


@pytest.fixture
def asking(live: Up, monkeypatch: pytest.MonkeyPatch) -> Up:
    """The command line's environment is that of the service."""
    folder = live.settings.temporal_file.parent
    values = {**free_values(folder), "provider_policy": POLICY}
    env = environment(values, TEMPORAL_ADDRESS=live.addresses.temporal)
    for name in set(os.environ) - set(env):
        monkeypatch.delenv(name)
    for name in set(env) - set(os.environ):
        monkeypatch.setenv(name, env[name])
    return live


async def called(*arguments: str) -> Ran:
    return await asyncio.to_thread(call, *arguments)


async def test_a_licence_is_entered_once_however_often_it_is_said(asking: Up):
    first = await called("provider", "licence", "add", "telecom_licence", *LICENCE, "--json")
    again = await called("provider", "licence", "add", "telecom_licence", *LICENCE, "--json")

    assert first.status == again.status == 0, first.err
    assert (len(first.json["created"]), again.json["created"]) == (1, [])
    assert first.json["seq"] == again.json["seq"]
    assert first.json["account_id"] == "provider"
    assert (
        "provider: done"
        in (await called("provider", "licence", "add", "telecom_licence", *LICENCE)).out
    )
    shown = (await called("provider", "show", "--json")).json
    held = [one for one in shown["licences"] if one["code"] == "telecom_licence"]
    assert [(one["held"], one["number"]) for one in held] == [(True, "L-1")]


async def test_a_licence_that_nobody_asks_for_is_refused(asking: Up):
    ran = await called("provider", "licence", "add", "fishing_licence", *LICENCE, "--json")

    assert (ran.status, ran.out) == (1, "")
    assert "LicenceNotFoundError: The policy asks for no licence fishing_licence" in ran.err


async def test_a_licence_without_a_number_is_refused(asking: Up):
    ran = await called(
        *("provider", "licence", "add", "telecom_licence", "--number", ""),
        *("--authority", "a", "--valid-from", "2020-01-01", "--valid-to", "2999-12-31"),
    )

    assert ran.status == 1
    assert "MalformedError: number" in ran.err


async def test_a_failed_effect_is_tried_again(asking: Up):
    failed = await failed_copy(asking)

    ran = await called("effects", "retry", failed["effect_id"], "--json")
    tried = await until_failed_again(failed["effect_id"])

    assert ran.status == 0, ran.err
    assert ran.json["account_id"] == "c1"
    assert tried["attempts"] == failed["attempts"] + 1
    assert "c1: done" in (await called("effects", "retry", failed["effect_id"])).out


async def test_all_that_failed_alike_is_tried_again_at_once(asking: Up):
    failed = {one["effect_id"]: one["attempts"] for one in await failures()}

    ran = await called("effects", "redrive", "--error", "no_webhook_configured", "--json")

    assert ran.status == 0, ran.err
    assert set(ran.json["retried"]) == set(failed)
    assert ran.json["refused"] == []
    nothing = await called("effects", "redrive", "--kind", "mail", "--json")
    assert nothing.json == {"retried": [], "refused": []}


async def test_an_effect_that_has_not_failed_is_not_tried_again(asking: Up):
    ran = await called("effects", "retry", "c1.identity.1", "--json")

    assert (ran.status, ran.out) == (1, "")
    assert "EffectNotFailedError: " in ran.err
    assert "effects list --failed" in ran.err


async def test_an_effect_that_there_is_not_is_said_to_be_none(asking: Up):
    ran = await called("effects", "retry", "c1.nothing.1", "--json")

    assert (ran.status, ran.out) == (1, "")
    assert "EffectNotFoundError: There is no effect c1.nothing.1." in ran.err


_COUNTED_AT_THE_END = (
    "import atexit, os, sys\n"
    "threads = lambda: len(os.listdir('/proc/self/task')) if sys.platform == 'linux' else 1\n"
    # what is registered first is called last
    "atexit.register(lambda: sys.stderr.write('threads: %d' % threads()))\n"
)
_COMMAND = (
    "from cli.main import main\n"
    f"sys.argv = ['goodstanding', 'provider', 'licence', 'add', 'x', *{LICENCE}]\n"
    "main()"
)
_CLIENT = (
    "import asyncio, goodstanding, pathlib\n"
    "async def work():\n"
    "    folder = pathlib.Path(os.environ['GOODSTANDING_KEYS_DIRECTORY'])\n"
    "    keys = goodstanding.load_client_keys(folder)\n"
    "    where = os.environ['TEMPORAL_ADDRESS']\n"
    "    async with await goodstanding.connect(where, None, keys) as platform:\n"
    "        await platform.accounts.pass_time('provider')\n"
    "asyncio.run(work())"
)


@pytest.mark.parametrize(("program", "status"), [(_COMMAND, 1), (_CLIENT, 0)])
async def test_no_thread_of_temporals_sdk_is_left_that_could_abort_the_end_of_python(
    asking: Up, program: str, status: int
):
    ran = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _COUNTED_AT_THE_END + program, stderr=asyncio.subprocess.PIPE
    )
    _, said = await ran.communicate()

    assert said.decode().endswith("threads: 1")
    assert ran.returncode == status, said.decode()


async def failed_copy(up: Up) -> dict[str, Any]:
    """A copy of a notice that could not leave the house, since no webhook is set."""
    agreement = max(
        (one.policy for one in read_policies(SHIPPED_POLICIES).published if one.id == POLICY),
        key=lambda policy: policy.policy.version,
    ).agreement
    async with client(up.settings.keys_directory, up.addresses.temporal) as platform:
        await platform.accounts.register(
            Register(
                account_id="c1",
                command_id="register",
                actor=HOLDER,
                policy_id=POLICY,
                kind="private",
                holder_type="person",
                display_name="Birch",
                language="en",
                agreement=Acceptance(
                    id=agreement.id,
                    version=agreement.version,
                    text_digest=agreement.text_digest,
                    pledges=dict.fromkeys(agreement.pledges, True),
                ),
            )
        )
        await platform.accounts.submit_identity(
            Identity(document="passport", number="X1", name="Made Up", country="XX"),
            account_id="c1",
            command_id="identity",
            actor=HOLDER,
        )
    return (await failures())[0]


async def until_failed_again(effect_id: str) -> dict[str, Any]:
    return next(one for one in await failures() if one["effect_id"] == effect_id)


async def failures() -> list[dict[str, Any]]:
    async with asyncio.timeout(30):
        while True:
            found = (await called("effects", "list", "--failed", "--json")).json
            if found:
                return list(found)
            await asyncio.sleep(0.1)


async def test_a_bulk_operation_goes_from_its_plan_to_its_end_on_the_command_line(
    asking: Up, tmp_path
):
    plan, accounts = tmp_path / "plan.json", tmp_path / "accounts.csv"
    template = {
        "operation": "record_violation",
        "acted_at": "2026-01-01T05:00:00Z",
        "rule": "spam_flooding",
        "item": "network",
        "facts": "Sent by one program.",
    }
    plan.write_text(json.dumps({"template": template, "limits": {"canary": 0}}))
    accounts.write_text("nobody-1\nnobody-2\n")
    why = ("--reasons", "A botnet.")

    async def step(*arguments: str) -> Any:
        ran = await called("bulk", *arguments, "--json")
        assert ran.status == 0, ran.err
        return ran.json

    async def becomes(state: str) -> Any:
        async with asyncio.timeout(30):
            while True:
                found = await step("show", "b1")
                if found["state"] == state:
                    return found
                await asyncio.sleep(0.1)

    await step("plan", "b1", str(plan), "--by", "ash", *why)
    assert (await step("add", "b1", str(accounts), "--by", "ash"))["targets"] == 2
    assert (await step("add", "b1", str(accounts), "--by", "ash"))["targets"] == 2
    await step("rehearse", "b1", "--by", "ash")
    found = await becomes("dry_run_done")
    assert found["dry_run"]["refusal"] == {"AccountNotFoundError": 2}
    own = await called("bulk", "approve", "b1", found["plan_digest"], "--by", "ash", *why)
    assert "SelfApprovalError: Whoever planned it does not approve it." in own.err
    await step("approve", "b1", found["plan_digest"], "--by", "birch", *why)
    await step("start", "b1", "--by", "ash", *why)
    assert (await becomes("done"))["tally"]["refused"] == 2
    assert "b1: record_violation, done" in (await called("bulk", "show", "b1")).out
    assert [one["bulk_id"] for one in await step("list")] == ["b1"]
