"""The accounts of the examples, played on the domain alone."""

import ast
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from examples.demo.happenings import Happening
from examples.demo.journey import SAYS, SILENT
from examples.demo.play import Life
from goodstanding.domain.events import EVENTS
from goodstanding.policy.book import PolicyBook, Published
from goodstanding.policy.checks import problems_of
from goodstanding.vocabulary import ENGINE_CAPABILITIES, SHARED_WORDS
from tests.examples.playing import D0, ROOT, played, scripts, shipped
from tests.examples.renaming import Names, words_of

BOTH = pytest.mark.parametrize("directory", ["ten-articles", "neutral-accounts"])
OTHER_DAYS = [
    datetime(2027, 12, 31, 10, tzinfo=UTC),
    datetime(2028, 2, 29, 10, tzinfo=UTC),
    datetime(2031, 8, 31, 10, tzinfo=UTC),
]
PRODUCT = ("goodstanding", "workflows", "activities", "storage", "api", "cli", "worker")


@BOTH
async def test_every_account_lives_as_its_script_says(directory: str) -> None:
    seen = await played(scripts(directory))

    assert seen.differences == []
    assert len(seen.lives) == len(scripts(directory))


def test_the_ten_articles_have_twenty_accounts_with_a_reason_each() -> None:
    cast = scripts("ten-articles")

    assert [script.account for script in cast] == [f"a{number:02}" for number in range(1, 21)]
    assert all(script.end.because for script in cast)


@BOTH
@pytest.mark.parametrize("start", OTHER_DAYS, ids=str)
async def test_another_first_day_gives_the_same_journeys(directory: str, start: datetime) -> None:
    first, other = await played(scripts(directory)), await played(scripts(directory), start)

    assert other.differences == []
    assert _journeys(first.lives) == _journeys(other.lives)


async def test_playing_again_gives_the_same_ledgers() -> None:
    first, again = await played(scripts("ten-articles")), await played(scripts("ten-articles"))

    assert [life.entries for life in first.lives] == [life.entries for life in again.lives]


@BOTH
async def test_policy_is_data_other_names_give_the_same_journeys(directory: str) -> None:
    cast = scripts(directory)
    published = shipped().at(cast[0].policy, D0)
    names = Names.for_policy(published.policy)
    policy = names.policy(published.policy)
    book = PolicyBook((Published(published.digest, policy, published.words),))

    first = await played(cast)
    renamed = await played([names.script(script) for script in cast], book=book)

    assert problems_of(policy) == []
    assert not {word for words in words_of(policy).values() for word in words} & {
        word for words in words_of(published.policy).values() for word in words
    }
    assert renamed.differences == []
    assert [life.happenings for life in renamed.lives] == [
        tuple(names.happening(seen) for seen in life.happenings) for life in first.lives
    ]


def test_no_name_of_a_policy_stands_in_the_code() -> None:
    """`ENGINE_CAPABILITIES` may; `SHARED_WORDS` may, in the library only where it defines them."""
    names = set[str]().union(*words_of(shipped().at("cn-im-2014", D0).policy).values())
    found: list[str] = []
    for path in (path for package in PRODUCT for path in (ROOT / package).rglob("*.py")):
        tree = ast.parse(path.read_text())
        is_library = path.is_relative_to(ROOT / "goodstanding")
        defined = set(_definitions(tree))
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Constant) and node.value in names):
                continue
            if node.value in SHARED_WORDS and (node in defined or not is_library):
                continue
            found.append(f"{path.relative_to(ROOT)}:{node.lineno}: {node.value}")

    assert found == []
    assert not SHARED_WORDS & set(ENGINE_CAPABILITIES)


def test_every_event_is_said_or_known_to_say_nothing() -> None:
    assert set(SAYS) | SILENT == set(EVENTS)
    assert not set(SAYS) & SILENT


def _journeys(lives: tuple[Life, ...]) -> list[list[object]]:
    """Journeys in day numbers; what lies beyond the last day depends on the lengths of years."""

    def told(life: Life, seen: Happening) -> object:
        fields = {
            name: value - life.start if isinstance(value, datetime) else value
            for name, value in seen.fields.items()
            if not isinstance(value, datetime) or value - life.start < timedelta(days=181)
        }
        # ids of what a deadline caused hold its date
        return seen.what, seen.at - life.start, {**fields, "id": None}

    return [[told(life, seen) for seen in life.happenings] for life in lives]


def _definitions(tree: ast.Module) -> Iterator[ast.AST]:
    """Where a module defines words of its own: the members of an enum, and the list of them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and any(
            isinstance(base, ast.Name) and base.id == "StrEnum" for base in node.bases
        ):
            members = (member for member in node.body if isinstance(member, ast.Assign))
            yield from (member.value for member in members)
        elif isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "SHARED_WORDS" for target in node.targets
        ):
            yield from ast.walk(node)
