"""Instants as scripts write them: by day numbers and rules, never by dates.

`d45` is day 45 at the hour of day 0; `d70 16:00` the same day at another hour (UTC); `d45 + P1Y` and
`d0 - P30D` step from there in the policy's zone; `end of ...` is the midnight that ends that day there.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from goodstanding.policy.durations import Duration, end_of

SLACK = timedelta(minutes=20)
"""How long a day's acts take on a real clock; what comes so late still counts as of the hour of day 0."""
_RULE = re.compile(
    r"(?P<end>end of )?d(?P<day>\d{1,4})(?: (?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d))?"
    r"(?: (?P<sign>[+-]) (?P<step>P\w+))?"
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A rule that gives an instant once day 0 is known."""

    day: int
    clock: tuple[int, int] | None = None
    step: Duration | None = None
    is_back: bool = False
    is_end: bool = False

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a rule; anything else, a date above all, is refused."""
        found = _RULE.fullmatch(text)
        if not found:
            message = "write a day by its number, such as d45, d70 16:00, d45 + P1Y, end of d100"
            raise ValueError(message)
        hour, minute, step = found["hour"], found["minute"], found["step"]
        return cls(
            day=int(found["day"]),
            clock=(int(hour), int(minute)) if hour else None,
            step=Duration.parse(step) if step else None,
            is_back=found["sign"] == "-",
            is_end=found["end"] is not None,
        )

    def at(self, start: datetime, zone: ZoneInfo) -> datetime:
        """The instant, where `start` is day 0."""
        instant = start + timedelta(days=self.day)
        if self.clock:
            instant = instant.replace(hour=self.clock[0], minute=self.clock[1])
        if self.step:
            move = self.step.before if self.is_back else self.step.after
            instant = move(instant, zone)
        if self.is_end:
            instant = end_of(instant.astimezone(zone).date(), zone)
        return instant.astimezone(UTC)

    def date(self, start: datetime, zone: ZoneInfo) -> date:
        """The day of the calendar in the policy's zone."""
        step = Moment(self.day, self.clock, self.step, self.is_back)
        return step.at(start, zone).astimezone(zone).date()

    @classmethod
    def __get_pydantic_core_schema__(
        cls, _source: Any, _handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Validate from text."""
        from_text = core_schema.chain_schema(
            [core_schema.str_schema(), core_schema.no_info_plain_validator_function(cls.parse)]
        )
        return core_schema.json_or_python_schema(
            json_schema=from_text,
            python_schema=core_schema.union_schema(
                [core_schema.is_instance_schema(cls), from_text]
            ),
        )


def day_text(instant: datetime, start: datetime) -> str:
    """An instant as a day number, with the hour (UTC) where it is not that of day 0."""
    passed = instant - start
    if passed % timedelta(days=1) < SLACK:
        return f"d{passed // timedelta(days=1)}"
    day = instant.astimezone(UTC).date() - start.astimezone(UTC).date()
    return f"d{day.days} {instant.astimezone(UTC):%H:%M}"
