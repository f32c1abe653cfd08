from datetime import timedelta

import pytest
from sqlmodel import col, select, update

from api.keys import FRESH, KeyRing, Scope, hash_of, make_key
from api.parts import ApiParts
from goodstanding.errors import KeyRefusedError, MalformedError
from goodstanding.messages import Actor
from goodstanding.vocabulary import Role
from storage.tables import ApiKeyRow
from tests.api.desk import Desk
from tests.domain.playing import D0

DAY = timedelta(days=1)
READER = Actor(id="platform-2", role=Role.PLATFORM)
ROUTES = {
    Scope.READ: ["/accounts/a1", "/accounts/a1/requirements"],
    Scope.CAPABILITIES: ["/accounts/a1/capabilities/post"],
    Scope.NOTICES: ["/accounts/a1/notices"],
    Scope.REVIEWS: ["/reviews"],
    Scope.OPERATIONS: ["/effects/failed"],
    Scope.METRICS: ["/metrics"],
}
GUARDED = [(scope, path) for scope, paths in ROUTES.items() for path in paths]


async def made(desk: Desk, *scopes: Scope, ends_at=None) -> str:
    async with desk.database.sessions.begin() as session:
        return await make_key(session, READER, scopes, ends_at, desk.clock.now)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize(("scope", "path"), GUARDED)
async def test_without_a_key_nothing_is_told(desk, scope, path):
    response = await desk.ask(path)

    assert (response.status_code, response.json()["code"]) == (401, "KeyRefusedError")
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(("scope", "path"), GUARDED)
async def test_a_key_is_good_for_its_scopes_only(desk, scope, path):
    others = [other for other in Scope if other is not scope]
    response = await desk.ask(path, headers=bearer(await made(desk, *others)))

    assert (response.status_code, response.json()["code"]) == (403, "ScopeMissingError")
    assert scope in response.json()["detail"]


async def test_the_batch_needs_the_scope_of_checks(desk):
    asked = {"checks": [{"account_id": "a1", "capability": "post"}]}

    response = await desk.ask("/capabilities", Scope.READ, "POST", json=asked)

    assert response.status_code == 403


@pytest.mark.parametrize("header", ["Bearer gsk_nobody", "Basic Z3NrOng=", "Bearer", "gsk_x"])
async def test_what_is_no_key_is_refused(desk, header):
    response = await desk.ask("/reviews", headers={"Authorization": header})

    assert (response.status_code, response.json()["code"]) == (401, "KeyRefusedError")
    assert "gsk" not in response.text


async def test_a_key_may_have_several_scopes(desk):
    token = await made(desk, Scope.READ, Scope.REVIEWS)
    account_id = await desk.active()

    for path in (f"/accounts/{account_id}", "/reviews"):
        assert (await desk.ask(path, headers=bearer(token))).status_code == 200


async def test_a_key_ends_at_its_very_instant(desk):
    token = await made(desk, Scope.REVIEWS, ends_at=D0 + DAY)

    desk.clock.now = D0 + DAY - timedelta(microseconds=1)
    assert (await desk.ask("/reviews", headers=bearer(token))).status_code == 200
    desk.clock.now = D0 + DAY
    response = await desk.ask("/reviews", headers=bearer(token))
    assert (response.status_code, response.json()["code"]) == (401, "KeyRefusedError")


async def test_only_the_hash_of_a_key_is_stored(desk):
    token = await made(desk, Scope.READ)
    async with desk.database.reading() as session:
        rows = await session.exec(select(ApiKeyRow).where(ApiKeyRow.hash == hash_of(token)))
        (row,) = rows.all()

    assert token not in row.model_dump_json()
    assert (row.actor_id, row.role, row.scopes) == ("platform-2", "platform", "read")
    # 256 bits
    assert len(token.removeprefix("gsk_")) == 43


async def test_a_revoked_key_is_refused_within_the_stated_time(desk):
    token = await made(desk, Scope.READ)
    seconds = 0.0
    ring = KeyRing(desk.database.reading, lambda: seconds)
    assert (await ring.find(token, D0)).actor == READER
    async with desk.database.sessions.begin() as session:
        where = col(ApiKeyRow.hash) == hash_of(token)
        await session.exec(update(ApiKeyRow).where(where).values(revoked_at=D0))

    seconds = FRESH - 1
    assert await ring.find(token, D0)
    seconds = FRESH
    with pytest.raises(KeyRefusedError):
        await ring.find(token, D0)


async def test_a_key_needs_a_scope_and_an_end_that_is_still_to_come(desk):
    async with desk.database.sessions() as session:
        with pytest.raises(MalformedError, match="scopes"):
            await make_key(session, READER, [], None, D0)
        with pytest.raises(MalformedError, match="ends_at"):
            await make_key(session, READER, [Scope.READ], D0, D0)


def test_the_parts_show_no_secret(desk):
    assert desk.secret not in repr(desk.parts)
    assert isinstance(desk.parts, ApiParts)
