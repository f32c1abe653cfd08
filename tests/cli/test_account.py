from tests.cli.calling import call


def test_an_account_is_shown_with_its_journey_penalties_and_what_is_due(lived):
    ran = call("account", "show", "a1")

    assert ran.status == 0
    assert ran.err == ""
    assert "active, warned; waiting for time:" in ran.out
    assert (
        "warning  active  2026-01-06 10:00 UTC  2026-04-06 10:00 UTC  a1.violation-1.1" in ran.out
    )
    assert "2026-03-07 10:00 UTC  appeal_window_ends" in ran.out
    assert (
        ran.out.index("registered: ") < ran.out.index("activated") < ran.out.index("strike given")
    )
    assert "Runs: http://127.0.0.1:8233/namespaces/default/workflows?query=" in ran.out


def test_an_account_as_json_has_stable_keys(lived):
    shown = call("account", "show", "a1", "--json").json

    assert list(shown) == ["account", "waiting_for", "penalties", "due", "journey", "runs"]
    assert shown["account"]["standing"] == "warned"
    (penalty,) = shown["penalties"]
    assert (penalty["code"], penalty["state"], penalty["rule"]) == (
        "warning",
        "active",
        "spam_flooding",
    )
    assert penalty["decision_id"] == "a1.violation-1.1"
    assert penalty["ends_at"] == "2026-04-06T10:00:00Z"
    assert [due["at"] for due in shown["due"]] == sorted(due["at"] for due in shown["due"])
    assert [step["seq"] for step in shown["journey"]] == list(range(1, len(shown["journey"]) + 1))
    assert shown["journey"][0]["kind"] == "Registered"


def test_what_people_wrote_and_are_called_is_not_shown(lived):
    for flags in ([], ["--json"]):
        out = call("account", "show", "a1", *flags).out

        assert "Somebody" not in out
        assert "forty times" not in out
        assert "commitment" not in out


def test_the_platform_itself_can_be_shown(lived):
    ran = call("account", "show", "provider")

    assert ran.status == 0
    assert "licence recorded" in ran.out


def test_an_unknown_account_is_refused_in_one_line_with_its_remedy(lived):
    ran = call("account", "show", "nobody", "--json")

    assert ran.status == 1
    assert ran.out == ""
    assert ran.err == (
        "AccountNotFoundError: No account has the id nobody.\n"
        "Check the id; an account is there once its registration was taken in.\n"
    )


def test_links_go_where_the_settings_say(lived, monkeypatch):
    monkeypatch.setenv("GOODSTANDING_UI_URL", "https://temporal.example/")
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "accounts")

    shown = call("account", "show", "a1", "--json").json

    assert shown["runs"] == (
        "https://temporal.example/namespaces/accounts/workflows?query=WorkflowId%3D%22account%2Fa1%22"
    )


def test_without_a_record_nothing_is_made(place):
    ran = call("account", "show", "a1")

    assert ran.status == 1
    assert ran.err.startswith("NoRecordError: There is no record at .goodstanding/goodstanding.db.")
    assert not (place / ".goodstanding").exists()


def test_what_taking_a_decision_back_would_do_is_shown_before_it_is_done(lived):
    ran = call("account", "preview-overturn", "a1", "a1.violation-1.1")

    assert ran.status == 0
    assert "active, warned -> active, good" in ran.out
    assert "decision_overturned" in ran.out
    as_json = call("account", "preview-overturn", "a1", "a1.violation-1.1", "--json").json
    assert as_json["verdict"] == "overturned"
    assert as_json["then"]["notices"] == [
        {"kind": "decision_overturned", "decision_id": "a1.violation-1.1"}
    ]
    again = call("account", "show", "a1", "--json").json
    assert again["account"]["standing"] == "warned"
