"""Writing down what was decided: events, texts, read models, index of names, and the account's row.

All in the transaction of the caller, who has decided; nothing is judged here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from goodstanding.domain import events as e
from goodstanding.domain.decide import Decided
from goodstanding.domain.effects import effects_of, is_awaited
from goodstanding.messages import Settlement
from goodstanding.policy.schema import Policy
from storage import accounts, chain, effects, holders, names, projection, texts
from storage.accounts import Account
from storage.chain import Entry
from storage.effects import Queue
from storage.events import texts_of
from storage.inserts import Inserts
from storage.names import IndexedName


@dataclass(frozen=True, slots=True)
class TextKey:
    """The key of an account's texts, and the form in which its row keeps it."""

    key: bytes
    stored: bytes


@dataclass(frozen=True, slots=True)
class Step:
    """What one command does to an account, and what has to be known to write it down."""

    account: Account
    decided: Decided
    entry: Entry
    standing: str
    mark: str | None
    text_key: TextKey
    wake_at: datetime | None
    queue: Queue
    policy_version: int
    name: IndexedName | None = None
    """The display name that begins to be used."""
    fingerprint: str | None = None
    """Of the identity that is verified now."""


async def append(connection: AsyncConnection, batch: Inserts, step: Step) -> None:
    """Write the events, and let everything follow that is derived from them.

    What is new goes into the batch, which the caller writes.
    """
    before, after = step.account.record, step.decided.record
    events = step.decided.events
    rows = chain.chained(step.entry, events, before.seq, step.account.head_hash)
    accounts.append(batch, rows)
    stored_key = await _put_texts_away(connection, batch, step)
    history = [(event, step.entry.at) for event in events]
    await projection.write(connection, batch, projection.changes_between(before, after, history))
    if step.name:
        names.enter(batch, after.account_id, step.name)
    await names.follow(connection, before, after, (step.account.mark, step.mark))
    if step.fingerprint:
        await holders.remember(connection, after, step.fingerprint)
    await holders.follow(connection, before, after)
    head = {
        **accounts.columns_of(after),
        "head_hash": rows[-1]["hash"],
        "standing": step.standing,
        "mark": step.mark,
        "text_key": stored_key,
        "wake_at": step.wake_at,
        "policy_version": step.policy_version,
        "has_pending_effects": bool(step.queue),
    }
    await accounts.save(connection, batch, before, head)


async def keep_queue(
    connection: AsyncConnection,
    batch: Inserts,
    account: Account,
    wake_at: datetime | None,
    queue: Queue,
    *,
    policy_version: int,
) -> None:
    """Where nothing happened but that effects ended: note when the account has something to do."""
    seen = (account.wake_at, account.has_pending_effects, account.policy_version)
    if (wake_at, bool(queue), policy_version) != seen:
        changed = {
            "wake_at": wake_at,
            "has_pending_effects": bool(queue),
            "policy_version": policy_version,
        }
        await accounts.save(connection, batch, account.record, changed)


async def settle(
    connection: AsyncConnection, decided: Decided, queue: Queue, settlements: Sequence[Settlement]
) -> Queue:
    """Settle the effects that ended, and give what is left."""
    account_id = decided.record.account_id
    superseded = [one.effect_id for one in decided.events if isinstance(one, e.ContentSuperseded)]
    if superseded:
        queue = await effects.supersede(connection, account_id, queue, superseded)
    # the first word on an effect is the one that counts
    ended = [*_unanswered(decided, queue, settlements), *settlements]
    if not ended:
        return queue
    return await effects.settle(connection, account_id, queue, ended)


def enqueue(batch: Inserts, decided: Decided, policy: Policy, at: datetime) -> Queue:
    """Queue what the events bring, and give what is pending with it."""
    record = decided.record
    new = [one for event in decided.events for one in effects_of(event, record, policy, at)]
    return effects.enqueue(batch, decided.record.account_id, new, at)


def _unanswered(
    decided: Decided, queue: Queue, settlements: Sequence[Settlement]
) -> Iterator[Settlement]:
    """Call-backs for which nobody waits any more: they failed where an event says so."""
    failed = {
        event.effect_id: event.error
        for event in decided.events
        if isinstance(event, e.EffectFailed)
    }
    told = {settlement.effect_id for settlement in settlements} - failed.keys()
    for effect_id, pending in queue.items():
        if pending.waits and effect_id not in told and not is_awaited(decided.record, effect_id):
            error = failed.get(effect_id)
            yield Settlement(effect_id=effect_id, delivered=error is None, error=error)


async def _put_texts_away(connection: AsyncConnection, batch: Inserts, step: Step) -> bytes | None:
    """Store what was said; what was said before the texts were erased is gone, and its key."""
    record, events = step.account.record, step.decided.events
    erased = [place for place, event in enumerate(events) if isinstance(event, e.TextsErased)]
    if erased:
        await texts.destroy(connection, record.account_id)
        events = events[erased[-1] :]
    said = [text for event in events for text in texts_of(event)]
    texts.put_away(batch, record.account_id, step.text_key.key, said)
    begins = record.stage is None
    has_key = step.account.text_key is not None and not erased
    return step.text_key.stored if said or begins or has_key else None
