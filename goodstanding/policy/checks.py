"""What a policy has to keep to beyond its form.

Each check says where it is broken and what would be right.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Final

from goodstanding.policy.durations import Duration
from goodstanding.policy.meter_checks import first_occurrences_are_remembered_one_way, meters_fall
from goodstanding.policy.references import (
    every_name_exists,
    ladders_of,
    rungs_named,
    rungs_of,
)
from goodstanding.policy.schema import Channel, Ladder, Penalty, Policy, Rung
from goodstanding.policy.sourcing import every_number_has_a_source, every_source_speaks_of_a_number
from goodstanding.policy.templates import ABOUT_A_DECISION
from goodstanding.policy.walking import Found, Steps, texts
from goodstanding.vocabulary import ENGINE_CAPABILITIES, ContentAct, Stage

_FIRSTS: Final = [
    datetime(year, month, 1, tzinfo=UTC) for year in (2027, 2028) for month in range(1, 13)
]
"""A common year and a leap year: starts from which lengths of time are compared."""


def problems_of(policy: Policy) -> list[Found]:
    """All that is wrong with it; the checks that rest on names wait until every name exists."""
    unknown = list(every_name_exists(policy))
    checks = ALONE if unknown else ALONE + NAMED
    return unknown + [found for check in checks for found in check(policy)]


def appeal_and_export_are_everybodys(policy: Policy) -> Iterator[Found]:
    """Every policy knows them, every kind grants them, no penalty denies them."""
    for name in ENGINE_CAPABILITIES:
        if name not in policy.capabilities.all:
            yield ("capabilities", "all"), f"list {name}: every account has it"
        for code, kind in policy.kinds.items():
            if name not in kind.grants:
                yield ("kinds", code, "grants"), f"list {name}: every account has it"
        for code, penalty in policy.penalties.items():
            if name in penalty.deny:
                at = ("penalties", code, "deny", penalty.deny.index(name))
                yield at, f"take {name} out: nothing can deny it"


def every_stage_but_active_is_listed(policy: Policy) -> Iterator[Found]:
    """What is left of the capabilities is said for each stage; in `active` the grants say it."""
    listed = policy.capabilities.stages
    for stage in Stage:
        if stage is not Stage.ACTIVE and stage not in listed:
            yield ("capabilities", "stages"), f"say what is left in the stage {stage.value}"
    if Stage.ACTIVE in listed:
        at = ("capabilities", "stages", Stage.ACTIVE.value)
        yield at, "take it out: what an active account may do is granted by its kind"


def every_text_is_in_every_language(policy: Policy) -> Iterator[Found]:
    """Each text for people, in each language of the header."""
    header = policy.policy
    if header.default_language not in header.languages:
        yield ("policy", "default_language"), f"write one of {', '.join(header.languages)}"
    for steps, text in texts(policy):
        for language in header.languages:
            if not text.get(language, "").strip():
                yield (*steps, language), f"write this text in {language}: the header promises it"


def a_policy_ends_after_it_begins(policy: Policy) -> Iterator[Found]:
    """`valid_to` is not before `valid_from`."""
    begin, end = policy.policy.valid_from, policy.policy.valid_to
    if end is not None and end < begin:
        yield ("policy", "valid_to"), f"write {begin} or a later day"


def thresholds_rise(policy: Policy) -> Iterator[Found]:
    """Each rung that the meter reaches asks for more than the one below; codes are there once."""
    for code, ladder in policy.ladders.items():
        before, seen = 0, set[str]()
        for i, rung in enumerate(ladder.rungs):
            at = ("ladders", code, "rungs", i)
            if rung.code in seen:
                yield (*at, "code"), f"choose another code: {rung.code} is there already"
            seen.add(rung.code)
            if rung.at is not None and rung.at <= before:
                yield (*at, "at"), f"write {before + 1} or more: thresholds rise strictly"
            before = max(before, rung.at or 0)


def standing_has_a_last_resort(policy: Policy) -> Iterator[Found]:
    """The last level holds always, and only it; every other has a condition and its own name."""
    last = len(policy.standing) - 1
    names = [level.name for level in policy.standing]
    for i, level in enumerate(policy.standing):
        if i == last and not level.always:
            yield ("standing", i), "write `always: true`: some level has to hold for every account"
        if i != last and level.always:
            yield ("standing", i, "always"), "move it to the end: no level after it can ever hold"
        if (level.meter is None) != (level.at_least is None):
            yield ("standing", i), "write meter and at_least together, or neither"
        conditions = (level.stages, level.denied, level.active_strike, level.meter, level.always)
        if not any(conditions):
            yield ("standing", i), "say when it holds: stages, denied, active_strike or a meter"
        if level.name in names[:i]:
            yield ("standing", i, "name"), f"choose another name: {level.name} is there already"


def cooling_off_covers_every_audience(policy: Policy) -> Iterator[Found]:
    """The steps rise, and the last has no bound."""
    before, at = 0, ("process", "self_closure")
    *bounded, last = policy.process.self_closure
    for i, step in enumerate(bounded):
        if step.up_to is None or step.up_to <= before:
            yield (*at, i, "up_to"), f"write {before + 1} or more: audiences rise"
        before = max(before, step.up_to or 0)
    if last.up_to is not None:
        yield (*at, len(bounded), "up_to"), "leave it out: the last step is for all above"


def qualifications_give_something(policy: Policy) -> Iterator[Found]:
    """A qualification gives rights, and counts its applications within a time or not at all."""
    for code, one in policy.qualifications.items():
        at = ("qualifications", code)
        if not one.gives and not one.gives_one_of:
            yield at, "say what it gives: gives or gives_one_of"
        if (one.applications is None) != (one.applications_within is None):
            yield at, "write applications and applications_within together, or neither"


def marks_can_be_seen(policy: Policy) -> Iterator[Found]:
    """An earlier mark that asks for less would always stand in the place of a later one."""
    earlier: list[tuple[str, set[str]]] = []
    for code, mark in policy.marks.items():
        rights = set(mark.rights)
        for other, fewer in earlier:
            if fewer <= rights:
                yield (
                    ("marks", code),
                    f"move it before {other}, which would always be shown instead",
                )
        earlier.append((code, rights))


def notices_arrive_by_a_channel_they_use(policy: Policy) -> Iterator[Found]:
    """What counts as handing over is one of the channels."""
    notices = policy.process.notices
    section: Steps = ("process", "notices")
    counts = notices.handed_over_by
    if counts not in notices.channels:
        yield (
            (*section, "handed_over_by"),
            f"write one of the channels: {', '.join(notices.channels)}",
        )
    for kind, channels in notices.kinds.items():
        if not channels:
            yield (*section, "kinds", kind.value), "list at least 1"
        elif kind in ABOUT_A_DECISION and counts not in channels:
            at = (*section, "kinds", kind.value)
            yield at, f"list {counts.value}: penalties and appeals wait until it has handed over"
    if notices.inbox_counts_after and counts is Channel.INBOX:
        at = (*section, "inbox_counts_after")
        yield at, "leave it out: the inbox counts at once"


def penalties_end(policy: Policy) -> Iterator[Found]:
    """What denies something ends by time, strike or holder; what closes is reviewed."""
    for code, penalty in policy.penalties.items():
        at = ("penalties", code)
        if penalty.closes and penalty.review_every is None:
            yield at, "write review_every: a closure has no end, so it is looked at again"
        if not penalty.closes and penalty.deny and not _ends(penalty):
            yield at, f"say how it ends: {_WAYS_TO_END}"
        if penalty.lasts and penalty.longest and not _fits(penalty.lasts, penalty.longest, policy):
            yield (*at, "longest"), f"write at least {penalty.lasts}, which it lasts"


def severities_bound_themselves(policy: Policy) -> Iterator[Found]:
    """From floor to ceiling the ladder goes up; what a severity names besides lies between them."""
    for code, severity in policy.severities.items():
        for ladder in ladders_of(policy, code):
            order = rungs_of(policy.ladders[ladder])
            low, high = order.index(severity.floor), order.index(severity.ceiling)
            if low > high:
                at: Steps = ("severities", code, "ceiling")
                yield at, f"choose a rung not below the floor {severity.floor}"
                continue
            for where, rung in rungs_named(severity):
                if not low <= order.index(rung) <= high:
                    between = ", ".join(order[low : high + 1])
                    yield ("severities", code, *where), f"choose a rung within bounds: {between}"


def an_interim_denies_for_a_time(policy: Policy) -> Iterator[Found]:
    """It starts before a second person has looked, so it lapses by itself and closes nothing."""
    for code, severity in policy.severities.items():
        if severity.jump is None:
            continue
        name, at = severity.jump.interim, ("severities", code, "jump", "interim")
        interim = policy.penalties[name]
        if interim.lasts is None:
            yield at, f"give the penalty {name} a `lasts`: an interim lapses unless it is confirmed"
        if interim.closes or not interim.deny:
            yield at, "choose a penalty that denies something and does not close the account"


def every_rung_is_reached(policy: Policy) -> Iterator[Found]:
    """By the meter, where a severity with points goes that far, or by the jump of one."""
    for code, ladder in policy.ladders.items():
        reached = set(_reached(policy, code, ladder))
        for i, rung in enumerate(ladder.rungs):
            if rung.code not in reached:
                at = ("ladders", code, "rungs", i)
                yield at, "nothing leads here: neither a severity's bounds and meter nor a jump"


def later_rungs_deny_no_less(policy: Policy) -> Iterator[Found]:
    """Going up takes away at least as much, and, where it takes the same, for at least as long."""
    for code, ladder in policy.ladders.items():
        for i in range(1, len(ladder.rungs)):
            below, here = ladder.rungs[i - 1], ladder.rungs[i]
            at = ("ladders", code, "rungs", i, "penalty")
            less, more = policy.penalties[below.penalty], policy.penalties[here.penalty]
            kept = _denied(policy, less) - _denied(policy, more)
            if kept:
                listed = ", ".join(sorted(kept))
                yield at, f"deny at least what {below.penalty} denies below: {listed}"
            elif _shorter(policy, more, less):
                yield (
                    at,
                    f"{here.penalty} ends sooner than {below.penalty} below; it denies the same",
                )


def closures_are_announced(policy: Policy) -> Iterator[Found]:
    """The meter alone closes nothing: a closure is proposed, and only after an earlier notice."""
    for code, ladder in policy.ladders.items():
        for i, rung in enumerate(ladder.rungs):
            at = ("ladders", code, "rungs", i)
            if rung.at is not None and policy.penalties[rung.penalty].closes:
                yield (*at, "penalty"), "propose the closure instead: a meter alone closes nothing"
            if _closes_unannounced(policy, rung):
                yield (*at, "proposes"), "write `needs_earlier_notice: true`: a warning comes first"


def nobody_closes_alone(policy: Policy) -> Iterator[Found]:
    """Where no second person confirms, no rung within bounds closes the account (F5)."""
    for code, severity in policy.severities.items():
        for name in ladders_of(policy, code) if severity.jump is None else ():
            ladder = policy.ladders[name]
            order = rungs_of(ladder)
            for rung in ladder.rungs[: order.index(severity.ceiling) + 1]:
                if policy.penalties[rung.penalty].closes:
                    at: Steps = ("severities", code, "ceiling")
                    yield at, f"stay below {rung.code}, which closes: one person closes nothing"


def what_is_filed_can_be_corrected(policy: Policy) -> Iterator[Found]:
    """An overturn has to reach whoever was told of what it overturns."""
    if policy.filings.kinds and policy.filings.correction is None:
        yield ("filings",), "name the filing that corrects the others: correction"


def records_outlive_the_appeal(policy: Policy) -> Iterator[Found]:
    """Decisions and identity are still there while an appeal can come."""
    window = policy.process.appeal.window
    for name in ("decisions", "identity_after_closure"):
        kept = getattr(policy.records, name)
        if not _fits(window, kept, policy):
            yield ("records", name), f"write at least {window}: so long an appeal can come"


def labels_are_named(policy: Policy) -> Iterator[Found]:
    """An action that puts a label on says which, and no other has one."""
    for code, action in policy.content.actions.items() if policy.content else ():
        at: Steps = ("content", "actions", code, "label")
        if action.does is ContentAct.LABEL and action.label is None:
            yield at, "say which label is put on"
        if action.does is not ContentAct.LABEL and action.label is not None:
            yield at, "leave it out: only an action that does `label` has one"


def content_actions_differ(policy: Policy) -> Iterator[Found]:
    """A finding names what is done and which label; that tells two actions of one list apart."""
    actions = policy.content.actions if policy.content else {}
    lists: list[tuple[Steps, tuple[str, ...]]] = [
        (("severities", code, "content"), one.content) for code, one in policy.severities.items()
    ]
    lists += [(("rules", code, "content"), one.content or ()) for code, one in policy.rules.items()]
    for at, codes in lists:
        does = [(actions[code].does, actions[code].label) for code in codes]
        for i, one in enumerate(does):
            if one in does[:i]:
                yield (*at, i), f"keep one: {codes[does.index(one)]} does the same"


def what_is_done_at_once_can_be_undone(policy: Policy) -> Iterator[Found]:
    """Before a second person has looked, nothing is done with an item for good."""
    for code, severity in policy.severities.items():
        for i, name in enumerate(severity.jump.content if severity.jump else ()):
            if policy.content and not policy.content.actions[name].can_be_undone:
                at: Steps = ("severities", code, "jump", "content", i)
                yield at, f"choose one that can be undone: {name} cannot, and it may lapse"


Check = Callable[[Policy], Iterator[Found]]

ALONE: Final[tuple[Check, ...]] = (
    appeal_and_export_are_everybodys,
    every_stage_but_active_is_listed,
    every_text_is_in_every_language,
    a_policy_ends_after_it_begins,
    thresholds_rise,
    standing_has_a_last_resort,
    cooling_off_covers_every_audience,
    qualifications_give_something,
    marks_can_be_seen,
    notices_arrive_by_a_channel_they_use,
    penalties_end,
    first_occurrences_are_remembered_one_way,
    records_outlive_the_appeal,
    what_is_filed_can_be_corrected,
    labels_are_named,
    every_number_has_a_source,
    every_source_speaks_of_a_number,
)
"""Checks that look at one place."""

NAMED: Final[tuple[Check, ...]] = (
    severities_bound_themselves,
    meters_fall,
    an_interim_denies_for_a_time,
    every_rung_is_reached,
    later_rungs_deny_no_less,
    closures_are_announced,
    nobody_closes_alone,
    content_actions_differ,
    what_is_done_at_once_can_be_undone,
)
"""Checks that follow names, which therefore have to exist."""


_WAYS_TO_END = "lasts, while_reached, ends_when_acknowledged or ends_with_strike, or review_every where it has no end"


def _ends(penalty: Penalty) -> bool:
    by_itself = penalty.ends_when_acknowledged or penalty.ends_with_strike or penalty.while_reached
    return bool(penalty.lasts or by_itself or penalty.review_every)


def _denied(policy: Policy, penalty: Penalty) -> set[str]:
    return set(policy.capabilities.all) if penalty.closes else set(penalty.deny)


def _shorter(policy: Policy, one: Penalty, other: Penalty) -> bool:
    same = _denied(policy, one) == _denied(policy, other)
    return bool(same and one.lasts and other.lasts and not _fits(other.lasts, one.lasts, policy))


def _fits(inner: Duration, outer: Duration, policy: Policy) -> bool:
    """Whether the inner one is over no later than the outer, whenever both begin."""
    zone = policy.zone
    return all(inner.after(start, zone) <= outer.after(start, zone) for start in _FIRSTS)


def _closes_unannounced(policy: Policy, rung: Rung) -> bool:
    proposal = rung.proposes
    return bool(
        proposal and policy.penalties[proposal.penalty].closes and not proposal.needs_earlier_notice
    )


def _reached(policy: Policy, code: str, ladder: Ladder) -> Iterator[str]:
    """The rungs to which some severity leads."""
    order = rungs_of(ladder)
    for name, severity in policy.severities.items():
        if code not in ladders_of(policy, name):
            continue
        if severity.first_occurrence:
            yield severity.first_occurrence.rung
        if severity.jump:
            yield severity.jump.rung
        elif severity.points:
            low, high = order.index(severity.floor), order.index(severity.ceiling)
            chosen = ladder.a_person_picks
            within = ladder.rungs[low : high + 1]
            yield from (rung.code for rung in within if chosen or rung.at is not None)
