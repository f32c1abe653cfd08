"""F8: what a decision did with items is undone with it, in order, whatever the platform does meanwhile."""

import asyncio
import json
from datetime import timedelta

import httpx

from goodstanding.messages import ItemAction, RetryEffect
from goodstanding.vocabulary import EffectKind, EffectState
from goodstanding.webhooks import signature_time, signed
from tests.requirements.platform import OPS, Account, Platform

REMOVE = "remove"


async def violate(account: Account, *items: str, rule: str = "illegal_goods") -> str:
    """Have a violation found whose decision removes these items."""
    content = tuple(ItemAction(item=item, action=REMOVE) for item in items)
    return (await account.violate(rule, content=content)).decision_id


async def states(account: Account) -> list[tuple[str, str]]:
    """What the platform was asked for, and how far it is, by the client."""
    view = await account.platform.client.accounts.content(account.id)
    return [(one.does, one.state) for one in view.content]


async def becomes(account: Account, *expected: tuple[str, str]) -> None:
    """Wait until the requests are as expected."""

    async def is_so() -> bool:
        return await states(account) == list(expected)

    await account.platform.stand.until(is_so)


def received(platform: Platform, item: str) -> list[str]:
    """What the platform was asked for about an item, in the order in which it came."""
    sent = [one.body for one in platform.stand.webhook.messages]
    return [one["action"] for one in sent if one.get("item") == item]


async def receipt(platform: Platform, said: dict[str, object]) -> httpx.Response:
    body = json.dumps(said).encode()
    headers = signed(platform.stand.webhook._secret, "m1", signature_time(), body)
    return await platform.http.post("/content/receipts", content=body, headers=headers)


async def test_f08_what_was_removed_is_removed_with_a_receipt_and_restored_after_an_overturn(
    platform,
):
    account = await platform.active()
    item = f"{account.id}-post"
    decision_id = await violate(account, item)
    await becomes(account, (REMOVE, "done"))
    assert platform.stand.webhook.items[item] == {REMOVE}

    await account.overturn(decision_id)

    await becomes(account, (REMOVE, "done"), ("restore", "done"))
    assert platform.stand.webhook.items[item] == set()
    (removal, restored) = (await platform.client.accounts.content(account.id)).content
    assert (removal.receipt, restored.receipt) == ("done-1", "done-2")
    assert restored.undoes == removal.effect_id


async def test_f08_a_restore_takes_the_place_of_a_removal_that_is_still_being_tried(platform):
    account = await platform.active()
    item = f"{account.id}-post"
    platform.stand.webhook.fail_first(10_000)
    decision_id = await violate(account, item)
    await platform.pass_(hours=30)
    assert await states(account) == [(REMOVE, "requested")]

    await account.overturn(decision_id)
    platform.stand.webhook.fail_first(0)

    await platform.pass_(minutes=15)
    await becomes(account, (REMOVE, "superseded"), ("restore", "done"))
    assert received(platform, item) == ["restore"]
    assert "EffectFailed" not in await account.kinds()


async def test_f08_a_restore_waits_for_an_attempt_at_the_removal_that_is_under_way(platform):
    account = await platform.active()
    item = f"{account.id}-post"
    gate = platform.stand.webhook.gate = asyncio.Event()
    try:
        decision_id = await violate(account, item)
        await platform.stand.until(lambda: _is_waiting(platform))
        await account.overturn(decision_id)
        await asyncio.sleep(0.5)
        assert platform.stand.webhook.waiting == 1
    finally:
        platform.stand.webhook.gate = None
        gate.set()

    await becomes(account, (REMOVE, "superseded"), ("restore", "done"))
    assert received(platform, item) == [REMOVE, "restore"]
    assert platform.stand.webhook.items[item] == set()


async def _is_waiting(platform: Platform) -> bool:
    return platform.stand.webhook.waiting == 1


async def test_a_platform_may_say_later_by_a_signed_receipt_that_it_was_done(platform):
    account = await platform.active()
    platform.stand.webhook.calls_back = True
    try:
        await violate(account, f"{account.id}-post")
        await account.happens("ContentWaits")
    finally:
        platform.stand.webhook.calls_back = False
    (asked,) = (await platform.client.accounts.content(account.id)).content
    assert (asked.state, asked.waits_until is not None) == ("requested", True)

    said = {"effect_id": asked.effect_id, "outcome": "done", "receipt": "T-9"}
    first, again = await receipt(platform, said), await receipt(platform, said)

    assert (first.status_code, again.status_code) == (200, 200)
    (done,) = (await platform.client.accounts.content(account.id)).content
    assert (done.state, done.receipt) == ("done", "T-9")
    assert (await account.kinds()).count("ContentDone") == 1


async def test_a_receipt_that_nobody_signed_or_of_something_else_is_refused(platform):
    account = await platform.active()
    said = {"effect_id": f"{account.id}.c9.1", "outcome": "done"}

    unsigned = await platform.http.post("/content/receipts", json=said)
    unknown = await receipt(platform, said)
    malformed = await receipt(platform, {**said, "outcome": "perhaps"})

    codes = [(one.status_code, one.json()["code"]) for one in (unsigned, unknown, malformed)]
    assert codes == [
        (401, "WebhookRefusedError"),
        (404, "EffectNotFoundError"),
        (422, "MalformedError"),
    ]


async def test_a_receipt_that_never_comes_is_given_up_and_can_be_asked_for_again(platform):
    account = await platform.active()
    platform.stand.webhook.calls_back = True
    try:
        await violate(account, f"{account.id}-post")
        await account.happens("ContentWaits")
        await platform.pass_(days=7, minutes=1)
        await becomes(account, (REMOVE, "failed"))
    finally:
        platform.stand.webhook.calls_back = False
    (effect,) = await account.effects(EffectKind.CONTENT)
    assert (effect.state, effect.last_error) == (EffectState.FAILED, "unanswered")

    await account.send(RetryEffect, OPS, effect_id=effect.effect_id)

    await becomes(account, (REMOVE, "done"))


async def test_what_nobody_takes_for_days_is_given_up_visibly_and_stops_nothing_else(platform):
    account = await platform.active()
    platform.stand.webhook.fail_first(10_000)
    await violate(account, f"{account.id}-post")
    before = (await account.record()).seq
    await account.violate("spam_flooding")
    assert (await account.record()).seq > before

    await platform.pass_(days=7, minutes=1)
    platform.stand.webhook.fail_first(0)

    await becomes(account, (REMOVE, "failed"))
    failed = (await platform.client.accounts.content(account.id)).content[0]
    assert failed.error == "WebhookUndeliveredError"
    # the last attempt that still lies within the seven days
    assert failed.ended_at - failed.requested_at > timedelta(days=6, hours=23)
    await account.send(RetryEffect, OPS, effect_id=failed.effect_id)
    await becomes(account, (REMOVE, "done"))
