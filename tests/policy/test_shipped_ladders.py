"""The shipped policies answer breaches as the facts say, number by number."""

import pytest

from goodstanding.policy.durations import Duration
from goodstanding.policy.schema import Channel, Machine, PenaltyStart
from goodstanding.vocabulary import Stage
from tests.policy import shipped

CN = shipped.policy("cn-im-2014")
NEUTRAL = shipped.policy("neutral")
BOTH = pytest.mark.parametrize("name", shipped.NAMES)


def written(duration: Duration | None) -> str | None:
    return str(duration) if duration else None


@pytest.mark.parametrize(
    ("policy", "code", "points", "lasts", "bounds"),
    [
        (CN, "minor", 1, "P90D", ("warn", "suspend")),
        (CN, "serious", 3, "P1Y", ("warn", "close")),
        (CN, "grave", 10, "P2Y", ("suspend", "close_grave")),
        (NEUTRAL, "minor", 1, "P90D", ("warn", "suspend")),
        (NEUTRAL, "serious", 3, "P6M", ("warn", "close")),
        (NEUTRAL, "grave", 10, "P1Y", ("suspend", "close_grave")),
    ],
)
def test_how_grave_a_breach_is(policy, code, points, lasts, bounds):
    one = policy.severities[code]

    assert (one.points, written(one.strike_lasts)) == (points, lasts)
    assert (one.floor, one.ceiling) == bounds
    assert (one.first_occurrence is not None) == (code == "minor")
    assert (one.jump is not None) == (code == "grave")
    if one.first_occurrence:
        assert (one.first_occurrence.rung, one.first_occurrence.points) == ("warn", 1)
    if one.jump:
        assert (one.jump.interim, one.jump.rung) == ("interim_suspension", "close_grave")
        assert one.jump.people == 2


@pytest.mark.parametrize(
    ("code", "chinese", "clause", "severity", "category"),
    [
        ("unlicensed_political_news", "无资质发布时政新闻", "4.1", "serious", "news"),
        ("news_beyond_right", "超范围发布时政新闻", "4.1", "serious", "news"),
        ("source_not_named", "转载未注明来源", "4.2", "minor", "news"),
        ("illegal_goods", "违禁商品或服务", "3.1", "serious", "goods"),
        ("fraud_offer", "欺诈信息", "3.4", "serious", "fraud"),
        ("violent_overthrow_call", "煽动暴力颠覆", "3.2", "serious", "public_affairs"),
        ("state_secret_disclosure", "泄露国家秘密", "3.3", "serious", "public_affairs"),
        ("privacy_exposure", "泄露他人隐私", "3.4", "serious", "privacy"),
        ("insult_or_defamation", "侮辱诽谤", "3.4", "minor", "personal"),
        ("impersonation", "冒充他人或机构", "5.2", "serious", "account"),
        ("false_registration_data", "虚假注册信息", "5.1", "serious", "account"),
        ("threat_to_life", "威胁生命安全", "3.5", "grave", "violence"),
        ("spam_flooding", "刷屏骚扰", "3.5", "minor", "spam"),
        ("child_sexual_abuse", "儿童性侵害内容", "3.6", "grave", "child_safety"),
        ("sexual_content", "色情低俗内容", "3.6", "minor", "sexual"),
        ("fabricated_report", "编造虚假信息", "3.7", "serious", "false_information"),
        ("misleading_headline", "标题与内容不符", "3.7", "minor", "false_information"),
    ],
)
def test_what_each_rule_stands_on(code, chinese, clause, severity, category):
    rule = CN.rules[code]

    assert rule.title["zh"] == chinese
    assert (rule.clause, rule.severity, rule.category) == (clause, severity, category)
    assert rule.ladder == "main"


@pytest.mark.parametrize(
    ("code", "clause", "severity"),
    [
        ("spam", "2.4", "minor"),
        ("harassment", "2.1", "minor"),
        ("nudity_unlabelled", "2.4", "minor"),
        ("hate", "2.1", "serious"),
        ("privacy_exposure", "2.2", "serious"),
        ("impersonation", "2.6", "serious"),
        ("fraud", "2.3", "serious"),
        ("illegal_goods", "2.5", "serious"),
        ("threat_to_life", "2.1", "grave"),
        ("child_sexual_abuse", "2.5", "grave"),
    ],
)
def test_what_each_neutral_rule_stands_on(code, clause, severity):
    assert (NEUTRAL.rules[code].clause, NEUTRAL.rules[code].severity) == (clause, severity)


def test_there_is_no_rule_beyond_the_facts():
    assert (len(CN.rules), len(NEUTRAL.rules)) == (17, 10)


@BOTH
def test_what_touches_public_affairs_is_found_by_two_people_and_no_detector_decides(name):
    for code, category in shipped.policy(name).categories.items():
        public_affairs = code == "public_affairs"
        assert category.people == (2 if public_affairs else 1)
        assert category.machine is (Machine.NOTHING if public_affairs else Machine.PROPOSE)


@pytest.mark.parametrize(
    ("policy", "rungs"),
    [
        (
            CN,
            [
                ("warn", 1, "warning"),
                ("restrict", 3, "restricted_publishing"),
                ("suspend", 6, "suspended_updates"),
                ("close", 10, "suspended_updates"),
                ("close_grave", None, "closure"),
            ],
        ),
        (
            NEUTRAL,
            [
                ("warn", 1, "warning"),
                ("restrict", 3, "restricted_posting"),
                ("suspend", 6, "suspended"),
                ("close", 10, "suspended_longer"),
                ("close_grave", None, "closure"),
            ],
        ),
    ],
)
def test_the_ladder(policy, rungs):
    ladder = policy.ladders["main"]

    assert [(one.code, one.at, one.penalty) for one in ladder.rungs] == rungs
    assert (ladder.may_choose_lower, ladder.may_choose_higher) == (1, 1)


@pytest.mark.parametrize(
    ("policy", "hearing", "confirm", "notice"),
    [(CN, "P5D", "P7D", "P7D"), (NEUTRAL, "P7D", "P7D", "P30D")],
)
def test_how_a_closure_is_proposed(policy, hearing, confirm, notice):
    proposals = {one.code: one.proposes for one in policy.ladders["main"].rungs if one.proposes}

    assert set(proposals) == {"close"}
    one = proposals["close"]
    assert (one.penalty, one.people, one.needs_earlier_notice) == ("closure", 2, True)
    assert [written(each) for each in (one.hearing, one.confirm, one.notice)] == [
        hearing,
        confirm,
        notice,
    ]


@pytest.mark.parametrize(
    ("policy", "code", "start", "lasts"),
    [
        (CN, "warning", "decided", None),
        (CN, "restricted_publishing", "notified", "P7D"),
        (CN, "suspended_updates", "notified", "P30D"),
        (CN, "interim_suspension", "decided", "P7D"),
        (CN, "closure", "decided", None),
        (NEUTRAL, "warning", "decided", None),
        (NEUTRAL, "restricted_posting", "notified", "P7D"),
        (NEUTRAL, "suspended", "notified", "P14D"),
        (NEUTRAL, "suspended_longer", "notified", "P45D"),
        (NEUTRAL, "interim_suspension", "decided", "P3D"),
        (NEUTRAL, "closure", "decided", None),
    ],
)
def test_when_a_penalty_starts_and_ends(policy, code, start, lasts):
    penalty = policy.penalties[code]

    assert penalty.start is PenaltyStart(start)
    assert written(penalty.lasts) == lasts
    assert penalty.closes == (code == "closure")
    assert written(penalty.review_every) == ("P180D" if code == "closure" else None)
    assert penalty.ends_when_acknowledged == (code == "warning")
    assert penalty.ends_with_strike == (code == "warning")


def test_how_long_a_person_may_make_a_penalty():
    assert written(CN.penalties["restricted_publishing"].longest) == "P90D"
    assert written(CN.penalties["suspended_updates"].longest) == "P90D"
    assert written(CN.penalties["suspended_updates"].hearing_beyond) == "P30D"


@BOTH
def test_the_levels_of_standing(name):
    standing = shipped.policy(name).standing

    assert [level.name for level in standing] == [
        "closed",
        "suspended",
        "restricted",
        "warned",
        "good",
    ]
    assert Stage.CLOSED in standing[0].stages
    assert standing[1].denied == ("update",)
    assert "post" in standing[2].denied
    assert standing[3].active_strike
    assert standing[4].always


@pytest.mark.parametrize(
    ("policy", "window", "decide"), [(CN, "P60D", "P15D"), (NEUTRAL, "P6M", "P14D")]
)
def test_the_clocks(policy, window, decide):
    process = policy.process

    assert (written(process.appeal.window), written(process.appeal.decide)) == (window, decide)
    assert process.appeal.pauses_closing
    reports = process.reports
    assert written(reports.acknowledge) == "PT24H"
    assert written(reports.decide) == "P7D"
    assert written(reports.decide_urgent) == "PT24H"
    urgent = {code for code, ground in reports.grounds.items() if ground.urgent}
    assert urgent == {"threat_to_life", "child_safety"}
    assert {"unlawful", "harmful"} < set(reports.grounds)
    assert written(process.reinstatement_after) == "P180D"
    assert (written(process.probation), process.probation_raises) == ("P90D", 1)
    assert [(one.up_to, written(one.cooling_off)) for one in process.self_closure] == [
        (10_000, "P15D"),
        (100_000, "P30D"),
        (None, "P60D"),
    ]
    assert process.notices.handed_over_by is Channel.INBOX


@pytest.mark.parametrize(
    ("code", "to", "within"),
    [
        ("public_account", "content_authority", "P5D"),
        ("qualification_changed", "content_authority", "P5D"),
        ("penalty_report", "competent_department", "PT24H"),
        ("correction", "same_authority", "PT24H"),
    ],
)
def test_what_is_filed_where_and_by_when(code, to, within):
    filing = CN.filings.kinds[code]

    assert (filing.to, written(filing.within)) == (to, within)
    assert "policy_digest" in filing.fields
    # what identifies a person is on no list
    assert not {"name", "real_name", "identity", "operator"} & set(filing.fields)


def test_a_closure_alone_is_reported_and_what_is_overturned_corrected():
    reported = {code for code, penalty in CN.penalties.items() if penalty.filing}

    assert reported == {"closure"}
    assert CN.penalties["closure"].filing == "penalty_report"
    assert CN.filings.correction == "correction"
    assert set(CN.filings.kinds) == {
        "public_account",
        "qualification_changed",
        "penalty_report",
        "correction",
    }


def test_neutral_sends_nothing_to_anybody_and_knows_no_licences():
    assert NEUTRAL.filings.kinds == {}
    assert NEUTRAL.qualifications == {}
    assert NEUTRAL.marks == {}
    assert NEUTRAL.provider.licences == {}
    assert all(penalty.filing is None for penalty in NEUTRAL.penalties.values())


@pytest.mark.parametrize(
    ("policy", "decisions", "identity", "access_log"),
    [(CN, "P3Y", "P6M", "P6M"), (NEUTRAL, "P1Y", "P6M", "P6M")],
)
def test_how_long_what_is_kept(policy, decisions, identity, access_log):
    records = policy.records

    assert written(records.decisions) == decisions
    assert written(records.identity_after_closure) == identity
    assert written(records.access_log) == access_log
