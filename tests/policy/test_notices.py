"""The words of notices: whole, in every language, and with all that a statement has to say."""

from itertools import pairwise

import pytest

from goodstanding.policy.durations import Duration
from goodstanding.policy.templates import PHRASES, VARIABLE, VARIABLES, in_words, render
from goodstanding.policy.walking import texts
from goodstanding.vocabulary import NoticeKind
from tests.policy import shipped

CN = shipped.policy("cn-im-2014")
NEUTRAL = shipped.policy("neutral")
BOTH = pytest.mark.parametrize("name", shipped.NAMES)


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


ALWAYS_THERE = {
    *("territory", "out_of_court", "judicial", "redress_internal"),
    *("account", "display_name", "policy", "date", "external_redress", "item", "rule", "penalty"),
    *("qualification", "licence", "ends", "until", "outcome"),
}
"""What every notice that may name it has a word for."""


@BOTH
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", list(NoticeKind))
def test_a_notice_is_whole_with_all_it_may_say_and_without(name, language, kind):
    template = shipped.published(name).words[language].notices[kind]
    used = set(VARIABLE.findall(f"{template.title}\n{template.body}"))

    title, full = render(template, {one: f"<{one}>" for one in used})
    _, bare = render(template, {one: one if one in ALWAYS_THERE else "" for one in used})

    assert all(f"<{one}>" in f"{title}\n{full}" for one in used)
    assert "{" not in f"{title}\n{full}"
    # after the greeting, nothing announces what is then not said
    for line, following in pairwise([*bare.splitlines(), ""][1:]):
        assert not line.endswith((":", "：")) or following, line


STATEMENT = {
    *("item", "rule", "policy", "facts", "found_by", "automation", "penalty", "denied"),
    *("starts", "ends", "appeal_until", "out_of_court", "judicial", "clause", "clause_text"),
    *("territory", "legal_ground", "legal_explanation"),
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
            outside = {"external_redress"} if "rule" not in VARIABLES[kind] else _OUTSIDE
            assert {"appeal_until"} | outside <= used, kind


_OUTSIDE = {"out_of_court", "judicial"}
_NOT_APPEALED = {
    NoticeKind.DECISION_OVERTURNED,
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
