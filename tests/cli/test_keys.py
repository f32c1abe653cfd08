import stat

import pytest

from tests.cli.calling import call

NAMES = ["codec-1.key", "master-1.key", "pepper-1.key", "sealing-1.key", "sealing-1.pub"]


def test_keys_are_made_once_for_their_owner_alone(place):
    made = call("keys", "init", "--json").json

    assert made == {"directory": ".goodstanding/keys", "made": NAMES}
    for name in NAMES:
        mode = (place / ".goodstanding" / "keys" / name).stat().st_mode
        assert stat.S_IMODE(mode) == 0o600
    assert call("keys", "init").out == ".goodstanding/keys: nothing was missing\n"


def test_people_are_told_to_keep_a_copy(place):
    assert "Keep a copy" in call("keys", "init").out


def test_a_client_gets_what_talks_and_seals_and_nothing_more(place):
    call("keys", "init")

    exported = call("keys", "export", "for-platform", "--json").json

    assert exported["keys"] == ["codec-1.key", "sealing-1.pub"]
    assert (
        call("keys", "export", "for-platform").out == "for-platform: codec-1.key, sealing-1.pub\n"
    )


def test_a_newer_key_is_added_beside_the_older_one(place):
    call("keys", "init")

    added = call("keys", "add", "codec", "--json").json
    shown = call("keys", "show", "--json").json

    assert added["kind"] == "codec"
    assert shown["codec"][0] == added["key_id"]
    assert len(shown["codec"]) == 2
    assert "every client and worker" in call("keys", "add", "codec").out


def test_no_secret_key_is_shown(place):
    call("keys", "init")
    secret = (place / ".goodstanding/keys/codec-1.key").read_text().strip()

    assert secret not in call("keys", "show").out + call("keys", "show", "--json").out


def test_missing_keys_are_refused_with_what_to_do(place):
    ran = call("keys", "show")

    assert ran.status == 1
    assert ran.err.startswith("KeyMissingError: ")
    assert "goodstanding keys init" in ran.err


def test_the_token_of_an_api_key_is_shown_once(lived):
    added = call(
        *("api-key", "add", "reader", "--scope", "read", "--scope", "reviews"), "--json"
    ).json

    listed = call("api-key", "list", "--json")

    assert added["token"].startswith("gsk_")
    (row,) = listed.json
    assert (row["key_id"], row["actor_id"]) == (added["key_id"], "reader")
    assert row["scopes"] == ["read", "reviews"]
    assert added["token"] not in listed.out
    assert added["token"] not in call("api-key", "list").out


def test_an_api_key_is_shown_to_people_with_a_warning(lived):
    out = call("api-key", "add", "reader", "--scope", "read", "--ends", "2999-12-31").out

    assert out.startswith("gsk_")
    assert "the token is not shown again" in out
    assert call("api-key", "list", "--json").json[0]["ends_at"] == "2999-12-31T00:00:00Z"


def test_an_api_key_is_revoked_by_the_beginning_of_its_id(lived):
    key_id = call("api-key", "add", "reader", "--scope", "read", "--json").json["key_id"]

    revoked = call("api-key", "revoke", key_id[:6], "--json").json
    again = call("api-key", "revoke", key_id)

    assert revoked["revoked_at"] is not None
    assert again.out == f"key {key_id} of reader is revoked\n"
    assert call("api-key", "list", "--json").json[0]["revoked_at"] == revoked["revoked_at"]


@pytest.mark.parametrize("key_id", ["ffffffffffff", "", "%", "_"])
def test_an_unknown_api_key_is_refused(lived, key_id):
    call("api-key", "add", "reader", "--scope", "read")

    ran = call("api-key", "revoke", key_id)

    assert ran.status == 1
    assert ran.err.startswith("KeyNotFoundError: ")


def test_more_than_one_api_key_is_never_revoked_at_once(lived, monkeypatch):
    monkeypatch.setattr("cli.api_keys._SHORTEST", 0)
    for _ in range(2):
        call("api-key", "add", "reader", "--scope", "read")

    ran = call("api-key", "revoke", "")

    assert ran.status == 1
    assert ran.err.startswith("KeyAmbiguousError: ")
    assert "api-key list" in ran.err
    assert {one["revoked_at"] for one in call("api-key", "list", "--json").json} == {None}


def test_there_is_one_way_to_the_keys_of_the_api(lived):
    assert call("keys", "api", "list").status == call("key", "list").status == 2


def test_an_api_key_that_has_ended_already_is_refused(lived):
    ran = call("api-key", "add", "reader", "--scope", "read", "--ends", "2001-01-01")

    assert ran.status == 1
    assert ran.err.startswith("MalformedError: ends_at")


def test_an_actor_id_that_is_none_is_refused(lived):
    ran = call("api-key", "add", "some one", "--scope", "read")

    assert ran.status == 1
    assert ran.err.startswith("MalformedError: id")
    assert "Traceback" not in ran.err
