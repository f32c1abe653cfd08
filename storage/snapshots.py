"""The fold of an account's events, kept as JSON in its row so that a decision reads no history."""

import json
from hashlib import sha256

from pydantic import TypeAdapter

from goodstanding.domain.record import Record

_ADAPTER = TypeAdapter(Record)
_FOLD = 1
"""Goes up when `evolve` makes something else of the same events."""


def _version() -> str:
    shape = json.dumps([_FOLD, _ADAPTER.json_schema()], sort_keys=True)
    return sha256(shape.encode()).hexdigest()[:16]


SNAPSHOT_VERSION = _version()
"""Changes by itself with the shape of the record; a snapshot of another version is folded anew."""


def dump(record: Record) -> str:
    """The record as its row holds it."""
    return _ADAPTER.dump_json(record).decode()


def load(snapshot: str) -> Record:
    """The record that a row of this version holds."""
    return _ADAPTER.validate_json(snapshot)
