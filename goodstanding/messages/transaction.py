"""What the workflow hands to the ledger."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from goodstanding.messages.commands import AnyCommand
from goodstanding.messages.forms import Message
from goodstanding.messages.internal import Internals

Asked = Annotated[AnyCommand | Internals, Field(discriminator="name")]


class Transaction(Message):
    """A command and the instant at which its turn came."""

    command: Asked
    now: datetime

    @classmethod
    def of(cls, command: AnyCommand | Internals, now: datetime) -> "Transaction":
        """Pair them, without checking again what was checked when the command was built."""
        return cls.model_construct(command=command, now=now)
