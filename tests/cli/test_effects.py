from tests.cli.calling import call


def test_failed_effects_are_listed_with_their_error(lived):
    out = call("effects", "list", "--failed").out

    assert "a1.violation-1.4  notice  failed  1         no_webhook_configured" in out


def test_effects_as_json_have_stable_keys(lived):
    (row,) = call("effects", "list", "--json").json

    assert list(row) == [
        "account_id",
        "effect_id",
        "kind",
        "state",
        "attempts",
        "last_error",
        "created_at",
        "give_up_at",
    ]
    assert (row["account_id"], row["state"]) == ("a1", "failed")


def test_a_limit_is_a_number_from_one_on(lived):
    assert call("effects", "list", "--limit", "0").status == 2


def test_retrying_without_temporal_is_refused(lived, monkeypatch):
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")

    ran = call("effects", "retry", "a1.violation-1.4")

    assert ran.status == 1
    assert ran.err.startswith("TemporalUnreachableError: Temporal does not answer at 127.0.0.1:1")
    assert "TEMPORAL_ADDRESS" in ran.err
