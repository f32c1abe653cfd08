"""The service in a folder of its own, on free ports."""

import os
from collections.abc import AsyncIterator

import pytest

from tests.worker.services import Up, free_settings
from worker.embedded import everything


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith(("GOODSTANDING_", "TEMPORAL_"))]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
async def up(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Up]:
    """All of the service, within this process."""
    settings = free_settings(tmp_path_factory.mktemp("up"))
    async with everything(settings) as addresses:
        yield Up(settings, addresses)
