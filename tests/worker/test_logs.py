import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from goodstanding.errors import ConflictError
from worker.logs import FIELDS, get_logger, set_up_logs


@pytest.fixture
def said() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    stream = io.StringIO()
    set_up_logs("json", "info", stream)
    yield stream
    root.handlers[:], root.level = before


def lines(said: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in said.getvalue().splitlines()]


def test_an_event_is_one_json_object_with_its_fields(said):
    get_logger("worker.example").info("account opened", account_id="a1", seq=3)

    (line,) = lines(said)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "account opened",
        "level": "info",
        "logger": "worker.example",
        "account_id": "a1",
    }


def test_a_field_that_is_not_listed_does_not_leave(said):
    get_logger("worker.example").info("x", name="Wang Xiaoming", reasons="...", number="110101")
    logging.getLogger("elsewhere").warning("x", extra={"holder": "Wang Xiaoming"})

    assert "Wang" not in said.getvalue()
    assert "110101" not in said.getvalue()


def test_no_listed_field_is_about_a_person():
    assert not FIELDS & {"name", "display_name", "holder", "identity", "number", "reasons", "text"}


def test_errors_are_told_by_type_and_place_without_their_words(said):
    def fails() -> None:
        try:
            int("110101199001011237x")
        except ValueError as error:
            raise RuntimeError("Wang Xiaoming") from error

    try:
        fails()
    except RuntimeError:
        get_logger("worker.example").exception("it failed")
        logging.getLogger("elsewhere").exception("it failed")

    for line in lines(said):
        assert line["error"] == "RuntimeError < ValueError"
        assert "test_logs.py" in line["where"]
    assert "Wang" not in said.getvalue()
    assert "110101" not in said.getvalue()


def test_our_own_errors_are_told_in_full_since_they_name_ids_only(said):
    error = ConflictError("The record of a1 has moved on.")
    get_logger("worker.example").error("refused", exc_info=error)

    assert lines(said)[0]["error"] == "ConflictError: The record of a1 has moved on."


def test_foreign_messages_are_cut_to_their_first_line(said):
    logging.getLogger("asyncio").error("Task failed\nfuture: <Task %s>", "Wang Xiaoming")
    logging.getLogger("elsewhere").error("x" * 1000)

    first, second = lines(said)
    assert first["event"] == "Task failed"
    assert len(second["event"]) < 310


def test_what_the_sdk_says_of_a_run_becomes_fields(said):
    logging.getLogger("temporalio.worker").warning(
        "slow", extra={"temporal_workflow": {"workflow_id": "account/a1", "memo": "Wang"}}
    )

    (line,) = lines(said)
    assert line["workflow_id"] == "account/a1"
    assert "Wang" not in said.getvalue()


def test_requests_are_not_logged(said):
    logging.getLogger("httpx").info("GET https://identity.example/verifications")
    logging.getLogger("uvicorn.access").info("GET /accounts/a1")

    assert said.getvalue() == ""


def test_people_read_lines():
    root = logging.getLogger()
    before = root.handlers[:], root.level
    stream = io.StringIO()
    try:
        set_up_logs("console", "warning", stream)
        get_logger("worker.example").info("not shown")
        get_logger("worker.example").warning("shown", account_id="a1")
    finally:
        root.handlers[:], root.level = before

    assert "account_id=a1" in stream.getvalue()
    assert "not shown" not in stream.getvalue()
