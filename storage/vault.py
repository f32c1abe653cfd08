"""The vault: identities as the client sealed them, and under each account's identity key.

Erasure destroys that key. What the fingerprint recognises is elsewhere (`storage.holders`).
"""

from dataclasses import dataclass

from sqlalchemy import delete
from sqlmodel import col

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
        """Forget the sealed identity, once it was opened."""
        async with self._sessions.begin() as session:
            await session.exec(delete(SealedRow).where(col(SealedRow.reference) == reference))

    async def keep(self, account_id: str, identity: Identity) -> None:
        """Keep the identity under a new identity key, in the place of an earlier one."""
        key = new_data_key()
        wrapped = await wrap(self._keys.wrapper, key, account_id=account_id, purpose="identity")
        plain = identity.model_dump_json().encode()
        ciphertext = encrypt(key, plain, _place_of(account_id))
        async with self._sessions.begin() as session:
            await session.exec(delete(IdentityRow).where(col(IdentityRow.account_id) == account_id))
            session.add(
                IdentityRow(account_id=account_id, wrapped_key=wrapped, ciphertext=ciphertext)
            )

    async def open_identity(self, account_id: str) -> Identity | None:
        """The identity; None where none is kept. Whoever calls this records who reads it, and why."""
        async with self._sessions() as session:
            row = await session.get(IdentityRow, account_id)
        if row is None:
            return None
        key = await unwrap(
            self._keys.wrapper, row.wrapped_key, account_id=account_id, purpose="identity"
        )
        return Identity.model_validate_json(decrypt(key, row.ciphertext, _place_of(account_id)))

    async def destroy(self, account_id: str) -> None:
        """Destroy all that the vault holds of the account: sealed identities, key and ciphertext."""
        async with self._sessions.begin() as session:
            await session.exec(delete(SealedRow).where(col(SealedRow.account_id) == account_id))
            await session.exec(delete(IdentityRow).where(col(IdentityRow.account_id) == account_id))


def _place_of(account_id: str) -> bytes:
    return bind("goodstanding identity", account_id)
