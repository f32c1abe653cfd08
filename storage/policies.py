"""Policies in the database: published once, never taken out, since decisions name their digest."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from pydantic import TypeAdapter
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from goodstanding.errors import ConfigurationError
from goodstanding.policy.book import PolicyBook, Published
from goodstanding.policy.templates import Words
from storage.policy_files import parse_policy, read_policies
from storage.tables import PolicyRow
from storage.upserts import lock

_WORDS = TypeAdapter(Mapping[str, Words])


async def publish(session: AsyncSession, directory: Path) -> None:
    """Publish every policy file of a directory; one that was published before stays as it was.

    Raise `ConfigurationError` where a version that was published has another text now. Notices are
    written in the words of today's files, as far as there are any.
    """
    await lock(await session.connection(), "policy", "publishing")
    texts = _texts(directory)
    for one in read_policies(directory).published:
        await _publish(session, one, texts[one.digest])


async def load_book(session: AsyncSession) -> PolicyBook:
    """Every version that was ever published, with its words."""
    rows = await session.exec(select(PolicyRow).order_by(col(PolicyRow.id), col(PolicyRow.version)))
    return PolicyBook(
        tuple(
            Published(
                row.digest,
                parse_policy(row.text.encode(), f"{row.id}@{row.version}"),
                _WORDS.validate_json(row.words),
            )
            for row in rows
        )
    )


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
