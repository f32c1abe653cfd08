"""What a new display name resembles, asked of the index of names."""

from collections.abc import Mapping
from functools import lru_cache

from sqlalchemy.ext.asyncio import AsyncConnection

from activities.names import KnownName, deletion_keys, known_name, name_keys, signals
from storage import names
from storage.names import FoundName, IndexedName


def indexed(name: str) -> IndexedName:
    """A name with everything that it is found by."""
    keys = name_keys(name)
    return IndexedName(
        plain=name,
        folded=keys.folded,
        skeleton=keys.skeleton,
        sound=keys.sound,
        near=deletion_keys(keys.folded) | deletion_keys(keys.skeleton),
    )


async def signals_for(
    connection: AsyncConnection, name: IndexedName, protected: Mapping[str, str], account_id: str
) -> tuple[str, ...]:
    """Why a person should look at the name: `looks_like:policy:platform`, `mixed_scripts`."""
    known = list(_protected(tuple(protected.items())))
    known += [_known(other) for other in await names.resembling(connection, name, account_id)]
    found = signals(name.plain, known)
    return tuple(f"{signal.kind}:{signal.of}" if signal.of else signal.kind for signal in found)


def _known(other: FoundName) -> KnownName:
    return KnownName(
        reference=f"account:{other.account_id}",
        name=other.plain,
        folded=other.folded,
        skeleton=other.skeleton,
        sound=other.sound,
    )


@lru_cache(maxsize=32)
def _protected(protected: tuple[tuple[str, str], ...]) -> tuple[KnownName, ...]:
    return tuple(known_name(f"policy:{code}", name) for code, name in protected)
