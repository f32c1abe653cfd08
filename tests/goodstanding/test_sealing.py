import logging
import traceback
from base64 import b64decode, b64encode

import pytest
from pydantic import ValidationError

from goodstanding.errors import MalformedError, TextTooLongError, TextUnprintableError
from goodstanding.keys import KeyMalformedError, Kind, SealingKey, add_key, init_keys, load_keys
from goodstanding.messages import SubmitIdentity
from goodstanding.sealing import (
    Identity,
    IdentityNotOpenedError,
    Operator,
    SealedIdentity,
    SealingKeyUnknownError,
    open_sealed,
    seal,
)

NAME = "欧阳娜娜"
NUMBER = "11010519491231002X"
PERSON = {
    "document": "resident_identity_number",
    "number": NUMBER,
    "name": NAME,
    "country": "CN",
}
COMPANY = {
    "document": "organisation_code",
    "number": "91110000600037341L",
    "name": "新华社",
    "country": "CN",
}
HERE = {"account_id": "acme", "actor_id": "actor-1"}


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    directory = tmp_path_factory.mktemp("sealing") / "keys"
    init_keys(directory)
    return directory


@pytest.fixture(scope="module")
def keys(directory):
    return load_keys(directory)


@pytest.fixture
def sealed(keys):
    return seal(Identity(**PERSON), **HERE, key=keys.sealing_key)


def changed(sealed, position):
    raw = bytearray(b64decode(sealed.ciphertext))
    raw[position] ^= 1
    return sealed.model_copy(update={"ciphertext": b64encode(bytes(raw)).decode()})


def test_the_vault_opens_what_the_client_sealed(keys):
    identity = Identity(**COMPANY, operator=Operator(**PERSON))
    sealed = seal(identity, **HERE, key=keys.sealing_key)

    opened = open_sealed(sealed, **HERE, keys=keys.sealing)
    assert opened == identity
    assert opened.operator is not None
    assert opened.operator.number == NUMBER


@pytest.mark.parametrize("swapped", [{"account_id": "other"}, {"actor_id": "actor-2"}])
def test_it_opens_for_no_other_account_and_no_other_actor(keys, sealed, swapped):
    with pytest.raises(IdentityNotOpenedError):
        open_sealed(sealed, **{**HERE, **swapped}, keys=keys.sealing)


def test_account_and_actor_cannot_be_shifted_into_each_other(keys, sealed):
    with pytest.raises(IdentityNotOpenedError):
        open_sealed(sealed, account_id="acmeactor", actor_id="-1", keys=keys.sealing)


@pytest.mark.parametrize("position", [0, 40, -1])
def test_a_changed_byte_is_noticed(keys, sealed, position):
    with pytest.raises(IdentityNotOpenedError):
        open_sealed(changed(sealed, position), **HERE, keys=keys.sealing)


@pytest.mark.parametrize("ciphertext", ["", "AAAA", "no base64!", "A" * 16_384])
def test_what_was_never_sealed_does_not_open(keys, sealed, ciphertext):
    with pytest.raises(IdentityNotOpenedError):
        open_sealed(sealed.model_copy(update={"ciphertext": ciphertext}), **HERE, keys=keys.sealing)


def test_another_schema_version_is_refused(keys, sealed):
    with pytest.raises(IdentityNotOpenedError, match="schema version 2"):
        open_sealed(sealed.model_copy(update={"schema_version": 2}), **HERE, keys=keys.sealing)


def test_an_older_key_still_opens_until_it_is_destroyed(directory, keys, sealed):
    add_key(directory, Kind.SEALING)
    newer = load_keys(directory)

    assert newer.sealing_key != keys.sealing_key
    assert open_sealed(sealed, **HERE, keys=newer.sealing) == Identity(**PERSON)
    with pytest.raises(SealingKeyUnknownError, match=keys.sealing_key.key_id):
        open_sealed(sealed, **HERE, keys=newer.sealing[:1])


def test_sealing_twice_gives_two_ciphertexts(keys, sealed):
    again = seal(Identity(**PERSON), **HERE, key=keys.sealing_key)

    assert again.ciphertext != sealed.ciphertext


def test_the_length_does_not_tell_how_long_the_name_is(keys, sealed):
    longer = seal(Identity(**{**PERSON, "name": NAME * 30}), **HERE, key=keys.sealing_key)

    assert len(longer.ciphertext) == len(sealed.ciphertext)


def test_the_longest_identity_fits_into_a_command(keys):
    longest = {
        "document": "d" * 64,
        "number": "\U0001f600" * 256,
        "name": "\U0001f600" * 200,
        "country": "CN",
    }
    identity = Identity(**longest, operator=Operator(**longest))
    sealed = seal(identity, **HERE, key=keys.sealing_key)
    command = SubmitIdentity(
        account_id="acme",
        command_id="c1",
        actor={"id": "actor-1", "role": "holder"},
        sealed=sealed,
    )

    assert open_sealed(command.sealed, **HERE, keys=keys.sealing) == identity


def test_nothing_readable_is_left_in_a_sealed_identity(sealed):
    raw = b64decode(sealed.ciphertext) + sealed.model_dump_json().encode()

    for text in (NAME, NUMBER):
        for form in (text.encode(), text.encode("utf-16-le"), b64encode(text.encode())[:-2]):
            assert form not in raw


def test_a_key_that_is_no_point_of_the_curve_is_refused():
    zero = SealingKey(key_id="s1-00000000", public_key=b64encode(bytes(32)).decode())

    with pytest.raises(KeyMalformedError):
        seal(Identity(**PERSON), **HERE, key=zero)


def test_an_identity_shows_nothing_of_itself(caplog):
    identity = Identity(**COMPANY, operator=Operator(**PERSON))
    logging.getLogger("test").warning("%s %r %s", identity, identity, [identity.operator])
    shown = f"{identity} {identity!r} {identity.operator} {[identity]} {caplog.text}"

    assert repr(identity) == "Identity(<sealed>)"
    assert identity.__repr_args__() == []
    for text in (NAME, NUMBER, COMPANY["name"], COMPANY["number"], "organisation_code"):
        assert text not in shown


@pytest.mark.parametrize(
    ("fields", "error", "field"),
    [
        ({"name": "x" * 201}, TextTooLongError, "name"),
        ({"number": "1" * 257}, TextTooLongError, "number"),
        ({"name": "a\x00b"}, TextUnprintableError, "name"),
        ({"name": "a\nb"}, TextUnprintableError, "name"),
        ({"name": "a\u202eb"}, TextUnprintableError, "name"),
        ({"name": "a\ud800b"}, MalformedError, "name"),
        ({"name": "   "}, MalformedError, "name"),
        ({"number": ""}, MalformedError, "number"),
        ({"country": "china"}, MalformedError, "country"),
        ({"document": "has spaces"}, MalformedError, "document"),
        ({"birthday": "1949-12-31"}, MalformedError, "birthday"),
        ({"operator": {**PERSON, "name": "a\tb"}}, TextUnprintableError, "operator.name"),
    ],
)
def test_a_malformed_identity_is_refused_by_field(fields, error, field):
    with pytest.raises(error) as caught:
        Identity(**{**PERSON, **fields})
    assert caught.value.field == field


@pytest.mark.parametrize(
    "build",
    [
        lambda: Identity(**{**PERSON, "number": NUMBER + "\x00"}),
        lambda: Identity.model_validate({**PERSON, "operator": {"name": NAME + "\x00"}}),
        lambda: Identity.model_validate_json(f'{{"name": "{NAME}", "number": "{NUMBER}"}}'),
        lambda: Identity.model_validate_json(f'{{"name": "{NAME}", "number": "{NUMBER}'),
        lambda: setattr(Identity(**PERSON), "name", NAME),
    ],
    ids=["built", "nested", "incomplete JSON", "broken JSON", "assigned"],
)
def test_no_error_repeats_what_was_entered(build):
    with pytest.raises((MalformedError, ValidationError, AttributeError)) as caught:
        build()
    printed = "".join(
        line
        for line in traceback.format_exception(caught.value)
        if "lambda" not in line and "test_sealing" not in line
    )
    assert NAME not in printed
    assert NUMBER not in printed


def test_a_failed_opening_keeps_no_plaintext(keys):
    identity = Identity(**PERSON).model_copy(update={"country": "nowhere"})
    sealed = seal(identity, **HERE, key=keys.sealing_key)

    with pytest.raises(IdentityNotOpenedError) as caught:
        open_sealed(sealed, **HERE, keys=keys.sealing)
    assert caught.value.__context__ is None
    assert NAME not in str(caught.value)


@pytest.mark.parametrize(
    "fields",
    [{"ciphertext": "A" * 16_385}, {"key_id": "s 1"}, {"schema_version": 0}, {"note": "x"}],
)
def test_a_malformed_seal_is_refused(fields):
    form = {"key_id": "s1-00000000", "schema_version": 1, "ciphertext": "AAAA"}

    with pytest.raises(ValidationError):
        SealedIdentity.model_validate({**form, **fields})
