from pathlib import Path
from shutil import copytree

import pytest

from tests.cli.calling import call
from worker.settings import SHIPPED_POLICIES

MINIMAL = SHIPPED_POLICIES.with_name("examples") / "policies" / "minimal.yaml"
NEUTRAL = SHIPPED_POLICIES / "neutral.yaml"


@pytest.fixture
def broken(place: Path) -> Path:
    text = NEUTRAL.read_text("utf-8").replace("version: 1", "version: one", 1)
    path = place / "broken.yaml"
    path.write_text(text.replace("jurisdiction: none", "jurisdction: none", 1), "utf-8")
    (place / "notices").symlink_to(SHIPPED_POLICIES / "notices")
    return path


def test_a_right_policy_has_its_digest_shown(place):
    ran = call("policy", "check", str(NEUTRAL))

    assert ran.status == 0
    assert ran.out.startswith(f"{NEUTRAL}: right (")
    found = call("policy", "check", str(NEUTRAL), "--json").json
    assert found["problems"] == []
    assert len(found["policies"][str(NEUTRAL)]) == 64


def test_all_problems_are_shown_with_file_line_and_column(broken):
    ran = call("policy", "check", str(NEUTRAL), str(broken))

    assert ran.status == 1
    lines = broken.read_text().splitlines()
    version = lines.index("  version: one") + 1
    assert f"{broken}:{version}:12: policy.version: write a whole number" in ran.out
    misspelt = next(n for n, line in enumerate(lines, 1) if "jurisdction" in line)
    assert f"{broken}:{misspelt}:" in ran.out
    assert f"{NEUTRAL}: right" in ran.out


def test_problems_as_json_have_stable_keys(broken):
    ran = call("policy", "check", str(broken), "--json")

    assert ran.status == 1
    assert ran.err == ""
    assert list(ran.json) == ["problems", "policies", "words"]
    for problem in ran.json["problems"]:
        assert list(problem) == ["file", "line", "column", "path", "sentence"]
        assert problem["file"] == str(broken)
        assert problem["line"] > 1


def test_a_policy_without_words_beside_it_is_read_with_those_of_the_service(place):
    ran = call("policy", "check", str(MINIMAL))

    assert ran.status == 0, ran.out
    right, words = ran.out.splitlines()
    assert right.startswith(f"{MINIMAL}: right (")
    assert f"{SHIPPED_POLICIES / 'notices'}; to be used it has to lie beside them" in words


def test_a_file_that_is_not_there_is_a_problem_too(place):
    ran = call("policy", "check", "missing.yaml", "--json")

    assert ran.status == 1
    assert ran.json["problems"][0]["sentence"].startswith("missing.yaml cannot be read")


def test_the_policies_of_the_service_are_listed(place):
    assert "neutral" in call("policy", "list").out
    listed = call("policy", "list", "--json").json
    assert [row["id"] for row in listed] == sorted(row["id"] for row in listed)
    assert list(listed[0]) == ["id", "version", "valid_from", "valid_to", "languages", "digest"]


def test_a_directory_without_policies_is_refused(place, monkeypatch):
    monkeypatch.setenv("GOODSTANDING_POLICIES_DIRECTORY", str(place))

    ran = call("policy", "list")

    assert ran.status == 1
    assert ran.err.startswith("ConfigurationError: No policy file")


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "A decision about your account"), ("zh", "处理决定")],
)
def test_a_notice_is_previewed_in_each_language(place, language, said):
    ran = call("policy", "preview", "neutral", "violation_decided", "--language", language)

    assert ran.status == 0
    assert said in ran.out
    assert "post-4711" in ran.out
    assert "{" not in ran.out


def test_a_preview_as_a_page_marks_the_language(place):
    ran = call("policy", "preview", str(NEUTRAL), "violation_decided", "--language", "zh", "--html")

    assert ran.status == 0
    assert '<html lang="zh" dir="ltr">' in ran.out
    assert "post-4711" in ran.out


def test_a_preview_as_json_has_both_forms(place):
    found = call("policy", "preview", "cn-im-2014", "account_closed", "--json").json

    assert list(found) == [
        *("policy", "version", "notice", "language", "direction", "title", "text", "html"),
    ]
    assert found["language"] == "zh"
    assert found["text"].startswith(f"{found['title']}\n\n")
    assert found["title"] in found["html"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("nowhere", "activated"), "PolicyNotFoundError: There is no policy nowhere; there are"),
        (("neutral", "activated", "--language", "fr"), "LanguageNotFoundError: neutral has words"),
    ],
)
def test_what_cannot_be_previewed_is_said(place, arguments, code):
    ran = call("policy", "preview", *arguments)

    assert ran.status == 1
    assert ran.err.startswith(code)


def test_publishing_new_words_needs_no_restart_and_checks_them_first(lived, monkeypatch):
    files = Path(copytree(SHIPPED_POLICIES, lived / "policies"))
    monkeypatch.setenv("GOODSTANDING_POLICIES_DIRECTORY", str(files))
    words = files / "notices" / "en.yaml"
    right = words.read_text("utf-8")
    words.write_text(right.replace("{attempts_left}", "{atempts_left}"), "utf-8")

    refused = call("policy", "publish")
    words.write_text(right.replace("Attempts left:", "You may try so often:"), "utf-8")
    done = call("policy", "publish")

    assert refused.status == 1
    assert "unknown variable {atempts_left}" in refused.err
    assert done.status == 0
    assert "neutral" in done.out
