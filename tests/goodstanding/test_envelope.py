import pytest

from goodstanding.envelope import (
    TamperedError,
    bind,
    commitment,
    decrypt,
    encrypt,
    fingerprint,
    new_data_key,
    unwrap,
    wrap,
)
from goodstanding.errors import MalformedError
from goodstanding.keys import MasterKeyWrapper, SymmetricKey

KEY = b"k" * 32
PEPPER = SymmetricKey("p1-00000000", b"p" * 32)
NUMBER = "11010519491231002X"


def same_person(number, document="resident_identity_number", country="CN"):
    return fingerprint(PEPPER, document, country, number)


def test_what_was_encrypted_decrypts_under_the_same_key_and_place():
    closed = encrypt(KEY, "欧阳".encode(), b"acme")

    assert closed[0] == 1
    assert decrypt(KEY, closed, b"acme") == "欧阳".encode()
    assert decrypt(KEY, encrypt(KEY, b"", b""), b"") == b""


def test_the_same_text_is_never_encrypted_alike():
    assert len({encrypt(KEY, b"text", b"acme") for _ in range(100)}) == 100


def test_a_ciphertext_moved_to_another_place_does_not_decrypt():
    with pytest.raises(TamperedError):
        decrypt(KEY, encrypt(KEY, b"text", b"acme"), b"other")


def test_another_key_does_not_decrypt():
    with pytest.raises(TamperedError):
        decrypt(new_data_key(), encrypt(KEY, b"text", b"acme"), b"acme")


def test_no_byte_of_a_ciphertext_can_be_changed_or_cut():
    closed = encrypt(KEY, b"text", b"acme")

    for position in range(len(closed)):
        bad = bytearray(closed)
        bad[position] ^= 1
        with pytest.raises(TamperedError):
            decrypt(KEY, bytes(bad), b"acme")
        with pytest.raises(TamperedError):
            decrypt(KEY, closed[:position], b"acme")


def test_data_keys_are_fresh_and_long_enough():
    keys = {new_data_key() for _ in range(100)}

    assert len(keys) == 100
    assert {len(key) for key in keys} == {32}


async def test_a_data_key_unwraps_for_its_account_and_purpose_only():
    wrapper, key = MasterKeyWrapper([b"m" * 32]), new_data_key()
    wrapped = await wrap(wrapper, key, account_id="acme", purpose="identity")

    assert key not in wrapped
    assert await unwrap(wrapper, wrapped, account_id="acme", purpose="identity") == key
    with pytest.raises(TamperedError):
        await unwrap(wrapper, wrapped, account_id="acme", purpose="text")
    with pytest.raises(TamperedError):
        await unwrap(wrapper, wrapped, account_id="other", purpose="identity")


def test_joined_parts_are_never_ambiguous():
    lists = [("ab", "c"), ("a", "bc"), ("abc",), ("abc", ""), ("", "abc"), (), ("",)]

    assert len({bind(*parts) for parts in lists}) == len(lists)


def test_a_commitment_is_the_same_each_time_and_fixes_key_id_and_text():
    commitments = [
        commitment(KEY, "t1", "reasons"),
        commitment(KEY, "t2", "reasons"),
        commitment(KEY, "t1", "reason"),
        commitment(b"o" * 32, "t1", "reasons"),
        commitment(KEY, "t1r", "easons"),
    ]

    assert commitment(KEY, "t1", "reasons") == commitments[0]
    assert len(set(commitments)) == len(commitments)
    assert all(len(bytes.fromhex(found)) == 32 for found in commitments)


@pytest.mark.parametrize(
    "typed",
    [
        "11010519491231002x",
        "110105 19491231 002X",
        "110105-19491231-002X",
        "１１０１０５１９４９１２３１００２Ｘ",
        " 110105\u301019491231\u2011002x\u200b".replace("\u3010", "\u3000"),
        "110105−19491231–002X",
    ],
)
def test_a_number_is_recognised_however_it_was_typed(typed):
    assert same_person(typed) == same_person(NUMBER)


def test_a_fingerprint_names_its_pepper():
    found = same_person(NUMBER)

    assert found.startswith("p1-00000000:")
    assert len(bytes.fromhex(found.partition(":")[2])) == 32


def test_another_document_country_number_or_pepper_is_another_fingerprint():
    other = SymmetricKey("p1-00000000", b"q" * 32)
    found = [
        same_person(NUMBER),
        same_person(NUMBER, document="passport"),
        same_person(NUMBER, country="TW"),
        same_person("110105194912310021"),
        same_person("N" + NUMBER, country="C"),
        fingerprint(other, "resident_identity_number", "CN", NUMBER),
    ]

    assert len(set(found)) == len(found)


@pytest.mark.parametrize("empty", ["", " - ", "\u3000", "\u200b"])
def test_an_empty_number_is_nobody(empty):
    with pytest.raises(MalformedError) as caught:
        same_person(empty)
    assert caught.value.field == "number"
