"""The JSON Schema that editors read is the model's; run as a program this writes it anew."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter

from goodstanding.policy.loading import json_schema
from tests.policy import shipped

FILE = shipped.POLICIES / "policy.schema.json"
AGAIN = "it is not the model's: run python -m tests.policy.test_json_schema"
EXAMPLE = Path(__file__).parents[2] / "examples" / "policies" / "minimal.yaml"


def written() -> str:
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def problems(data: object) -> list[str]:
    """What an editor would underline; days are text to it, as in JSON."""
    as_json = json.loads(TypeAdapter(object).dump_json(data))
    return [error.message for error in Draft202012Validator(json_schema()).iter_errors(as_json)]


def test_the_schema_for_editors_is_the_models():
    assert FILE.read_text(encoding="utf-8") == written(), AGAIN


def test_it_is_a_schema_by_its_own_specification():
    Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("name", shipped.NAMES)
def test_a_shipped_policy_fits_and_tells_editors_so(name):
    assert problems(shipped.data(name)) == []
    assert shipped.text(name).startswith(f"# yaml-language-server: $schema={FILE.name}\n")


def test_the_example_names_the_schema_by_a_path_that_leads_to_it():
    first, _ = EXAMPLE.read_text(encoding="utf-8").split("\n", 1)

    assert first.startswith("# yaml-language-server: $schema=")
    assert EXAMPLE.parent.joinpath(first.partition("=")[2]).resolve() == FILE.resolve()


@pytest.mark.parametrize(
    ("steps", "value"),
    [
        (("records", "decisions"), "3 years"),
        (("records", "decision"), "P1Y"),
        (("verification", "attempts"), 0),
        (("kinds", "No Word"), {}),
        (("agreement", "clauses", "first"), {}),
        (("capabilities", "stages", "asleep"), []),
        (("penalties", "warning", "start"), "soon"),
    ],
)
def test_what_loading_refuses_for_its_form_an_editor_underlines(steps, value):
    data = shipped.data("neutral")
    around = data
    for step in steps[:-1]:
        around = around[step]
    around[steps[-1]] = value

    assert problems(data) != []


if __name__ == "__main__":
    FILE.write_text(written(), encoding="utf-8")
