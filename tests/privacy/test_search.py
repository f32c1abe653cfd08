"""The search finds what is there: the same search, where nothing is sealed and nothing encrypted."""

import json
import logging
import secrets
import sqlite3
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from unicodedata import normalize
from urllib.parse import quote

import pytest
from temporalio import workflow
from temporalio.client import WorkflowFailureError
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from goodstanding.converter import plain_data_converter
from goodstanding.sealing import Identity
from tests.privacy.cast import the_cast
from tests.privacy.search import (
    Hit,
    Place,
    Secret,
    captured_logs,
    executions,
    files,
    histories,
    search,
    tables,
    unsealed,
    words_of,
)
from worker.dev_server import dev_server_program

ATTRIBUTE = SearchAttributeKey.for_keyword("SomeWord")
NAME, LATIN, NUMBER = "欧阳无名氏", "Nóra Unsichtbár", "11010119840520003X"


def labels(hits: list[Hit]) -> set[str]:
    return {hit.label for hit in hits}


# the spellings

WRITINGS: dict[str, Callable[[str], bytes]] = {
    "UTF-8": str.encode,
    "UTF-16, little end first": lambda text: text.encode("utf-16-le"),
    "UTF-16, big end first": lambda text: text.encode("utf-16-be"),
    "JSON": lambda text: json.dumps({"name": text}).encode(),
    "JSON in capitals": lambda text: "".join(
        sign if sign.isascii() else f"\\u{ord(sign):04X}" for sign in text
    ).encode(),
    "base64": lambda text: b64encode(f"before {text} after".encode()),
    "base64, one further": lambda text: b64encode(f"before  {text} after".encode()),
    "base64, two further": lambda text: b64encode(f"before   {text} after".encode()),
    "base64 of JSON": lambda text: b64encode(json.dumps([text, 1]).encode()),
    "URL": lambda text: quote(f"/people/{text}?x=1").encode(),
    "URL in small letters": lambda text: quote(text).lower().encode(),
    "bytes as Python shows them": lambda text: repr(text.encode()).encode(),
    "text as Python shows it": lambda text: ascii(text).encode(),
    "hexadecimal": lambda text: text.encode().hex().encode(),
    "composed": lambda text: normalize("NFC", text).encode(),
    "decomposed": lambda text: normalize("NFD", text).encode(),
    "compatible": lambda text: normalize("NFKC", text).encode(),
    "fullwidth": lambda text: (
        "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)
        .replace(" ", "\u3000")
        .encode()
    ),
    "small letters": lambda text: text.lower().encode(),
}


@pytest.mark.parametrize("text", [NAME, LATIN, NUMBER])
@pytest.mark.parametrize("way", WRITINGS)
def test_it_finds_a_secret_however_it_is_written(way: str, text: str):
    noise = secrets.token_bytes(5000)
    written = WRITINGS[way](text)
    place = Place("here", noise + written + noise)
    assert labels(search([Secret("it", text)], [place])) == {"it"}
    assert search([Secret("it", text)], [Place("there", noise + noise)]) == []


# the places


@dataclass(frozen=True)
class Leaky:
    """A deployment that seals and encrypts nothing."""

    environment: WorkflowEnvironment
    folder: Path


@workflow.defn(name="Leaky", sandboxed=False)
class LeakyWorkflow:
    @workflow.run
    async def run(self, identity: str) -> None:
        workflow.set_current_details(identity)
        raise ApplicationError(f"nobody knows {the_cast().public.name}")


@pytest.fixture(scope="module")
async def leaky(tmp_path_factory) -> AsyncIterator[Leaky]:
    folder = tmp_path_factory.mktemp("leaky")
    async with await WorkflowEnvironment.start_local(
        data_converter=plain_data_converter(),
        search_attributes=[ATTRIBUTE],
        dev_server_existing_path=dev_server_program(),
        dev_server_database_filename=str(folder / "temporal.db"),
    ) as environment:
        worker = Worker(
            environment.client,
            task_queue="leaky",
            workflows=[LeakyWorkflow],
            workflow_runner=UnsandboxedWorkflowRunner(),
        )
        async with worker:
            await _leak(environment)
        yield Leaky(environment, folder)


async def _leak(environment: WorkflowEnvironment) -> None:
    """Each of these is somebody else, so that each place is known by whom it shows."""
    cast = the_cast()
    with pytest.raises(WorkflowFailureError):
        await environment.client.execute_workflow(
            "Leaky",
            # what a client that does not seal would send
            cast.appeals.model_dump_json(),
            id=f"account/{cast.mistyped}",
            task_queue="leaky",
            memo={"for": cast.mistypes.name},
            search_attributes=TypedSearchAttributes(
                [SearchAttributePair(ATTRIBUTE, cast.others_number)]
            ),
            static_summary=f"account of {cast.waits.name}",
        )


async def test_it_finds_what_stands_in_a_history(leaky: Leaky):
    cast = the_cast()
    asked = [
        Secret("input", cast.appeals.name),
        Secret("number in input", cast.appeals.number),
        Secret("workflow id", cast.mistyped),
        Secret("memo", cast.mistypes.name),
        Secret("search attribute", cast.others_number),
        Secret("summary", cast.waits.name),
        Secret("failure", cast.public.name),
        Secret("nowhere", cast.press.name),
    ]
    client = leaky.environment.client
    found = search(asked, [place async for place in histories(client)])
    assert labels(found) == {secret.label for secret in asked} - {"nowhere"}

    in_files = search(asked, files(leaky.folder))
    assert labels(in_files) == labels(found)
    assert {hit.place.partition("-")[0] for hit in in_files} == {"temporal.db"}
    assert labels(search(asked, tables(leaky.folder / "temporal.db"))) == labels(found)


async def test_it_sees_what_is_not_encrypted(leaky: Leaky):
    client = leaky.environment.client
    (run,) = await executions(client)
    history = await client.get_workflow_handle(run.id, run_id=run.run_id).fetch_history()
    said = "".join(one for event in history.events for one in unsealed(event))
    assert "nobody knows" in said
    assert "json/plain" in said


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le", "UTF-16be"])
@pytest.mark.parametrize("as_blob", [False, True])
def test_it_finds_what_stands_in_a_table(tmp_path: Path, encoding: str, as_blob: bool):
    file = tmp_path / "plain.db"
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(f"PRAGMA encoding = '{encoding}'")
        database.execute("CREATE TABLE account (id TEXT, name BLOB)")
        name = NAME.encode() if as_blob else NAME
        database.execute("INSERT INTO account VALUES ('a1', ?)", (name,))

    asked = [Secret("name", NAME), Secret("nowhere", LATIN)]
    assert labels(search(asked, tables(file))) == {"name"}
    assert labels(search(asked, files(tmp_path))) == {"name"}


def test_it_finds_what_was_logged_even_where_the_services_own_logs_leave_it_out():
    with captured_logs() as places:
        logging.getLogger("httpx").debug("asked for %s", NAME)
        logging.getLogger("elsewhere").info("x", extra={"holder": LATIN})
        try:
            int(NUMBER)
        except ValueError:
            logging.getLogger("elsewhere").exception("failed")

    asked = [Secret(text, text) for text in (NAME, LATIN, NUMBER)]
    everything, own = places
    assert labels(search(asked, [everything])) == {NAME, LATIN, NUMBER}
    assert labels(search(asked, [own])) == {NAME}


def test_it_finds_what_an_error_carries_along():
    try:
        try:
            int(NAME)
        except ValueError:
            raise RuntimeError("hidden, but still there") from None
    except RuntimeError as error:
        said = words_of(error)

    assert labels(search([Secret("name", NAME)], [Place("error", said.encode())])) == {"name"}


def test_an_identity_that_was_not_sealed_would_be_found():
    cast = the_cast()
    plain = Place("payload", cast.press.model_dump_json().encode())

    found = labels(search(cast.secrets(), [plain]))

    assert found >= {
        "the name behind press",
        "the number behind press",
        "the name behind press, operator",
        "the number behind press, operator",
        "a date of birth",
    }
    assert isinstance(cast.press, Identity)
