"""A worker that runs while others publish: it decides by what is published, not by what it began with."""

from pathlib import Path
from shutil import copytree

import pytest

from activities.ledger import LedgerActivities
from goodstanding.policy.book import PolicyBook
from storage import policies
from storage.tables import EventRow
from tests.storage.ledgers import POLICY, Ledger


async def publish_the_next_version(ledger: Ledger, folder: Path) -> str:
    """Version 2 of the policy, in force since ever; its digest."""
    files = Path(copytree("policies", folder / "policies"))
    path = files / f"{POLICY}.yaml"
    path.write_text(path.read_text().replace("version: 1", "version: 2", 1))
    async with ledger.database.sessions.begin() as session:
        await policies.publish(session, files)
        book = await policies.load_book(session)
    return book.at(POLICY, ledger.now).digest


async def test_a_worker_decides_by_a_version_that_was_published_after_its_start(
    own_ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    await own_ledger.tell(own_ledger.register())
    digest = await publish_the_next_version(own_ledger, tmp_path)
    monkeypatch.setattr(policies, "FRESH", 0.0)

    await own_ledger.tell(own_ledger.submit())

    *_, last = await own_ledger.rows(EventRow)
    assert last["policy_digest"] == digest


async def test_a_worker_takes_registrations_under_a_policy_that_it_did_not_begin_with(
    own_ledger: Ledger,
):
    others = tuple(one for one in own_ledger.book.published if one.id != POLICY)
    own_ledger.activities = LedgerActivities(
        own_ledger.database.sessions, own_ledger.vault, PolicyBook(others), own_ledger.keys
    )

    told = await own_ledger.tell(own_ledger.register())

    assert told.answer.refusal is None


async def test_a_worker_writes_in_the_words_that_were_published_after_its_start(
    own_ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    await own_ledger.active()
    files = Path(copytree("policies", tmp_path / "policies"))
    words = files / "notices" / "en.yaml"
    text = words.read_text("utf-8")
    words.write_text(text.replace("we have found that", "our new words: we found that"), "utf-8")
    async with own_ledger.database.sessions.begin() as session:
        await policies.publish(session, files)
    monkeypatch.setattr(policies, "FRESH", 0.0)

    await own_ledger.tell(own_ledger.violation())

    assert any(
        "our new words: we found that" in text for text in (await own_ledger.texts()).values()
    )
