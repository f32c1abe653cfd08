"""What people wrote, at rest: under the account's text key, which the master key wraps."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import delete, insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from goodstanding.domain.events import Text
from goodstanding.envelope import bind, decrypt, encrypt, new_data_key, unwrap, wrap
from goodstanding.keys import KeyWrapper
from storage.tables import AccountRow, TextRow, table_of

_TEXT = table_of(TextRow)
_INSERT = insert(_TEXT)


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


async def put_away(
    connection: AsyncConnection, account_id: str, key: bytes, texts: Iterable[Text]
) -> None:
    """Store the plain texts that came with a decision's events."""
    rows = [
        {
            "account_id": account_id,
            "text_id": text.text_id,
            "ciphertext": encrypt(key, text.plain.encode(), _place_of(account_id, text.text_id)),
        }
        for text in texts
        if text.plain is not None
    ]
    if rows:
        await connection.execute(_INSERT, rows)


async def destroy(connection: AsyncConnection, account_id: str) -> None:
    """Delete what the destroyed text key has made unreadable."""
    await connection.execute(delete(_TEXT).where(_TEXT.c.account_id == account_id))


async def read_texts(
    session: AsyncSession, keys: TextKeys, account_id: str, text_ids: Sequence[str] | None = None
) -> Mapping[str, str]:
    """The texts of an account by id, all or the named ones; what was erased is not among them."""
    stored = select(AccountRow.text_key).where(AccountRow.account_id == account_id)
    wrapped = (await session.exec(stored)).first()
    if wrapped is None:
        return {}
    key = await keys.of(account_id, wrapped)
    found = select(TextRow).where(TextRow.account_id == account_id)
    if text_ids is not None:
        found = found.where(col(TextRow.text_id).in_(text_ids))
    return {
        row.text_id: decrypt(key, row.ciphertext, _place_of(account_id, row.text_id)).decode()
        for row in await session.exec(found)
    }


def _place_of(account_id: str, text_id: str) -> bytes:
    return bind("goodstanding text", account_id, text_id)
