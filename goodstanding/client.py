"""What a platform connects with: commands through Temporal, reads over HTTP."""

from datetime import timedelta
from types import TracebackType
from typing import Self

from temporalio.client import Client

from goodstanding.accounts import Accounts
from goodstanding.bulk import BulkOperations
from goodstanding.checking import Capabilities, Checking
from goodstanding.clock import Clock, system_clock
from goodstanding.converter import data_converter, is_sealed
from goodstanding.errors import ConfigurationError, ServiceUnreachableError
from goodstanding.keys import ClientKeys
from goodstanding.reads import Reads
from goodstanding.reviews import Reviews
from goodstanding.sending import DEADLINE, Sender
from goodstanding.temporal_runtime import ending_runtime

READ_DEADLINE = timedelta(seconds=5)


class Goodstanding:
    """The accounts of a platform, what each may do, and the work of its reviewers."""

    def __init__(
        self,
        accounts: Accounts,
        reviews: Reviews,
        capabilities: Capabilities,
        bulk: BulkOperations,
        reads: Reads,
    ) -> None:
        self.accounts = accounts
        self.reviews = reviews
        self.capabilities = capabilities
        self.bulk = bulk
        self._reads = reads

    async def close(self) -> None:
        """Let go of the connections for reads; Temporal's client has none to be closed."""
        await self._reads.close()

    async def __aenter__(self) -> Self:
        """Use it as `async with await connect(...) as goodstanding`."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of the connections."""
        await self.close()


async def connect(
    temporal: Client | str,
    api_url: str | None,
    keys: ClientKeys,
    *,
    clock: Clock | None = None,
    api_key: str | None = None,
    deadline: timedelta = DEADLINE,
    read_deadline: timedelta = READ_DEADLINE,
    checking: Checking | None = None,
    namespace: str = "default",
) -> Goodstanding:
    """Connect to Temporal, by a client of yours or by `host:port`, and to the HTTP API.

    A client of yours is built on `goodstanding.data_converter(keys.codec)`; another is refused with
    `ConfigurationError`, since what it sends could be read by anybody. Without `api_url` nothing can be read.
    Whole calls stay within `deadline` and `read_deadline`. `clock` says how old a cached answer is.
    """
    if isinstance(temporal, str):
        temporal = await _connected(temporal, namespace, keys)
    if not is_sealed(temporal.data_converter):
        raise ConfigurationError(
            "The Temporal client does not encrypt what it sends: "
            "build it with data_converter=goodstanding.data_converter(keys.codec).",
            "temporal",
        )
    reads = Reads(api_url, api_key=api_key, deadline=read_deadline)
    sender = Sender(temporal, deadline=deadline)
    return Goodstanding(
        Accounts(sender, reads, keys),
        Reviews(temporal, sender, reads, deadline=deadline),
        Capabilities(reads, clock or system_clock, checking or Checking()),
        BulkOperations(temporal, reads, deadline=deadline),
        reads,
    )


async def _connected(address: str, namespace: str, keys: ClientKeys) -> Client:
    try:
        return await Client.connect(
            address,
            namespace=namespace,
            data_converter=data_converter(keys.codec),
            runtime=ending_runtime(),
        )
    except RuntimeError as error:
        raise ServiceUnreachableError(f"Temporal does not answer at {address}.") from error
