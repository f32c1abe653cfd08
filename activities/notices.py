"""Copies of notices that leave the house: to the platform, which shows or sends them to its holders.

The notice itself is in the holder's inbox since the commit of its decision; what fails here is a copy. Where the
deployment has no webhook, the copy is settled as failed with `no_webhook_configured`, once: nothing was sent,
and saying otherwise would be untrue.
"""

from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.http_webhook import HttpWebhook, WebhookUndeliveredError
from goodstanding.messages import EffectRef, Settlement
from goodstanding.names import account_of
from storage.effects import EffectBody, bodies
from storage.engine import Sessions
from storage.texts import TextKeys, read_texts

NO_WEBHOOK = "no_webhook_configured"
TEXT_ERASED = "text_erased"
"""The retention of the words ended before the copy could be sent."""


class NoticeActivities:
    """Hands copies of notices over to the platform's webhook."""

    def __init__(
        self, sessions: Sessions, text_keys: TextKeys, webhook: HttpWebhook | None = None
    ) -> None:
        self._sessions = sessions
        self._text_keys = text_keys
        self._webhook = webhook

    @activity.defn
    async def deliver_notices(self, effects: tuple[EffectRef, ...]) -> tuple[Settlement, ...]:
        """Deliver each at least once, keyed by its effect id; the receiver drops repeats.

        Where some could not be delivered the error carries the ids of those that were, and all are tried again.
        """
        if self._webhook is None:
            return tuple(_failed(effect.effect_id, NO_WEBHOOK) for effect in effects)
        settled: list[Settlement] = []
        undelivered = 0
        for effect_id, message in (await self._messages(effects)).items():
            if settled or undelivered:
                # the first has the whole time-out to itself
                activity.heartbeat()
            if message is None:
                settled.append(_failed(effect_id, TEXT_ERASED))
                continue
            try:
                await self._webhook.deliver(effect_id, message)
            except WebhookUndeliveredError:
                undelivered += 1
            else:
                settled.append(Settlement(effect_id=effect_id, delivered=True))
        if undelivered:
            raise ApplicationError(
                f"The webhook did not take {undelivered} of {len(effects)} notices.",
                [settlement.effect_id for settlement in settled if settlement.delivered],
                type=WebhookUndeliveredError.__name__,
            )
        return tuple(settled)

    async def _messages(self, effects: tuple[EffectRef, ...]) -> dict[str, dict[str, Any] | None]:
        ids = [effect.effect_id for effect in effects]
        async with self._sessions() as session:
            found = await bodies(session, ids)
            text_ids = [str(effect.body["text_id"]) for effect in found.values()]
            # a batch is of one account
            texts = await read_texts(session, self._text_keys, account_of(ids[0]), text_ids)
        return {
            effect_id: _message(effect, texts.get(effect.body["text_id"]))
            for effect_id, effect in found.items()
        }


def _message(effect: EffectBody, text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    title, _, words = text.partition("\n\n")
    told = ("notice_id", "kind", "language", "decision_id")
    return {
        "type": "notice",
        "account_id": effect.account_id,
        **{name: effect.body[name] for name in told},
        "title": title,
        "text": words,
    }


def _failed(effect_id: str, code: str) -> Settlement:
    return Settlement(effect_id=effect_id, delivered=False, error=code)
