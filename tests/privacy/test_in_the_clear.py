"""No name and no number of anybody is found in the clear: not at rest, not on the way, not in what is said."""

import pytest

from tests.privacy.played import Played
from tests.privacy.search import search

pytestmark = pytest.mark.timeout(300)

AT_REST = ("histories", "tables", "files", "files, stopped")
SAID = ("logs", "metrics", "answers", "receiver")


@pytest.mark.parametrize("where", [*AT_REST, *SAID])
def test_r8_no_real_name_and_no_number_is_found(played: Played, where: str):
    assert played.places[where]
    assert search(played.cast.secrets(), played.places[where]) == []
