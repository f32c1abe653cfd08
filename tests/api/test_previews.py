from api.keys import Scope
from goodstanding.messages import FileAppeal, OverturnDecision
from goodstanding.vocabulary import Verdict
from tests.domain.playing import BIRCH, CEDAR, HOLDER


async def test_a_reviewer_sees_what_an_overturn_would_do_and_it_does_exactly_that(desk):
    account_id = await desk.active()
    await desk.violation(account_id, "illegal_goods")
    decision_id = (await desk.told(f"/accounts/{account_id}", Scope.READ))["appealable"][0][
        "decision_id"
    ]
    appeal = {"appeal_id": "ap-1", "decision_id": decision_id, "statement": "It was not so."}
    await desk.send(FileAppeal, account_id, HOLDER, **appeal)
    review_id = await desk.open_review(account_id)

    told = await desk.told(f"/reviews/{review_id}/preview", Scope.REVIEWS)

    assert (told["decision_id"], told["verdict"]) == (decision_id, "overturned")
    then = told["then"]
    assert (then["before"]["standing"], then["after"]["standing"]) == ("restricted", "good")
    assert [one["kind"] for one in then["notices"]] == ["appeal_overturned"]
    assert then["reviews_ended"] == [review_id]
    await desk.vote(account_id, review_id, Verdict.OVERTURNED, BIRCH)
    assert (await desk.told(f"/accounts/{account_id}", Scope.READ))["standing"] == "good"


async def test_a_reduction_is_previewed_with_its_rung(desk):
    account_id = await desk.active()
    await desk.violation(account_id, "illegal_goods")
    path = f"/accounts/{account_id}"
    decision_id = (await desk.told(path, Scope.READ))["appealable"][0]["decision_id"]
    appeal = {"appeal_id": "ap-1", "decision_id": decision_id, "statement": "It was not so."}
    await desk.send(FileAppeal, account_id, HOLDER, **appeal)
    review_id = await desk.open_review(account_id)

    params = {"verdict": "reduced", "rung": "warn"}
    told = await desk.told(f"/reviews/{review_id}/preview", Scope.REVIEWS, params=params)
    params["rung"] = "suspend"
    refused = await desk.ask(f"/reviews/{review_id}/preview", Scope.REVIEWS, params=params)

    assert told["then"]["decisions"][0]["rung_after"] == "warn"
    assert (refused.status_code, refused.json()["code"]) == (422, "VerdictNotPossibleError")


async def test_taking_a_decision_back_is_previewed_on_the_decision(desk):
    account_id = await desk.active()
    await desk.violation(account_id, "illegal_goods")
    path = f"/accounts/{account_id}"
    decision_id = (await desk.told(path, Scope.READ))["appealable"][0]["decision_id"]

    told = await desk.told(f"{path}/decisions/{decision_id}/preview", Scope.REVIEWS)
    fields = {"decision_id": decision_id, "reasons": "The rule is wrong.", "agreed_by": (CEDAR,)}
    await desk.send(OverturnDecision, account_id, BIRCH, **fields)
    again = await desk.ask(f"{path}/decisions/{decision_id}/preview", Scope.REVIEWS)

    assert [one["kind"] for one in told["then"]["notices"]] == ["decision_overturned"]
    assert again.json()["code"] == "DecisionNotInForceError"


async def test_only_who_may_read_the_queue_sees_previews(desk):
    account_id = await desk.active()

    refused = await desk.ask(f"/accounts/{account_id}/decisions/d.1/preview", Scope.READ)
    unknown = await desk.ask("/reviews/nobody.c1.1/preview", Scope.REVIEWS)

    assert refused.json()["code"] == "ScopeMissingError"
    assert unknown.json()["code"] == "AccountNotFoundError"
