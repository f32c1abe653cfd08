"""What holds for every life: properties drawn by hypothesis."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from goodstanding.domain.decide import Decided, decide
from goodstanding.domain.events import EVENTS
from goodstanding.domain.evolve import fold
from goodstanding.domain.ladder import Before, proposed
from goodstanding.domain.record import Record, Strike
from goodstanding.domain.standing import denied_by_penalties
from goodstanding.messages import PassTime
from goodstanding.vocabulary import ENGINE_CAPABILITIES
from tests.domain.playing import D0, book
from tests.domain.test_overturned import decision_of, do, started, steps

POLICY = book().at("cn-im-2014", D0).policy


def lived(policy, script):
    life = started(policy)
    known: list[str] = []
    at = life.now
    for number, step in enumerate(script):
        at += timedelta(hours=step.hours)
        life.to(at)
        do(life, step, number, known)
        if step.what == "violation":
            known.append(decision_of(number))
    return life


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(["cn-im-2014", "neutral"]), steps)
def test_folding_the_events_gives_the_record(policy, script):
    life = lived(policy, script)
    assert fold("a1", [(event, at) for at, event in life.journal]) == life.record


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(["cn-im-2014", "neutral"]), steps)
def test_events_and_record_survive_being_written_and_read(policy, script):
    life = lived(policy, script)
    adapters = {kind: TypeAdapter(kind) for kind in EVENTS}
    read = []
    for at, event in life.journal:
        adapter = adapters[type(event)]
        read.append((adapter.validate_json(adapter.dump_json(event)), at))
    assert fold("a1", read) == life.record
    whole = TypeAdapter(Record)
    assert whole.validate_json(whole.dump_json(life.record)) == life.record


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(["cn-im-2014", "neutral"]), steps, st.integers(0, 400))
def test_capabilities_never_exceed_what_active_penalties_allow(policy, script, days):
    life = lived(policy, script)
    instant = life.now + timedelta(days=days)
    assert not life.can(instant) & denied_by_penalties(life.record, instant) - {
        *ENGINE_CAPABILITIES
    }
    assert life.can(instant) >= {*ENGINE_CAPABILITIES}


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(["cn-im-2014", "neutral"]), steps)
def test_passing_time_twice_changes_nothing_the_second_time(policy, script):
    life = lived(policy, script)
    again = decide(life.record, PassTime(account_id="a1"), life.context)
    assert isinstance(again, Decided)
    assert again.events == ()


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(["cn-im-2014", "neutral"]), steps)
def test_every_penalty_but_closure_has_an_end(policy, script):
    life = lived(policy, script)
    assert all(p.closes or p.ends_at for p in life.record.penalties)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(["cn-im-2014", "neutral"]), steps)
def test_every_penalty_has_a_notice_with_its_decision_no_later_than_its_start(policy, script):
    life = lived(policy, script)
    for penalty in life.record.penalties:
        told = [n.issued_at for n in life.record.notices if n.decision_id == penalty.decision_id]
        assert told
        assert min(told) <= penalty.imposed_at


def strikes_of(points):
    return tuple(
        Strike(f"s{i}", f"d{i}", rule, "c", n, D0, D0 + timedelta(days=900))
        for i, (rule, n) in enumerate(points)
    )


history = st.lists(st.tuples(st.sampled_from(sorted(POLICY.rules)), st.integers(1, 10)), max_size=6)


@given(st.sampled_from(sorted(POLICY.rules)), history, history, st.booleans())
def test_f06_more_history_never_gives_a_lower_rung(rule, before, more, earlier_notice):
    less, greater = (
        proposed(POLICY, rule, Before(D0, strikes_of(one), earlier_notice=earlier_notice))
        for one in (before, before + more)
    )
    assert greater.index >= less.index


@given(st.sampled_from(sorted(POLICY.rules)), st.sampled_from(sorted(POLICY.rules)), history)
def test_f06_a_graver_rule_never_gives_a_lower_rung(one, other, before):
    first, second = (
        proposed(POLICY, rule, Before(D0, strikes_of(before), earlier_notice=True))
        for rule in (one, other)
    )
    if first.severity.points < second.severity.points:
        assert first.index <= second.index
