"""Commands that the command line sends, through Temporal as everybody does."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from rich.console import Console
from rich.text import Text

from goodstanding.converter import data_converter
from goodstanding.keys import load_client_keys
from goodstanding.messages import Actor, Answer, AnyCommand
from goodstanding.sending import Sender, raised, send
from goodstanding.vocabulary import Role
from worker.settings import load_settings
from worker.temporal import connected

OPERATOR = Actor(id="command-line", role=Role.PLATFORM)
"""Who acts. Whoever holds the keys and reaches Temporal is trusted to say so."""


async def sent(
    make: Callable[[dict[str, Any]], AnyCommand], *, account_id: str, command_id: str
) -> Answer:
    """Send one command and give its answer; raise its refusal."""
    command = make({"account_id": account_id, "command_id": command_id, "actor": OPERATOR})
    keys = load_client_keys(load_settings().keys_directory)
    temporal = await connected(data_converter(keys.codec))
    return raised(await send(temporal, command))


@asynccontextmanager
async def sending() -> AsyncIterator[Callable[[AnyCommand], Awaitable[Answer]]]:
    """What sends many commands over one connection; an answer may be a refusal."""
    keys = load_client_keys(load_settings().keys_directory)
    temporal = await connected(data_converter(keys.codec))
    yield Sender(temporal).send


def answer_of(answer: Answer) -> dict[str, Any]:
    """An answer under stable keys."""
    return answer.model_dump(mode="json")


def drawn(answer: Answer) -> Callable[[Console], None]:
    """How an answer is shown to people."""

    def shown(out: Console) -> None:
        created = f"; created {', '.join(answer.created)}" if answer.created else ""
        out.print(Text(f"{answer.account_id}: done, record at event {answer.seq}{created}"))

    return shown
