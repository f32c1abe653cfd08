"""No name and no number of anybody is found in the clear: not at rest, not on the way, not in what is said."""

import pytest

from tests.privacy.played import Played
from tests.privacy.search import Secret, search

# the first one waits for the play
pytestmark = pytest.mark.timeout(240)


@pytest.mark.parametrize("where", ["histories", "tables", "files", "files, stopped"])
def test_r8_nothing_at_rest_holds_a_real_name_or_a_number(played: Played, where: str):
    assert played.places[where]
    assert search(played.cast.secrets(), played.places[where]) == []


@pytest.mark.parametrize("where", ["histories", "logs", "metrics"])
def test_r35_ids_attributes_logs_and_metrics_name_nobody(played: Played, where: str):
    """Histories stand here with their ids, memos, search attributes, summaries and schedules."""
    assert played.places[where]
    assert search(played.cast.secrets(), played.places[where]) == []


@pytest.mark.parametrize("where", ["answers", "receiver"])
def test_r14_nobody_is_told_who_is_behind_an_account(played: Played, where: str):
    """Answers are those of commands, of the API and of the command line, and every error with its causes."""
    assert played.places[where]
    assert search(played.cast.secrets(), played.places[where]) == []


def test_r35_every_payload_and_every_failure_of_ours_is_encrypted(played: Played):
    assert played.in_the_open == []


def test_r8_who_may_read_histories_reads_no_identity_in_them(played: Played):
    """The key of the codec opens payloads: what people wrote is there, who they are is not."""
    cast = played.cast
    identities = [one for one in cast.secrets() if one.text != cast.statement]
    assert search(identities, played.places["opened histories"]) == []
    assert search([Secret("words", cast.statement)], played.places["opened histories"])


def test_r29_an_authority_is_told_the_name_of_an_organisation_and_of_nobody_else(played: Played):
    heard, cast = played.places["authority"], played.cast
    others = [one for one in cast.secrets() if one.text != cast.press.name]
    assert search(others, heard) == []
    told = {
        account: [one["organisation_name"] for one in sent]
        for account, sent in played.filings.items()
    }
    assert told == {"press": [cast.press.name], "public": [""]}
    # the answers that were none made it say so twice more, about whom it may be
    assert len(heard) == 4


def test_display_names_are_public_and_are_found(played: Played):
    """What may be read is read: these are the places where the search looks."""
    public = [Secret("a display name", "Maple press")]
    for where in ("tables", "files", "authority", "opened histories", "receiver"):
        assert search(public, played.places[where]), where
    assert search(public, played.places["histories"]) == []
