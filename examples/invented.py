"""Invented identity numbers and organisation codes, for the examples and the tests.

They are computed from a region, a date and a serial number, taken from nobody and never belong to
anyone known. Their check digits are right, so that they get as far as a real number would.
"""

from datetime import date

from stdnum.cn import ric, uscc

_SERIAL_DIGITS = 3
_BODY_DIGITS = 9
_ENTERPRISE = "91"
# registered by the market regulator, as an enterprise


def resident_number(*, born: date, serial: int, region: str = "110101") -> str:
    """An invented resident identity number; an odd serial, 0 to 999, stands for a man."""
    body = f"{region}{born:%Y%m%d}{_padded(serial, _SERIAL_DIGITS)}"
    return body + ric.calc_check_digit(f"{body}0")


def organisation_code(*, serial: int, region: str = "110000") -> str:
    """An invented organisation code of an enterprise; serial is 0 to 999999999."""
    body = f"{_ENTERPRISE}{region}{_padded(serial, _BODY_DIGITS)}"
    return body + uscc.calc_check_digit(body)


def with_wrong_check_digit(number: str) -> str:
    """The same number, mistyped in its last place."""
    return number[:-1] + ("1" if number[-1] == "0" else "0")


def _padded(serial: int, digits: int) -> str:
    if not 0 <= serial < 10**digits:
        raise ValueError(f"A serial number here has {digits} digits at most, and {serial} has not.")
    return f"{serial:0{digits}}"
