"""What a person may write into one line, and how a licence's days lie."""

from datetime import date

import pytest
from pydantic import TypeAdapter, ValidationError

from goodstanding.errors import MalformedError, TextUnprintableError
from goodstanding.messages import Evidence, Licence, Line, ShortLine, malformed

NOT_ONE_LINE = ("Maple,\n\nyour account", "Maple\tLane", "Maple\u2028Lane", "Maple\u2029Lane")
UNPRINTABLE = ("Maple\x00", "Maple\x1b[2J", "Maple\r", "Maple\x85", "Maple\u202e")
INVISIBLE = (" ", "\u3000", "\u200b\u2060", "\u00ad", "\ufe0f", "\u3164", "\uffa0\u115f", "\u2800")


def refused(build) -> MalformedError:
    with pytest.raises(ValidationError) as error:
        build()
    return malformed(error.value)


def licence(**changed) -> Licence:
    fields = {
        "number": "L-1",
        "authority": "office",
        "valid_from": date(2027, 1, 1),
        "valid_to": date(2028, 1, 1),
    }
    return Licence(**fields | changed)


@pytest.mark.parametrize("text", NOT_ONE_LINE + UNPRINTABLE + INVISIBLE, ids=ascii)
@pytest.mark.parametrize("form", [Line, ShortLine], ids=["line", "short line"])
def test_a_line_is_one_line_that_can_be_seen(form, text):
    error = refused(lambda: TypeAdapter(form).validate_python(text))

    assert type(error) is TextUnprintableError
    assert "Maple" not in error.message


@pytest.mark.parametrize("text", ["枫叶", "Maple 7", "می\u200cخواهم", "👩\u200d🚀", "e\u0301", "?"])
def test_what_shows_is_a_line_with_joiners_and_marks_in_it(text):
    assert TypeAdapter(Line).validate_python(text) == text


@pytest.mark.parametrize(
    "text", [*NOT_ONE_LINE, *UNPRINTABLE, *INVISIBLE, "", "x" * 201], ids=ascii
)
def test_a_reference_to_evidence_is_one_line_too(text):
    error = refused(lambda: Evidence(kind="scan", reference=text, digest="0" * 64))

    assert error.field == "reference"


@pytest.mark.parametrize("text", [*NOT_ONE_LINE, *UNPRINTABLE, *INVISIBLE, "", "x" * 81], ids=ascii)
def test_a_licences_number_is_one_line_too(text):
    error = refused(lambda: licence(number=text))

    assert error.field == "number"


def test_a_licence_does_not_end_before_it_begins():
    error = refused(lambda: licence(valid_to=date(2026, 12, 31)))

    assert error.field == "valid_to"
    assert licence(valid_to=date(2027, 1, 1)).valid_to == date(2027, 1, 1)
