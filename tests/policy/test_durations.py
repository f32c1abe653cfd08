from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from goodstanding.policy.durations import Duration, end_of, start_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
UTC_ZONE = ZoneInfo("UTC")

instants = st.datetimes(
    min_value=datetime(2014, 1, 1),  # noqa: DTZ001 - the zone is added by the strategy
    max_value=datetime(2060, 1, 1),  # noqa: DTZ001 - the same
    timezones=st.just(UTC),
)
days = st.integers(min_value=1, max_value=4000)
months = st.integers(min_value=1, max_value=240)
zones = st.sampled_from([SHANGHAI, BERLIN, NEW_YORK, LORD_HOWE, UTC_ZONE])


def at(text: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("P80D", Duration(days=80)),
        ("P6M", Duration(months=6)),
        ("P1Y", Duration(months=12)),
        ("P1Y6M", Duration(months=18)),
        ("PT24H", Duration(minutes=24 * 60)),
        ("PT30M", Duration(minutes=30)),
        ("P1M2DT3H4M", Duration(months=1, days=2, minutes=184)),
    ],
)
def test_a_duration_is_read_as_it_is_written(text, expected):
    assert Duration.parse(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P",
        "PT",
        "7D",
        "P1W",
        "PT5S",
        "P1.5D",
        "-P7D",
        "P7D\n",
        " P7D",
        "p7d",
        "P٧D",
        "P0D",
        "P7DT",
    ],
)
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match="duration"):
        Duration.parse(text)


@given(
    st.builds(
        Duration,
        months=st.integers(min_value=0, max_value=9_999),
        days=st.integers(min_value=0, max_value=99_999),
        minutes=st.integers(min_value=0, max_value=99_999),
    ).filter(lambda made: made != Duration())
)
def test_what_is_written_reads_back_as_the_same(duration):
    assert Duration.parse(str(duration)) == duration


def test_a_duration_in_a_message_is_text_and_nothing_else():
    adapter = TypeAdapter(Duration)

    assert adapter.dump_json(Duration.parse("P6M")) == b'"P6M"'
    assert adapter.validate_json('"P6M"') == Duration(months=6)
    assert adapter.validate_python(Duration(months=6)) == Duration(months=6)
    assert adapter.json_schema()["format"] == "duration"
    with pytest.raises(ValidationError):
        adapter.validate_json("6")


@given(start=instants, count=days, zone=zones)
def test_days_forth_and_back_lead_to_the_same_wall_clock(start, count, zone):
    duration = Duration(days=count)

    there_and_back = duration.before(duration.after(start, zone), zone)

    # an hour that exists twice, or not at all, is the one thing that a wall clock cannot give back
    assert abs(there_and_back - start) <= timedelta(hours=1)


@given(start=instants, count=days)
def test_days_forth_and_back_lead_to_the_same_instant_where_clocks_do_not_change(start, count):
    duration = Duration(days=count)

    assert duration.before(duration.after(start, UTC_ZONE), UTC_ZONE) == start
    assert duration.before(duration.after(start, SHANGHAI), SHANGHAI) == start


@given(start=instants, count=months, zone=zones)
def test_a_month_step_lands_in_its_month_on_its_day_or_on_the_last(start, count, zone):
    begin, end = start.astimezone(zone), Duration(months=count).after(start, zone).astimezone(zone)

    assert (end.year * 12 + end.month) - (begin.year * 12 + begin.month) == count
    last = (end + timedelta(days=1)).month != end.month
    assert end.day == begin.day or (last and end.day < begin.day)


@given(start=instants, longer=months, shorter=months, zone=zones)
def test_more_months_never_end_sooner(start, longer, shorter, zone):
    short, long = sorted((longer, shorter))

    assert Duration(months=short).after(start, zone) <= Duration(months=long).after(start, zone)


@pytest.mark.parametrize(
    ("start", "duration", "end"),
    [
        ("2026-01-31 09:00", "P1M", "2026-02-28 09:00"),
        ("2028-01-31 09:00", "P1M", "2028-02-29 09:00"),
        ("2028-02-29 09:00", "P1Y", "2029-02-28 09:00"),
        ("2026-08-31 09:00", "P6M", "2027-02-28 09:00"),
        ("2026-10-31 09:00", "P1M", "2026-11-30 09:00"),
        ("2026-12-31 09:00", "P1M1D", "2027-02-01 09:00"),
    ],
)
def test_a_month_end_is_clamped_to_the_last_valid_day(start, duration, end):
    made = Duration.parse(duration).after(at(start, SHANGHAI), SHANGHAI)

    assert made == at(end, SHANGHAI)
    assert made.tzinfo is UTC


@pytest.mark.parametrize(
    ("start", "duration", "end"),
    [
        ("2026-03-31 09:00", "P1M", "2026-02-28 09:00"),
        ("2028-03-31 09:00", "P1M", "2028-02-29 09:00"),
        ("2028-02-29 09:00", "P1Y", "2027-02-28 09:00"),
        ("2026-01-15 09:00", "P1M", "2025-12-15 09:00"),
    ],
)
def test_a_month_end_is_clamped_backwards_too(start, duration, end):
    assert Duration.parse(duration).before(at(start, SHANGHAI), SHANGHAI) == at(end, SHANGHAI)


def test_six_months_are_not_a_hundred_and_eighty_days():
    start = at("2026-01-05 10:00", UTC_ZONE)

    by_months = Duration.parse("P6M").after(start, UTC_ZONE)

    assert by_months - Duration.parse("P180D").after(start, UTC_ZONE) == timedelta(days=1)


@pytest.mark.parametrize("duration", ["P1D", "P1M"])
def test_days_and_months_keep_the_wall_clock_when_summer_time_begins(duration):
    start = at("2026-03-01 12:00", BERLIN) if duration == "P1M" else at("2026-03-28 12:00", BERLIN)

    end = Duration.parse(duration).after(start, BERLIN).astimezone(BERLIN)

    assert (end.hour, end.minute) == (12, 0)
    assert end.utcoffset() != start.utcoffset()


def test_hours_pass_as_they_are_when_summer_time_begins():
    start = at("2026-03-28 12:00", BERLIN)

    assert Duration.parse("PT24H").after(start, BERLIN) - start.astimezone(UTC) == timedelta(
        hours=24
    )
    assert Duration.parse("P1D").after(start, BERLIN) - start.astimezone(UTC) == timedelta(hours=23)


def test_hours_after_days_are_counted_from_the_moved_day():
    start = at("2026-03-28 12:00", BERLIN)

    assert Duration.parse("P1DT1H").after(start, BERLIN) == at("2026-03-29 13:00", BERLIN)


def test_an_hour_that_does_not_exist_is_moved_and_not_lost():
    end = Duration.parse("P1M").after(at("2026-02-28 02:30", BERLIN), BERLIN)
    into_the_gap = Duration.parse("P1D").after(at("2026-03-28 02:30", BERLIN), BERLIN)

    assert end == at("2026-03-28 02:30", BERLIN)
    assert into_the_gap == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_the_same_month_step_ends_at_another_instant_in_another_zone():
    start = datetime(2026, 1, 30, 20, tzinfo=UTC)  # the 31st in Shanghai

    assert Duration.parse("P1M").after(start, UTC_ZONE) == datetime(2026, 2, 28, 20, tzinfo=UTC)
    assert Duration.parse("P1M").after(start, SHANGHAI) == datetime(2026, 2, 27, 20, tzinfo=UTC)


def test_a_licence_to_a_day_holds_through_that_day_in_the_zone():
    assert start_of(date(2026, 4, 15), SHANGHAI) == datetime(2026, 4, 14, 16, tzinfo=UTC)
    assert end_of(date(2026, 4, 15), SHANGHAI) == datetime(2026, 4, 15, 16, tzinfo=UTC)
