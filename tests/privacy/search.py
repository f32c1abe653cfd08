"""Where things are looked for, and the search itself."""

import io
import json
import logging
import sqlite3
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from traceback import TracebackException
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload, SearchAttributes
from temporalio.api.failure.v1 import Failure
from temporalio.client import Client, WorkflowExecution
from temporalio.converter import DataConverter

from tests.privacy.spellings import spellings
from worker.logs import set_up_logs

_ENCRYPTED = {"encoding", "encryption-key-id"}
_BY_THE_SDK = "core_local_activity"
_LEFT_OUT = ("httpx", "httpcore", "uvicorn.access", "uvicorn.error")
"""By the service's own logs."""


@dataclass(frozen=True)
class Secret:
    """What must not be found."""

    label: str
    text: str


@dataclass(frozen=True)
class Place:
    """Something that can be read."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Hit:
    """Something was found after all."""

    place: str
    label: str
    written: str


def search(secrets: Iterable[Secret], places: Iterable[Place]) -> list[Hit]:
    """Each secret in each of its spellings, in each place."""
    needles = [
        (secret.label, written, needle)
        for secret in secrets
        for needle, written in spellings(secret.text).items()
    ]
    return [
        Hit(place.name, label, written)
        for place in places
        for label, written, needle in needles
        if needle in place.content
    ]


# files and tables


def files(folder: Path) -> Iterator[Place]:
    """Every file of a folder, byte by byte, with what SQLite keeps beside its own."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield Place(str(path.relative_to(folder)), path.read_bytes())


def tables(file: Path) -> Iterator[Place]:
    """Every table of a SQLite file, each value as it would be read."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in names:
            rows = database.execute(f'SELECT * FROM "{name}"').fetchall()  # noqa: S608 - its own
            values = [_bytes(value) for row in rows for value in row]
            yield Place(f"{file.name}, {name}", b"\n".join(values))


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


# Temporal


async def executions(client: Client) -> list[WorkflowExecution]:
    """Every run that Temporal lists."""
    return [run async for run in client.list_workflows()]


async def histories(client: Client) -> AsyncIterator[Place]:
    """Every history, description and schedule as somebody without the key reads them."""
    for run in await executions(client):
        name = f"{run.id} {run.run_id}"
        handle = client.get_workflow_handle(run.id, run_id=run.run_id)
        described = await handle.describe()
        yield _message(f"description of {name}", described.raw_description)
        history = await handle.fetch_history()
        for event in history.events:
            yield _message(f"history of {name}, {event.event_id}", event)
    async for schedule in await client.list_schedules():
        raw = (await client.get_schedule_handle(schedule.id).describe()).raw_description
        yield _message(f"schedule {schedule.id}", raw)


async def opened(client: Client, converter: DataConverter) -> AsyncIterator[Place]:
    """The payloads of every history as somebody with the key reads them, in the Temporal UI say."""
    assert converter.payload_codec
    for run in await executions(client):
        history = await client.get_workflow_handle(run.id, run_id=run.run_id).fetch_history()
        payloads = [one for event in history.events for one in ours(event)]
        plain = await converter.payload_codec.decode(payloads)
        yield Place(
            f"opened history of {run.id} {run.run_id}", b"\n".join(one.data for one in plain)
        )


def _message(name: str, message: Message) -> Place:
    raw = message.SerializeToString()
    # the UI and the command line write it so
    return Place(name, b"\n".join([raw, MessageToJson(message).encode(), str(message).encode()]))


def ours(message: Message) -> list[Payload]:
    """The payloads that come from us: not search attributes, nor what the SDK notes for itself."""
    found = []
    for path, one in _parts(message, ()):
        is_noted = _BY_THE_SDK in str(getattr(message, "marker_recorded_event_attributes", ""))
        if isinstance(one, Payload) and not (is_noted and "data" in path):
            found.append(one)
    return found


def unsealed(message: Message) -> list[str]:
    """What is not encrypted and has to be: payloads of ours, and the words of failures."""
    wrong = [str(one) for one in ours(message) if set(one.metadata) != _ENCRYPTED]
    for _, one in _parts(message, ()):
        if isinstance(one, Failure) and one.HasField("application_failure_info"):
            is_open = one.message != "Encoded failure" or bool(one.stack_trace)
            wrong += [str(one)] if is_open else []
    return wrong


def _parts(message: Message, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Message]]:
    yield path, message
    for field, value in message.ListFields():
        if field.type != FieldDescriptor.TYPE_MESSAGE:
            continue
        values: Any = value if field.is_repeated else [value]
        if field.message_type.GetOptions().map_entry:
            values = [(key, value[key]) for key in value]
        for one in values:
            key, inner = one if isinstance(one, tuple) else (None, one)
            if isinstance(inner, Message) and not isinstance(inner, SearchAttributes):
                here = (*path, field.name) if key is None else (*path, field.name, str(key))
                yield from _parts(inner, here)


# logs and errors


class Everything(logging.Handler):
    """Keeps all that a record holds, whatever the logs of the service leave out."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        said = {name: repr(value) for name, value in vars(record).items()}
        self.lines.append(f"{record.getMessage()} {said}")
        if record.exc_info and record.exc_info[1]:
            self.lines.append(words_of(record.exc_info[1]))


@contextmanager
def captured_logs() -> Iterator[list[Place]]:
    """What is logged within the block, at DEBUG: all of it, and what the service's own logs make of it.

    Of all of it but what databases log of each statement: there are its values, and the service never lets them.
    """
    root, places = logging.getLogger(), list[Place]()
    before = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in _LEFT_OUT}
    written, everything = io.StringIO(), Everything()
    set_up_logs("json", "debug", written)
    root.addHandler(everything)
    for name in _LEFT_OUT:
        logging.getLogger(name).setLevel(logging.DEBUG)
    try:
        yield places
    finally:
        root.handlers[:], root.level = before
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
        places.append(Place("everything logged", "\n".join(everything.lines).encode()))
        places.append(Place("the service's logs", written.getvalue().encode()))


def words_of(error: BaseException) -> str:
    """All that an error says of itself and of what it comes from, suppressed or not."""
    said = ["".join(TracebackException.from_exception(error).format())]
    links: list[BaseException | None] = [error]
    seen: set[int] = set()
    while links:
        link = links.pop()
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        said += [repr(link), str(link), repr(link.args), json.dumps(vars(link), default=repr)]
        links += [link.__cause__, link.__context__]
    return "\n".join(said)
