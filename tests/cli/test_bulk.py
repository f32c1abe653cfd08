"""Bulk operations on the command line, as far as it goes without Temporal."""

import json

import pytest

from tests.cli.calling import call


def test_where_nothing_was_planned_none_is_listed_and_none_is_shown(lived):
    assert call("bulk", "list").out.strip() == "none"
    assert call("bulk", "list", "--json").json == []
    ran = call("bulk", "show", "b1")
    assert ran.status == 1
    assert ran.err.startswith("BulkNotFoundError")


@pytest.mark.parametrize(
    ("plan", "says"),
    [
        ("no json", "MalformedError: The file is no JSON object with a template."),
        ("[]", "MalformedError: The file is no JSON object with a template."),
        ('{"template": {"operation": "erase"}}', "MalformedError: The input: Input tag 'erase'"),
        (
            '{"template": {"operation": "lift_penalty", "reasons": "x"}, "limits": {"canary": -1}}',
            "MalformedError: canary:",
        ),
    ],
)
def test_a_plan_that_cannot_be_read_says_what_is_wrong(lived, plan, says):
    (lived / "plan.json").write_text(plan)
    ran = call("bulk", "plan", "b1", "plan.json", "--by", "ash", "--reasons", "A botnet.")
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.startswith(says)


def test_an_empty_file_of_accounts_is_refused_before_anything_is_sent(lived):
    (lived / "accounts.csv").write_text("")
    ran = call("bulk", "add", "b1", "accounts.csv", "--by", "ash")
    assert ran.status == 1
    assert ran.err.startswith("MalformedError: The file names no account.")


def test_an_account_that_cannot_be_is_named_by_its_field(lived):
    (lived / "accounts.csv").write_text(json.dumps("not an id") + "\n")
    ran = call("bulk", "add", "b1", "accounts.csv", "--by", "ash")
    assert ran.err.startswith("MalformedError: account_id:")
