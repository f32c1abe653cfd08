"""docs/policy.md names every key as the schema has it, and every example in it is a real one."""

import ast
import re
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from goodstanding.errors import PolicyMalformedError
from goodstanding.policy.schema import Policy
from goodstanding.policy.templates import VARIABLES, Template, Words
from goodstanding.vocabulary import NoticeKind
from storage.policy_files import parse_policy, published
from storage.strict_yaml import read_document
from tests.policy import shipped

ROOT = Path(__file__).parents[2]
DOC = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "examples" / "policies" / "minimal.yaml"
SERVICE = ("goodstanding", "workflows", "activities", "storage", "api", "cli", "worker")
PLACES = [EXAMPLE, *shipped.POLICIES.glob("*.yaml"), *shipped.POLICIES.glob("notices/*.yaml")]


def test_every_key_stands_in_the_table_of_its_section_and_no_other():
    rows = dict(_rows(DOC))

    assert set(rows) == {key for key, _ in _keys(Policy)}
    assert all(meaning for _, meaning in rows.values())


def test_every_default_is_the_models():
    rows = dict(_rows(DOC))

    said = {key: default for key, (default, _) in rows.items()}
    assert said == {key: _default(field) for key, field in _keys(Policy)}


def test_a_section_without_keys_of_its_own_is_explained_too():
    headings = re.findall(r"^### `(\w+)`$", DOC, re.MULTILINE)

    assert headings == list(Policy.model_fields)


def test_every_notice_stands_there_with_the_variables_it_is_given():
    table = _part(DOC, "## Words of notices")
    statement = next(one for one in table.split("\n\n") if one.startswith("The statement: "))
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", table, re.MULTILINE)

    said = {
        kind: set(re.findall(r"`(\w+)`", variables.replace("the statement", statement)))
        for kind, variables in rows
    }
    assert said == {kind.value: set(VARIABLES[kind]) for kind in NoticeKind}
    for name in (*Words.model_fields, *Template.model_fields):
        assert f"`{name}`" in table


def _yaml(text: str) -> dict[str, str]:
    """The YAML examples, by the line in which each begins."""
    found = re.finditer(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return {f"line-{text.count(chr(10), 0, one.start(1)) + 1}": one[1] for one in found}


@pytest.mark.parametrize("source", _yaml(DOC).values(), ids=_yaml(DOC))
def test_an_example_is_a_whole_policy_or_a_part_of_a_real_file(source):
    document = read_document(source.encode(), "docs/policy.md")

    assert document.refused == ()
    if {"policy", "records"} <= set(document.data):
        parse_policy(source.encode(), "docs/policy.md")
    else:
        real = [read_document(path.read_bytes(), path.name).data for path in PLACES]
        assert any(_is_part(document.data, whole) for whole in real), source


def test_the_walk_through_shows_the_whole_example_file():
    pieces = _yaml(_part(DOC, "## Your own policy"))

    assert "\n".join(pieces.values()) == EXAMPLE.read_text(encoding="utf-8")


def test_the_example_file_loads_with_the_shared_words():
    one = published(EXAMPLE.read_bytes(), EXAMPLE.name, shipped.POLICIES)

    assert one.id == "minimal"
    assert set(one.words) == {"en"}


def test_nothing_can_be_left_out_of_the_example():
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines(keepends=True)

    for number, line in enumerate(lines):
        without = "".join(lines[:number] + lines[number + 1 :])
        if line.strip() and not line.startswith("#"):
            with pytest.raises(PolicyMalformedError):
                parse_policy(without.encode(), f"without line {number + 1}")


def test_the_example_of_a_problem_is_what_is_really_said():
    source = shipped.text("neutral").replace("  attempts: 3", "  attempts: 0", 1)

    with pytest.raises(PolicyMalformedError) as caught:
        parse_policy(source.encode(), "policies/neutral.yaml")

    assert f"```\n{caught.value.message}\n```" in DOC


def test_what_is_said_not_to_be_applied_is_read_nowhere():
    listed = _part(DOC, "### Read, but not applied yet").split("\n\n")[0]
    paths = re.findall(r"`([\w.*]+)`", listed)

    assert paths
    assert set(paths) <= {key for key, _ in _keys(Policy)}
    assert {path.rpartition(".")[2] for path in paths}.isdisjoint(_attributes())


def test_a_key_that_nothing_reads_is_said_not_to_be_applied():
    listed = _part(DOC, "### Read, but not applied yet").split("\n\n")[0]
    read = _attributes()
    unread = {key for key, _ in _keys(Policy) if key.rpartition(".")[2] not in read}

    assert unread - _READ_OTHERWISE == set(re.findall(r"`([\w.*]+)`", listed))


_READ_OTHERWISE = {
    # by the policy's own modules: its zone, and where each number comes from
    "policy.time_zone",
    "basis",
    "basis.*.source",
    "authorities.known.*.duties",
    # by the section's own `channels_of`
    "process.notices.channels",
    # by their names, which are words of the engine
    *(f"registration.declined_as.{why}" for why in ("expired", "under_age", "cap", "not_verified")),
}


def _keys(form: type[BaseModel], *at: str) -> Iterator[tuple[str, FieldInfo]]:
    for name, field in form.model_fields.items():
        yield ".".join((*at, name)), field
        inside, section = _section(field.annotation)
        if section:
            yield from _keys(section, *at, name, *inside)


def _section(annotation: Any) -> tuple[tuple[str, ...], type[BaseModel] | None]:
    """The section that stands here, and the steps to it: one `*` for each list or mapping."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return (), annotation
    kind, parts = get_origin(annotation), get_args(annotation)
    if kind in (tuple, Mapping):
        inside, section = _section(parts[-1] if kind is Mapping else parts[0])
        return ("*", *inside), section
    found = [_section(part) for part in parts]
    return next((one for one in found if one[1]), ((), None))


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    match field.default:
        case None:
            return "none"
        case BaseModel() | Mapping() | tuple():
            return "empty"
        case bool() as truth:
            return f"`{str(truth).lower()}`"
        case Enum() as word:
            return f"`{word.value}`"
        case other:
            return f"`{other}`"


def _rows(text: str) -> Iterator[tuple[str, tuple[str, str]]]:
    """Each key by its whole path, with the default and the meaning that the tables give it."""
    for name, default, says in re.findall(
        r"^\| \[`(\w+)`\]\(#\1\) \| (\S+) \| (.*) \|$", text, re.MULTILINE
    ):
        yield name, (default, says)
    section = ""
    for line in text.splitlines():
        if line.startswith("#"):
            found = re.fullmatch(r"### `(\w+)`", line)
            section = found[1] if found else ""
        elif section and (row := re.fullmatch(r"\| `(\S+)` \| .+? \| (\S+) \| (.*) \|", line)):
            yield f"{section}.{row[1]}", (row[2], row[3])


def _part(text: str, heading: str) -> str:
    """From a heading to the next one of its level or above."""
    level = heading.index(" ")
    after = text[text.index(f"{heading}\n") :].split("\n", 1)
    ends = re.search(rf"^#{{2,{level}}} ", after[1], re.MULTILINE)
    return after[1][: ends.start()] if ends else after[1]


def _is_part(part: Any, whole: Any) -> bool:
    """Whether all that the part says stands in the whole, at the same place."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(key in whole and _is_part(part[key], whole[key]) for key in part)
    if isinstance(part, list) and isinstance(whole, list):
        return all(any(_is_part(one, other) for other in whole) for one in part)
    return bool(part == whole)


def _attributes() -> set[str]:
    """Every name that the service reads from something, the policy's own modules left out."""
    files = [
        path
        for top in SERVICE
        for path in (ROOT / top).rglob("*.py")
        if ROOT / "goodstanding" / "policy" not in path.parents
    ]
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in files]
    return {node.attr for t in trees for node in ast.walk(t) if isinstance(node, ast.Attribute)}
