from datetime import timedelta

from api.keys import Scope
from goodstanding.domain.record import Record
from goodstanding.messages import (
    CloseAccount,
    FileAppeal,
    LiftPenalty,
    SealedIdentity,
    SubmitIdentity,
)
from goodstanding.vocabulary import PROVIDER_ACCOUNT, Verdict
from storage import queries
from tests.api.desk import Desk
from tests.domain.playing import ASH, BIRCH, CEDAR, D0, HOLDER

DAY = timedelta(days=1)


async def record_of(desk: Desk, account_id: str) -> Record:
    async with desk.database.reading() as session:
        record = await queries.record(session, account_id)
    assert record
    return record


async def test_a_new_account_has_nothing_against_it(desk):
    account_id = await desk.active()

    told = await desk.told(f"/accounts/{account_id}", Scope.READ)

    assert told["as_of"] == "2026-01-05T10:00:00Z"
    assert (told["stage"], told["standing"], told["kind"]) == ("active", "good", "private")
    assert told["policy"]["id"] == "cn-im-2014"
    assert told["policy"]["version"] == 1
    assert told["seq"] == (await record_of(desk, account_id)).seq
    assert told["mark"] is None
    assert [told[name] for name in ("penalties", "strikes", "reviews", "appealable")] == [[]] * 4
    assert told["next_due"]["what"] == "verification_reminder"


async def test_a_penalty_is_told_with_its_cause_its_start_and_its_end(desk):
    account_id = await desk.active()
    await desk.violation(account_id, "illegal_goods")

    told = await desk.told(f"/accounts/{account_id}", Scope.READ)

    (penalty,) = told["penalties"]
    assert penalty["code"] == "restricted_publishing"
    assert penalty["is_active"]
    assert penalty["denies"]
    assert penalty["starts_at"] == "2026-01-05T10:00:00Z"
    assert penalty["ends_at"] == "2026-01-12T10:00:00Z"
    assert penalty["cause"]["rule"] == "illegal_goods"
    assert penalty["cause"]["item"].startswith("item-v-")
    assert penalty["cause"]["state"] == "in_force"
    (strike,) = told["strikes"]
    assert strike["decision_id"] == penalty["cause"]["decision_id"]
    assert strike["points"] == told["points"] == 3
    assert strike["expires_at"] == "2027-01-05T10:00:00Z"
    assert told["standing"] == "restricted"


async def test_an_ended_penalty_and_an_expired_strike_are_no_longer_told(desk):
    account_id = await desk.active()
    await desk.violation(account_id, "illegal_goods")

    desk.clock.now = D0 + 7 * DAY
    after_the_penalty = await desk.told(f"/accounts/{account_id}", Scope.READ)
    desk.clock.now = D0 + 365 * DAY
    after_the_strike = await desk.told(f"/accounts/{account_id}", Scope.READ)

    assert after_the_penalty["penalties"] == []
    assert after_the_penalty["points"] == 3
    assert after_the_penalty["standing"] == "warned"
    assert after_the_strike["strikes"] == []
    assert after_the_strike["standing"] == "good"


async def test_a_decision_can_be_appealed_until_its_window_ends_and_once(desk):
    account_id = await desk.active()
    await desk.violation(account_id, "illegal_goods")
    path = f"/accounts/{account_id}"
    (open_,) = (await desk.told(path, Scope.READ))["appealable"]
    decision = (await record_of(desk, account_id)).decisions[0]
    until = decision.appeal_until
    assert until
    assert open_ == {
        "decision_id": decision.decision_id,
        "until": until.isoformat().replace("+00:00", "Z"),
    }

    desk.clock.now = until - timedelta(microseconds=1)
    assert (await desk.told(path, Scope.READ))["appealable"] == [open_]
    desk.clock.now = until
    assert (await desk.told(path, Scope.READ))["appealable"] == []

    desk.clock.now = D0
    fields = {"appeal_id": "ap1", "decision_id": decision.decision_id, "statement": "Not so."}
    await desk.send(FileAppeal, account_id, HOLDER, **fields)
    assert (await desk.told(path, Scope.READ))["appealable"] == []


async def test_a_refused_registration_can_be_appealed(desk):
    account_id = await desk.registered(display_name="Quiet Friends")
    account_id = await desk.registered("public", "person", display_name="Quiet Friеnds")
    review_id = await desk.open_review(account_id)
    await desk.vote(account_id, review_id, Verdict.REFUSE, ASH)

    told = await desk.told(f"/accounts/{account_id}", Scope.READ)

    assert told["stage"] == "declined"
    assert [one["decision_id"] for one in told["appealable"]]


async def test_open_reviews_are_told_without_the_people_in_them(desk):
    account_id = await desk.active()
    await desk.violation(account_id, "threat_to_life")

    response = await desk.ask(f"/accounts/{account_id}", Scope.READ)

    told = response.json()
    (review,) = told["reviews"]
    assert review["kind"] == "confirmation"
    assert review["people"] - review["votes_cast"] == 1
    (penalty,) = told["penalties"]
    assert penalty["is_interim"]
    for person in (ASH, BIRCH, HOLDER):
        assert f'"{person.id}"' not in response.text


async def test_lifting_ends_a_penalty_at_once(desk):
    account_id = await desk.active()
    await desk.violation(account_id, "illegal_goods")
    penalty = (await record_of(desk, account_id)).penalties[0]
    fields = {"penalty_id": penalty.penalty_id, "reasons": "It has done what it should."}

    await desk.send(LiftPenalty, account_id, CEDAR, **fields)

    assert (await desk.told(f"/accounts/{account_id}", Scope.READ))["penalties"] == []


async def test_qualifications_say_whether_they_hold(desk):
    account_id = await desk.news_account(D0 + 100 * DAY)
    path = f"/accounts/{account_id}"

    now = await desk.told(path, Scope.READ)
    desk.clock.now = D0 + 101 * DAY
    later = await desk.told(path, Scope.READ)

    assert {one["code"]: one["holds"] for one in now["qualifications"]}["news_unit"]
    assert not {one["code"]: one["holds"] for one in later["qualifications"]}["news_unit"]
    assert now["mark"] == "publish_and_reprint"
    assert later["mark"] is None


async def test_the_platform_itself_shows_its_licences(desk):
    told = await desk.told(f"/accounts/{PROVIDER_ACCOUNT}", Scope.READ)

    assert {one["code"] for one in told["licences"]} == {"telecom_licence", "internet_news_licence"}


async def test_a_closing_says_when(desk):
    account_id = await desk.active()
    await desk.send(CloseAccount, account_id, HOLDER)

    told = await desk.told(f"/accounts/{account_id}", Scope.READ)
    await desk.to(account_id, D0 + 60 * DAY)
    later = await desk.told(f"/accounts/{account_id}", Scope.READ)

    assert told["stage"] == "closing"
    assert told["closing_at"] == later["closed_at"]
    assert later["stage"] == "closed"


async def test_a_clock_that_is_behind_the_record_sees_what_the_record_has(desk):
    account_id = await desk.active()
    desk.clock.now = D0 + DAY
    await desk.violation(account_id, "illegal_goods")

    desk.clock.now = D0 + DAY - timedelta(milliseconds=50)
    told = await desk.told(f"/accounts/{account_id}", Scope.READ)

    assert told["as_of"] == "2026-01-06T10:00:00Z"
    assert told["penalties"]


async def test_what_is_required_comes_with_its_deadline_and_what_waits_for_it(desk):
    account_id = await desk.registered()
    path = f"/accounts/{account_id}/requirements"

    at_first = await desk.told(path, Scope.READ)
    desk.clock.now = D0 + 60 * DAY
    soon = await desk.told(path, Scope.READ)
    desk.clock.now = D0 + 80 * DAY
    over = await desk.told(path, Scope.READ)

    assert [one["code"] for one in at_first["due_later"]] == ["identity.submit"]
    assert [one["code"] for one in soon["currently_due"]] == ["identity.submit"]
    assert soon["deadline"] == soon["currently_due"][0]["deadline"] == "2026-03-26T10:00:00Z"
    assert [one["code"] for one in over["past_due"]] == ["identity.submit"]
    assert {one["denial"] for one in over["disabled"]} == {"STAGE_DENIES"}


async def test_what_others_have_to_do_is_pending(desk):
    account_id = await desk.registered()
    sealed = SealedIdentity(key_id="k1", schema_version=1, ciphertext="AAAA")
    command = SubmitIdentity(
        account_id=account_id, command_id=desk.new_id("c"), actor=HOLDER, sealed=sealed
    )
    await desk.transact(command)

    told = await desk.told(f"/accounts/{account_id}/requirements", Scope.READ)

    assert [one["code"] for one in told["pending"]] == ["identity.check"]


async def test_an_account_that_does_not_exist_is_not_found(desk):
    for path, scope in (
        ("", Scope.READ),
        ("/requirements", Scope.READ),
        ("/notices", Scope.NOTICES),
        ("/capabilities/post", Scope.CAPABILITIES),
        ("/badge", None),
    ):
        response = await desk.ask(f"/accounts/nobody{path}", scope)
        assert response.status_code == 404
        assert response.json()["code"] == "AccountNotFoundError"
        assert response.json()["field"] == "account_id"
