from dataclasses import replace

import pytest
from sqlalchemy import update

from goodstanding.domain.decide import Decided
from goodstanding.domain.events import NoticeAcknowledged, Text, TextsErased, VoteCast
from goodstanding.envelope import TamperedError
from goodstanding.keys import KeyWrapper
from goodstanding.vocabulary import Verdict
from storage.accounts import Account
from storage.chain import Entry
from storage.inserts import Inserts
from storage.ledger import Step, TextKey, append
from storage.tables import AccountRow, TextRow, table_of
from storage.texts import Recalled, TextKeys, read_texts
from tests.storage.ledgers import D0, Ledger


class CountingWrapper:
    """Counts how often the master key is asked."""

    def __init__(self, inner: KeyWrapper) -> None:
        self._inner = inner
        self.asked = 0

    async def wrap(self, data_key: bytes, aad: bytes) -> bytes:
        return await self._inner.wrap(data_key, aad)

    async def unwrap(self, wrapped: bytes, aad: bytes) -> bytes:
        self.asked += 1
        return await self._inner.unwrap(wrapped, aad)


async def test_texts_are_read_by_id_or_all(ledger: Ledger):
    await ledger.active()
    await ledger.tell(ledger.violation())
    keys = TextKeys(ledger.keys.wrapper)
    facts = f"{ledger.id}.violation-1.t1"

    async with ledger.database.reading() as session:
        everything = await read_texts(session, keys, ledger.id)
        named = await read_texts(session, keys, ledger.id, [facts, "unheard-of"])

    assert named == {facts: ledger.violation().finding.facts}
    assert set(named) < set(everything)


async def test_an_account_that_does_not_exist_has_no_texts(ledger: Ledger):
    async with ledger.database.reading() as session:
        assert await read_texts(session, TextKeys(ledger.keys.wrapper), "unheard-of") == {}


async def test_texts_are_not_in_the_clear(ledger: Ledger):
    await ledger.active()
    await ledger.tell(ledger.violation())

    rows = await ledger.rows(TextRow)

    assert rows
    assert not any(b"forty times" in row["ciphertext"] for row in rows)


async def test_a_text_is_bound_to_its_place(ledger: Ledger):
    await ledger.active()
    await ledger.tell(ledger.violation())
    table = table_of(TextRow)
    async with ledger.database.sessions.begin() as session:
        here = table.c.text_id == f"{ledger.id}.violation-1.t1"
        moved = update(table).where(here).values(text_id=f"{ledger.id}.elsewhere")
        await (await session.connection()).execute(moved)

    async with ledger.database.reading() as session:
        with pytest.raises(TamperedError):
            await read_texts(session, TextKeys(ledger.keys.wrapper), ledger.id)


async def test_the_master_key_is_asked_once_for_an_account_in_use(ledger: Ledger):
    wrapper = CountingWrapper(ledger.keys.wrapper)
    keys = TextKeys(wrapper, size=2)
    stored = {name: (await keys.new(name))[1] for name in ("a", "b", "c")}

    for name in ("a", "a", "b", "a"):
        await keys.of(name, stored[name])
    assert wrapper.asked == 2

    await keys.of("c", stored["c"])
    await keys.of("a", stored["a"])
    assert wrapper.asked == 3
    await keys.of("b", stored["b"])
    assert wrapper.asked == 4


async def test_a_key_in_use_is_still_another_accounts_to_others(ledger: Ledger):
    keys = TextKeys(ledger.keys.wrapper)
    key, stored = await keys.new("a")
    assert await keys.of("a", stored) == key

    with pytest.raises(TamperedError):
        await keys.of("b", stored)


async def test_of_one_batch_only_what_was_said_after_the_erasure_stays(ledger: Ledger):
    await ledger.active()
    before = await ledger.record()
    account = Account(before, head_hash=(await ledger.row(AccountRow))["head_hash"])
    early, late = (
        NoticeAcknowledged("n1"),
        VoteCast("r1", "ash", Verdict.ACCEPT, Text(f"{ledger.id}.late", "c", "late words")),
    )
    first = replace(late, reasons=Text(f"{ledger.id}.early", "c", "early words"))
    decided = Decided(
        (first, early, TextsErased(D0), late), (), replace(before, seq=before.seq + 4)
    )
    key = TextKey(*await TextKeys(ledger.keys.wrapper).new(ledger.id))
    step = Step(
        account=account,
        decided=decided,
        entry=Entry(ledger.id, D0, None, "system", "d" * 64),
        standing="good",
        mark=None,
        text_key=key,
        wake_at=None,
        queue={},
        policy_version=1,
    )

    async with ledger.database.sessions.begin() as session:
        connection, batch = await session.connection(), Inserts()
        await append(connection, batch, step)
        await batch.write(connection)

    async with ledger.database.reading() as session:
        found = await read_texts(session, TextKeys(ledger.keys.wrapper), ledger.id)
    assert found == {f"{ledger.id}.late": "late words"}
    assert (await ledger.row(AccountRow))["text_key"] == key.stored


async def test_what_was_not_fetched_is_noted_as_wanted():
    recalled = Recalled()
    recalled["t1"] = "known"

    assert (recalled.get("t1"), recalled.get("t2", "")) == ("known", "")
    assert recalled.wanted == {"t2"}
