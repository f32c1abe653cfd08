"""What could not be done outside, as operations see it."""

from datetime import timedelta

from api.keys import Scope
from goodstanding.vocabulary import EffectKind, EffectState
from storage.tables import EffectRow
from tests.api.desk import Desk
from tests.domain.playing import D0

FAILED = EffectState.FAILED


async def dead(desk: Desk, *errors: str, kind=EffectKind.MAIL, state=FAILED) -> str:
    """An account with one effect for each of these errors, a minute apart."""
    account_id = desk.new_id("dead")
    async with desk.database.sessions.begin() as session:
        for number, error in enumerate(errors):
            row = EffectRow(
                account_id=account_id,
                effect_id=f"{account_id}.c{number}.1.mail",
                kind=kind,
                body='{"text_id":"nobody"}',
                created_at=D0 + timedelta(minutes=number),
                give_up_at=D0 + timedelta(days=7),
                state=state,
                waits=False,
                attempts=number + 1,
                last_error=error,
            )
            session.add(row)
    return account_id


async def failed(desk: Desk, **params):
    return await desk.told("/effects/failed", Scope.OPERATIONS, params=params)


async def test_dead_letters_say_what_failed_how_often_and_why_and_nothing_of_what_was_said(
    any_desk,
):
    account_id = await dead(any_desk, "smtp_550")

    (letter,) = (await failed(any_desk, account_id=account_id))["effects"]

    assert letter == {
        "effect_id": f"{account_id}.c0.1.mail",
        "account_id": account_id,
        "kind": "mail",
        "attempts": 1,
        "last_error": "smtp_550",
        "created_at": "2026-01-05T10:00:00Z",
        "give_up_at": "2026-01-12T10:00:00Z",
    }


async def test_dead_letters_are_narrowed_and_read_page_by_page(any_desk):
    account_id = await dead(any_desk, "smtp_550", "smtp_451", "smtp_550")
    params = {"account_id": account_id}

    first = await failed(any_desk, limit=2, **params)
    rest = await failed(any_desk, limit=2, after=first["after"], **params)
    refused = await failed(any_desk, error="smtp_550", **params)

    assert [one["attempts"] for one in first["effects"]] == [1, 2]
    assert ([one["attempts"] for one in rest["effects"]], rest["after"]) == ([3], None)
    assert [one["attempts"] for one in refused["effects"]] == [1, 3]
    assert (await failed(any_desk, kind="filing", **params))["effects"] == []


async def test_what_is_pending_or_was_delivered_is_no_dead_letter(desk):
    pending = await dead(desk, "smtp_451", state=EffectState.PENDING)
    delivered = await dead(desk, "smtp_451", state=EffectState.DELIVERED)

    for account_id in (pending, delivered):
        assert (await failed(desk, account_id=account_id))["effects"] == []


async def test_no_page_follows_an_effect_that_there_is_not(desk):
    response = await desk.ask(
        "/effects/failed", Scope.OPERATIONS, params={"after": "nobody.c1.1.mail"}
    )

    assert (response.status_code, response.json()["code"]) == (404, "EffectNotFoundError")
