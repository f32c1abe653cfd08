"""One play for all tests of the folder."""

import os
from collections.abc import Iterator

import pytest

from tests.privacy.played import Played, play


@pytest.fixture(scope="session")
def bare() -> Iterator[None]:
    """No setting of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("GOODSTANDING_", "TEMPORAL_")):
                patch.delenv(name)
        yield


@pytest.fixture(scope="session")
async def played(bare: None, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """All that can be read of a deployment in which everybody has played."""
    folder = tmp_path_factory.mktemp("privacy") / "deployment"
    folder.mkdir()
    return await play(folder)
