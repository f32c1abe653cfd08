import asyncio
from datetime import datetime, timedelta

import pytest

from goodstanding.domain.record import Closure, Record
from goodstanding.messages import (
    CloseAccount,
    Erase,
    Withdraw,
)
from goodstanding.vocabulary import ReviewKind, Stage
from storage import holders
from storage.tables import HolderRow
from tests.storage.ledgers import D0, HOLDER, IDENTITY, PASSED, POLICY, Ledger


async def test_only_open_accounts_of_the_same_kind_count(ledger: Ledger):
    first, second, third = (ledger.at(f"{ledger.id}-{n}") for n in range(3))
    await first.active(fingerprint=ledger.id, kind="public")
    await second.active(fingerprint=ledger.id, kind="private")
    await first.send(CloseAccount, HOLDER)
    await first.pass_time(D0 + timedelta(days=30))

    third.now = first.now
    told = await third.active(fingerprint=ledger.id, kind="public")

    assert told.answer.stage is Stage.ACTIVE


async def test_an_identity_whose_account_was_closed_by_penalty_goes_to_a_person(ledger: Ledger):
    closed = await ledger.closed_by_penalty()
    back = ledger.at(f"{ledger.id}-back")
    back.now = closed.now + timedelta(days=1)

    effect_id = await back.submitted(fingerprint=ledger.id)
    told = await back.settle(effect_id, verified=PASSED)

    assert told.answer.stage is Stage.VERIFYING
    (review,) = (await back.record()).open_reviews()
    assert review.kind is ReviewKind.RETURN


async def test_it_is_remembered_past_the_erasure_and_then_forgotten(ledger: Ledger):
    closed = await ledger.closed_by_penalty()
    until = (await closed.record()).fingerprint_until
    assert until
    await closed.stays_closed(until - timedelta(days=1))
    assert (await closed.record()).is_identity_erased
    assert await closed.vault.open_identity(closed.id) is None
    assert (await closed.row(HolderRow))["closed_until"] == until

    await closed.stays_closed(until)

    assert await closed.rows(HolderRow) == []


async def test_a_renewed_identity_takes_the_place_of_the_one_before(ledger: Ledger):
    await ledger.active()

    async with ledger.database.sessions.begin() as session:
        record = await ledger.record()
        await holders.remember(await session.connection(), record, "another")

    row = await ledger.row(HolderRow)
    assert (row["fingerprint"], row["is_open"], row["kind"]) == ("another", True, "private")


async def test_nobody_is_recognised_by_an_identity_that_is_not_verified(ledger: Ledger):
    effect_id = await ledger.submitted()
    assert await ledger.rows(HolderRow) == []

    await ledger.settle(effect_id, verified=PASSED)

    row = await ledger.row(HolderRow)
    assert (row["fingerprint"], row["is_open"]) == (f"of {ledger.id}", True)


async def test_two_accounts_of_one_holder_that_are_verified_at_once_know_of_each_other(
    ledger: Ledger,
):
    most = ledger.book.at(POLICY, ledger.now).policy.kinds["public"].open_at_once["person"]
    accounts = [ledger.at(f"{ledger.id}-{n}") for n in range(most + 1)]
    effects = [await one.submitted(fingerprint=ledger.id, kind="public") for one in accounts]

    told = await asyncio.gather(
        *(
            one.settle(effect, verified=PASSED)
            for one, effect in zip(accounts, effects, strict=True)
        )
    )

    stages = [one.answer.stage for one in told]
    assert (stages.count(Stage.ACTIVE), stages.count(Stage.DECLINED)) == (most, 1)


@pytest.mark.parametrize(
    ("by_penalty", "until", "erased", "forgotten"),
    [
        (True, D0, False, False),
        (True, D0, True, False),
        (True, None, False, True),
        (True, None, True, True),
        (False, D0, False, False),
        (False, D0, True, True),
        (False, None, False, True),
        (None, None, False, False),
        (None, None, True, True),
    ],
)
def test_a_fingerprint_is_kept_as_long_as_it_is_to_be_recognised(
    by_penalty: bool | None, until: datetime | None, erased: bool, forgotten: bool
):
    closure = None if by_penalty is None else Closure(None, by_penalty, D0, D0)
    record = Record("a1", closure=closure, fingerprint_until=until, is_identity_erased=erased)

    assert holders.is_forgotten(record) is forgotten


async def test_a_withdrawn_registration_is_forgotten_with_its_identity(ledger: Ledger):
    effect_id = await ledger.submitted()
    await ledger.send(Withdraw, HOLDER)
    assert await ledger.vault.open_kept(effect_id, ledger.id) == IDENTITY

    await ledger.send(Erase, HOLDER)

    assert await ledger.rows(HolderRow) == []
    assert await ledger.vault.open_kept(effect_id, ledger.id) is None
