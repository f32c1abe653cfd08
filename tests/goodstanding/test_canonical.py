from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256

import pytest

from goodstanding.canonical import NotCanonicalError, canonical, digest, instant

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


class Stage(StrEnum):
    ACTIVE = "active"


def test_keys_are_sorted_and_nothing_is_spaced():
    value = {"b": [1, True, None, "é\n"], "a": {}, "€": (), "\U0001f600": "x"}

    assert canonical(value) == '{"a":{},"b":[1,true,null,"é\\n"],"€":[],"😀":"x"}'.encode()


def test_keys_are_sorted_by_utf_16_as_the_standard_asks():
    assert canonical({"\ufb33": 1, "\U0001f600": 2}) == '{"\U0001f600":2,"\ufb33":1}'.encode()


def test_the_order_of_writing_changes_nothing():
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest({"a": 1}) != digest({"a": "1"})
    assert digest(["a"]) == sha256(b'["a"]').hexdigest()


def test_a_time_is_written_in_utc_with_microseconds():
    beijing = timezone(timedelta(hours=8))

    assert instant(NOON) == "2026-03-04T12:00:00.000000Z"
    assert instant(datetime(2026, 3, 4, 20, 0, 0, 5, beijing)) == "2026-03-04T12:00:00.000005Z"
    assert canonical([NOON]) == b'["2026-03-04T12:00:00.000000Z"]'
    assert canonical(date(2026, 3, 4)) == b'"2026-03-04"'


def test_the_same_instant_is_written_alike_in_every_zone():
    assert digest(NOON) == digest(NOON.astimezone(timezone(timedelta(hours=-5))))


def test_a_word_of_an_enum_is_its_value():
    assert canonical({"stage": Stage.ACTIVE, Stage.ACTIVE: 1}) == b'{"active":1,"stage":"active"}'


@pytest.mark.parametrize(
    ("value", "where"),
    [
        ({"a": [0, 1.0]}, r"a\.1 is of type float"),
        (float("nan"), "The value is of type float"),
        ({"a": b"bytes"}, "a is of type bytes"),
        ({"a": {1}}, "a is of type set"),
        ({"a": Decimal(1)}, "a is of type Decimal"),
        ({"a": timedelta(1)}, "a is of type timedelta"),
        ({1: "a"}, "a key that is no string"),
        ({"a": 2**53}, "a is an integer beyond"),
        ({"a": -(2**53)}, "a is an integer beyond"),
        ({"a": "\ud800"}, "a is no Unicode text"),
        ({"\ud800": 1}, "The value is no Unicode text"),
        ({"at": NOON.replace(tzinfo=None)}, "at: A time without its zone"),
        (
            {"at": datetime.min.replace(tzinfo=timezone(timedelta(hours=8)))},
            "at: In UTC this time falls out",
        ),
    ],
)
def test_what_has_no_canonical_form_is_refused_with_its_place(value, where):
    with pytest.raises(NotCanonicalError, match=where):
        canonical(value)


def test_the_largest_integers_that_every_reader_agrees_on_are_written():
    assert canonical([2**53 - 1, 1 - 2**53]) == b"[9007199254740991,-9007199254740991]"


def test_a_naive_time_is_no_instant():
    with pytest.raises(NotCanonicalError):
        instant(NOON.replace(tzinfo=None))
