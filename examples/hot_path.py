"""May these accounts do that, now? What a platform asks before it publishes. `make up` has to be running."""

import asyncio
import sys
from datetime import timedelta

import goodstanding
from goodstanding import CapabilityDeniedError, Checking, WhenUnreachable

TEMPORAL, API = "127.0.0.1:7233", "http://127.0.0.1:8080"


async def main(account_id: str) -> None:
    keys = goodstanding.load_client_keys()  # .goodstanding/keys
    checking = Checking(
        staleness=timedelta(seconds=2),  # an answer is used again for so long
        when_unreachable=WhenUnreachable.CLOSED_FOR_LICENSED,
    )
    async with await goodstanding.connect(TEMPORAL, API, keys, checking=checking) as platform:
        may = platform.capabilities

        one = await may.check(account_id, "comment")
        print("comment:", "yes" if one.allowed else f"no, {one.denial}")

        # a page of items: one request for all that is not known
        pairs = [(account_id, "message"), (account_id, "comment"), ("nobody", "comment")]
        for answer in await may.check_many(pairs):
            refusal = answer.refusal.code if answer.refusal else "-"
            print(answer.capability, answer.allowed, refusal)

        try:
            await may.require(account_id, "comment")
        except CapabilityDeniedError as error:
            print("not published:", error.denial)


if len(sys.argv) != 2:
    sys.exit("usage: python examples/hot_path.py ACCOUNT_ID")
asyncio.run(main(sys.argv[1]))
