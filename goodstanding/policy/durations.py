"""Lengths of time as policies write them: ISO 8601, in whole units never turned into one another.

"Six months" is not 180 days. A month or year step lands on the last valid day (31 January + P1M =
28 or 29 February; 29 February + P1Y = 28 February). Months and days are counted on the wall clock
of the policy's time zone, hours as they pass.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import GetCoreSchemaHandler, PlainSerializer, PlainValidator, WithJsonSchema

_ISO = re.compile(
    r"^P(?=.)(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,5})D)?(?:T(?=.)(?:(\d{1,4})H)?(?:(\d{1,4})M)?)?$",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time as it was written: months, days and hours stay what they are."""

    months: int = 0
    days: int = 0
    minutes: int = 0

    @classmethod
    def parse(cls, text: str) -> "Duration":
        """Read `P80D`, `P6M`, `P1Y`, `PT24H`; weeks, seconds, fractions and signs are refused."""
        found = _ISO.fullmatch(text)
        if not found:
            message = "write a duration as ISO 8601, such as P7D, P6M, P1Y or PT24H"
            raise ValueError(message)
        years, months, days, hours, minutes = (int(part or 0) for part in found.groups())
        made = cls(years * 12 + months, days, hours * 60 + minutes)
        if made == cls():
            message = "a duration of nothing has no meaning; leave the key out"
            raise ValueError(message)
        return made

    def after(self, start: datetime, zone: ZoneInfo) -> datetime:
        """The instant that lies this long after `start`, in UTC."""
        return self._stepped(start, zone, 1)

    def before(self, end: datetime, zone: ZoneInfo) -> datetime:
        """The instant that lies this long before `end`, in UTC."""
        return self._stepped(end, zone, -1)

    def _stepped(self, start: datetime, zone: ZoneInfo, sign: int) -> datetime:
        if not self.months and not self.days:
            return start.astimezone(UTC) + sign * timedelta(minutes=self.minutes)
        local = start.astimezone(zone)
        day = _month_step(local.date(), sign * self.months) + timedelta(days=sign * self.days)
        moved = local.replace(year=day.year, month=day.month, day=day.day)
        return moved.astimezone(UTC) + sign * timedelta(minutes=self.minutes)

    def __str__(self) -> str:
        """Write it as ISO 8601."""
        years, months = divmod(self.months, 12)
        hours, minutes = divmod(self.minutes, 60)
        days = "".join(
            f"{n}{unit}" for n, unit in ((years, "Y"), (months, "M"), (self.days, "D")) if n
        )
        clock = "".join(f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M")) if n)
        return f"P{days}" + (f"T{clock}" if clock else "")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> Any:
        """Validate from text; written as text; editors are told what it looks like."""
        return handler.generate_schema(
            Annotated[
                Any,
                PlainValidator(cls._validated),
                PlainSerializer(str, return_type=str),
                WithJsonSchema({"type": "string", "format": "duration", "pattern": _ISO.pattern}),
            ]
        )

    @classmethod
    def _validated(cls, value: Any) -> "Duration":
        return value if isinstance(value, cls) else cls.parse(value if type(value) is str else "")


def _month_step(day: date, months: int) -> date:
    if not months:
        return day
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month0 + 1, min(day.day, monthrange(year, month0 + 1)[1]))


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """Midnight at which this day begins in the zone, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which this day is over in the zone, in UTC: "to" a day means until then."""
    return start_of(day + timedelta(days=1), zone)
