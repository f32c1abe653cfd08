from tests.cli.calling import call


def test_the_licences_that_the_policy_asks_for_are_shown(lived):
    out = call("provider", "show").out

    assert out.startswith("policy cn-im-2014\n")
    assert "internet_news_licence  yes   L-1" in out


def test_the_platform_as_json_has_stable_keys(lived):
    shown = call("provider", "show", "--json").json

    assert list(shown) == ["policy_id", "policy_version", "licences"]
    for licence in shown["licences"]:
        assert set(licence) == {
            "code",
            "held",
            "number",
            "licence_id",
            "valid_from",
            "valid_until",
            "capabilities",
        }
        assert licence["held"] is True


def test_a_service_that_never_started_has_no_account_of_its_own(place):
    call("db", "upgrade")

    ran = call("provider", "show")

    assert ran.status == 1
    assert ran.err.startswith("AccountNotFoundError: The service was never started")


def test_a_licence_without_its_days_is_not_understood(lived):
    ran = call("provider", "licence", "add", "telecom_licence", "--number", "L-2")

    assert ran.status == 2


def test_a_day_has_one_form(lived):
    ran = call(
        *("provider", "licence", "add", "telecom_licence", "--number", "L-2"),
        *("--authority", "made_up", "--valid-from", "1/2/2026", "--valid-to", "2027-01-01"),
    )

    assert ran.status == 2
