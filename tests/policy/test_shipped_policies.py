"""The shipped policies say what the facts say, number by number."""

from datetime import date, timedelta
from hashlib import sha256

import pytest

from goodstanding.policy.book import PolicyBook
from goodstanding.policy.checks import problems_of
from goodstanding.policy.durations import Duration, start_of
from goodstanding.policy.schema import Channel, Machine, PenaltyStart
from goodstanding.policy.templates import PHRASES, VARIABLE, VARIABLES, in_words, render
from goodstanding.policy.walking import texts
from goodstanding.vocabulary import Assurance, NoticeKind, Stage
from tests.policy import shipped

CN = shipped.policy("cn-im-2014")
NEUTRAL = shipped.policy("neutral")
BOTH = pytest.mark.parametrize("name", shipped.NAMES)
ORGANISATIONS = ("enterprise", "public_body", "peoples_organisation", "news_organisation")
HOLDERS = ("person", *ORGANISATIONS)
NEWS = ("publish_political_news", "reprint_political_news")
PUBLISHING = {"post", "publish", "reprint", *NEWS}


def written(duration: Duration | None) -> str | None:
    return str(duration) if duration else None


@BOTH
def test_a_shipped_policy_has_no_problem(name):
    assert problems_of(shipped.policy(name)) == []


@BOTH
def test_a_policy_is_in_force_from_midnight_in_its_own_zone(name):
    one = shipped.published(name)
    start = start_of(date(2014, 8, 7), one.policy.zone)

    assert one.in_force_at(start)
    assert not one.in_force_at(start - timedelta(microseconds=1))
    assert PolicyBook((one,)).at(name, start) is one


def test_the_headers():
    assert (CN.policy.version, CN.policy.valid_to) == (1, None)
    assert CN.policy.time_zone == "Asia/Shanghai"
    assert (CN.policy.languages, CN.policy.default_language) == (("zh", "en"), "zh")
    assert (NEUTRAL.policy.languages, NEUTRAL.policy.default_language) == (("en", "zh"), "en")


# --- account kinds, holders, caps


@pytest.mark.parametrize(
    ("kind", "caps", "age"),
    [
        ("private", dict.fromkeys(HOLDERS, 5), 14),
        ("public", {**dict.fromkeys(ORGANISATIONS, 50), "person": 1, "enterprise": 2}, 18),
    ],
)
def test_how_many_accounts_a_holder_may_have_and_from_which_age(kind, caps, age):
    assert dict(CN.kinds[kind].open_at_once) == caps
    assert CN.kinds[kind].least_age == age


def test_the_kinds_and_the_holder_types():
    assert tuple(CN.kinds) == ("private", "public")
    assert tuple(CN.holder_types) == HOLDERS
    assert tuple(NEUTRAL.kinds) == ("standard",)
    assert NEUTRAL.kinds["standard"].open_at_once == {}
    assert NEUTRAL.kinds["standard"].least_age == 16


@BOTH
def test_registration_and_names(name):
    policy = shipped.policy(name)

    assert written(policy.registration.unfinished_expires) == "P80D"
    assert written(policy.registration.ended_erased) == "P30D"
    assert policy.registration.declined_as.model_dump() == {
        "expired": "registration_expired",
        "under_age": "under_age",
        "cap": "account_cap",
        "not_verified": "identity_not_verified",
        "name": "impersonation",
        "closed_identity": "closed_identity",
    }
    assert written(policy.names.person_decides) == "P3D"
    assert written(policy.names.held_after_closure) == "P15D"


# --- capabilities

EVERYBODY = {"read", "message", "report", "remove", "profile", "update", "appeal", "export"}


def granted(kind: str, *qualifications: str) -> set[str]:
    given = [CN.qualifications[code].gives for code in qualifications]
    return {*CN.kinds[kind].grants, *(right for rights in given for right in rights)}


@pytest.mark.parametrize(
    ("kind", "qualifications", "rights"),
    [
        ("private", (), EVERYBODY | {"post"}),
        ("public", (), EVERYBODY),
        ("public", ("public_account",), EVERYBODY | {"post", "publish", "reprint"}),
        ("public", ("public_account", "news_unit"), EVERYBODY | PUBLISHING),
        ("public", ("public_account", "news_site"), EVERYBODY | PUBLISHING),
        (
            "public",
            ("public_account", "licensed_non_news"),
            EVERYBODY | PUBLISHING - {"publish_political_news"},
        ),
    ],
)
def test_what_an_account_of_each_kind_and_class_may_do(kind, qualifications, rights):
    assert granted(kind, *qualifications) == rights


def test_every_capability_of_the_facts_is_there_and_no_other():
    assert set(CN.capabilities.all) == EVERYBODY | PUBLISHING
    assert set(NEUTRAL.capabilities.all) == {
        *("read", "profile", "message", "post", "comment"),
        *("update", "remove", "report", "appeal", "export"),
    }
    assert set(NEUTRAL.kinds["standard"].grants) == set(NEUTRAL.capabilities.all)


@pytest.mark.parametrize(
    ("penalty", "denied"),
    [
        ("warning", set()),
        ("restricted_publishing", PUBLISHING),
        ("suspended_updates", PUBLISHING | {"update", "profile"}),
        ("interim_suspension", PUBLISHING | {"update", "profile", "message"}),
        ("closure", (EVERYBODY | PUBLISHING) - {"appeal", "export"}),
    ],
)
def test_what_each_penalty_denies(penalty, denied):
    assert set(CN.penalties[penalty].deny) == denied


@pytest.mark.parametrize(
    ("penalty", "denied"),
    [
        ("warning", set()),
        ("restricted_posting", {"post", "comment"}),
        ("suspended", {"post", "comment", "update", "profile", "message"}),
        ("suspended_longer", {"post", "comment", "update", "profile", "message"}),
        ("closure", set(NEUTRAL.capabilities.all) - {"appeal", "export"}),
    ],
)
def test_what_each_neutral_penalty_denies(penalty, denied):
    assert set(NEUTRAL.penalties[penalty].deny) == denied


@BOTH
def test_outside_the_stage_active_little_is_left(name):
    policy = shipped.policy(name)
    stages = {stage: set(left) for stage, left in policy.capabilities.stages.items()}
    suspended = next(rung for rung in policy.ladders["main"].rungs if rung.code == "suspend")
    kept = set(policy.capabilities.all) - set(policy.penalties[suspended.penalty].deny)

    assert stages.pop(Stage.CLOSING) == kept
    assert stages.pop(Stage.REGISTERING) == {"read", "appeal", "export"}
    assert stages.pop(Stage.VERIFYING) == {"read", "appeal", "export"}
    assert all(left == {"appeal", "export"} for left in stages.values())


def test_why_a_right_is_denied():
    for right in NEWS:
        assert CN.capabilities.all[right].not_granted == "NEWS_NOT_PERMITTED"
    assert CN.capabilities.denials.qualification_lapsed == "QUALIFICATION_LAPSED"
    licensed = {code for code, one in CN.capabilities.all.items() if one.licensed}
    assert licensed == set(NEWS)


def test_which_rights_wait_for_agreement_and_verification():
    for_agreement = {c for c, one in CN.capabilities.all.items() if one.waits_for_agreement}
    for_verification = {c for c, one in CN.capabilities.all.items() if one.waits_for_verification}
    neutral = {c for c, one in NEUTRAL.capabilities.all.items() if one.waits_for_agreement}

    assert for_agreement == PUBLISHING
    assert for_verification == PUBLISHING
    assert neutral == {"post", "comment"}


# --- agreement

LINES = (
    "laws_and_regulations",
    "socialist_system",
    "national_interest",
    "citizens_lawful_rights",
    "public_order",
    "social_morality",
    "truthfulness",
)


def test_the_seven_lines_stand_in_their_order_and_are_pledged_one_by_one():
    pledges = CN.agreement.pledges

    assert tuple(pledges) == LINES == tuple(CN.grounds)
    assert [pledge.clause for pledge in pledges.values()] == [f"3.{n}" for n in range(1, 8)]
    for number, line in enumerate(LINES, start=1):
        clause = CN.agreement.clauses[f"3.{number}"]
        assert (clause.ground, clause.too_broad) == (line, True)


@pytest.mark.parametrize(
    ("clause", "ground"),
    [
        ("4.1", "laws_and_regulations"),
        ("4.2", "truthfulness"),
        ("5.1", "laws_and_regulations"),
        ("5.2", "citizens_lawful_rights"),
    ],
)
def test_what_the_other_clauses_stand_on(clause, ground):
    found = CN.agreement.clauses[clause]

    assert (found.ground, found.too_broad) == (ground, False)


def test_the_agreements():
    assert (CN.agreement.id, CN.agreement.version) == ("user-agreement", 1)
    assert written(CN.agreement.new_version_due) == "P15D"
    assert (NEUTRAL.agreement.id, NEUTRAL.agreement.version) == ("terms", 1)
    assert written(NEUTRAL.agreement.new_version_due) == "P15D"
    assert NEUTRAL.agreement.pledges == {}
    assert {number: clause.ground for number, clause in NEUTRAL.agreement.clauses.items()} == {
        "2.1": "safety",
        "2.2": "privacy",
        "2.3": "honesty",
        "2.4": "order",
        "2.5": "lawfulness",
        "2.6": "account_integrity",
    }


@BOTH
def test_the_digest_of_an_agreement_is_that_of_its_text(name):
    policy = shipped.policy(name)
    agreement, header = policy.agreement, policy.policy
    folder = shipped.POLICIES / "agreements"

    for language in header.languages:
        text = (folder / f"{agreement.id}-{agreement.version}.{name}.{language}.txt").read_bytes()
        for clause in agreement.clauses:
            assert clause in text.decode()
        if language == header.default_language:
            assert sha256(text).hexdigest() == agreement.text_digest


# --- verification and qualifications


@pytest.mark.parametrize("holder", HOLDERS)
def test_how_each_holder_is_verified(holder):
    method = CN.verification.methods[holder]

    is_person = holder == "person"
    assert method.documents == (
        ("resident_identity_number",) if is_person else ("organisation_code",)
    )
    assert method.operator_documents == (() if is_person else ("resident_identity_number",))
    assert method.assurance is Assurance.ISSUER
    assert written(method.valid) == ("P5Y" if is_person else "P1Y")
    assert method.stores_identity


def test_the_numbers_of_verification():
    verification = CN.verification

    assert verification.attempts == 3
    assert written(verification.person_decides) == "P3D"
    assert [written(one) for one in verification.remind_before] == ["P30D", "P7D"]
    assert written(verification.closed_identity_decides) == "P7D"
    assert written(verification.closed_identity_remembered) == "P3Y"


def test_neutral_confirms_a_contact_and_keeps_no_identity():
    for method in NEUTRAL.verification.methods.values():
        assert method.documents == ("contact",)
        assert method.assurance is Assurance.ISSUER
        assert (method.valid, method.stores_identity) == (None, False)


@pytest.mark.parametrize(
    ("code", "holders", "people", "decide", "valid", "needs_licence"),
    [
        ("public_account", HOLDERS, 1, "P7D", None, False),
        ("news_unit", ("news_organisation",), 2, "P10D", "P3Y", True),
        ("news_site", ("news_organisation",), 2, "P10D", "P3Y", True),
        ("licensed_non_news", HOLDERS[:-1], 2, "P10D", "P3Y", True),
        ("individual_approval", HOLDERS, 2, "P10D", "P1Y", True),
    ],
)
def test_who_may_have_which_qualification(code, holders, people, decide, valid, needs_licence):
    one = CN.qualifications[code]

    assert set(one.holder_types) == set(holders)
    assert (one.people, one.needs_licence, one.kinds) == (people, needs_licence, ("public",))
    assert (written(one.decide), written(one.valid)) == (decide, valid)
    assert (one.applications, written(one.applications_within)) == (3, "P30D")
    assert one.filings.changed == "qualification_changed"
    news = code != "public_account"
    assert one.requires == (("public_account",) if news else ())
    assert one.filings.granted == ("qualification_changed" if news else "public_account")
    assert [written(each) for each in one.remind_before] == (["P30D", "P7D"] if news else [])


def test_organisations_hear_sooner_whether_their_public_account_opens():
    sooner = CN.qualifications["public_account"].decide_by_holder

    assert {code: written(one) for code, one in sooner.items()} == dict.fromkeys(
        ORGANISATIONS, "P3D"
    )


def test_an_individual_approval_gives_the_one_right_that_it_names_to_the_class_other():
    one = CN.qualifications["individual_approval"]

    assert (one.gives, one.gives_one_of) == ((), NEWS)
    assert set(one.excludes) == {"news_unit", "news_site", "licensed_non_news"}


def test_the_marks_in_the_order_in_which_they_are_tried():
    assert [(code, mark.rights) for code, mark in CN.marks.items()] == [
        ("publish_and_reprint", NEWS),
        ("publish", NEWS[:1]),
        ("reprint", NEWS[1:]),
    ]


def test_what_the_platform_itself_has_to_hold():
    licences = CN.provider.licences

    assert licences["internet_news_licence"].register_kinds == ("public",)
    assert set(NEWS) <= set(licences["internet_news_licence"].capabilities)
    assert set(licences["telecom_licence"].register_kinds) == {"private", "public"}
    for licence in licences.values():
        assert [written(one) for one in licence.remind_before] == ["P30D"]


# --- severities, rules, ladders, penalties


@pytest.mark.parametrize(
    ("policy", "code", "points", "lasts", "floor", "ceiling"),
    [
        (CN, "minor", 1, "P90D", "warn", "suspend"),
        (CN, "serious", 3, "P1Y", "warn", "close"),
        (CN, "grave", 10, "P2Y", "suspend", "close_grave"),
        (NEUTRAL, "minor", 1, "P90D", "warn", "suspend"),
        (NEUTRAL, "serious", 3, "P6M", "warn", "close"),
        (NEUTRAL, "grave", 10, "P1Y", "suspend", "close_grave"),
    ],
)
def test_how_grave_a_breach_is(policy, code, points, lasts, floor, ceiling):
    one = policy.severities[code]

    assert (one.points, written(one.strike_lasts)) == (points, lasts)
    assert (one.floor, one.ceiling) == (floor, ceiling)
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


# --- clocks, filings, records


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


# --- words

TITLES = {
    "laws_and_regulations": "法律法规",
    "socialist_system": "社会主义制度",
    "national_interest": "国家利益",
    "citizens_lawful_rights": "公民合法权益",
    "public_order": "公共秩序",
    "social_morality": "社会道德风尚",
    "truthfulness": "信息真实性",
    "warning": "警示",
    "restricted_publishing": "限制发布",
    "suspended_updates": "暂停更新",
    "closure": "关闭账号",
    "interim_suspension": "临时暂停",
    "news_unit": "新闻单位",
    "news_site": "新闻网站",
    "licensed_non_news": "取得互联网新闻信息服务资质的非新闻单位",
}


@pytest.mark.parametrize(("code", "chinese"), TITLES.items())
def test_what_things_are_called_in_chinese(code, chinese):
    if code in CN.grounds:
        assert CN.grounds[code]["zh"] == chinese
    else:
        titled = CN.penalties[code] if code in CN.penalties else CN.qualifications[code]
        assert titled.title["zh"] == chinese


@BOTH
def test_every_text_is_there_in_every_language(name):
    policy = shipped.policy(name)
    found = list(texts(policy))

    assert len(found) > 50
    for steps, text in found:
        assert set(text) == set(policy.policy.languages), steps


@BOTH
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_notice_and_phrase_is_there(name, language):
    words = shipped.published(name).words[language]

    assert set(words.notices) == set(NoticeKind)
    assert set(words.phrases) == PHRASES


@BOTH
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", list(NoticeKind))
def test_a_notice_is_whole_with_all_it_may_say_and_without(name, language, kind):
    template = shipped.published(name).words[language].notices[kind]
    used = set(VARIABLE.findall(f"{template.title}\n{template.body}"))

    _, full = render(template, {one: f"<{one}>" for one in used})
    _, bare = render(template, dict.fromkeys(used, ""))

    assert all(f"<{one}>" in full or f"{{{one}}}" in template.title for one in used)
    assert "{" not in full
    assert bare
    assert not [line for line in bare.splitlines() if line.endswith((":", "："))]


STATEMENT = {
    *("item", "rule", "policy", "facts", "found_by", "automation", "penalty", "denied"),
    *("starts", "ends", "appeal_until", "external_redress", "clause", "clause_text"),
}


@BOTH
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    "kind", [NoticeKind.VIOLATION_DECIDED, NoticeKind.PENALTY_RAISED, NoticeKind.ACCOUNT_CLOSED]
)
def test_a_statement_of_reasons_says_all_that_it_has_to(name, language, kind):
    template = shipped.published(name).words[language].notices[kind]

    assert set(VARIABLE.findall(template.body)) >= STATEMENT


@BOTH
@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_can_be_appealed_says_until_when_and_where_else(name, language):
    for kind, template in shipped.published(name).words[language].notices.items():
        if "appeal_until" in VARIABLES[kind] and kind not in _NOT_APPEALED:
            used = set(VARIABLE.findall(template.body))
            assert {"appeal_until", "external_redress"} <= used, kind


_NOT_APPEALED = {
    NoticeKind.QUALIFICATION_GRANTED,
    NoticeKind.QUALIFICATION_REMINDER,
    NoticeKind.QUALIFICATION_LAPSED,
    NoticeKind.INTERIM_STARTED,
    NoticeKind.INTERIM_LAPSED,
    NoticeKind.HEARING_ENDED,
    NoticeKind.PROPOSAL_LAPSED,
    NoticeKind.APPEAL_UPHELD,
    NoticeKind.APPEAL_REDUCED,
    NoticeKind.APPEAL_OVERTURNED,
}


def test_a_line_that_has_nothing_to_say_is_left_out():
    template = shipped.published("neutral").words["en"].notices[NoticeKind.PENALTY_ENDED]
    values = {"display_name": "Quiet River", "penalty": "warning", "still_denied": ""}

    title, body = render(template, values)

    assert title == "Ended: warning"
    assert "Hello Quiet River" in body
    assert "Still denied" not in body


def test_a_value_that_looks_like_a_variable_is_left_as_it_is():
    template = shipped.published("neutral").words["en"].notices[NoticeKind.CASE_CLOSED]
    values = {"display_name": "{item}", "item": "i1", "reasons": "{account}"}

    _, body = render(template, values)

    assert "Hello {item}" in body
    assert "Reasons: {account}" in body


@pytest.mark.parametrize(
    ("duration", "language", "said"),
    [
        ("P15D", "zh", "15 日"),
        ("P6M", "en", "6 months"),
        ("P1Y", "en", "1 year"),
        ("PT24H", "en", "24 hours"),
        ("P1M1D", "en", "1 month 1 day"),
    ],
)
def test_a_length_of_time_is_said_in_words(duration, language, said):
    words = shipped.published("neutral").words[language]

    assert in_words(Duration.parse(duration), words) == said
