"""What people wrote, at rest: under the account's text key, which the master key wraps."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel.ext.asyncio.session import AsyncSession

from goodstanding.domain.events import Text
from goodstanding.envelope import bind, decrypt, encrypt, new_data_key, unwrap, wrap
from goodstanding.keys import KeyWrapper
from storage.inserts import Inserts
from storage.tables import AccountRow, TextRow, table_of

_ACCOUNT = table_of(AccountRow)
_TEXT = table_of(TextRow)
_STORED_KEY = select(_ACCOUNT.c.text_key).where(_ACCOUNT.c.account_id == bindparam("of"))
_ALL = select(_TEXT.c.text_id, _TEXT.c.ciphertext).where(_TEXT.c.account_id == bindparam("of"))
_SOME = _ALL.where(_TEXT.c.text_id.in_(bindparam("ids", expanding=True)))


class TextKeys:
    """The text keys of accounts; the ones in use stay unwrapped, up to a number."""

    def __init__(self, wrapper: KeyWrapper, size: int = 4096) -> None:
        self._wrapper = wrapper
        self._size = size
        self._open: OrderedDict[bytes, bytes] = OrderedDict()

    async def new(self, account_id: str) -> tuple[bytes, bytes]:
        """A fresh key, and the form in which it is stored."""
        key = new_data_key()
        return key, await wrap(self._wrapper, key, account_id=account_id, purpose="text")

    async def of(self, account_id: str, wrapped: bytes) -> bytes:
        """The key that was stored; raise `TamperedError` where it is another account's."""
        # the stored form is what it is known by: with a new key, the old one is never found
        place = account_id.encode() + wrapped
        key = self._open.get(place)
        if key is None:
            key = await unwrap(self._wrapper, wrapped, account_id=account_id, purpose="text")
            self._open[place] = key
            if len(self._open) > self._size:
                self._open.popitem(last=False)
        else:
            self._open.move_to_end(place)
        return key


def put_away(batch: Inserts, account_id: str, key: bytes, texts: Iterable[Text]) -> None:
    """Store the plain texts that came with a decision's events."""
    batch.add(
        _TEXT,
        (
            {
                "account_id": account_id,
                "text_id": text.text_id,
                "ciphertext": encrypt(
                    key, text.plain.encode(), _place_of(account_id, text.text_id)
                ),
            }
            for text in texts
            if text.plain is not None
        ),
    )


async def destroy(connection: AsyncConnection, account_id: str) -> None:
    """Delete what the destroyed text key has made unreadable."""
    await connection.execute(delete(_TEXT).where(_TEXT.c.account_id == account_id))


class Recalled(dict[str, str]):
    """Texts by id, as far as they were fetched; it notes what is asked for besides."""

    def __init__(self) -> None:
        super().__init__()
        self.wanted: set[str] = set()

    def get(self, text_id: str, default: Any = None) -> Any:
        """The text, or the default and a note that it is wanted."""
        if text_id not in self:
            self.wanted.add(text_id)
        return super().get(text_id, default)

    async def fill(self, connection: AsyncConnection, account_id: str, key: bytes) -> None:
        """Fetch what is wanted; what was erased stays unknown."""
        self.update(await _opened(connection, account_id, key, self.wanted))


async def read_texts(
    session: AsyncSession, keys: TextKeys, account_id: str, text_ids: Sequence[str] | None = None
) -> Mapping[str, str]:
    """The texts of an account by id, all or the named ones; what was erased is not among them."""
    connection = await session.connection()
    wrapped = await connection.scalar(_STORED_KEY, {"of": account_id})
    if wrapped is None:
        return {}
    key = await keys.of(account_id, wrapped)
    return await _opened(connection, account_id, key, text_ids)


async def _opened(
    connection: AsyncConnection, account_id: str, key: bytes, text_ids: Iterable[str] | None
) -> dict[str, str]:
    if text_ids is None:
        found = await connection.execute(_ALL, {"of": account_id})
    else:
        found = await connection.execute(_SOME, {"of": account_id, "ids": sorted(text_ids)})
    return {
        row.text_id: decrypt(key, row.ciphertext, _place_of(account_id, row.text_id)).decode()
        for row in found
    }


def _place_of(account_id: str, text_id: str) -> bytes:
    return bind("goodstanding text", account_id, text_id)
