import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from goodstanding.errors import ConfigurationError
from goodstanding.policy.book import PolicyBook
from storage.policies import load_book, publish
from storage.policy_files import read_policies
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
