"""A record with a history, on SQLite, as `goodstanding up` would have left it."""

import asyncio
import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from tests.storage.ledgers import D0, Ledger, ledger_on

HISTORY_ENDS = D0 + timedelta(days=3)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, without any setting."""
    for name in [name for name in os.environ if name.startswith(("GOODSTANDING_", "TEMPORAL_"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Account a1 with a penalty and a failed effect, a2 without anything, and the platform itself."""
    folder = tmp_path_factory.mktemp("history") / ".goodstanding"
    folder.mkdir()
    asyncio.run(_lived(folder))
    return folder


@pytest.fixture
def lived(place: Path, history: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder to work in, with that record; it is three days after its beginning."""
    shutil.copytree(history, place / ".goodstanding")
    for module in ("accounts", "provider", "previews"):
        monkeypatch.setattr(f"cli.{module}.system_clock", lambda: HISTORY_ENDS)
    return place


async def _lived(folder: Path) -> None:
    url, vault_url = (
        f"sqlite+aiosqlite:///{folder}/{name}.db" for name in ("goodstanding", "vault")
    )
    async with ledger_on(url, vault_url, folder / "keys") as ledger:
        await ledger.open_provider()
        for account_id in ("a1", "a2"):
            await ledger.at(account_id).active()
        await _punished(ledger.at("a1"))


async def _punished(ledger: Ledger) -> None:
    ledger.now = D0 + timedelta(days=1)
    told = await ledger.tell(ledger.violation())
    copy = told.agenda.effects[0].effect_id
    await ledger.settle(copy, delivered=False, error="no_webhook_configured")
