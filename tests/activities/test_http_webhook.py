"""Telling a platform whose webhook really listens."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from activities.http_webhook import HttpWebhook, WebhookUndeliveredError
from examples.services.serving import running
from examples.services.webhook_receiver import Message, WebhookReceiverService
from goodstanding.webhooks import new_secret

SECRET = new_secret()
BODY = {"kind": "standing_changed", "standing": "warned", "words": "警告"}


@asynccontextmanager
async def telling(
    receiver: WebhookReceiverService, secret: str = SECRET
) -> AsyncIterator[HttpWebhook]:
    async with running(receiver.app) as url, httpx.AsyncClient() as client:
        yield HttpWebhook(client, f"{url}/webhook", secret)


async def test_a_message_arrives_as_it_was_sent():
    receiver = WebhookReceiverService(SECRET)

    async with telling(receiver) as webhook:
        await webhook.deliver("a05.c1.2", BODY)

    assert receiver.messages == [Message("a05.c1.2", BODY)]


async def test_a_repeat_is_taken_and_dropped():
    receiver = WebhookReceiverService(SECRET)

    async with telling(receiver) as webhook:
        await webhook.deliver("a05.c1.2", BODY)
        await webhook.deliver("a05.c1.2", BODY)

    assert (len(receiver.messages), receiver.repeats) == (1, 1)


async def test_what_the_platform_does_not_take_is_undelivered_until_it_does():
    receiver = WebhookReceiverService(SECRET)
    receiver.fail_first(1)

    async with telling(receiver) as webhook:
        with pytest.raises(WebhookUndeliveredError, match=r"a05\.c1\.2.*503") as caught:
            await webhook.deliver("a05.c1.2", BODY)
        await webhook.deliver("a05.c1.2", BODY)

    assert "警告" not in str(caught.value)
    assert (len(receiver.messages), receiver.repeats) == (1, 0)


async def test_a_signature_with_another_secret_is_not_taken():
    receiver = WebhookReceiverService(SECRET)

    async with telling(receiver, secret=new_secret()) as webhook:
        with pytest.raises(WebhookUndeliveredError, match="401"):
            await webhook.deliver("a05.c1.2", BODY)

    assert receiver.messages == []


async def test_a_platform_out_of_reach_is_undelivered():
    receiver = WebhookReceiverService(SECRET)
    async with running(receiver.app) as url:
        pass

    async with httpx.AsyncClient() as client:
        with pytest.raises(WebhookUndeliveredError, match="ConnectError"):
            await HttpWebhook(client, f"{url}/webhook", SECRET).deliver("a05.c1.2", BODY)
