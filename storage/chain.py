"""The hash chain: each row of an account's ledger fixes the one before it.

The account's row keeps the last hash, so a tail that was cut off is missed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from goodstanding.canonical import digest
from goodstanding.domain.events import Event
from storage.events import body_of, kind_of, version_of

GENESIS = "0" * 64
"""What stands before the first event."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What the events of one command have in common."""

    account_id: str
    at: datetime
    command_id: str | None
    actor: str
    policy_digest: str


def hash_of(row: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical form of all columns but `hash` itself."""
    return digest({name: value for name, value in row.items() if name != "hash"})


def chained(
    entry: Entry, events: Iterable[Event], seq: int, previous_hash: str
) -> list[dict[str, Any]]:
    """The rows of these events, after the row `seq` whose hash is given."""
    rows = []
    for event in events:
        seq += 1
        kind = kind_of(event)
        row = {
            "account_id": entry.account_id,
            "seq": seq,
            "at": entry.at,
            "kind": kind,
            "version": version_of(kind),
            "command_id": entry.command_id,
            "actor": entry.actor,
            "policy_digest": entry.policy_digest,
            "body": body_of(event),
            "previous_hash": previous_hash,
        }
        row["hash"] = previous_hash = hash_of(row)
        rows.append(row)
    return rows
