import re

import pytest

from api.app import described_app
from api.error_table import PACKAGES, errors_page, product_errors
from api.reference import DOCS, api_page, write_pages
from goodstanding.errors import GoodstandingError, NotFoundError

ROUTES = {
    "GET /",
    "GET /accounts/{account_id}",
    "GET /accounts/{account_id}/badge",
    "GET /accounts/{account_id}/capabilities/{capability}",
    "GET /accounts/{account_id}/decisions/{decision_id}/statements",
    "GET /accounts/{account_id}/notices",
    "GET /accounts/{account_id}/requirements",
    "GET /bulks",
    "GET /effects/failed",
    "GET /bulks/{bulk_id}",
    "GET /bulks/{bulk_id}/targets",
    "GET /errors/{code}",
    "GET /healthz",
    "GET /keys/sealing",
    "GET /readyz",
    "GET /reports/{number}",
    "GET /reviews",
    "GET /reviews/{review_id}/preview",
    "GET /accounts/{account_id}/decisions/{decision_id}/preview",
    "POST /capabilities",
    "GET /accounts/{account_id}/content",
    "POST /content/receipts",
    "POST /providers/{name}/callbacks",
}


@pytest.mark.parametrize(("name", "page"), [("api.md", api_page), ("errors.md", errors_page)])
def test_the_page_is_what_the_code_says(name, page):
    """Write it anew with `python -m api.reference`."""
    assert (DOCS / name).read_text("utf-8") == page()


def test_both_pages_are_written(tmp_path):
    write_pages(tmp_path)

    assert {path.name for path in tmp_path.iterdir()} == {"api.md", "errors.md"}


def test_every_route_is_in_the_page():
    assert set(re.findall(r"^### ((?:GET|POST) \S+)$", api_page(), re.MULTILINE)) == ROUTES


def test_every_link_of_the_page_leads_somewhere():
    page = api_page()
    heads = {head.lower() for head in re.findall(r"^### (\w+)$", page, re.MULTILINE)}

    assert set(re.findall(r"\]\(#(\w+)\)", page)) <= heads
    for other in re.findall(r"\]\((\w+\.md)\)", page):
        assert (DOCS / other).exists()


def test_every_error_that_the_code_declares_is_in_the_table():
    known = {error.__name__ for error in product_errors()}
    files = (path for package in PACKAGES for path in (DOCS.parent / package).rglob("*.py"))

    for path in files:
        for name, base in re.findall(
            r"^class (\w+)\((\w+)\):", path.read_text("utf-8"), re.MULTILINE
        ):
            # an error with another base is no part of the tree, and reaches nobody by its name
            assert name in known or base not in known, f"{name} in {path.name}"


def test_the_table_has_each_error_under_its_kind():
    known = product_errors()

    assert known[0] is GoodstandingError
    assert len(set(known)) == len(known)
    for error in known[1:]:
        assert known.index(error.__bases__[0]) < known.index(error)


def test_an_error_of_somebody_else_is_not_in_the_table():
    class ElsewhereError(NotFoundError):
        """Declared in a test."""

    assert ElsewhereError not in product_errors()


def test_the_description_for_machines_refers_to_nothing_that_is_not_there():
    described = described_app().openapi()
    schemas = described["components"]["schemas"]

    references = re.findall(r"'\$ref': '([^']+)'", str(described))
    assert references
    assert {one.rpartition("/")[2] for one in references} <= set(schemas)
    assert all(one.startswith("#/components/schemas/") for one in references)
