import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update
from sqlmodel import col

from goodstanding.envelope import TamperedError
from goodstanding.keys import Keys
from goodstanding.sealing import open_sealed
from storage.tables import IdentityRow, SealedRow, table_of
from storage.vault import Vault
from tests.storage.fixtures import urls_on
from tests.storage.ledgers import HOLDER, IDENTITY, Ledger, ledger_on

OTHER = IDENTITY.model_copy(update={"number": "made-up-2"})


def reference(ledger: Ledger, n: int = 1) -> str:
    return f"{ledger.id}.identity.{n}"


async def put(ledger: Ledger, n: int = 1) -> str:
    """A sealed identity that waits for its verification."""
    sealed = ledger.submit().sealed
    await ledger.vault.put_sealed(reference(ledger, n), ledger.id, HOLDER.id, sealed)
    return reference(ledger, n)


async def kept(ledger: Ledger, n: int = 1, identity=IDENTITY, fingerprint: str = "f") -> str:
    """An identity that was opened, and of which nobody has said anything yet."""
    await ledger.vault.keep(await put(ledger, n), ledger.id, identity, fingerprint)
    return reference(ledger, n)


async def accepted(ledger: Ledger, n: int = 1, identity=IDENTITY) -> str:
    verified = await kept(ledger, n, identity)
    await ledger.vault.drop_sealed(verified)
    await ledger.vault.accept(verified, ledger.id)
    return verified


async def rows(ledger: Ledger) -> list[str]:
    """Of which verifications something is kept."""
    table = table_of(IdentityRow)
    asked = select(table.c.reference).where(table.c.account_id == ledger.id)
    async with ledger.vaults.reading() as session:
        found = await (await session.connection()).execute(asked)
    return sorted(found.scalars())


class SlowWrapper:
    """A key service that takes its time, until it is let go on."""

    def __init__(self, keys: Keys) -> None:
        self.asked, self.goes_on = asyncio.Event(), asyncio.Event()
        self._wrapper = keys.wrapper

    async def wrap(self, data_key: bytes, aad: bytes) -> bytes:
        self.asked.set()
        await self.goes_on.wait()
        return await self._wrapper.wrap(data_key, aad)

    async def unwrap(self, wrapped: bytes, aad: bytes) -> bytes:
        return await self._wrapper.unwrap(wrapped, aad)


async def test_the_first_identity_under_a_reference_stays(ledger: Ledger):
    first, second = ledger.submit().sealed, ledger.submit().sealed

    await ledger.vault.put_sealed(reference(ledger), ledger.id, HOLDER.id, first)
    await ledger.vault.put_sealed(reference(ledger), ledger.id, HOLDER.id, second)

    found = await ledger.vault.sealed(reference(ledger))
    assert found
    assert (found.account_id, found.actor_id, found.identity) == (ledger.id, HOLDER.id, first)
    keys = ledger.keys.sealing
    opened = open_sealed(found.identity, account_id=ledger.id, actor_id=HOLDER.id, keys=keys)
    assert opened == IDENTITY


async def test_a_dropped_identity_is_gone(ledger: Ledger):
    sealed = await put(ledger)

    await ledger.vault.drop_sealed(sealed)
    await ledger.vault.drop_sealed(sealed)

    assert await ledger.vault.sealed(sealed) is None


async def test_what_is_kept_can_be_opened_and_is_not_in_the_clear(ledger: Ledger):
    unverified = await kept(ledger)

    assert await ledger.vault.open_kept(unverified, ledger.id) == IDENTITY
    async with ledger.vaults.reading() as session:
        row = await session.get(IdentityRow, unverified)
    assert row
    assert IDENTITY.number.encode() not in row.ciphertext


async def test_what_is_kept_is_not_the_accounts_identity_until_it_is_verified(ledger: Ledger):
    unverified = await kept(ledger, fingerprint="seen")
    assert await ledger.vault.open_identity(ledger.id) is None
    assert await ledger.vault.fingerprint(unverified) == "seen"

    await ledger.vault.accept(unverified, ledger.id)
    await ledger.vault.accept(unverified, ledger.id)

    assert await ledger.vault.open_identity(ledger.id) == IDENTITY
    # a decision that has to be repeated still knows by what the identity is recognised
    assert await ledger.vault.fingerprint(unverified) == "seen"


async def test_a_verified_renewal_takes_the_place_of_the_identity_and_its_key(ledger: Ledger):
    await accepted(ledger)

    renewed = await accepted(ledger, 2, OTHER)

    assert await ledger.vault.open_identity(ledger.id) == OTHER
    assert await rows(ledger) == [renewed]


async def test_a_refused_renewal_leaves_the_identity_as_it_was(ledger: Ledger):
    first = await accepted(ledger)
    renewal = await kept(ledger, 2, OTHER)

    await ledger.vault.refuse(renewal)
    await ledger.vault.refuse(first)

    assert await ledger.vault.open_identity(ledger.id) == IDENTITY
    assert await rows(ledger) == [first]


async def test_a_renewal_of_which_nothing_is_kept_leaves_the_identity_as_it_was(ledger: Ledger):
    await accepted(ledger)

    await ledger.vault.accept(await put(ledger, 2), ledger.id)

    assert await ledger.vault.open_identity(ledger.id) == IDENTITY


async def test_what_comes_after_the_settlement_is_not_kept(ledger: Ledger):
    settled = await put(ledger)
    await ledger.vault.drop_sealed(settled)

    await ledger.vault.keep(settled, ledger.id, IDENTITY, "late")

    assert await rows(ledger) == []


@pytest.mark.parametrize("ending", ["destroy", "drop_sealed"])
async def test_what_is_under_way_when_the_seal_goes_is_not_kept(ledger: Ledger, ending: str):
    unverified = await put(ledger)
    slow = SlowWrapper(ledger.keys)
    vault = Vault(ledger.vaults.sessions, replace(ledger.keys, wrapper=slow))
    keeping = asyncio.create_task(vault.keep(unverified, ledger.id, IDENTITY, "late"))
    await slow.asked.wait()

    await getattr(ledger.vault, ending)(ledger.id if ending == "destroy" else unverified)
    slow.goes_on.set()
    await keeping

    assert await rows(ledger) == []


async def test_keeping_waits_for_whoever_is_taking_the_seal_away(ledger: Ledger):
    unverified = await put(ledger)
    async with ledger.vaults.sessions.begin() as session:
        taken = delete(SealedRow).where(col(SealedRow.reference) == unverified)
        await session.exec(taken)
        keeping = asyncio.create_task(ledger.vault.keep(unverified, ledger.id, IDENTITY, "late"))
        await asyncio.wait({keeping}, timeout=0.3)
    await keeping

    assert await rows(ledger) == []


async def test_an_identity_opens_for_its_own_account_only(ledger: Ledger):
    moved = await accepted(ledger)
    table = table_of(IdentityRow)
    async with ledger.vaults.sessions.begin() as session:
        move = update(table).where(table.c.account_id == ledger.id)
        await (await session.connection()).execute(move.values(account_id=f"{ledger.id}-b"))

    with pytest.raises(TamperedError):
        await ledger.vault.open_identity(f"{ledger.id}-b")
    assert await ledger.vault.open_identity(ledger.id) is None
    assert await ledger.vault.open_kept(moved, ledger.id) is None


async def test_destroying_leaves_nothing_of_the_account_and_all_of_others(ledger: Ledger):
    other = ledger.at(f"{ledger.id}-b")
    for one in (ledger, other):
        await accepted(one)
        await kept(one, 2)

    await ledger.vault.destroy(ledger.id)
    await ledger.vault.destroy(ledger.id)

    assert await rows(ledger) == []
    async with ledger.vaults.reading() as session:
        assert await session.get(SealedRow, reference(ledger, 2)) is None
        assert await session.get(SealedRow, reference(other, 2))
    assert await other.vault.open_identity(other.id) == IDENTITY


async def test_a_destroyed_key_is_in_no_file_of_sqlite_either(tmp_path: Path):
    def stored() -> bytes:
        return b"".join((tmp_path / name).read_bytes() for name in ("vault.db", "vault.db-wal"))

    async with ledger_on(*await urls_on("sqlite", "", tmp_path), tmp_path / "keys") as ledger:
        unverified = await kept(ledger)
        async with ledger.vaults.reading() as session:
            row = await session.get(IdentityRow, unverified)
        assert row
        assert row.wrapped_key in stored()

        await ledger.vault.destroy(ledger.id)

        assert row.wrapped_key not in stored()
