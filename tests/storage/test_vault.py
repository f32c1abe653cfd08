import pytest
from sqlalchemy import update

from goodstanding.envelope import TamperedError
from goodstanding.sealing import open_sealed
from storage.tables import IdentityRow, SealedRow, table_of
from tests.storage.ledgers import HOLDER, IDENTITY, Ledger

OTHER = IDENTITY.model_copy(update={"number": "made-up-2"})


async def test_the_first_identity_under_a_reference_stays(ledger: Ledger):
    first, second = ledger.submit().sealed, ledger.submit().sealed
    reference = f"{ledger.id}.identity.1"

    await ledger.vault.put_sealed(reference, ledger.id, HOLDER.id, first)
    await ledger.vault.put_sealed(reference, ledger.id, HOLDER.id, second)

    kept = await ledger.vault.sealed(reference)
    assert kept
    assert (kept.account_id, kept.actor_id, kept.identity) == (ledger.id, HOLDER.id, first)
    keys = ledger.keys.sealing
    opened = open_sealed(kept.identity, account_id=ledger.id, actor_id=HOLDER.id, keys=keys)
    assert opened == IDENTITY


async def test_a_dropped_identity_is_gone(ledger: Ledger):
    reference = f"{ledger.id}.identity.1"
    await ledger.vault.put_sealed(reference, ledger.id, HOLDER.id, ledger.submit().sealed)

    await ledger.vault.drop_sealed(reference)
    await ledger.vault.drop_sealed(reference)

    assert await ledger.vault.sealed(reference) is None


async def test_what_is_kept_can_be_opened_and_is_not_in_the_clear(ledger: Ledger):
    await ledger.vault.keep(ledger.id, IDENTITY)

    assert await ledger.vault.open_identity(ledger.id) == IDENTITY
    async with ledger.vaults.reading() as session:
        row = await session.get(IdentityRow, ledger.id)
    assert row
    assert IDENTITY.number.encode() not in row.ciphertext


async def test_a_renewal_takes_the_place_of_the_identity_and_its_key(ledger: Ledger):
    await ledger.vault.keep(ledger.id, IDENTITY)
    async with ledger.vaults.reading() as session:
        before = await session.get(IdentityRow, ledger.id)

    await ledger.vault.keep(ledger.id, OTHER)

    assert await ledger.vault.open_identity(ledger.id) == OTHER
    async with ledger.vaults.reading() as session:
        after = await session.get(IdentityRow, ledger.id)
    assert before
    assert after
    assert after.wrapped_key != before.wrapped_key


async def test_an_identity_opens_for_its_own_account_only(ledger: Ledger):
    await ledger.vault.keep(ledger.id, IDENTITY)
    table = table_of(IdentityRow)
    async with ledger.vaults.sessions.begin() as session:
        moved = update(table).where(table.c.account_id == ledger.id)
        await (await session.connection()).execute(moved.values(account_id=f"{ledger.id}-b"))

    with pytest.raises(TamperedError):
        await ledger.vault.open_identity(f"{ledger.id}-b")
    assert await ledger.vault.open_identity(ledger.id) is None


async def test_destroying_leaves_nothing_of_the_account_and_all_of_others(ledger: Ledger):
    for account_id in (ledger.id, f"{ledger.id}-b"):
        await ledger.vault.keep(account_id, IDENTITY)
        sealed = ledger.submit().sealed
        await ledger.vault.put_sealed(f"{account_id}.x.1", account_id, HOLDER.id, sealed)

    await ledger.vault.destroy(ledger.id)
    await ledger.vault.destroy(ledger.id)

    async with ledger.vaults.reading() as session:
        assert await session.get(IdentityRow, ledger.id) is None
        assert await session.get(SealedRow, f"{ledger.id}.x.1") is None
        assert await session.get(SealedRow, f"{ledger.id}-b.x.1")
    assert await ledger.vault.open_identity(f"{ledger.id}-b") == IDENTITY
