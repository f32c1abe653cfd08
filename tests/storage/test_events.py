import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goodstanding.domain.events import EVENTS, StrikeExpired, Text, VoteCast
from goodstanding.vocabulary import Origin, Verdict
from storage import events
from storage.chain import GENESIS, Entry, chained, hash_of
from storage.events import body_of, event_of, kind_of, texts_of, version_of
from storage.tables import EventRow, table_of

AT = datetime(2026, 1, 5, 10, 0, 0, 125, tzinfo=UTC)
VOTE = VoteCast("r1", "ash", Verdict.GRANT, Text("t1", "c1", "what was said"))

instants = st.datetimes(timezones=st.just(UTC))
words = st.text(st.characters(codec="utf-8"), max_size=8)
st.register_type_strategy(datetime, instants)
st.register_type_strategy(str, words)
st.register_type_strategy(int, st.integers(-(2**40), 2**40))
st.register_type_strategy(Text, st.builds(Text, words, words, st.none()))


@pytest.mark.parametrize("kind", EVENTS)
@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_every_event_is_read_as_it_was_written(kind: type, data: st.DataObject):
    event: Any = data.draw(st.builds(kind))

    assert event_of(kind_of(event), version_of(kind_of(event)), body_of(event)) == event


def test_a_body_holds_no_plain_text():
    assert "what was said" not in body_of(VOTE)
    assert texts_of(VOTE) == [VOTE.reasons]
    assert texts_of(StrikeExpired("s1", AT)) == []


def test_a_body_is_canonical_with_times_to_the_microsecond():
    assert body_of(StrikeExpired("s1", AT)) == (
        '{"due_at":"2026-01-05T10:00:00.000125Z","strike_id":"s1"}'
    )


def test_an_older_body_is_brought_up_to_date_step_by_step(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(events, "VERSIONS", {"StrikeExpired": 3})
    steps = {
        ("StrikeExpired", 1): lambda body: {"strike": body["mark"], "due_at": body["due_at"]},
        ("StrikeExpired", 2): lambda body: {"strike_id": body["strike"], "due_at": body["due_at"]},
    }
    monkeypatch.setattr(events, "UPCASTS", steps)
    due = "2026-01-05T10:00:00.000125Z"
    expected = StrikeExpired("s1", AT)

    assert event_of("StrikeExpired", 1, json.dumps({"mark": "s1", "due_at": due})) == expected
    assert event_of("StrikeExpired", 2, json.dumps({"strike": "s1", "due_at": due})) == expected
    assert event_of("StrikeExpired", 3, json.dumps({"strike_id": "s1", "due_at": due})) == expected


class TestChain:
    entry = Entry("a1", AT, "c1", "reviewer:ash", "d" * 64)

    def test_each_row_fixes_the_one_before_it(self):
        rows = chained(self.entry, [VOTE, VOTE], 0, GENESIS)

        assert [row["seq"] for row in rows] == [1, 2]
        assert rows[0]["previous_hash"] == GENESIS
        assert rows[1]["previous_hash"] == rows[0]["hash"]
        assert chained(self.entry, [VOTE], 1, rows[0]["hash"]) == rows[1:]

    def test_the_hash_is_over_every_other_column(self):
        (row,) = chained(self.entry, [VOTE], 0, GENESIS)
        assert set(row) == {column.name for column in table_of(EventRow).c}
        changed = {
            name: "x" if isinstance(value, str) else AT.replace(year=2027) if name == "at" else 9
            for name, value in row.items()
            if name != "hash"
        }

        assert all(hash_of({**row, name: value}) != row["hash"] for name, value in changed.items())

    def test_the_hash_can_be_computed_by_anybody(self):
        """docs say how: the canonical JSON of the columns, times as RFC 3339 in UTC."""
        (row,) = chained(self.entry, [StrikeExpired("s1", AT)], 4, "e" * 64)
        time = "2026-01-05T10:00:00.000125Z"
        body = f'{{\\"due_at\\":\\"{time}\\",\\"strike_id\\":\\"s1\\"}}'
        written = (
            f'{{"account_id":"a1","actor":"reviewer:ash","at":"{time}","body":"{body}",'
            f'"command_id":"c1","kind":"StrikeExpired","policy_digest":"{"d" * 64}",'
            f'"previous_hash":"{"e" * 64}","seq":5,"version":1}}'
        )

        assert row["hash"] == sha256(written.encode()).hexdigest()


def test_a_report_of_the_first_version_says_from_its_role_where_it_came_from():
    body = (
        '{"case_id":"c1","evidence":[],"ground":"harmful","item":"i1","report_id":"r1","reporter":"office-1",'
        '"reporter_role":"authority","statement":{"commitment":"x","text_id":"t1"}}'
    )

    filed: Any = event_of("ReportFiled", 1, body)

    assert (filed.origin, filed.by_account, filed.received_at) == (Origin.AUTHORITY, None, None)
