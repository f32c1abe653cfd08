import json
import os
import stat
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor

import pytest

from goodstanding.envelope import TamperedError
from goodstanding.errors import ConfigurationError
from goodstanding.keys import (
    KeyConflictError,
    KeyExposedError,
    KeyMalformedError,
    KeyMissingError,
    Kind,
    MasterKeyWrapper,
    OpeningKey,
    SymmetricKey,
    add_key,
    export_client_keys,
    init_keys,
    load_client_keys,
    load_keys,
)


@pytest.fixture
def directory(tmp_path):
    init_keys(tmp_path / "keys")
    return tmp_path / "keys"


def contents(directory):
    return {path.name: path.read_text() for path in directory.iterdir()}


def modes(directory):
    return {stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()}


def test_only_the_owner_can_read_the_keys(tmp_path):
    old = os.umask(0)
    try:
        init_keys(tmp_path / "deep" / "keys")
    finally:
        os.umask(old)

    assert stat.S_IMODE((tmp_path / "deep" / "keys").stat().st_mode) == 0o700
    assert modes(tmp_path / "deep" / "keys") == {0o600}


def test_making_keys_twice_changes_nothing(directory):
    before = contents(directory)
    init_keys(directory)

    assert contents(directory) == before
    assert sorted(before) == [
        "codec-1.key",
        "master-1.key",
        "pepper-1.key",
        "sealing-1.key",
        "sealing-1.pub",
    ]


def test_making_keys_adds_only_what_is_missing(directory):
    before = contents(directory)
    (directory / "pepper-1.key").unlink()
    (directory / "sealing-1.pub").unlink()
    init_keys(directory)
    after = contents(directory)

    assert after.pop("pepper-1.key") != before.pop("pepper-1.key")
    assert after == before


def test_two_that_make_keys_at_once_end_with_the_same_ones(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: init_keys(tmp_path / "keys"), range(16)))

    assert len(contents(tmp_path / "keys")) == 5
    keys = load_keys(tmp_path / "keys")
    assert load_client_keys(tmp_path / "keys") == keys.client


def test_keys_come_back_as_they_were_made(directory):
    first, second = load_keys(directory), load_keys(directory)

    assert (first.sealing, first.codec, first.peppers) == (
        second.sealing,
        second.codec,
        second.peppers,
    )
    assert len({first.codec[0].secret, first.pepper.secret, first.sealing[0].secret}) == 3


def test_the_newest_key_comes_first_and_older_ones_stay(directory):
    first = load_keys(directory)
    added = [add_key(directory, Kind.SEALING) for _ in range(9)]
    keys = load_keys(directory)

    assert [key.key_id for key in keys.sealing] == [*reversed(added), first.sealing_key.key_id]
    assert keys.sealing_key.key_id == added[-1]
    assert keys.sealing_key.key_id.startswith("s10-")
    assert load_client_keys(directory).sealing_key == keys.sealing_key


@pytest.mark.parametrize("kind", [Kind.CODEC, Kind.PEPPER])
def test_an_added_key_has_the_id_under_which_it_loads(directory, kind):
    added = add_key(directory, kind)
    keys = load_keys(directory)

    assert added in {keys.codec[0].key_id, keys.pepper.key_id}


def test_two_deployments_never_share_a_key_id(tmp_path):
    for name in ("one", "two"):
        init_keys(tmp_path / name)
    one, two = load_keys(tmp_path / "one"), load_keys(tmp_path / "two")

    assert one.sealing_key.key_id != two.sealing_key.key_id
    assert one.codec[0].key_id != two.codec[0].key_id
    assert one.pepper.key_id != two.pepper.key_id


def test_no_secret_shows_in_a_repr(directory):
    keys = load_keys(directory)
    held: list[OpeningKey | SymmetricKey] = [*keys.sealing, *keys.codec, *keys.peppers]
    shown = " ".join([repr(keys), str(keys), repr(keys.client), repr(keys.wrapper), repr(held)])

    secrets = [key.secret for key in held]
    secrets += MasterKeyWrapper.from_directory(directory)._secrets.values()
    assert len(secrets) == 4
    for secret in secrets:
        for form in (repr(secret)[2:-1], secret.hex(), b64encode(secret).decode()):
            assert form not in shown
    assert keys.codec[0].key_id in shown


def test_a_client_gets_nothing_that_opens_an_identity(directory, tmp_path):
    export_client_keys(directory, tmp_path / "client")

    assert sorted(contents(tmp_path / "client")) == ["codec-1.key", "sealing-1.pub"]
    assert load_client_keys(tmp_path / "client") == load_keys(directory).client
    with pytest.raises(KeyMissingError, match="no sealing key"):
        load_keys(tmp_path / "client")


def test_exporting_again_brings_newer_keys(directory, tmp_path):
    export_client_keys(directory, tmp_path / "client")
    added = add_key(directory, Kind.CODEC)
    export_client_keys(directory, tmp_path / "client")

    assert load_client_keys(tmp_path / "client").codec[0].key_id == added


def test_exporting_never_overwrites_the_keys_of_another_deployment(directory, tmp_path):
    init_keys(tmp_path / "other")
    before = contents(tmp_path / "other")

    with pytest.raises(KeyConflictError):
        export_client_keys(directory, tmp_path / "other")
    assert contents(tmp_path / "other") == before


def test_the_public_key_travels_as_json(directory):
    public = load_keys(directory).sealing_key
    body = json.loads(public.model_dump_json())

    assert set(body) == {"key_id", "public_key"}
    assert type(public).model_validate(body) == public


@pytest.mark.parametrize("name", ["codec-1.key", "master-1.key", "pepper-1.key", "sealing-1.key"])
def test_a_missing_key_is_named_with_what_to_do(directory, name):
    (directory / name).unlink()

    with pytest.raises(KeyMissingError, match=name.partition("-")[0]) as caught:
        load_keys(directory)
    assert isinstance(caught.value, ConfigurationError)
    assert "keys init" in caught.value.remedy
    # what to do is said once
    assert "keys init" not in caught.value.message


def test_a_directory_that_does_not_exist_is_a_missing_key(tmp_path):
    with pytest.raises(KeyMissingError):
        load_keys(tmp_path / "nowhere")
    with pytest.raises(KeyMissingError):
        load_client_keys(tmp_path / "nowhere")


@pytest.mark.parametrize("text", ["", "c2hvcnQ=", "not base64 at all!", "ключ"])
def test_a_damaged_key_is_refused_without_showing_it(directory, text):
    (directory / "codec-1.key").write_text(text, encoding="utf-8")

    with pytest.raises(KeyMalformedError) as caught:
        load_keys(directory)
    assert not text or text not in caught.value.message


def test_a_key_that_everybody_can_read_is_refused(directory):
    (directory / "master-1.key").chmod(0o644)

    with pytest.raises(KeyExposedError, match=r"master-1\.key"):
        load_keys(directory)


def test_a_key_of_another_length_is_refused():
    with pytest.raises(KeyMalformedError):
        SymmetricKey("c1-00000000", b"short")


async def test_what_an_old_master_key_wrapped_still_unwraps(directory):
    wrapped = await MasterKeyWrapper.from_directory(directory).wrap(b"d" * 32, b"here")
    add_key(directory, Kind.MASTER)
    newer = MasterKeyWrapper.from_directory(directory)

    assert await newer.unwrap(wrapped, b"here") == b"d" * 32
    assert (await newer.wrap(b"d" * 32, b"here"))[:4] != wrapped[:4]


async def test_a_wrapped_key_unwraps_nowhere_else(directory):
    wrapper = MasterKeyWrapper.from_directory(directory)
    wrapped = await wrapper.wrap(b"d" * 32, b"here")

    with pytest.raises(TamperedError):
        await wrapper.unwrap(wrapped, b"there")
    with pytest.raises(TamperedError):
        await wrapper.unwrap(wrapped[:3], b"here")
    with pytest.raises(TamperedError):
        await wrapper.unwrap(wrapped[:-1] + bytes([wrapped[-1] ^ 1]), b"here")
    with pytest.raises(KeyMissingError, match=wrapped[:4].hex()):
        await MasterKeyWrapper([b"o" * 32]).unwrap(wrapped, b"here")


async def test_the_master_key_may_move_from_its_file_into_the_environment(directory):
    wrapped = await MasterKeyWrapper.from_directory(directory).wrap(b"d" * 32, b"here")
    newest = b64encode(b"n" * 32).decode()
    environment = {"GOODSTANDING_MASTER_KEY": f"{newest}, {contents(directory)['master-1.key']}"}
    (directory / "master-1.key").unlink()

    wrapper = MasterKeyWrapper.from_environment(environment=environment)
    assert await load_keys(directory, wrapper=wrapper).wrapper.unwrap(wrapped, b"here") == b"d" * 32


def test_an_environment_without_master_key_is_a_missing_key():
    with pytest.raises(KeyMissingError, match="GOODSTANDING_MASTER_KEY"):
        MasterKeyWrapper.from_environment(environment={})
    with pytest.raises(KeyMissingError):
        MasterKeyWrapper([])
    with pytest.raises(KeyMalformedError, match="variable"):
        MasterKeyWrapper.from_environment(environment={"GOODSTANDING_MASTER_KEY": "c2hvcnQ="})


def test_a_deployment_with_a_kms_makes_no_master_key(tmp_path):
    init_keys(tmp_path / "keys", kinds=set(Kind) - {Kind.MASTER})

    assert "master-1.key" not in contents(tmp_path / "keys")


def test_a_client_without_the_public_sealing_key_is_told_so(directory):
    (directory / "sealing-1.pub").unlink()

    with pytest.raises(KeyMissingError, match=r"sealing-N\.pub"):
        load_client_keys(directory)


def test_a_key_that_cannot_be_read_is_a_missing_key(directory):
    (directory / "codec-1.key").unlink()
    (directory / "codec-1.key").mkdir()

    with pytest.raises(KeyMissingError, match="cannot be read"):
        load_keys(directory)
