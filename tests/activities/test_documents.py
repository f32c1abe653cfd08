from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.documents import age_in, age_on, check_document, real_name_problem
from examples.invented import organisation_code, resident_number, with_wrong_check_digit
from goodstanding.vocabulary import Assurance, Outcome

TODAY = date(2026, 1, 5)
BORN = date(1990, 3, 14)


def resident(number, *, country="CN", today=TODAY):
    return check_document("resident_identity_number", number, country, today)


def organisation(number, *, country="CN"):
    return check_document("organisation_code", number, country, TODAY)


def contact(text):
    return check_document("contact", text, "", TODAY)


def test_a_well_formed_number_passes_at_format_and_tells_the_birth_date():
    checked = resident(resident_number(born=BORN, serial=7))
    assert checked.outcome is Outcome.PASS
    assert checked.assurance is Assurance.FORMAT
    assert checked.reason_code is None
    assert checked.birth_date == BORN
    assert checked.checks == (
        "document_type",
        "length",
        "characters",
        "check_digit",
        "birth_date",
        "age",
        "region",
    )


def test_a_birth_date_does_not_show_in_logs():
    assert "1990" not in repr(resident(resident_number(born=BORN, serial=7)))


def test_a_wrong_check_digit_fails():
    checked = resident(with_wrong_check_digit(resident_number(born=BORN, serial=7)))
    assert checked.outcome is Outcome.FAIL
    assert checked.reason_code == "wrong_check_digit"
    assert checked.birth_date is None
    assert "birth_date" not in checked.checks


def test_every_other_check_digit_fails():
    number = resident_number(born=BORN, serial=7)
    others = [number[:-1] + digit for digit in "0123456789X" if digit != number[-1]]
    assert {resident(other).reason_code for other in others} == {"wrong_check_digit"}


@pytest.mark.parametrize(
    ("born", "reason"),
    [
        (date(2949, 12, 31), "birth_date_in_future"),
        (date(2026, 1, 6), "birth_date_in_future"),
        (date(1849, 12, 31), "age_out_of_range"),
        (date(1895, 1, 5), "age_out_of_range"),
    ],
)
def test_a_birth_that_nobody_alive_can_have_fails(born, reason):
    checked = resident(resident_number(born=born, serial=7))
    assert (checked.outcome, checked.reason_code) == (Outcome.FAIL, reason)
    assert checked.birth_date is None


@pytest.mark.parametrize("born", [date(2026, 1, 5), date(1895, 1, 6)])
def test_ages_of_0_and_130_pass(born):
    assert resident(resident_number(born=born, serial=7)).outcome is Outcome.PASS


def test_a_date_that_no_calendar_has_fails():
    number = resident_number(born=date(1990, 2, 28), serial=7).replace("19900228", "19900230")
    right = next(
        n for d in "0123456789X" if resident(n := number[:-1] + d).checks[-1] != "check_digit"
    )
    assert resident(right).reason_code == "birth_date_impossible"


@pytest.mark.parametrize(
    "dress",
    [
        lambda number: number.translate({ord("0") + n: ord("０") + n for n in range(10)}),
        lambda number: f"  {number[:6]} {number[6:14]} {number[14:]} ",
        lambda number: f"{number[:6]}-{number[6:14]}－{number[14:]}",
    ],
    ids=["full_width", "spaces", "hyphens"],
)
def test_full_width_digits_spaces_and_hyphens_are_accepted(dress):
    number = resident_number(born=BORN, serial=7)
    assert resident(dress(number)).birth_date == BORN


@pytest.mark.parametrize("letter", ["X", "x", "Ｘ", "ｘ"])
def test_the_last_place_may_be_an_x_of_any_case_and_width(letter):
    number = next(
        found for n in range(100) if (found := resident_number(born=BORN, serial=n)).endswith("X")
    )
    assert resident(number[:-1] + letter).outcome is Outcome.PASS


def test_the_old_number_of_15_digits_goes_to_a_person():
    checked = resident("110101900314007")
    assert (checked.outcome, checked.reason_code) == (Outcome.INCONCLUSIVE, "old_number_format")


@pytest.mark.parametrize(
    "number",
    [
        "810000199003140079",
        "82000019900314007X",
        "830000199003140070",
        "911124199003140012",
        "USA110102030405",
    ],
)
def test_residence_permits_and_permanent_cards_go_to_a_person(number):
    checked = resident(number)
    assert checked.outcome is Outcome.INCONCLUSIVE
    assert checked.reason_code == "document_type_not_supported"


def test_a_province_that_does_not_exist_fails():
    checked = resident(resident_number(born=BORN, serial=7, region="000101"))
    assert (checked.outcome, checked.reason_code) == (Outcome.FAIL, "region_unknown")


def test_a_county_missing_from_the_list_goes_to_a_person():
    checked = resident(resident_number(born=BORN, serial=7, region="110199"))
    assert (checked.outcome, checked.reason_code) == (Outcome.INCONCLUSIVE, "region_not_listed")
    assert checked.birth_date == BORN


def test_who_is_older_than_the_county_still_passes():
    # 110111 exists since 1986 and is given to whoever is first registered there, of any age
    number = resident_number(born=date(1950, 6, 1), serial=7, region="110111")
    assert resident(number).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("", "wrong_length"),
        ("11010119900314007", "wrong_length"),
        ("1101011990031400791", "wrong_length"),
        ("1101011990031400AX", "wrong_characters"),
        ("11010X199003140079", "wrong_characters"),
        ("١١٠١٠١١٩٩٠٠٣١٤٠٠٧٩", "wrong_characters"),
    ],
)
def test_what_is_no_number_fails(number, reason):
    checked = resident(number)
    assert (checked.outcome, checked.reason_code) == (Outcome.FAIL, reason)


def test_numbers_of_other_countries_go_to_a_person():
    checked = resident(resident_number(born=BORN, serial=7), country="SG")
    assert (checked.outcome, checked.reason_code) == (Outcome.INCONCLUSIVE, "country_not_supported")


def test_an_unknown_document_type_goes_to_a_person():
    checked = check_document("library_card", "12345", "CN", TODAY)
    assert checked.outcome is Outcome.INCONCLUSIVE
    assert checked.reason_code == "document_type_unknown"
    assert checked.checks == ()


def test_an_organisation_code_passes_at_format():
    checked = organisation(organisation_code(serial=42))
    assert (checked.outcome, checked.assurance) == (Outcome.PASS, Assurance.FORMAT)
    assert checked.checks == ("length", "characters", "check_digit")
    assert checked.birth_date is None


def test_an_organisation_code_may_be_typed_in_lower_case_full_width_and_with_spaces():
    assert organisation("９１ 110000 600037341l").outcome is Outcome.PASS


def test_an_organisation_code_with_a_wrong_check_digit_fails():
    checked = organisation(with_wrong_check_digit(organisation_code(serial=42)))
    assert (checked.outcome, checked.reason_code) == (Outcome.FAIL, "wrong_check_digit")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("91110000600037341", "wrong_length"),
        ("91110000600037341I", "wrong_characters"),
        ("B1110000600037341L", "wrong_characters"),
        ("9111A000600037341L", "wrong_characters"),
    ],
)
def test_what_is_no_organisation_code_fails(code, reason):
    checked = organisation(code)
    assert (checked.outcome, checked.reason_code) == (Outcome.FAIL, reason)


def test_codes_of_authorities_that_have_a_letter_pass():
    codes = [f"N2110101MF0000001{last}" for last in "0123456789ABCDEFGHJKLMNPQRTUWXY"]
    assert [organisation(code).outcome for code in codes].count(Outcome.PASS) == 1


@pytest.mark.parametrize(
    "text",
    [
        "someone@example.org",
        "some.one+news@mail.example.org",
        "某人@例子.中国",
        "ｓomeone@example.org",
        "+8613800000000",
        "+86 138-0000-0000",
        "+1 (202) 555-0100",
    ],
)
def test_a_contact_of_the_right_form_passes(text):
    assert contact(text).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("someone@localhost", "email_malformed"),
        ("some one@example.org", "email_malformed"),
        ("some..one@example.org", "email_malformed"),
        (".someone@example.org", "email_malformed"),
        ("a@b@example.org", "email_malformed"),
        ("@example.org", "email_malformed"),
        ("someone@-example.org", "email_malformed"),
        ("someone@127.0.0.1", "email_malformed"),
        ("a" * 65 + "@example.org", "email_malformed"),
        ("13800000000", "phone_malformed"),
        ("+0123456789", "phone_malformed"),
        ("+1234567890123456", "phone_malformed"),
        ("+86 138 000 call", "phone_malformed"),
        ("", "phone_malformed"),
    ],
)
def test_a_contact_of_the_wrong_form_fails(text, reason):
    checked = contact(text)
    assert (checked.outcome, checked.reason_code) == (Outcome.FAIL, reason)


@given(
    st.sampled_from(["resident_identity_number", "organisation_code", "contact", "other"]),
    st.text(),
    st.text(),
)
def test_a_check_never_raises(document, number, country):
    assert check_document(document, number, country, TODAY).assurance is Assurance.FORMAT


@given(st.dates(date(1895, 1, 6), TODAY), st.integers(0, 999))
def test_every_invented_number_of_a_living_person_passes(born, serial):
    assert resident(resident_number(born=born, serial=serial)).birth_date == born


@given(st.integers(0, 999_999_999))
def test_every_invented_organisation_code_passes_until_mistyped(serial):
    code = organisation_code(serial=serial)
    assert organisation(code).outcome is Outcome.PASS
    assert organisation(with_wrong_check_digit(code)).outcome is Outcome.FAIL


def test_a_serial_number_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="3 digits"):
        resident_number(born=BORN, serial=1000)


@pytest.mark.parametrize(
    "name",
    [
        "王小明",
        "买买提·吐尔逊",
        "欧阳〇",
        "𠮷田",
        "𰻞𰻞",
        "\U00031350\U000323b0",
        "Anne-Marie O’Neill",
        "Zoe\u0308 Miller",
        "Nguyễn Thị Hà",
        "ཚེ་རིང".replace("་", " "),
        "ئەخمەت",
        "ᠪᠠᠶᠠᠷ",
        "김민준",
        "やまだ 太郎",
        "王Peter",
        "李3",
    ],
)
def test_names_of_people_are_accepted(name):
    assert real_name_problem(name) is None


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", "name_empty"),
        ("   ", "name_empty"),
        ("王" * 101, "name_too_long"),
        ("王\u200b小明", "name_invisible_characters"),
        ("王\u0000小明", "name_invisible_characters"),
        ("王\u202e小明", "name_invisible_characters"),
        ("\u3164", "name_invisible_characters"),
        ("王小明★", "name_unexpected_characters"),
        ("王<b>", "name_unexpected_characters"),
        ("王小\ue000", "name_unexpected_characters"),
        ("\u0308王", "name_unexpected_characters"),
        ("王\n小明", "name_invisible_characters"),
        ("12345", "name_without_letters"),
        ("·-·", "name_without_letters"),
        ("Хinhua", "name_mixed_scripts"),
        ("王Иван", "name_mixed_scripts"),
    ],
)
def test_what_is_no_name_of_a_person_says_why(name, problem):
    assert real_name_problem(name) == problem


def test_a_name_of_a_hundred_characters_is_accepted():
    assert real_name_problem("王" * 100) is None


@given(st.text(st.characters()))
def test_judging_a_real_name_never_raises(name):
    assert (real_name_problem(name) or "name_").startswith("name_")


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(2000, 6, 15), date(2018, 6, 14), 17),
        (date(2000, 6, 15), date(2018, 6, 15), 18),
        (date(2004, 2, 29), date(2018, 2, 27), 13),
        (date(2004, 2, 29), date(2018, 2, 28), 14),
        (date(2004, 2, 29), date(2020, 2, 28), 15),
        (date(2004, 2, 29), date(2020, 2, 29), 16),
        (date(2004, 2, 29), date(2100, 2, 28), 96),
        (date(2000, 6, 15), date(2000, 6, 15), 0),
        (date(2000, 6, 15), date(2000, 6, 14), -1),
    ],
)
def test_a_year_of_age_is_reached_on_the_birthday(born, day, age):
    assert age_on(born, day) == age


def test_nobody_has_an_age_before_birth_or_above_130():
    assert age_in(date(2026, 1, 6), TODAY) is None
    assert age_in(TODAY, TODAY) == 0
    assert age_in(date(1895, 1, 6), TODAY) == 130
    assert age_in(date(1895, 1, 5), TODAY) is None
