"""The vault: identities as the client sealed them, and under identity keys, the verified one and what is not decided.

Erasure destroys those keys. Whom a verified identity's fingerprint recognises is elsewhere (`storage.holders`).
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, update
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select

from goodstanding.envelope import bind, decrypt, encrypt, new_data_key, unwrap, wrap
from goodstanding.keys import Keys
from goodstanding.messages import SealedIdentity
from goodstanding.sealing import Identity
from storage.engine import Sessions
from storage.tables import IdentityRow, SealedRow, table_of
from storage.upserts import inserting


@dataclass(frozen=True, slots=True)
class Sealed:
    """An identity that nobody has opened yet, and for whom it was sealed."""

    account_id: str
    actor_id: str
    identity: SealedIdentity


class Vault:
    """Keeps identities; each method is a transaction of its own, and repeating it is harmless."""

    def __init__(self, sessions: Sessions, keys: Keys) -> None:
        self._sessions = sessions
        self._keys = keys

    async def put_sealed(
        self, reference: str, account_id: str, actor_id: str, sealed: SealedIdentity
    ) -> None:
        """Take a sealed identity in; the first under a reference stays."""
        row = {
            "reference": reference,
            "account_id": account_id,
            "actor_id": actor_id,
            "sealed": sealed.model_dump_json(),
        }
        async with self._sessions.begin() as session:
            connection = await session.connection()
            insert = inserting(table_of(SealedRow), connection.dialect.name)
            await connection.execute(insert.values(row).on_conflict_do_nothing())

    async def sealed(self, reference: str) -> Sealed | None:
        """What was taken in under the reference, unless it was dropped or never came."""
        async with self._sessions() as session:
            row = await session.get(SealedRow, reference)
        if row is None:
            return None
        identity = SealedIdentity.model_validate_json(row.sealed)
        return Sealed(row.account_id, row.actor_id, identity)

    async def drop_sealed(self, reference: str) -> None:
        """Forget the sealed identity, once its verification is settled."""
        async with self._sessions.begin() as session:
            await session.exec(delete(SealedRow).where(col(SealedRow.reference) == reference))

    async def keep(
        self, reference: str, account_id: str, identity: Identity, fingerprint: str
    ) -> None:
        """Keep the identity under a new identity key, beside its seal and beside the verified one.

        Without the seal nothing is kept: it went when the verification was settled, or with the erasure, and
        whoever comes after that, however late, brings nothing back.
        """
        key = new_data_key()
        wrapped = await wrap(self._keys.wrapper, key, account_id=account_id, purpose="identity")
        row = IdentityRow(
            reference=reference,
            account_id=account_id,
            is_verified=False,
            fingerprint=fingerprint,
            wrapped_key=wrapped,
            ciphertext=encrypt(key, identity.model_dump_json().encode(), _place_of(account_id)),
        )
        sealed = select(SealedRow.reference).where(SealedRow.reference == reference)
        async with self._sessions.begin() as session:
            # whoever takes the seal away waits, and then takes this as well
            if (await session.exec(sealed.with_for_update())).one_or_none() is None:
                return
            await session.exec(delete(IdentityRow).where(_is_of(reference)))
            session.add(row)

    async def fingerprint(self, reference: str) -> str | None:
        """By what the identity of this verification is recognised; None where none is kept."""
        async with self._sessions() as session:
            row = await session.get(IdentityRow, reference)
        return row.fingerprint if row else None

    async def accept(self, reference: str, account_id: str) -> None:
        """It is verified: from now on this is the account's identity, and no other one.

        Where none was kept for this verification, the one before stays.
        """
        others = col(IdentityRow.account_id) == account_id, col(IdentityRow.reference) != reference
        verified = update(IdentityRow).where(_is_of(reference)).values(is_verified=True)
        async with self._sessions.begin() as session:
            if (await session.exec(verified)).rowcount:
                await session.exec(delete(IdentityRow).where(*others))

    async def refuse(self, reference: str) -> None:
        """It is not verified, and is nobody's concern any more."""
        unverified = col(IdentityRow.is_verified).is_(False)
        async with self._sessions.begin() as session:
            await session.exec(delete(IdentityRow).where(_is_of(reference), unverified))

    async def open_identity(self, account_id: str) -> Identity | None:
        """The verified identity; None where none is kept. Whoever calls this records who reads it, and why."""
        return await self._opened(account_id, col(IdentityRow.is_verified).is_(True))

    async def open_kept(self, reference: str, account_id: str) -> Identity | None:
        """What is kept for this verification, verified or not; else as `open_identity`."""
        return await self._opened(account_id, _is_of(reference))

    async def _opened(self, account_id: str, which: ColumnElement[bool]) -> Identity | None:
        found = select(IdentityRow).where(which, IdentityRow.account_id == account_id)
        async with self._sessions() as session:
            row = (await session.exec(found)).one_or_none()
        if row is None:
            return None
        key = await unwrap(
            self._keys.wrapper, row.wrapped_key, account_id=account_id, purpose="identity"
        )
        return Identity.model_validate_json(decrypt(key, row.ciphertext, _place_of(account_id)))

    async def destroy(self, account_id: str) -> None:
        """Destroy all that the vault holds of the account: sealed identities, keys and ciphertexts."""
        async with self._sessions.begin() as session:
            # the seals first: after that nothing is kept any more
            await session.exec(delete(SealedRow).where(col(SealedRow.account_id) == account_id))
            await session.exec(delete(IdentityRow).where(col(IdentityRow.account_id) == account_id))
        await self._empty_log()

    async def _empty_log(self) -> None:
        """SQLite's write-ahead log holds what was destroyed until it begins anew: let it do so now."""
        async with self._sessions() as session:
            engine = session.bind
        if not isinstance(engine, AsyncEngine) or engine.dialect.name != "sqlite":
            return
        async with engine.connect() as connection:
            # past SQLAlchemy, which would begin a transaction: in one there is no checkpoint
            raw = await connection.get_raw_connection()
            if raw.driver_connection:
                await raw.driver_connection.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")


def _is_of(reference: str) -> ColumnElement[bool]:
    return col(IdentityRow.reference) == reference


def _place_of(account_id: str) -> bytes:
    return bind("goodstanding identity", account_id)
