"""What bad input gets: an error of its own with code and field, and a ledger as it was."""

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from pydantic import ValidationError

from api.limits import LARGEST_BODY
from examples.invented import with_wrong_check_digit
from examples.services.identity_provider import Behaviour
from goodstanding import errors
from goodstanding.errors import (
    AccountClosedError,
    AccountNotFoundError,
    AgreementMissingError,
    CommandStaleError,
    ConflictError,
    EvidenceTooLargeError,
    GoodstandingError,
    MalformedError,
    PolicyNotFoundError,
    RoleNotAllowedError,
    RuleNotFoundError,
    TextTooLongError,
    TextUnprintableError,
    WrongStageError,
)
from goodstanding.messages import Actor, Evidence, Finding, Withdraw
from goodstanding.vocabulary import EffectKind, Role
from goodstanding.webhooks import signature_time, signed
from tests.requirements.platform import HOLDER, Account, Platform

DIGEST = "d" * 64
EVIDENCE = tuple(Evidence(kind="scan", reference=f"vault/{n}", digest=DIGEST) for n in range(21))
SECRET = "Pier Street 7"
PROBLEM = "application/problem+json"


@pytest.fixture
async def account(platform) -> Account:
    return await platform.active()


async def test_an_unknown_account(platform):
    nobody = platform.applicant()

    refused = await nobody.refused(nobody.send(Withdraw, HOLDER))

    assert type(refused) is AccountNotFoundError
    assert nobody.id in refused.message


async def test_an_unknown_rule(account):
    good = (await account.finding("illegal_goods")).model_dump(mode="json")
    for rule, error in (("no_such_rule", RuleNotFoundError), ("no such rule", MalformedError)):
        refused = await account.refused(account.violate_with({**good, "rule": rule}))
        assert (type(refused), refused.field) == (error, "finding.rule")


async def test_a_wrong_stage(account):
    refused = await account.refused(account.send(Withdraw, HOLDER))
    assert type(refused) is WrongStageError

    applicant = account.platform.applicant("public")
    await applicant.register()
    refused = await applicant.refused(applicant.apply("public_account"))
    assert type(refused) is WrongStageError


async def test_a_missing_pledge(platform):
    account = platform.applicant()
    pledges = dict((await account.acceptance()).pledges)
    del pledges["truthfulness"]
    agreement = await account.acceptance(pledges=pledges)

    refused = await account.refused(account.register(agreement=agreement))

    assert type(refused) is AgreementMissingError
    assert refused.field == "agreement.pledges.truthfulness"
    assert await account.kinds() == []


async def test_a_bad_checksum_is_told_by_its_code_and_asks_nobody(platform):
    account = platform.applicant()
    wrong = with_wrong_check_digit(account.identity.number)
    await account.register()
    await account.submit(account.identity.model_copy(update={"number": wrong}))
    await account.happens("IdentityChecked")

    (checked,) = await account.bodies("IdentityChecked")
    assert (checked["outcome"], checked["reason_code"]) == ("fail", "wrong_check_digit")
    assert checked["attempts_left"] == 2
    assert await account.told() == ["identity_failed"]
    (effect,) = await account.effects(EffectKind.VERIFICATION)
    assert effect.effect_id not in platform.stand.provider.asked
    # what was mistyped is corrected
    await account.verify()


async def test_a_command_id_that_was_used_for_something_else(account):
    await account.report("r1", command_id="once")

    refused = await account.refused(account.report("r1", "item-8", command_id="once"))

    assert type(refused) is ConflictError


async def test_a_version_that_is_no_longer_expected(account):
    await account.settles()
    seq = (await account.record()).seq

    refused = await account.refused(account.report("r1", expected_seq=seq - 1))

    assert type(refused) is ConflictError


async def test_a_command_that_came_too_late(account):
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)

    refused = await account.refused(account.report("r1", expires_at=long_ago))

    assert (type(refused), refused.field) == (CommandStaleError, "expires_at")


async def test_an_agreement_that_is_not_the_current_one(platform):
    account = platform.applicant()
    for field, value in (("version", 2), ("text_digest", "0" * 64), ("id", "other-agreement")):
        agreement = await account.acceptance(**{field: value})
        refused = await account.refused(account.register(agreement=agreement))
        assert (type(refused), refused.field) == (AgreementMissingError, f"agreement.{field}")


async def test_a_policy_that_is_not_in_force(platform):
    account = platform.applicant()

    refused = await account.refused(account.register(policy_id="cn-im-1914"))

    assert (type(refused), refused.field) == (PolicyNotFoundError, "policy_id")


async def test_a_text_that_is_too_long(account):
    for length in (8001, 100_000):
        text = SECRET * (length // len(SECRET) + 1)
        refused = await account.refused(account.report("r1", statement=text))
        assert (type(refused), refused.field) == (TextTooLongError, "statement")
        assert SECRET not in refused.message


async def test_a_text_with_control_characters(account):
    for sign in ("\x00", "\x1b", "\r", "\x9f", "\u202e", "\u2066"):
        refused = await account.refused(account.report("r1", statement=f"{SECRET}{sign}"))
        assert (type(refused), refused.field) == (TextUnprintableError, "statement")
        assert SECRET not in refused.message


async def test_a_display_name_with_control_characters_or_too_long(platform):
    account = platform.applicant()

    for name, error in (
        ("海边\u202e小栈", TextUnprintableError),
        ("Maple,\n\nyour account was suspended", TextUnprintableError),
        ("   ", TextUnprintableError),
        ("长" * 201, TextTooLongError),
    ):
        refused = await account.refused(account.register(display_name=name))
        assert (type(refused), refused.field) == (error, "display_name")


async def test_more_evidence_than_one_command_carries(account):
    refused = await account.refused(account.report("r1", evidence=EVIDENCE))

    assert (type(refused), refused.field) == (EvidenceTooLargeError, "evidence")
    assert (await account.report("r1", evidence=EVIDENCE[:20])).refusal is None


async def test_a_role_that_may_not_do_this(account):
    for role in (Role.PUBLIC, Role.HOLDER, Role.AUTHORITY, Role.SYSTEM):
        actor = Actor(id="somebody", role=role)
        refused = await account.refused(account.violate("illegal_goods", actor))
        assert (type(refused), refused.field) == (RoleNotAllowedError, "actor.role")


async def test_an_account_that_was_closed_meanwhile(account):
    decision = await account.close()

    for late in (
        account.violate("fraud_offer"),
        account.apply("public_account"),
    ):
        refused = await account.refused(late)
        assert type(refused) is AccountClosedError
    # what is left is left
    assert await account.appeal(decision.decision_id)


async def test_each_has_a_code_of_its_own():
    codes = {
        AccountNotFoundError,
        RuleNotFoundError,
        WrongStageError,
        AgreementMissingError,
        ConflictError,
        CommandStaleError,
        PolicyNotFoundError,
        TextTooLongError,
        TextUnprintableError,
        EvidenceTooLargeError,
        RoleNotAllowedError,
        AccountClosedError,
    }
    assert len({error("x").code for error in codes}) == len(codes)
    for error in codes:
        assert error.remedy != GoodstandingError.remedy
        assert 400 <= error.status < 500
        assert errors.error_of(error.__name__, "x", "y").field == "y"


async def test_what_is_not_stored_names_its_field_too(platform, account):
    nobody = platform.applicant()
    await account.report("r1", command_id="once")
    refused = [
        await nobody.refused(nobody.send(Withdraw, HOLDER)),
        await account.refused(account.report("r2", command_id="once")),
        await account.refused(account.report("r2", expected_seq=1)),
    ]

    assert [error.field for error in refused] == ["account_id", "command_id", "expected_seq"]


def test_a_part_that_is_built_by_itself_raises_pydantics_error_without_the_input():
    fields = {
        "violation_id": "v1",
        "acted_at": datetime(2026, 1, 5, tzinfo=UTC),
        "rule": "spam",
        "item": "i1",
    }
    with pytest.raises(ValidationError) as refused:
        Finding(**fields, facts="x" * 8001)
    assert refused.value.errors()[0]["loc"] == ("facts",)
    assert "xxx" not in str(refused.value)


# over HTTP


BAD_QUESTIONS = (
    ("/accounts/nobody", 404, "AccountNotFoundError", "account_id"),
    ("/accounts/nobody/requirements", 404, "AccountNotFoundError", "account_id"),
    ("/accounts/nobody/notices", 404, "AccountNotFoundError", "account_id"),
    ("/accounts/nobody/badge", 404, "AccountNotFoundError", "account_id"),
    ("/accounts/nobody/capabilities/post", 404, "AccountNotFoundError", "account_id"),
    ("/accounts/{id}/capabilities/fly", 404, "CapabilityNotFoundError", "capability"),
    ("/accounts/{id}/capabilities/to%20fly", 422, "MalformedError", "capability"),
    (f"/accounts/{SECRET}", 422, "MalformedError", "account_id"),
    ("/accounts/{id}%00", 422, "MalformedError", "account_id"),
    (f"/accounts/{'a' * 49}", 422, "MalformedError", "account_id"),
    ("/accounts/{id}/notices?limit=501", 422, "MalformedError", "limit"),
    ("/reviews?kind=other", 422, "MalformedError", "kind"),
    ("/reviews?unknown=1", 422, "MalformedError", None),
    (f"/reports/{{id}}.nothing.{'0' * 32}", 404, "ReportNotFoundError", "number"),
    ("/reports/nothing", 422, "MalformedError", "number"),
    ("/nowhere", 404, "RouteNotFoundError", None),
)


def told(response: httpx.Response, status: int, error: str, field: str | None) -> None:
    problem = response.json()
    assert response.headers["content-type"] == PROBLEM
    assert response.status_code == problem["status"] == status
    assert (problem["code"], problem["field"]) == (error, field)
    assert problem["type"] == f"/errors/{error}"
    assert problem["title"]
    assert problem["remedy"]
    assert SECRET not in response.text


async def test_a_bad_question_is_a_problem(platform, account):
    await account.settles()
    before = await account.ledger()

    for path, status, error, field in BAD_QUESTIONS:
        response = await platform.http.get(path.format(id=account.id))
        told(response, status, error, field)
    assert await account.ledger() == before


@pytest.fixture
async def verifying(platform) -> Account:
    """An account whose provider will call back."""
    account = platform.applicant()
    platform.knows(account.identity, Behaviour(calls_back=True))
    await account.register()
    await account.submit()
    await account.happens("IdentityAsked")
    return account


async def call_back(
    platform: Platform, content: bytes, age: timedelta = timedelta(0), name: str = "mock"
) -> httpx.Response:
    secret = platform.parts.provider_secrets["mock"]
    headers = signed(secret, "msg-1", signature_time() - age, content)
    path = f"/providers/{name}/callbacks"
    return await platform.http.post(path, content=content, headers=headers)


async def test_a_bad_call_back_is_a_problem(platform, verifying):
    (effect,) = await verifying.effects(EffectKind.VERIFICATION)
    good = {"effect_id": effect.effect_id, "outcome": "pass", "assurance": "issuer"}
    before = await verifying.ledger()
    body = json.dumps(good).encode()

    unsigned = await platform.http.post("/providers/mock/callbacks", json=good)
    told(unsigned, 401, "WebhookRefusedError", None)
    old = await call_back(platform, body, age=timedelta(minutes=10))
    told(old, 401, "WebhookRefusedError", None)
    told(await call_back(platform, body, name="other"), 404, "ProviderNotFoundError", "name")
    for change, field in (
        ({"outcome": SECRET}, "outcome"),
        ({"reason_code": f"{SECRET}\x00"}, "reason_code"),
        ({"checks": ["number"] * 21}, "checks"),
        ({"effect_id": f"{SECRET}!"}, "effect_id"),
    ):
        response = await call_back(platform, json.dumps({**good, **change}).encode())
        assert response.json()["code"] in {"MalformedError", "EvidenceTooLargeError"}
        told(response, 422, response.json()["code"], field)
    unknown = {**good, "effect_id": f"{verifying.id}.other.1"}
    response = await call_back(platform, json.dumps(unknown).encode())
    told(response, 404, "EffectNotFoundError", "effect_id")
    response = await call_back(platform, b" " * (LARGEST_BODY + 1))
    told(response, 413, "BodyTooLargeError", None)

    assert await verifying.ledger() == before
    assert (await call_back(platform, body)).status_code == 200
    await verifying.happens("Activated")
    after = await verifying.ledger()
    # again is harmless
    assert (await call_back(platform, body)).status_code == 200
    await verifying.settles()
    assert (await verifying.kinds()).count("IdentityChecked") == 1
    assert after[1] <= (await verifying.ledger())[1]


async def test_the_client_raises_what_the_api_refuses(platform, account):
    with pytest.raises(AccountNotFoundError) as refused:
        await platform.client.accounts.get("nobody")
    assert refused.value.field == "account_id"
    with pytest.raises(errors.CapabilityNotFoundError):
        await platform.client.capabilities.check(account.id, "fly")
    (one,) = await platform.client.capabilities.check_many([("nobody", "post")])
    assert (one.allowed, one.refusal.code) == (False, "AccountNotFoundError")
