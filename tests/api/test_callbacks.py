import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from goodstanding.errors import AccountBusyError
from goodstanding.messages import FileReport, SealedIdentity, Settlement, SubmitIdentity, Verified
from goodstanding.vocabulary import Assurance, EffectKind, Outcome, Stage
from goodstanding.webhooks import new_secret, signature_time, signed
from tests.api.desk import PROVIDER, Desk
from tests.domain.playing import HOLDER

PASSED = {"outcome": "pass", "assurance": "issuer", "is_old_enough": True}


async def verifying(desk: Desk) -> tuple[str, str]:
    """An account whose provider takes its time, and the effect that waits for it."""
    account_id = await desk.registered()
    sealed = SealedIdentity(key_id="k1", schema_version=1, ciphertext="AAAA")
    done = await desk.transact(
        SubmitIdentity(
            account_id=account_id, command_id=desk.new_id("c"), actor=HOLDER, sealed=sealed
        )
    )
    (ref,) = (one for one in done.agenda.effects if one.kind is EffectKind.VERIFICATION)
    return account_id, ref.effect_id


async def call_back(
    desk: Desk,
    content: dict[str, Any] | bytes,
    *,
    secret: str | None = None,
    age: timedelta = timedelta(0),
    name: str = PROVIDER,
) -> httpx.Response:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    headers = signed(secret or desk.secret, "msg-1", signature_time() - age, body)
    path = f"/providers/{name}/callbacks"
    return await desk.ask(path, method="POST", content=body, headers=headers)


async def test_a_signed_call_back_reaches_its_account(desk):
    account_id, effect_id = await verifying(desk)

    response = await call_back(desk, {"effect_id": effect_id, **PASSED})

    assert (response.status_code, response.json()) == (200, {"effect_id": effect_id})
    (command,) = desk.sender.sent
    assert command.account_id == account_id
    passed = Verified(outcome=Outcome.PASS, assurance=Assurance.ISSUER, is_old_enough=True)
    assert command.settlements == (
        Settlement(effect_id=effect_id, delivered=True, verified=passed),
    )


async def test_a_repeated_call_back_is_harmless(desk):
    _, effect_id = await verifying(desk)
    said = {"effect_id": effect_id, **PASSED}

    await call_back(desk, said)
    first = await desk.transact(desk.sender.sent[0])
    again = await call_back(desk, said)
    second = await desk.transact(desk.sender.sent[1])

    assert first.answer.stage is second.answer.stage is Stage.ACTIVE
    assert first.answer.seq == second.answer.seq
    assert again.status_code == 200


async def test_an_unsigned_call_back_is_refused(desk):
    _, effect_id = await verifying(desk)

    response = await desk.ask(
        f"/providers/{PROVIDER}/callbacks", method="POST", json={"effect_id": effect_id, **PASSED}
    )

    assert (response.status_code, response.json()["code"]) == (401, "WebhookRefusedError")
    assert desk.sender.sent == []


@pytest.mark.parametrize("age", [timedelta(minutes=6), timedelta(minutes=-6)])
async def test_a_signature_of_another_moment_is_refused(desk, age):
    _, effect_id = await verifying(desk)

    response = await call_back(desk, {"effect_id": effect_id, **PASSED}, age=age)

    assert (response.status_code, response.json()["code"]) == (401, "WebhookRefusedError")
    assert desk.sender.sent == []


async def test_a_signature_with_another_secret_is_refused(desk):
    _, effect_id = await verifying(desk)

    response = await call_back(desk, {"effect_id": effect_id, **PASSED}, secret=new_secret())

    assert response.status_code == 401
    assert desk.sender.sent == []


async def test_a_provider_that_is_not_known_is_not_found(desk):
    response = await call_back(desk, {"effect_id": "a1.c1.1", **PASSED}, name="other")

    assert (response.status_code, response.json()["code"]) == (404, "ProviderNotFoundError")


async def test_an_effect_that_there_is_not_is_not_found(desk):
    response = await call_back(desk, {"effect_id": "a1.c1.1", **PASSED})

    assert (response.status_code, response.json()["code"]) == (404, "EffectNotFoundError")
    assert response.json()["field"] == "effect_id"


async def test_a_provider_settles_verifications_only(desk):
    account_id = await desk.active()
    fields = {"report_id": "r1", "ground": "harmful", "item": "i1", "statement": "Look."}
    command = FileReport(account_id=account_id, command_id=desk.new_id("c"), actor=HOLDER, **fields)
    done = await desk.transact(command)
    (ref,) = (one for one in done.agenda.effects if one.kind is EffectKind.REVIEW)

    response = await call_back(desk, {"effect_id": ref.effect_id, **PASSED})

    assert (response.status_code, response.json()["code"]) == (404, "EffectNotFoundError")
    assert desk.sender.sent == []


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"effect_id": "a1.c1.1", "outcome": "perhaps"}, "outcome"),
        ({"outcome": "pass"}, "effect_id"),
        (b"no json", None),
    ],
)
async def test_what_a_provider_says_has_its_form(desk, said, field):
    response = await call_back(desk, said)

    assert (response.status_code, response.json()["code"]) == (422, "MalformedError")
    assert response.json()["field"] == field


async def test_while_the_account_does_not_answer_the_provider_is_asked_to_repeat(desk):
    _, effect_id = await verifying(desk)
    desk.sender.failure = AccountBusyError()

    response = await call_back(desk, {"effect_id": effect_id, **PASSED})

    assert (response.status_code, response.json()["code"]) == (503, "AccountBusyError")
    assert response.headers["Retry-After"] == "1"
