"""What tests of the running service have in common."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import httpx

from goodstanding.client import Goodstanding, connect
from goodstanding.keys import load_client_keys
from goodstanding.messages import Acceptance, Actor, Register
from goodstanding.policy.schema import Policy
from goodstanding.vocabulary import Role
from storage.policy_files import read_policies
from worker.embedded import Addresses
from worker.ports import free_port
from worker.settings import PREFIX, SHIPPED_POLICIES, Settings, load_settings

ROOT = Path(__file__).parents[2]
HOLDER = Actor(id="holder-1", role=Role.HOLDER)
PORTS = ("api_port", "codec_port", "ui_port", "temporal_port", "metrics_port")
_PATIENCE = 90.0


@dataclass(frozen=True)
class Up:
    """The running service."""

    settings: Settings
    addresses: Addresses


def free_values(folder: Path) -> dict[str, Any]:
    """Settings for data in this folder and for ports that nobody uses."""
    return {
        "database_url": f"sqlite+aiosqlite:///{folder}/goodstanding.db",
        "vault_url": f"sqlite+aiosqlite:///{folder}/vault.db",
        "keys_directory": folder / "keys",
        "temporal_file": folder / "temporal.db",
        **{name: free_port() for name in PORTS},
    }


def free_settings(folder: Path, **more: Any) -> Settings:
    """The same as settings."""
    return load_settings(**{**free_values(folder), **more})


def environment(values: dict[str, Any], **more: str) -> dict[str, str]:
    """The environment of a process with these settings, and without those of the tests."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith((PREFIX, "TEMPORAL_"))
    }
    return {
        **kept,
        **{f"{PREFIX}{name.upper()}": str(value) for name, value in values.items()},
        **more,
    }


@dataclass
class Process:
    """A process of the service, with what it says in files."""

    running: subprocess.Popen[bytes]
    folder: Path

    @property
    def out(self) -> str:
        """What it said on stdout."""
        return (self.folder / "out").read_text()

    @property
    def err(self) -> str:
        """What it said on stderr."""
        return (self.folder / "err").read_text()

    async def ready(self, url: str) -> None:
        """Wait until this is answered with success."""
        async with httpx.AsyncClient(trust_env=False) as http:
            async with asyncio.timeout(_PATIENCE):
                while True:
                    assert self.running.poll() is None, self.err
                    try:
                        if (await http.get(url)).is_success:
                            return
                    except httpx.TransportError:
                        pass
                    await asyncio.sleep(0.1)

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Tell it to stop, and give its exit status."""
        self.running.send_signal(how)
        return await self.ended()

    async def ended(self) -> int:
        """Its exit status, once it has ended."""
        async with asyncio.timeout(_PATIENCE):
            return await asyncio.to_thread(self.running.wait)


@asynccontextmanager
async def process(folder: Path, *arguments: str, env: dict[str, str]) -> AsyncIterator[Process]:
    """Run `python -m ...` in this folder; killed on leaving, should it still run."""
    running = _started(folder, [sys.executable, "-m", *arguments], env)
    try:
        yield Process(running, folder)
    finally:
        if running.poll() is None:
            running.kill()
            await asyncio.to_thread(running.wait)


def _started(folder: Path, command: list[str], env: dict[str, str]) -> subprocess.Popen[bytes]:
    with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
        # a group of its own, as a terminal gives it
        return subprocess.Popen(
            command, cwd=folder, env=env, stdout=out, stderr=err, start_new_session=True
        )


@asynccontextmanager
async def client(keys: Path, temporal: str, api: str | None = None) -> AsyncIterator[Goodstanding]:
    """A platform's client."""
    async with await connect(temporal, api, load_client_keys(keys)) as made:
        yield made


def register(account_id: str, command_id: str = "register") -> Register:
    """A complete registration under the neutral policy."""
    agreement = _neutral().agreement
    return Register(
        account_id=account_id,
        command_id=command_id,
        actor=HOLDER,
        policy_id="neutral",
        kind="standard",
        holder_type="person",
        display_name=f"Maple {account_id}",
        language="en",
        declared_age=30,
        agreement=Acceptance(
            id=agreement.id,
            version=agreement.version,
            text_digest=agreement.text_digest,
            pledges=dict.fromkeys(agreement.pledges, True),
        ),
    )


@cache
def _neutral() -> Policy:
    book = read_policies(SHIPPED_POLICIES)
    neutral = (one.policy for one in book.published if one.id == "neutral")
    return max(neutral, key=lambda policy: policy.policy.version)
