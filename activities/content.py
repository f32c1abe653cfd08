"""Asking the platform to do something with an item, and taking its receipt.

Where the deployment has no webhook, the request is settled as failed with `no_webhook_configured`, once.
"""

from temporalio import activity

from activities.http_webhook import HttpWebhook
from activities.notices import NO_WEBHOOK
from goodstanding.messages import EffectRef, Settlement
from goodstanding.vocabulary import EffectState
from storage.effects import EffectBody, bodies
from storage.engine import Sessions

SUPERSEDED = "superseded"
"""Something else is asked for by now."""


class ContentActivities:
    """Asks the platform's webhook."""

    def __init__(self, sessions: Sessions, webhook: HttpWebhook | None = None) -> None:
        self._sessions = sessions
        self._webhook = webhook

    @activity.defn
    async def ask_platform(self, effect: EffectRef) -> Settlement:
        """Ask, and give the receipt, or that it comes later; a repeat under the same id is one request.

        Raises where the platform does not take it now: that is worth another attempt.
        """
        effect_id = effect.effect_id
        async with self._sessions() as session:
            asked = (await bodies(session, [effect_id]))[effect_id]
        if asked.state is not EffectState.PENDING:
            # a restore that came meanwhile must not be followed by what it undoes
            return Settlement(effect_id=effect_id, delivered=False, error=SUPERSEDED)
        if self._webhook is None:
            return Settlement(effect_id=effect_id, delivered=False, error=NO_WEBHOOK)
        receipt = await self._webhook.ask(effect_id, _message(effect_id, asked))
        if receipt is None:
            return Settlement(effect_id=effect_id, delivered=True, waits=True)
        return Settlement(effect_id=effect_id, delivered=True, receipt=receipt)


def _message(effect_id: str, asked: EffectBody) -> dict[str, object]:
    told = ("item", "action", "label", "order", "decision_id", "undoes")
    return {
        "type": "content",
        "account_id": asked.account_id,
        "effect_id": effect_id,
        **{name: asked.body[name] for name in told},
    }
