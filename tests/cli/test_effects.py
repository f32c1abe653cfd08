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


def test_dead_letters_are_listed_and_counted_by_error(lived):
    ran = call("effects", "failed")

    assert ran.status == 0
    assert "a1.violation-1.4  notice  failed  1         no_webhook_configured" in ran.out
    assert "1 notice: no_webhook_configured" in ran.out


def test_dead_letters_are_narrowed_by_kind_and_error(lived):
    assert [one["effect_id"] for one in call("effects", "failed", "--json").json] == [
        "a1.violation-1.4"
    ]
    assert call("effects", "failed", "--kind", "mail", "--json").json == []
    assert call("effects", "failed", "--error", "smtp_550", "--json").json == []
    found = call("effects", "failed", "--error", "no_webhook_configured", "--json").json
    assert len(found) == 1


def test_all_are_tried_again_only_where_that_is_said(lived):
    ran = call("effects", "redrive")

    assert ran.status == 2
    assert "--all" in ran.err
