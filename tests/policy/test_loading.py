from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from shutil import copytree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodstanding.errors import ConfigurationError, PolicyMalformedError, PolicyNotFoundError
from storage.policy_files import parse_policy, read_policies, read_policy
from storage.strict_yaml import read_document
from tests.policy import shipped

NAME = "cn-im-2014"


def line_of(needle: str, source: str | None = None) -> int:
    source = shipped.text(NAME) if source is None else source
    return source[: source.index(needle)].count("\n") + 1


def refused(old: str, new: str) -> list[str]:
    """What is said of the policy with one piece of its text replaced."""
    source = shipped.text(NAME)
    assert old in source
    with pytest.raises(PolicyMalformedError) as caught:
        parse_policy(source.replace(old, new, 1).encode(), "p.yaml")
    return caught.value.message.split("\n")


@pytest.mark.parametrize(
    ("old", "new", "path", "sentence"),
    [
        ("  attempts: 3", "  attempts: 3.0", "verification.attempts", "write a whole number"),
        ("  attempts: 3", "  attempts: 1e3", "verification.attempts", "write a whole number"),
        ("  attempts: 3", "  attempts: .inf", "verification.attempts", "write a whole number"),
        ("  attempts: 3", "  attempts: 0x3", "verification.attempts", "write a whole number"),
        ("  attempts: 3", "  attempts: 010", "verification.attempts", "write a whole number"),
        ("  attempts: 3", "  attempts: '3'", "verification.attempts", "write a whole number"),
        ("  attempts: 3", "  attempts: true", "verification.attempts", "write a whole number"),
        ("  attempts: 3", "  attempts: 0", "verification.attempts", "write 1 or more"),
        ("  attempts: 3", "  attempts:", "verification.attempts", "write null, or leave the key"),
        ("  attempts: 3", "  attempts: ~", "verification.attempts", "write null, or leave the key"),
        ("  attempts: 3", "  attempts: !!int 3", "verification.attempts", "take the tag !!int out"),
        ("  attempts: 3", "  attempts: &three 3", "verification.attempts", "the anchor &three out"),
        ("  attempts: 3", "  attempts: *three", "verification.attempts", "*three repeats another"),
        ("  attempts: 3", "  <<: {attempts: 3}", "verification.<<", "merging hides what applies"),
        ("  attempts: 3", "  [attempts]: 3", "verification.?", "write a plain word as the key"),
        ("  attempts: 3", "\tattempts: 3", "(the file)", "is no YAML from here"),
        ("    licensed: true", "    licensed: True", "", "write true"),
        ("    licensed: true", "    licensed: yes", "", "write true or false"),
        ("clause: '4.1'", "clause: 4.1", "rules.unlicensed_political_news.clause", "quotes: '4.1'"),
        ("    '3.1':", "    3.1:", "agreement.clauses.3.1", "write the key in quotes: '3.1'"),
        ("from: 2014-08-07", "from: 2014-08-32", "policy.valid_from", "no day of the calendar"),
        ("from: 2014-08-07", "from: 2014-08-07T00:00:00Z", "policy.valid_from", "without a time"),
        ("from: 2014-08-07", "from: soon", "policy.valid_from", "write a day, such as 2014-08-07"),
        ("zone: Asia/Shanghai", "zone: Asia/Shangai", "policy.time_zone", "name a time zone"),
        ("zone: Asia/Shanghai", "zone: Asia", "policy.time_zone", "name a time zone"),
        ("decisions: P3Y", "decisions: 3 years", "records.decisions", "a duration as ISO 8601"),
        ("decisions: P3Y", "decisions: 3", "records.decisions", "a duration as ISO 8601"),
        ("decisions: P3Y", "decisions: P3W", "records.decisions", "a duration as ISO 8601"),
        ("assurance: issuer", "assurance: high", "", "write 'format', 'issuer' or 'liveness'"),
        ("id: cn-im-2014", "id: CN 2014", "policy.id", "write an id of small letters"),
        ("expired: registration_e", "expired: Registration_e", "", "write a word of small letters"),
        ("penalty: PENALTY_", "penalty: penalty_", "", "write a code of capitals"),
        ("registering: [", "registring: [", "capabilities.stages.registring", "the key: write"),
        ("languages: [zh, en]", "languages: []", "policy.languages", "list at least 1"),
        ("languages: [zh, en]", "languages: zh", "policy.languages", "write a list"),
    ],
)
def test_what_is_refused_is_named_with_its_line_and_what_would_be_right(old, new, path, sentence):
    said = refused(old, new)

    place = f"p.yaml:{line_of(old)}:"
    assert any(one.startswith(place) and path in one and sentence in one for one in said), said


def test_a_refused_value_is_complained_of_once():
    assert len(refused("  attempts: 3", "  attempts: 3.0")) == 1
    assert len(refused("  attempts: 3", "  attempts:")) == 1


def test_the_column_is_that_of_the_value():
    source = shipped.text(NAME)
    line = source.split("\n")[line_of("  attempts: 3") - 1]

    said = refused("  attempts: 3", "  attempts: 3.0")

    assert said[0].startswith(f"p.yaml:{line_of('  attempts: 3')}:{line.index('3') + 1}: ")


def test_a_duplicate_key_is_refused_with_the_line_of_the_first():
    said = refused("  attempts: 3", "  attempts: 3\n  attempts: 4")

    first = line_of("  attempts: 3")
    assert said == [
        f"p.yaml:{first + 1}:3: verification.attempts: is there twice, first in line {first}; keep one"
    ]


def test_an_unknown_key_is_answered_with_the_keys_that_are_known():
    said = refused("  attempts: 3", "  attempt: 3")

    assert len(said) == 2
    assert any("verification.attempts: is missing" in one for one in said)
    known = next(one for one in said if "verification.attempt: is no key" in one)
    assert f":{line_of('  attempts: 3')}:3: " in known
    assert "attempts, provider_answers" in known


@pytest.mark.parametrize(
    ("old", "path", "known"),
    [
        ("licensed: true", "capabilities.all.publish_political_news.oops", "title, not_granted"),
        ("needs_earlier_notice: true", "ladders.main.rungs.3.proposes.oops", "penalty, people"),
        ("decide_urgent: PT24H", "process.reports.oops", "grounds, acknowledge"),
        ("status: practice", "basis.0.oops", "of, status, source"),
    ],
)
def test_the_known_keys_are_those_of_the_very_place(old, path, known):
    said = refused(old, f"oops: 1\n{' ' * _indent(old)}{old}")

    assert len(said) == 1
    assert f"{path}: is no key of this place; known are {known}" in said[0]


def _indent(old: str) -> int:
    source = shipped.text(NAME)
    start = source.index(old)
    return start - (source.rindex("\n", 0, start) + 1)


@given(
    st.one_of(st.binary(), st.text(alphabet="a1.:-[]{}&*!#|>'\"?%~<,\n\t \u4e2d").map(str.encode))
)
def test_whatever_the_bytes_are_they_are_read_or_refused(text):
    read_document(text, "p.yaml")

    with pytest.raises(PolicyMalformedError, match=r"^p\.yaml:\d+:\d+: "):
        parse_policy(text, "p.yaml")


def test_all_problems_are_listed_in_the_order_of_the_file():
    source = (
        shipped.text(NAME)
        .replace("version: 1", "version: 1.0", 1)
        .replace("decisions: P3Y", "decisions: forever")
        .replace("  attempts: 3", "  attempts: 3\n  attempts: 3")
        .replace("ends_when_acknowledged", "ends_when_acknowledgd")
    )

    with pytest.raises(PolicyMalformedError) as caught:
        parse_policy(source.encode(), "p.yaml")

    lines = caught.value.message.split("\n")
    paths = [one.split(": ")[1] for one in lines]
    assert paths == [
        "policy.version",
        "verification.attempts",
        "penalties.warning.ends_when_acknowledgd",
        "records.decisions",
    ]


def test_all_findings_of_the_checks_are_listed_too():
    source = (
        shipped.text(NAME)
        .replace("severity: grave", "severity: gravest", 1)
        .replace("ceiling: close_grave", "ceiling: close_grve")
    )

    with pytest.raises(PolicyMalformedError) as caught:
        parse_policy(source.encode(), "p.yaml")

    assert caught.value.message.count("there is no severity gravest") == 1
    assert caught.value.message.count("there is no rung on the ladder main, close_grve") == 1


@pytest.mark.parametrize(
    ("source", "line", "sentence"),
    [
        (b"", 1, "is empty"),
        (b"# nothing but this\n", 1, "is empty"),
        (b"policy: {}\n---\npolicy: {}\n", 2, "starts a second document"),
        (b"policy:\n  id: \xff\n", 2, "is not UTF-8 from here"),
        (b"policy:\n  id: \x01\n", 2, "a character that YAML does not allow"),
        (b"policy:\n  - [\n", 3, "is no YAML from here"),
        (b"policy: " + b"[" * 1000, 1, "is nested deeper than"),
        (b"- a\n- b\n", 1, "write keys with their values"),
        (b"words\n", 1, "write keys with their values"),
        (b"#" * 1_000_001, 1, "is longer than"),
    ],
)
def test_a_file_that_is_no_policy_at_all_is_refused(source, line, sentence):
    with pytest.raises(PolicyMalformedError) as caught:
        parse_policy(source, "p.yaml")

    first = caught.value.message.split("\n")[0]
    assert first.startswith(f"p.yaml:{line}:")
    assert sentence in caught.value.message


def test_a_plain_day_is_a_day_and_a_quoted_code_stays_text():
    document = read_document(b"from: 2014-08-07\nclause: '3.1'\nno: no\nnumber: -7\n", "p.yaml")

    assert document.refused == ()
    assert str(document.data["from"]) == "2014-08-07"
    assert document.data["clause"] == "3.1"
    assert document.data["no"] == "no"
    assert document.data["number"] == -7


def test_the_digest_is_that_of_the_bytes_of_the_file():
    path = shipped.POLICIES / "neutral.yaml"

    assert read_policy(path).digest == sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """A copy of the shipped policies, to be spoiled."""
    copytree(shipped.POLICIES, tmp_path / "policies")
    return tmp_path / "policies"


def spoil(path: Path, old: str, new: str) -> None:
    source = path.read_text(encoding="utf-8")
    assert old in source
    path.write_text(source.replace(old, new, 1), encoding="utf-8")


def test_a_directory_of_policies_becomes_one_book(policies):
    book = read_policies(policies)

    assert {one.id for one in book.published} == set(shipped.NAMES)
    for one in book.published:
        assert book.of(one.digest) is one
    with pytest.raises(PolicyNotFoundError, match="No policy with the digest"):
        book.of("0" * 64)


def test_of_two_versions_in_force_the_newer_one_counts(policies):
    source = shipped.text("neutral")
    second = source.replace("  version: 1", "  version: 2", 1).replace("2014-08-07", "2026-07-01")
    closed = source.replace(
        "valid_from: 2014-08-07", "valid_from: 2014-08-07\n  valid_to: 2026-07-31"
    )
    (policies / "neutral.yaml").write_text(closed, encoding="utf-8")
    (policies / "neutral-2.yaml").write_text(second, encoding="utf-8")

    book = read_policies(policies)

    def version(year: int, month: int, day: int) -> int:
        instant = datetime(year, month, day, tzinfo=UTC)
        return book.at("neutral", instant).policy.policy.version

    assert version(2026, 6, 30) == 1
    assert version(2026, 7, 1) == 2
    assert version(2026, 8, 1) == 2
    with pytest.raises(PolicyNotFoundError, match="in force at 2014-08-06"):
        book.at("neutral", datetime(2014, 8, 6, tzinfo=UTC))


@pytest.mark.parametrize(
    ("language", "spoken"),
    [("zh", "zh"), ("zh-Hant-TW", "zh"), ("en-GB", "en"), ("fr", "en")],
)
def test_a_language_falls_back_to_its_less_exact_form_and_then_to_the_default(language, spoken):
    assert shipped.published("neutral").words_in(language).language == spoken


@pytest.mark.parametrize("name", shipped.NAMES)
def test_a_policy_can_be_read_from_its_text_alone(name):
    assert parse_policy(shipped.text(name).encode(), name) == shipped.policy(name)


def test_the_problems_of_all_files_of_a_directory_are_listed(policies):
    spoil(policies / "neutral.yaml", "attempts: 3", "attempts: 0")
    spoil(policies / "cn-im-2014.yaml", "attempts: 3", "attempts: 0")

    with pytest.raises(PolicyMalformedError) as caught:
        read_policies(policies)

    assert str(policies / "neutral.yaml") in caught.value.message
    assert str(policies / "cn-im-2014.yaml") in caught.value.message


def test_one_version_of_a_policy_is_there_once(policies):
    again = policies / "neutral-again.yaml"
    again.write_text(shipped.text("neutral") + "# and again\n", encoding="utf-8")

    with pytest.raises(PolicyMalformedError, match=r"neutral-again\.yaml is version 1 of neutral"):
        read_policies(policies)


def test_a_directory_without_a_policy_is_a_wrong_setting(tmp_path):
    with pytest.raises(ConfigurationError, match="No policy file"):
        read_policies(tmp_path)


def test_a_file_that_is_not_there_is_a_wrong_setting(tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_policy(tmp_path / "none.yaml")


def test_what_a_policy_says_differently_stands_before_what_all_say(policies):
    own = read_policy(policies / "cn-im-2014.yaml").words["en"].phrases["external_redress"]
    shared = read_policy(policies / "neutral.yaml").words["en"].phrases["external_redress"]

    assert own != shared
    assert "people's court" in own


def test_words_that_are_missing_everywhere_are_complained_of_at_the_languages(policies):
    (policies / "notices" / "zh.yaml").unlink()

    with pytest.raises(
        PolicyMalformedError, match=r"neutral.yaml:\d+:\d+: policy.languages.1: no words"
    ):
        read_policy(policies / "neutral.yaml")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("{attempts_left}", "{attempts}", "notices.identity_failed: unknown variable {attempts}"),
        ("  activated:\n", "  active:\n", "notices.active: the key: write"),
        ("  next_none: ", "  next_nothing: ", "phrases.next_none: is missing"),
        ("  next_none: ", "  next_nothing: ", "phrases.next_nothing: is no key"),
        ("language: en", "language: fr", "language: write en: the name of the file says so"),
    ],
)
def test_words_that_are_not_whole_are_refused_with_their_place(policies, old, new, sentence):
    words = policies / "notices" / "en.yaml"
    spoil(words, old, new)

    with pytest.raises(PolicyMalformedError) as caught:
        read_policy(policies / "neutral.yaml")

    found = [one for one in caught.value.message.split("\n") if sentence in one]
    assert len(found) == 1, caught.value.message
    assert found[0].startswith(f"{words}:")
