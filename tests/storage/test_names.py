from datetime import timedelta

from goodstanding.messages import CloseAccount
from goodstanding.vocabulary import ReviewKind
from storage.tables import AccountRow, EventRow, NameRow
from tests.storage.ledgers import D0, HOLDER, Ledger


async def test_a_name_like_that_of_an_account_with_a_mark_waits_for_a_person(ledger: Ledger):
    name = f"灯湾通讯社 {ledger.id}"
    await ledger.badged(display_name=name)
    other = ledger.at(f"{ledger.id}-other")

    told = await other.tell(other.register(display_name=f"燈灣通訊社 {ledger.id}"))

    assert told.answer.refusal is None
    (review,) = (await other.record()).open_reviews()
    assert review.kind is ReviewKind.NAME
    doubted = (await other.rows(EventRow))[1]
    assert (doubted["kind"], f"folds_to:account:{ledger.id}" in doubted["body"]) == (
        "NameDoubted",
        True,
    )


async def test_one_character_is_near_enough(ledger: Ledger):
    await ledger.badged(display_name=f"Lantern Bay {ledger.id}")
    other = ledger.at(f"{ledger.id}-other")

    await other.tell(other.register(display_name=f"Lantern Day {ledger.id}"))

    assert "one_character_from" in (await other.rows(EventRow))[1]["body"]


async def test_names_of_accounts_without_a_mark_may_be_alike(ledger: Ledger):
    await ledger.active(display_name=f"Tea {ledger.id}")
    other = ledger.at(f"{ledger.id}-other")

    await other.tell(other.register(display_name=f"Tea {ledger.id}"))

    assert (await other.record()).open_reviews() == ()


async def test_a_name_that_the_policy_protects_waits_for_a_person(ledger: Ledger):
    await ledger.tell(ledger.register(display_name="G00dstanding"))

    assert "policy:platform" in (await ledger.rows(EventRow))[1]["body"]


async def test_the_name_of_a_closed_account_is_held_and_then_free(ledger: Ledger):
    name = f"Quiet {ledger.id}"
    await ledger.active(display_name=name)
    await ledger.send(CloseAccount, HOLDER)
    await ledger.pass_time(D0 + timedelta(days=16))
    assert (await ledger.row(NameRow))["is_held"]
    early, late = (ledger.at(f"{ledger.id}-{when}") for when in ("early", "late"))
    early.now = ledger.now

    await early.tell(early.register(display_name=name.upper()))
    await ledger.pass_time(D0 + timedelta(days=40))
    late.now = ledger.now
    await late.tell(late.register(display_name=name))

    assert [r.kind for r in (await early.record()).open_reviews()] == [ReviewKind.NAME]
    assert (await late.record()).open_reviews() == ()


async def test_the_index_knows_who_has_a_mark(ledger: Ledger):
    await ledger.badged()
    assert (await ledger.row(NameRow))["is_badged"]
    assert (await ledger.row(AccountRow))["mark"] == "publish_and_reprint"

    await ledger.tell(ledger.violation(rule="news_beyond_right"))

    assert not (await ledger.row(NameRow))["is_badged"]
    assert (await ledger.row(AccountRow))["mark"] is None


async def test_it_speaks_of_the_holder_by_the_display_name(ledger: Ledger):
    await ledger.active(display_name="Teahouse")

    assert any("Teahouse" in text for text in (await ledger.texts()).values())
