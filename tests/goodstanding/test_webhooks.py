"""Signed messages: what is taken, and what is refused."""

import base64
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

import pytest
from standardwebhooks import Webhook

from goodstanding.errors import ConfigurationError, KeyRefusedError, MalformedError
from goodstanding.messages import Settlement, Verified
from goodstanding.vocabulary import Assurance, Outcome
from goodstanding.webhooks import (
    CallbackBody,
    WebhookRefusedError,
    check_secret,
    new_secret,
    signature_time,
    signed,
    verified,
)

SECRET = new_secret()
BODY = '{"name":"静河"}'.encode()


def is_taken(headers: Mapping[str, str], body: bytes) -> bool:
    try:
        verified(SECRET, headers, body)
    except WebhookRefusedError:
        return False
    return True


def test_what_was_signed_just_now_is_taken_and_nothing_else():
    headers = signed(SECRET, "m1", signature_time(), BODY)

    assert is_taken(headers, BODY)
    assert not is_taken(headers, BODY + b" ")


def test_header_names_are_taken_in_any_case():
    headers = signed(SECRET, "m1", signature_time(), BODY)

    assert is_taken({name.title(): value for name, value in headers.items()}, BODY)


def test_the_zone_of_the_timestamp_does_not_matter():
    moment = datetime.now(UTC)
    elsewhere = moment.astimezone(timezone(timedelta(hours=8)))

    assert signed(SECRET, "m1", elsewhere, BODY) == signed(SECRET, "m1", moment, BODY)


def test_the_library_of_the_specification_reads_our_signature():
    headers = signed(SECRET, "m1", signature_time(), b'{"a": 1}')

    assert Webhook(SECRET).verify(b'{"a": 1}', headers) == {"a": 1}


def test_another_secret_is_refused():
    headers = signed(new_secret(), "m1", signature_time(), BODY)

    with pytest.raises(WebhookRefusedError):
        verified(SECRET, headers, BODY)


def test_another_body_is_refused():
    headers = signed(SECRET, "m1", signature_time(), BODY)

    with pytest.raises(WebhookRefusedError):
        verified(SECRET, headers, BODY + b" ")


def test_another_message_id_is_refused():
    headers = signed(SECRET, "m1", signature_time(), BODY)

    with pytest.raises(WebhookRefusedError):
        verified(SECRET, {**headers, "webhook-id": "m2"}, BODY)


@pytest.mark.parametrize(
    "off",
    [
        pytest.param(timedelta(minutes=-6), id="stale"),
        pytest.param(timedelta(days=45), id="of a time to come"),
    ],
)
def test_a_signature_of_another_time_is_refused(off):
    headers = signed(SECRET, "m1", signature_time() + off, BODY)

    with pytest.raises(WebhookRefusedError):
        verified(SECRET, headers, BODY)


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_without_one_of_the_headers_it_is_refused(missing):
    headers = signed(SECRET, "m1", signature_time(), BODY)
    del headers[missing]

    with pytest.raises(WebhookRefusedError):
        verified(SECRET, headers, BODY)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("webhook-signature", "v1"),
        ("webhook-signature", "v1,no base64!"),
        ("webhook-signature", "v1,ü"),
        ("webhook-signature", "v2,AAAA"),
        ("webhook-signature", "v1,a,b"),
        ("webhook-timestamp", "yesterday"),
        ("webhook-timestamp", "nan"),
        ("webhook-timestamp", "1e999"),
    ],
)
def test_headers_that_are_nonsense_are_refused_like_wrong_ones(header, value):
    headers = {**signed(SECRET, "m1", signature_time(), BODY), header: value}

    with pytest.raises(WebhookRefusedError):
        verified(SECRET, headers, BODY)


def test_a_body_that_is_no_text_is_refused():
    with pytest.raises(WebhookRefusedError):
        verified(SECRET, signed(SECRET, "m1", signature_time(), BODY), b"\xff\xfe")


def test_a_refused_signature_counts_as_a_refused_key():
    assert issubclass(WebhookRefusedError, KeyRefusedError)
    assert WebhookRefusedError.status == 401


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_A", "hunter2", "no base64, but long enough!"]
)
def test_a_secret_that_is_none_is_a_wrong_setting_that_repeats_nothing(secret):
    with pytest.raises(ConfigurationError) as caught:
        signed(secret, "m1", signature_time(), BODY)

    assert not secret or secret not in str(caught.value).replace("'whsec_'", "")


def test_a_secret_that_could_be_guessed_is_refused():
    short, least = (base64.b64encode(b"s" * length).decode() for length in (23, 24))

    with pytest.raises(ConfigurationError, match="shorter than 24 bytes"):
        check_secret(f"whsec_{short}")
    check_secret(f"whsec_{least}")
    check_secret(least)


def test_secrets_differ():
    assert new_secret() != new_secret()
    assert new_secret().startswith("whsec_")


def test_importing_it_does_not_need_the_library_that_signs():
    probe = "import sys, goodstanding.webhooks; sys.exit('standardwebhooks' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", probe], check=False).returncode == 0


def test_a_call_back_settles_the_verification_that_it_names():
    body = (
        b'{"effect_id": "a01.c1.1", "outcome": "pass", "assurance": "issuer",'
        b' "checks": ["number"], "reason_code": null, "is_old_enough": true}'
    )

    expected = Settlement(
        effect_id="a01.c1.1",
        delivered=True,
        verified=Verified(
            outcome=Outcome.PASS,
            assurance=Assurance.ISSUER,
            checks=("number",),
            is_old_enough=True,
        ),
    )
    assert CallbackBody.read(body).settlement() == expected


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"{", None),
        (b'{"outcome": "pass"}', "effect_id"),
        (b'{"effect_id": "a01.c1.1", "number": "110101200803150010"}', "outcome"),
        (b'{"effect_id": "no id", "outcome": "pass"}', "effect_id"),
        (b'{"effect_id": "a", "outcome": "110101200803150010"}', "outcome"),
        (
            b'{"effect_id": "a", "outcome": "fail", "reason_code": "110101200803150010"}',
            "reason_code",
        ),
        (b'{"effect_id": "a", "outcome": "fail", "checks": ["x110101200803150010"]}', "checks.0"),
    ],
)
def test_a_call_back_that_is_not_of_the_agreed_form_is_refused_without_repeating_it(body, field):
    with pytest.raises(MalformedError) as caught:
        CallbackBody.read(body)

    assert caught.value.field == field
    assert "110101" not in str(caught.value)


def test_a_call_back_cannot_be_changed():
    callback = CallbackBody(effect_id="a01.c1.1", outcome=Outcome.PASS)

    with pytest.raises(ValueError, match="frozen"):
        callback.outcome = Outcome.FAIL  # type: ignore[misc]
