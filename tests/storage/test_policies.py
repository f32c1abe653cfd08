import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from goodstanding.errors import ConfigurationError
from goodstanding.policy.book import PolicyBook
from storage.policies import FRESH, LiveBook, load_book, publish
from storage.policy_files import read_policies
from storage.tables import PolicyRow
from tests.storage.ledgers import POLICY, Ledger

Edit = Callable[[str], str]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """The shipped policies, to be edited."""
    return Path(shutil.copytree("policies", tmp_path / "policies"))


def edit(path: Path, change: Edit) -> None:
    text = path.read_text()
    changed = change(text)
    assert changed != text
    path.write_text(changed)


async def published(ledger: Ledger, directory: Path) -> PolicyBook:
    async with ledger.database.sessions.begin() as session:
        await publish(session, directory)
    async with ledger.database.reading() as session:
        return await load_book(session)


async def test_what_is_published_is_what_the_files_say(own_ledger: Ledger, files: Path):
    book = await published(own_ledger, files)

    assert {one.digest: one for one in book.published} == {
        one.digest: one for one in read_policies(files).published
    }


async def test_a_published_version_with_another_text_is_refused(own_ledger: Ledger, files: Path):
    edit(files / f"{POLICY}.yaml", lambda text: f"{text}# a remark\n")

    with pytest.raises(ConfigurationError, match="new version") as raised:
        await published(own_ledger, files)

    assert raised.value.field == "policy.version"


async def test_a_new_version_joins_the_old_one(own_ledger: Ledger, files: Path):
    before = own_ledger.book.at(POLICY, own_ledger.now)
    edit(files / f"{POLICY}.yaml", lambda text: text.replace("version: 1", "version: 2", 1))

    book = await published(own_ledger, files)

    assert book.at(POLICY, own_ledger.now).policy.policy.version == 2
    assert book.of(before.digest) == before


async def test_a_version_whose_file_is_gone_still_has_its_words(own_ledger: Ledger, files: Path):
    before = own_ledger.book.at(POLICY, own_ledger.now)
    (files / f"{POLICY}.yaml").unlink()

    book = await published(own_ledger, files)

    assert book.of(before.digest).words_in("zh") == before.words_in("zh")
    assert "zh" in before.words


async def test_notices_follow_the_words_of_todays_files(own_ledger: Ledger, files: Path):
    before = own_ledger.book.at(POLICY, own_ledger.now)
    path = files / "notices" / "en.yaml"
    edit(path, lambda text: text.replace("is open", "is now open", 1))

    book = await published(own_ledger, files)

    assert book.of(before.digest).words_in("en") != before.words_in("en")
    assert book.of(before.digest).policy == before.policy


def raised_version(files: Path) -> None:
    edit(files / f"{POLICY}.yaml", lambda text: text.replace("version: 1", "version: 2", 1))


async def test_whoever_runs_learns_of_a_new_version_within_seconds(own_ledger: Ledger, files: Path):
    seconds = 0.0
    live = LiveBook(own_ledger.book, lambda: seconds)
    raised_version(files)
    await published(own_ledger, files)

    async def newest() -> int:
        async with own_ledger.database.reading() as session:
            book = await live.current(session, {POLICY})
        return book.at(POLICY, own_ledger.now).policy.policy.version

    seconds = FRESH - 0.1
    assert await newest() == 1
    seconds = FRESH
    assert await newest() == 2


async def test_a_policy_that_is_not_known_is_looked_for_at_once(own_ledger: Ledger):
    neutral = tuple(one for one in own_ledger.book.published if one.id == "neutral")
    live = LiveBook(PolicyBook(neutral), lambda: 0.0)

    async with own_ledger.database.reading() as session:
        assert await live.current(session, {"neutral"}) == PolicyBook(neutral)
        book = await live.current(session, {POLICY})

    assert book == own_ledger.book


async def test_words_that_others_changed_are_used_too(own_ledger: Ledger, files: Path):
    seconds = 0.0
    live = LiveBook(own_ledger.book, lambda: seconds)
    edit(files / "notices" / "en.yaml", lambda text: text.replace("is open", "is now open", 1))
    book = await published(own_ledger, files)

    seconds = FRESH
    async with own_ledger.database.reading() as session:
        assert await live.current(session) == book


async def test_a_version_for_a_newer_service_leaves_the_others_as_they_were(
    own_ledger: Ledger, caplog: pytest.LogCaptureFixture
):
    seconds = 0.0
    live = LiveBook(own_ledger.book, lambda: seconds)
    later = PolicyRow(
        digest="0" * 64,
        id=POLICY,
        version=9,
        valid_from=date(2030, 1, 1),
        valid_to=None,
        text="policy: {telepathy: true}",
        words="{}",
    )
    async with own_ledger.database.sessions.begin() as session:
        session.add(later)

    for _ in range(2):
        seconds += FRESH
        async with own_ledger.database.reading() as session:
            assert await live.current(session) == own_ledger.book

    # once, not each time that it is looked for
    assert caplog.text.count("PolicyMalformedError") == 1
