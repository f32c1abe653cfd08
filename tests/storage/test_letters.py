"""A notice as text and as a page: both say the same, and what people wrote is never markup."""

import re
from html import unescape
from html.parser import HTMLParser

import pytest

from goodstanding.policy.samples import preview, sample_values
from goodstanding.policy.templates import COMMON, VARIABLE, VARIABLES, render
from goodstanding.vocabulary import NoticeKind
from storage.letters import Letter
from tests.policy import shipped

BOTH = pytest.mark.parametrize("policy", shipped.NAMES)
LANGUAGES = pytest.mark.parametrize("language", ["zh", "en"])
HOSTILE = '<img src=x onerror="alert(1)"> & {account} "quoted" \'single\' </p><script>'


class Page(HTMLParser):
    """The tags of a page with their attributes, and its words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.said: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.said.append(data)

    @property
    def words(self) -> list[str]:
        return " ".join(self.said).split()


@BOTH
@LANGUAGES
@pytest.mark.parametrize("kind", list(NoticeKind))
def test_every_variable_of_a_notice_is_said_by_text_and_page_alike(policy, language, kind):
    template = shipped.published(policy).words[language].notices[kind]
    used = set(VARIABLE.findall(f"{template.title}\n{template.body}"))
    title, body = render(template, {name: f"<{name}> & more" for name in used})

    page = Letter(title, body, language).html

    for name in used:
        assert f"<{name}> & more" in f"{title}\n{body}"
        assert f"&lt;{name}&gt; &amp; more" in page
    # the title stands in the head, too
    assert Page(page).words == [*title.split(), *title.split(), *body.split()]


def test_what_people_wrote_is_never_markup():
    letter = Letter(f"About {HOSTILE}", f"Hello {HOSTILE},\n\nFacts: {HOSTILE}", "en")

    page = Page(letter.html)

    assert {tag for tag, _ in page.tags} == {
        *("html", "head", "meta", "title", "body", "div", "h1", "p"),
    }
    assert unescape(letter.html).count(HOSTILE) == 4


def test_a_page_fetches_nothing_and_runs_nothing():
    page = Letter("Title", "https://elsewhere.example/pixel.png\n\nBody", "en").html

    assert not re.search(r"<(script|img|link|iframe|object|form|a)\b", page)
    assert "default-src 'none'" in page
    assert not re.search(r"\b(href|src|action|background)=", page)


@pytest.mark.parametrize(
    ("language", "direction"),
    [
        *(("en", "ltr"), ("zh", "ltr"), ("zh-Hant-TW", "ltr"), ("de-AT", "ltr")),
        *(("ar", "rtl"), ("he-IL", "rtl"), ("fa", "rtl"), ("UR-pk", "rtl"), ("ar-Latn", "ltr")),
    ],
)
def test_a_page_says_its_language_and_which_way_it_is_written(language, direction):
    (_, root), *_ = Page(Letter("Title", "Body", language).html).tags

    assert root == {"lang": language, "dir": direction}


def test_paragraphs_and_lines_of_the_text_are_those_of_the_page():
    page = Page(Letter("Title", "One\nTwo\n\n\nThree\n", "en").html)

    assert [tag for tag, _ in page.tags if tag in {"p", "br"}] == ["p", "br", "p"]


def test_a_stored_text_becomes_a_letter_again():
    letter = Letter.of("Title\n\nFirst\n\nSecond", "en")

    assert (letter.title, letter.body) == ("Title", "First\n\nSecond")


@BOTH
@LANGUAGES
def test_there_is_an_invented_value_for_every_variable(policy, language):
    published = shipped.published(policy)

    values = sample_values(published.policy, published.words[language])

    assert set(values) >= COMMON.union(*VARIABLES.values())
    assert all(values.values())


@BOTH
@LANGUAGES
@pytest.mark.parametrize("kind", list(NoticeKind))
def test_a_preview_leaves_nothing_to_be_filled_in(policy, language, kind):
    published = shipped.published(policy)

    title, body = preview(published.policy, published.words[language], kind)

    assert title
    assert not re.search(r"[{}]", f"{title}\n{body}")
