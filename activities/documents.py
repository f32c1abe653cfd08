"""Offline checks of identity documents: they find numbers that cannot be right, and prove no more.

A number that passes is well formed: whether it was ever issued, and to whom, only its issuer knows.
"""

import calendar
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from fontTools.unicodedata import script
from stdnum import numdb
from stdnum.cn import ric, uscc

from activities.names import has_mixed_scripts, is_invisible
from goodstanding.vocabulary import Assurance, Outcome

GREATEST_AGE: Final = 130
LONGEST_REAL_NAME: Final = 100

_COUNTRY: Final = "CN"
_NUMBER_LENGTH: Final = 18
_OLD_NUMBER: Final = re.compile(r"\d{15}", re.ASCII)
_RESIDENT_NUMBER: Final = re.compile(r"\d{17}[\dX]", re.ASCII)
_OTHER_CARDS: Final = re.compile(r"(?:8[123]\d{15}|9\d{16})[\dX]|[A-Z]{3}\d{12}", re.ASCII)
# residence permits of Hong Kong, Macao and Taiwan; permanent cards of foreigners, new and old
_ORGANISATION_CODE: Final = re.compile(r"[1-9ANY][1-9]\d{6}[0-9A-HJ-NPQRTUWXY]{10}", re.ASCII)
# python-stdnum wants a digit first: letters stand for the military, rural collectives and others
_SEPARATORS: Final = re.compile(r"[\s\-\u2010-\u2015\u2212]+")

_LONGEST_EMAIL: Final = 254
_LONGEST_LOCAL_PART: Final = 64
_LOCAL_PART: Final = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*")
_DOMAIN: Final = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_](?:[\w-]{0,61}[^\W_])")
_PHONE: Final = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_PHONE_DRESS: Final = re.compile(r"[\s().\-]+")

_NAME_SEPARATORS: Final = frozenset("·‧・'’-‐ ")


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentCheck:
    """What the form of a document says: what was checked, up to the first thing that was wrong."""

    outcome: Outcome
    checks: tuple[str, ...]
    reason_code: str | None = None
    birth_date: date | None = field(default=None, repr=False)
    # personal data: kept out of logs and tracebacks
    assurance: Assurance = Assurance.FORMAT


def check_document(document: str, number: str, country: str, today: date) -> DocumentCheck:
    """Check the form of a document's number; what nobody taught this check is inconclusive.

    `country` is the ISO 3166 code of the issuer; contacts have none, there it is not looked at.
    """
    check = _CHECKS.get(document)
    if check is None:
        return DocumentCheck(
            outcome=Outcome.INCONCLUSIVE, checks=(), reason_code="document_type_unknown"
        )
    if document != "contact" and country.strip().upper() != _COUNTRY:
        return DocumentCheck(
            outcome=Outcome.INCONCLUSIVE, checks=(), reason_code="country_not_supported"
        )
    return check(unicodedata.normalize("NFKC", number).strip(), today)


def real_name_problem(name: str) -> str | None:
    """Why a text cannot be a person's real name, as a code; nothing if it can.

    The name is judged in NFC and without outer spaces: how a keyboard composes is nobody's fault.
    """
    text = unicodedata.normalize("NFC", name).strip(" ")
    if not text:
        return "name_empty"
    if len(text) > LONGEST_REAL_NAME:
        return "name_too_long"
    if any(is_invisible(each) or unicodedata.category(each) == "Cf" for each in text):
        return "name_invisible_characters"
    classes = [_name_class(each) for each in text]
    if "?" in classes or classes[0] == "M":
        return "name_unexpected_characters"
    if "L" not in classes:
        return "name_without_letters"
    return "name_mixed_scripts" if has_mixed_scripts(text) else None


def age_on(birth_date: date, day: date) -> int:
    """The age in whole years on a day, negative before birth.

    A year of age is reached on the birthday; who was born on 29 February reaches it on 28 February
    in years that have no 29th.
    """
    birthday = (birth_date.month, birth_date.day)
    if birthday == (2, 29) and not calendar.isleap(day.year):
        birthday = (2, 28)
    return day.year - birth_date.year - ((day.month, day.day) < birthday)


def age_in(birth_date: date, today: date) -> int | None:
    """The age in whole years today; none if nobody alive can have been born on that date."""
    age = age_on(birth_date, today)
    return age if birth_date <= today and age <= GREATEST_AGE else None


def _check_resident_number(number: str, today: date) -> DocumentCheck:
    digits = _SEPARATORS.sub("", number).upper()
    if _OTHER_CARDS.fullmatch(digits):
        return _unsure("document_type_not_supported", "document_type")
    if _OLD_NUMBER.fullmatch(digits):
        # it has no check digit and two digits of the year: a person looks
        return _unsure("old_number_format", "document_type")
    if len(digits) != _NUMBER_LENGTH:
        return _wrong("wrong_length", "document_type", "length")
    if not _RESIDENT_NUMBER.fullmatch(digits):
        return _wrong("wrong_characters", "document_type", "length", "characters")
    checks = ("document_type", "length", "characters", "check_digit")
    if digits[-1] != ric.calc_check_digit(digits):
        return _wrong("wrong_check_digit", *checks)
    return _check_birth(digits, today, checks)


def _check_birth(digits: str, today: date, done: tuple[str, ...]) -> DocumentCheck:
    checks = (*done, "birth_date")
    try:
        born = date(int(digits[6:10]), int(digits[10:12]), int(digits[12:14]))
    except ValueError:
        return _wrong("birth_date_impossible", *checks)
    if born > today:
        return _wrong("birth_date_in_future", *checks)
    checks = (*checks, "age")
    if age_in(born, today) is None:
        return _wrong("age_out_of_range", *checks)
    checks = (*checks, "region")
    province, county = _region(digits[:6])
    if not province:
        return _wrong("region_unknown", *checks)
    if not county:
        # the list of counties is a snapshot, and they change every year: no fault of the holder
        return _unsure("region_not_listed", *checks, birth_date=born)
    return DocumentCheck(outcome=Outcome.PASS, checks=checks, birth_date=born)


def _region(code: str) -> tuple[bool, bool]:
    """Whether province and county are known, in whatever years.

    python-stdnum compares a county's years with the birth, but numbers follow the registration:
    who is older than the county, or than the numbers, which began in 1984, would fail.
    """
    places = [place for _, place in numdb.get("cn/loc").info(code)]
    return (
        any("province" in place for place in places),
        any("county" in place for place in places),
    )


def _check_organisation_code(number: str, _today: date) -> DocumentCheck:
    code = _SEPARATORS.sub("", number).upper()
    if len(code) != _NUMBER_LENGTH:
        return _wrong("wrong_length", "length")
    if not _ORGANISATION_CODE.fullmatch(code):
        return _wrong("wrong_characters", "length", "characters")
    checks = ("length", "characters", "check_digit")
    if code[-1] != uscc.calc_check_digit(code):
        return _wrong("wrong_check_digit", *checks)
    return DocumentCheck(outcome=Outcome.PASS, checks=checks)


def _check_contact(contact: str, _today: date) -> DocumentCheck:
    if "@" in contact:
        return _passed_if(
            well_formed=_is_email(contact), check="email_form", reason="email_malformed"
        )
    bare = _PHONE_DRESS.sub("", contact)
    return _passed_if(
        well_formed=bool(_PHONE.fullmatch(bare)), check="phone_form", reason="phone_malformed"
    )


def _is_email(contact: str) -> bool:
    local, _, domain = contact.rpartition("@")
    return (
        len(contact) <= _LONGEST_EMAIL
        and len(local) <= _LONGEST_LOCAL_PART
        and bool(_LOCAL_PART.fullmatch(local))
        and bool(_DOMAIN.fullmatch(domain))
    )


_CHECKS: Final[Mapping[str, Callable[[str, date], DocumentCheck]]] = {
    "resident_identity_number": _check_resident_number,
    "organisation_code": _check_organisation_code,
    "contact": _check_contact,
}


def _name_class(character: str) -> str:
    """L for letters, M for marks, N for digits, - for separators, ? for what no name holds."""
    if character in _NAME_SEPARATORS:
        return "-"
    category = unicodedata.category(character)
    if category == "Cn" and script(character) == "Hani":
        # rare characters of names, newer than Python's data
        return "L"
    # 〇 is a numeral to Unicode and a name to its bearer
    return {"Nd": "N", "Nl": "L"}.get(category, category[0] if category[0] in "LM" else "?")


def _passed_if(*, well_formed: bool, check: str, reason: str) -> DocumentCheck:
    if well_formed:
        return DocumentCheck(outcome=Outcome.PASS, checks=(check,))
    return _wrong(reason, check)


def _wrong(reason: str, *checks: str) -> DocumentCheck:
    return DocumentCheck(outcome=Outcome.FAIL, checks=checks, reason_code=reason)


def _unsure(reason: str, *checks: str, birth_date: date | None = None) -> DocumentCheck:
    return DocumentCheck(
        outcome=Outcome.INCONCLUSIVE, checks=checks, reason_code=reason, birth_date=birth_date
    )
