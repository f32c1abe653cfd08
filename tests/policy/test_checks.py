"""Each check complains of a shipped policy with one thing changed, and of nothing else."""

import pytest

from goodstanding.policy import checks
from goodstanding.policy.sourcing import basis_at, every_number_has_a_source
from goodstanding.vocabulary import Stage
from tests.policy import shipped
from tests.policy.shipped import REMOVED, complaints

CN = "cn-im-2014"
WEEKLY = {"points": 1, "every": "P7D"}

UNKNOWN_NAMES = [
    (("capabilities", "stages", "closing", 0), "reed", "capability"),
    (("kinds", "private", "holder_types", 0), "robot", "holder type"),
    (("kinds", "private", "grants", 0), "reed", "capability"),
    (("kinds", "private", "open_at_once"), {"robot": 5}, "holder type of this kind"),
    (("provider", "licences", "telecom_licence", "register_kinds", 0), "secret", "account kind"),
    (("provider", "licences", "telecom_licence", "qualifications"), ["no"], "qualification"),
    (("provider", "licences", "telecom_licence", "capabilities"), ["no"], "capability"),
    (("agreement", "pledges", "truthfulness", "clause"), "9.9", "clause"),
    (("agreement", "clauses", "4.1", "ground"), "no", "ground"),
    (("qualifications", "news_unit", "kinds", 0), "no", "account kind"),
    (("qualifications", "news_unit", "holder_types", 0), "no", "holder type"),
    (("qualifications", "news_unit", "requires", 0), "no", "qualification"),
    (("qualifications", "news_unit", "excludes", 0), "no", "qualification"),
    (("qualifications", "news_unit", "gives", 0), "no", "capability"),
    (("qualifications", "individual_approval", "gives_one_of", 0), "no", "capability"),
    (("qualifications", "news_unit", "filings", "granted"), "no", "filing"),
    (("qualifications", "news_unit", "filings", "changed"), "no", "filing"),
    (("qualifications", "news_unit", "decide_by_holder"), {"person": "P3D"}, "holder type of"),
    (("marks", "reprint", "rights", 0), "no", "capability"),
    (("severities", "minor", "floor"), "no", "rung on the ladder main,"),
    (("severities", "minor", "ceiling"), "no", "rung on the ladder main,"),
    (("severities", "minor", "first_occurrence", "rung"), "no", "rung on the ladder main,"),
    (("severities", "grave", "jump", "rung"), "no", "rung on the ladder main,"),
    (("severities", "grave", "jump", "interim"), "no", "penalty"),
    (("rules", "spam_flooding", "clause"), "9.9", "clause"),
    (("rules", "spam_flooding", "severity"), "no", "severity"),
    (("rules", "spam_flooding", "category"), "no", "category"),
    (("rules", "spam_flooding", "ladder"), "no", "ladder"),
    (("rules", "privacy_exposure", "content", 0), "no", "content action"),
    (("severities", "minor", "content", 0), "no", "content action"),
    (("severities", "grave", "jump", "content", 0), "no", "content action"),
    (("rules", "spam_flooding", "ladder_with"), {"news_unit": "no"}, "ladder"),
    (("rules", "insult_or_defamation", "ladder_with"), {"no": "main"}, "qualification"),
    (("penalties", "warning", "deny"), ["no"], "capability"),
    (("penalties", "closure", "filing"), "no", "filing"),
    (("ladders", "main", "meter"), "no", "meter"),
    (("ladders", "main", "rungs", 0, "penalty"), "no", "penalty"),
    (("ladders", "main", "rungs", 3, "proposes", "penalty"), "no", "penalty"),
    (("standing", 1, "denied", 0), "no", "capability"),
    (("standing", 1, "meter"), "no", "meter"),
    (("filings", "correction"), "no", "filing"),
]


@pytest.mark.parametrize(
    ("steps", "value", "what"),
    UNKNOWN_NAMES,
    ids=[".".join(str(step) for step in steps) for steps, _, _ in UNKNOWN_NAMES],
)
def test_a_name_that_does_not_exist_is_found(steps, value, what):
    said = complaints(CN, {steps: value})

    path = ".".join(str(step) for step in steps)
    assert any(one.startswith(path) and f"there is no {what}" in one for one in said), said


def test_a_holder_type_that_nobody_verifies_is_found():
    said = complaints(CN, {("verification", "methods", "person"): REMOVED})

    assert len(said) == 2
    assert all("how a holder of type person is verified" in one for one in said)


def test_a_method_for_an_unknown_holder_type_is_found():
    method = shipped.data(CN)["verification"]["methods"]["person"]

    said = complaints(CN, {("verification", "methods", "robot"): method})

    assert len(said) == 1
    assert said[0].startswith(
        "verification.methods.robot: there is no holder type robot; there is:"
    )


RUNG = ("ladders", "main", "rungs")
WARNING = {"title": {"zh": "警", "en": "w"}, "undo": {"zh": "复", "en": "u"}}
FAILING = [
    (
        "appeal_and_export_are_everybodys",
        {("capabilities", "all", "export"): REMOVED},
        "list export",
    ),
    ("appeal_and_export_are_everybodys", {("kinds", "public", "grants", 6): "read"}, "list appeal"),
    (
        "appeal_and_export_are_everybodys",
        {("penalties", "closure", "deny", 0): "appeal"},
        "take appeal",
    ),
    (
        "every_stage_but_active_is_listed",
        {("capabilities", "stages", "closing"): REMOVED},
        "closing",
    ),
    ("every_stage_but_active_is_listed", {("capabilities", "stages", "active"): []}, "take it out"),
    ("every_text_is_in_every_language", {("policy", "title", "en"): REMOVED}, "in en"),
    ("every_text_is_in_every_language", {("policy", "disclaimer", "zh"): " "}, "in zh"),
    (
        "every_text_is_in_every_language",
        {("rules", "fraud_offer", "covers", "en"): REMOVED},
        "in en",
    ),
    ("every_text_is_in_every_language", {("penalties", "closure", "undo", "zh"): REMOVED}, "in zh"),
    ("every_text_is_in_every_language", {("grounds", "truthfulness", "en"): REMOVED}, "in en"),
    ("every_text_is_in_every_language", {("holder_types", "person", "zh"): REMOVED}, "in zh"),
    ("every_text_is_in_every_language", {("standing", 0, "title", "zh"): REMOVED}, "in zh"),
    ("every_text_is_in_every_language", {("policy", "default_language"): "fr"}, "one of zh, en"),
    (
        "a_policy_ends_after_it_begins",
        {("policy", "valid_to"): "2014-08-06"},
        "2014-08-07 or a later",
    ),
    ("thresholds_rise", {(*RUNG, 1, "at"): 1}, "write 2 or more"),
    ("thresholds_rise", {(*RUNG, 2, "at"): 3}, "write 4 or more"),
    ("thresholds_rise", {(*RUNG, 0, "at"): 0}, "write 1 or more"),
    ("thresholds_rise", {(*RUNG, 3, "code"): "suspend"}, "suspend is there already"),
    ("standing_has_a_last_resort", {("standing", 4, "always"): False}, "write `always: true`"),
    ("standing_has_a_last_resort", {("standing", 1, "always"): True}, "move it to the end"),
    ("standing_has_a_last_resort", {("standing", 3, "active_strike"): False}, "say when it holds"),
    ("standing_has_a_last_resort", {("standing", 3, "name"): "closed"}, "closed is there already"),
    ("standing_has_a_last_resort", {("standing", 3, "at_least"): 1}, "write meter and at_least"),
    (
        "meters_fall",
        {("meters", "points", "counts"): "strikes", ("meters", "points", "recovers"): WEEKLY},
        "let it count points",
    ),
    ("meters_fall", {("penalties", "closure", "while_reached"): True}, "give the rung a threshold"),
    (
        "meters_fall",
        {
            ("penalties", "restricted_publishing", "while_reached"): True,
            ("severities", "minor", "strike_lasts"): None,
        },
        "let the meter recover",
    ),
    (
        "first_occurrences_are_remembered_one_way",
        {("severities", "minor", "first_occurrence", "remembered"): "P90D"},
        "leave it out",
    ),
    (
        "cooling_off_covers_every_audience",
        {("process", "self_closure", 2, "up_to"): 9},
        "leave it out",
    ),
    (
        "cooling_off_covers_every_audience",
        {("process", "self_closure", 1, "up_to"): 10},
        "10001 or more",
    ),
    (
        "cooling_off_covers_every_audience",
        {("process", "self_closure", 0, "up_to"): REMOVED},
        "1 or more",
    ),
    (
        "qualifications_give_something",
        {("qualifications", "news_unit", "gives"): []},
        "say what it gives",
    ),
    (
        "qualifications_give_something",
        {("qualifications", "news_unit", "applications"): None},
        "together",
    ),
    (
        "marks_can_be_seen",
        {("marks", "publish_and_reprint", "rights", 1): "publish_political_news"},
        "move",
    ),
    (
        "notices_arrive_by_a_channel_they_use",
        {("process", "notices", "channels", 0): "webhook"},
        "webhook",
    ),
    ("penalties_end", {("penalties", "closure", "review_every"): REMOVED}, "write review_every"),
    ("penalties_end", {("penalties", "suspended_updates", "lasts"): REMOVED}, "say how it ends"),
    (
        "penalties_end",
        {("penalties", "suspended_updates", "longest"): "P29D"},
        "write at least P30D",
    ),
    ("records_outlive_the_appeal", {("records", "decisions"): "P59D"}, "write at least P60D"),
    (
        "records_outlive_the_appeal",
        {("records", "identity_after_closure"): "P1M"},
        "write at least P60D",
    ),
    ("what_is_filed_can_be_corrected", {("filings", "correction"): REMOVED}, "corrects the others"),
    (
        "severities_bound_themselves",
        {("severities", "serious", "floor"): "close_grave"},
        "not below",
    ),
    (
        "severities_bound_themselves",
        {("severities", "minor", "first_occurrence", "rung"): "close"},
        "within",
    ),
    (
        "severities_bound_themselves",
        {("severities", "grave", "jump", "rung"): "restrict"},
        "within bounds",
    ),
    (
        "an_interim_denies_for_a_time",
        {("penalties", "interim_suspension", "lasts"): REMOVED},
        "lapses",
    ),
    (
        "an_interim_denies_for_a_time",
        {("severities", "grave", "jump", "interim"): "warning"},
        "denies some",
    ),
    (
        "an_interim_denies_for_a_time",
        {("severities", "grave", "jump", "interim"): "closure"},
        "not close",
    ),
    ("every_rung_is_reached", {(*RUNG, 1, "at"): None}, "nothing leads here"),
    ("every_rung_is_reached", {("severities", "grave", "jump"): REMOVED}, "nothing leads here"),
    (
        "every_rung_is_reached",
        {("severities", "serious", "ceiling"): "suspend"},
        "nothing leads here",
    ),
    (
        "later_rungs_deny_no_less",
        {("penalties", "suspended_updates", "deny", 2): "update"},
        "below: post",
    ),
    ("later_rungs_deny_no_less", {(*RUNG, 3, "penalty"): "warning"}, "deny at least what"),
    (
        "closures_are_announced",
        {(*RUNG, 3, "proposes", "needs_earlier_notice"): False},
        "comes first",
    ),
    ("closures_are_announced", {(*RUNG, 4, "at"): 20}, "a meter alone closes nothing"),
    (
        "nobody_closes_alone",
        {("severities", "serious", "ceiling"): "close_grave"},
        "one person closes nothing",
    ),
    (
        "labels_are_named",
        {("content", "actions", "mark_sensitive", "label"): REMOVED},
        "say which label",
    ),
    ("labels_are_named", {("content", "actions", "erase", "label"): "x"}, "leave it out"),
    (
        "content_actions_differ",
        {("severities", "minor", "content", 1): "take_down_grave"},
        "take_down does the same",
    ),
    (
        "what_is_done_at_once_can_be_undone",
        {("severities", "grave", "jump", "content", 0): "erase"},
        "choose one that can be undone",
    ),
    ("every_number_has_a_source", {("basis", 0): REMOVED}, "comes from"),
    (
        "every_source_speaks_of_a_number",
        {("basis", 0, "of", 0): "kinds.secret"},
        "no number stands at",
    ),
    (
        "every_source_speaks_of_a_number",
        {("basis", 0, "of", 0): "kinds.*.least_age"},
        "is there 2 times",
    ),
]


@pytest.mark.parametrize(
    ("check", "changes", "sentence"),
    FAILING,
    ids=[f"{name}-{number}" for number, (name, _, _) in enumerate(FAILING)],
)
def test_a_check_complains_of_what_breaks_it(check, changes, sentence):
    policy = shipped.changed(CN, changes)

    said = [text for _, text in getattr(checks, check)(policy)]

    assert any(sentence in text for text in said), said
    assert set(said) <= {text for _, text in checks.problems_of(policy)}


def test_every_check_has_a_failing_example():
    run = {check.__name__ for check in (*checks.ALONE, *checks.NAMED)}

    assert run == {name for name, _, _ in FAILING}


def test_a_longer_ladder_in_the_other_policy_is_not_undercut():
    said = complaints("neutral", {("penalties", "suspended_longer", "lasts"): "P13D"})

    assert len(said) == 1
    assert said[0].startswith("ladders.main.rungs.3.penalty: suspended_longer ends sooner than")


def test_checks_that_follow_names_wait_until_the_names_exist():
    said = complaints(CN, {("severities", "minor", "floor"): "no"})

    assert len(said) == 1


def test_months_and_days_are_compared_by_where_they_end():
    six_months = ("process", "appeal", "window"), ("records", "decisions")

    assert complaints("neutral", {six_months[1]: "P184D"}) == []
    assert complaints("neutral", {six_months[1]: "P183D"}) == [
        "records.decisions: write at least P6M: so long an appeal can come"
    ]


def test_a_number_that_no_source_covers_is_found_one_by_one():
    policy = shipped.changed(CN, {("basis",): []})

    found = {".".join(map(str, steps)) for steps, _ in every_number_has_a_source(policy)}

    assert {"verification.attempts", "severities.minor.points", "ladders.main.rungs.1.at"} <= found
    assert {"policy.version", "agreement.version", "policy.valid_from"}.isdisjoint(found)
    assert "ladders.main.rungs.3.proposes.needs_earlier_notice" not in found


@pytest.mark.parametrize(
    ("steps", "status"),
    [
        (("qualifications", "news_unit", "people"), "choice"),
        (("qualifications", "news_unit", "valid"), "practice"),
        (("qualifications", "individual_approval", "valid"), "choice"),
        (("qualifications", "news_unit", "remind_before", 0), "practice"),
        (("qualifications", "news_unit", "remind_before", 1), "choice"),
        (("process", "self_closure", 2, "cooling_off"), "practice"),
        (("process", "appeal", "window"), "choice"),
        (("records", "access_log"), "law"),
    ],
)
def test_of_several_sources_the_one_that_names_more_speaks(steps, status):
    found = basis_at(shipped.policy(CN), steps)

    assert found is not None
    assert found.status == status


def test_a_source_that_names_a_section_speaks_before_one_that_leaves_it_open():
    found = basis_at(shipped.policy(CN), ("qualifications", "public_account", "people"))

    assert found is not None
    assert "before a public account opens" in found.source


def test_a_place_that_no_source_covers_has_none():
    assert basis_at(shipped.policy(CN), ("policy", "version")) is None


def test_every_stage_but_active_is_in_the_shipped_policies():
    for name in shipped.NAMES:
        assert set(shipped.policy(name).capabilities.stages) == set(Stage) - {Stage.ACTIVE}
