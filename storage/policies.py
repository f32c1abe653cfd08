"""Policies in the database: published once, never taken out, since decisions name their digest."""

import logging
import time
from collections.abc import Callable, Collection, Mapping
from hashlib import sha256
from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from goodstanding.errors import ConfigurationError, GoodstandingError
from goodstanding.policy.book import PolicyBook, Published
from goodstanding.policy.templates import Words
from storage.policy_files import parse_policy, read_policies
from storage.tables import PolicyRow
from storage.upserts import lock

FRESH = 10.0
"""Seconds for which a book is taken as it was read: so long a new version may still be unknown."""

_WORDS = TypeAdapter(Mapping[str, Words])
_log = logging.getLogger(__name__)


async def publish(session: AsyncSession, directory: Path) -> None:
    """Publish every policy file of a directory; one that was published before stays as it was.

    Raise `ConfigurationError` where a version that was published has another text now. Notices are
    written in the words of today's files, as far as there are any.
    """
    await lock(await session.connection(), "policy", "publishing")
    texts = _texts(directory)
    for one in read_policies(directory).published:
        await _publish(session, one, texts[one.digest])


async def load_book(session: AsyncSession, known: PolicyBook | None = None) -> PolicyBook:
    """Every version that was ever published, with its words; what is known is not parsed again."""
    parsed = {one.digest: one for one in known.published} if known else {}
    rows = await session.exec(select(PolicyRow).order_by(col(PolicyRow.id), col(PolicyRow.version)))
    read = tuple(_published(row, parsed.get(row.digest)) for row in rows)
    # none is ever taken out
    kept = parsed.keys() - {one.digest for one in read}
    return PolicyBook((*read, *(parsed[digest] for digest in sorted(kept))))


class LiveBook:
    """The book as the record has it: whoever runs for years learns what others publish."""

    def __init__(self, book: PolicyBook, seconds: Callable[[], float] = time.monotonic) -> None:
        self._book = book
        self._seconds = seconds
        self._looked_at = seconds()
        self._rows: frozenset[tuple[str, str]] | None = None

    async def current(self, session: AsyncSession, policy_ids: Collection[str] = ()) -> PolicyBook:
        """The book, read again every `FRESH` seconds, and at once where one of these policies is unknown."""
        known = {one.id for one in self._book.published}
        if self._seconds() - self._looked_at < FRESH and known.issuperset(policy_ids):
            return self._book
        # first: whoever asks meanwhile takes the book as it is
        self._looked_at = self._seconds()
        found = await session.exec(select(PolicyRow.digest, PolicyRow.words))
        rows = frozenset((digest, words) for digest, words in found)
        if rows != self._rows:
            await self._read(session)
            self._rows = rows
        return self._book

    async def _read(self, session: AsyncSession) -> None:
        try:
            book = await load_book(session, self._book)
        except (GoodstandingError, ValidationError) as error:
            # a version for a newer service must not stop this one, which still knows all the others
            why = type(error).__name__
            _log.error("a published policy cannot be read by this version: %s", why)
            return
        if book != self._book:
            _log.info("the policies were read again: %d versions", len(book.published))
        self._book = book


def _published(row: PolicyRow, known: Published | None) -> Published:
    policy = known.policy if known else parse_policy(row.text.encode(), f"{row.id}@{row.version}")
    return Published(row.digest, policy, _WORDS.validate_json(row.words))


def _texts(directory: Path) -> dict[str, str]:
    """The files of a directory by the digest of their bytes."""
    files = (path.read_bytes() for path in directory.glob("*.yaml"))
    return {sha256(text).hexdigest(): text.decode() for text in files}


async def _publish(session: AsyncSession, one: Published, text: str) -> None:
    header = one.policy.policy
    words = _WORDS.dump_json(one.words).decode()
    same = select(PolicyRow).where(PolicyRow.id == header.id, PolicyRow.version == header.version)
    row = (await session.exec(same)).first()
    if row is None:
        session.add(
            PolicyRow(
                digest=one.digest,
                id=header.id,
                version=header.version,
                valid_from=header.valid_from,
                valid_to=header.valid_to,
                text=text,
                words=words,
            )
        )
    elif row.digest != one.digest:
        raise ConfigurationError(
            f"{header.id} v{header.version} was published with another text: "
            "give the new text a new version.",
            "policy.version",
        )
    else:
        row.words = words
