"""Article 9: what an authority orders is kept apart, told, and over by itself; each clock on a running service."""

from datetime import timedelta

from goodstanding.messages import RecordOrder, Secrecy, WithdrawOrder
from goodstanding.vocabulary import ReviewKind, Verdict
from tests.requirements.platform import ASH, BIRCH

ORDER = {
    "authority": "national_internet_office",
    "reference": "2026-17",
    "legal_basis": "Law on something, Art 4",
    "deny": ("post",),
}


async def test_r31_of_a_secret_order_the_holder_is_told_at_the_end_of_the_secrecy(platform):
    account = await platform.active()
    now = await platform.now()
    secrecy = Secrecy(until=now + timedelta(days=20), basis="Art 9")
    await account.send(RecordOrder, ASH, **ORDER, ends_at=now + timedelta(days=30), secrecy=secrecy)
    order = (await account.record()).orders[0]
    shown = await platform.client.accounts.get(account.id)
    assert shown.orders == ()
    assert shown.next_due is None or shown.next_due.subject_id != order.order_id
    assert "order_received" not in [one.kind for one in await account.inbox()]

    await platform.pass_to(secrecy.until)
    await account.happens("OrderDisclosed")

    told = [one for one in await account.inbox() if one.kind == "order_received"]
    assert len(told) == 1
    assert "2026-17" in (told[0].text or "")
    shown = await platform.client.accounts.get(account.id)
    assert [(one.order_id, one.is_active) for one in shown.orders] == [(order.order_id, True)]

    await platform.pass_to(order.ends_at)
    await account.happens("OrderExpired")
    assert "post" in await account.can()


async def test_r31_an_unknown_authoritys_order_is_held_and_lapses_at_its_deadline(platform):
    account = await platform.active()
    await account.send(RecordOrder, ASH, **{**ORDER, "authority": "unheard_of"})
    order = (await account.record()).orders[0]
    assert "post" in await account.can()

    await platform.pass_to(order.lapses_at)
    await account.happens("OrderLapsed")

    assert (await account.record()).orders[0].state == "lapsed"
    assert "post" in await account.can()


async def test_r31_a_second_person_confirms_an_unknown_authoritys_order_and_it_is_withdrawn(
    platform,
):
    account = await platform.active()
    await account.send(RecordOrder, ASH, **{**ORDER, "authority": "unheard_of"})
    await account.vote(await account.open_review(ReviewKind.ORDER), Verdict.CONFIRM, BIRCH)
    assert "post" not in await account.can()

    order = (await account.record()).orders[0]
    await account.send(WithdrawOrder, BIRCH, order_id=order.order_id, reasons="Taken back.")

    assert "post" in await account.can()
    kinds = [one.kind for one in await account.inbox()]
    assert kinds.count("order_received") == kinds.count("order_ended") == 1


async def test_r31_the_holder_of_an_account_that_sleeps_is_told_too(platform):
    account = await platform.active()
    secrecy = Secrecy(until=await platform.now() + timedelta(days=120), basis="Art 9")
    await account.send(RecordOrder, ASH, **ORDER, secrecy=secrecy)

    await platform.pass_to(secrecy.until)
    await account.wake()

    assert (await account.told()).count("order_received") == 1
