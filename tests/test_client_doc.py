"""docs/client.md names what there really is, and README.md leads to every page."""

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from textwrap import indent

import pytest

import goodstanding
from goodstanding import Checking, WhenUnreachable, connect, errors
from goodstanding.accounts import Accounts
from goodstanding.checking import SERVICE_UNREACHABLE, Capabilities
from goodstanding.reviews import Reviews

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGE = (DOCS / "client.md").read_text("utf-8")
SELF_DESCRIBING = {"status.md", "benchmarks.md"}
"""Of the work on the product, not of the product."""


def column(heading: str) -> list[str]:
    """The names in the first column of the table under this heading."""
    table = PAGE.split(f"| {heading} |", 1)[1].split("\n\n", 1)[0]
    return re.findall(r"^\| `([^`(]+)", table, re.MULTILINE)


def public(kind: type) -> list[str]:
    return [name for name, _ in inspect.getmembers(kind, inspect.isfunction) if name[0] != "_"]


def test_every_argument_of_connect_stands_there():
    assert sorted(column("argument of `connect`")) == sorted(inspect.signature(connect).parameters)


def test_every_choice_of_checking_stands_there_with_its_default():
    assert column("field of `Checking`") == [field.name for field in fields(Checking)]
    table = PAGE.split("| field of `Checking` |", 1)[1].split("\n\n", 1)[0]
    usual = Checking()
    for shown in (usual.when_unreachable, usual.remembered, int(usual.staleness.total_seconds())):
        assert str(shown) in table


def test_every_assumption_stands_there():
    assert column("`WhenUnreachable`") == list(WhenUnreachable)
    assert f"`{SERVICE_UNREACHABLE}`" in PAGE


def test_every_check_stands_there():
    assert sorted(column("method of `platform.capabilities`")) == sorted(public(Capabilities))


def test_every_error_of_the_page_exists():
    named = set(re.findall(r"\b([A-Z][A-Za-z]+Error)\b", PAGE))

    assert named
    for name in named:
        assert hasattr(errors, name) or name in _everywhere(), name


@pytest.mark.parametrize(
    "source", re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
)
def test_a_piece_of_code_calls_what_there_is(source):
    tree = ast.parse(f"async def piece():\n{indent(source, '    ')}")

    called = set(_chains(tree))
    assert called
    for owner, name in called:
        assert hasattr({"accounts": Accounts, "reviews": Reviews}.get(owner, goodstanding), name)


def test_the_readme_leads_to_every_page():
    readme = (ROOT / "README.md").read_text("utf-8")
    linked = set(re.findall(r"\]\(docs/([\w-]+\.md)\)", readme))

    assert {path.name for path in DOCS.glob("*.md")} - SELF_DESCRIBING <= linked


@pytest.mark.parametrize("page", sorted(path.name for path in DOCS.glob("*.md")))
def test_every_link_of_a_page_leads_to_a_heading_that_is_there(page):
    for other, anchor in re.findall(
        r"\]\(([\w-]*(?:\.md)?)#([\w-]+)\)", (DOCS / page).read_text("utf-8")
    ):
        heads = re.findall(r"^#+ (.*)$", (DOCS / (other or page)).read_text("utf-8"), re.MULTILINE)
        assert anchor in {_anchor(head) for head in heads}, f"{other or page}#{anchor}"


def _anchor(head: str) -> str:
    return re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-")


def _chains(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """What is called on the package, and on a part of the platform."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        owner = node.func.value
        if isinstance(owner, ast.Name) and owner.id == "goodstanding":
            yield "goodstanding", node.func.attr
        elif isinstance(owner, ast.Attribute) and owner.attr in {"accounts", "reviews"}:
            yield owner.attr, node.func.attr


def _everywhere() -> set[str]:
    files = (ROOT / "goodstanding").glob("*.py")
    return {
        name
        for path in files
        for name in re.findall(r"^class (\w+Error)\b", path.read_text("utf-8"), re.MULTILINE)
    }
