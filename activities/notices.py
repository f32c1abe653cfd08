"""Copies of notices that leave the house: to the platform, which shows or sends them to its holders.

The notice itself is in the holder's inbox since the commit of its decision; what fails here is a copy. Where the
deployment has no webhook, the copy is settled as failed with `no_webhook_configured`, once: nothing was sent,
and saying otherwise would be untrue.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.http_webhook import HttpWebhook, WebhookUndeliveredError
from activities.mail import Mailer, MailRefusedError, MailUndeliveredError, Posting
from goodstanding.messages import EffectRef, Settlement
from goodstanding.names import account_of
from storage.effects import EffectBody, bodies, note_attempt
from storage.engine import Sessions
from storage.letters import Letter
from storage.texts import TextKeys, read_texts

NO_WEBHOOK = "no_webhook_configured"
NO_MAIL_SERVER = "no_mail_server_configured"
TEXT_ERASED = "text_erased"
"""The retention of the words ended before the copy could be sent."""


class NoticeActivities:
    """Hands copies of notices over to the platform's webhook, and letters to the mail server.

    Each attempt that fails is noted with its error, through `noting`, while it goes on: so it shows before it ends.
    """

    def __init__(
        self,
        sessions: Sessions,
        text_keys: TextKeys,
        webhook: HttpWebhook | None = None,
        mailer: Mailer | None = None,
        noting: Sessions | None = None,
    ) -> None:
        self._sessions = sessions
        self._text_keys = text_keys
        self._webhook = webhook
        self._mailer = mailer
        self._noting = noting

    @activity.defn
    async def deliver_notices(self, effects: tuple[EffectRef, ...]) -> tuple[Settlement, ...]:
        """Deliver each at least once, keyed by its effect id; the receiver drops repeats.

        Where some could not be delivered those are tried again, not what was: the heartbeat says which. The error
        carries the ids of those that were, and the code of each for which there is nothing left to try.
        """
        if self._webhook is None:
            return tuple(_failed(effect.effect_id, NO_WEBHOOK) for effect in effects)
        settled = {effect_id: _delivered(effect_id) for effect_id in _delivered_before()}
        messages = await self._messages([one for one in effects if one.effect_id not in settled])
        for number, (effect_id, message) in enumerate(messages.items()):
            if number:
                # the first has the whole time-out to itself
                activity.heartbeat(_delivered_of(settled))
            if message is None:
                settled[effect_id] = _failed(effect_id, TEXT_ERASED)
            elif await _is_taken(self._webhook, effect_id, message):
                settled[effect_id] = _delivered(effect_id)
        if undelivered := messages.keys() - settled.keys():
            await self._note(sorted(undelivered), WebhookUndeliveredError.__name__)
            raise _not_all(len(undelivered), len(effects), settled)
        return tuple(settled.values())

    @activity.defn
    async def send_letter(self, effect: EffectRef) -> Settlement:
        """Send a notice by e-mail, at least once; the receiver knows a repeat by its Message-ID.

        What the mail server refuses for good has failed at once; all else is raised, and tried again.
        """
        if self._mailer is None:
            return _failed(effect.effect_id, NO_MAIL_SERVER)
        found = await self._read([effect.effect_id])
        about, text = found[effect.effect_id]
        if text is None:
            return _failed(effect.effect_id, TEXT_ERASED)
        try:
            await self._mailer.send(_posting(effect.effect_id, about, text), _asked(about))
        except MailRefusedError as refused:
            return _failed(effect.effect_id, refused.code)
        except MailUndeliveredError as undelivered:
            code = undelivered.code
        else:
            return _delivered(effect.effect_id)
        await self._note([effect.effect_id], code)
        raise ApplicationError("The letter did not get away.", type=code)

    async def _messages(self, effects: Sequence[EffectRef]) -> dict[str, dict[str, Any] | None]:
        if not effects:
            return {}
        found = await self._read([effect.effect_id for effect in effects])
        return {effect_id: _message(about, text) for effect_id, (about, text) in found.items()}

    async def _read(self, ids: Sequence[str]) -> dict[str, tuple[EffectBody, str | None]]:
        """What these effects of one account are about, each with its words, as far as there still are any."""
        async with self._sessions() as session:
            found = await bodies(session, ids)
            text_ids = [str(effect.body["text_id"]) for effect in found.values()]
            texts = await read_texts(session, self._text_keys, account_of(ids[0]), text_ids)
        return {
            effect_id: (effect, texts.get(effect.body["text_id"]))
            for effect_id, effect in found.items()
        }

    async def _note(self, effect_ids: Sequence[str], error: str) -> None:
        if self._noting is None:
            return
        async with self._noting.begin() as session:
            await note_attempt(session, effect_ids, error)


def _message(effect: EffectBody, text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    title, _, words = text.partition("\n\n")
    return {
        "type": "notice",
        "account_id": effect.account_id,
        **{name: effect.body[name] for name in _TOLD},
        "title": title,
        "text": words,
    }


_TOLD = ("notice_id", "kind", "language", "decision_id")


def _posting(effect_id: str, effect: EffectBody, text: str) -> Posting:
    letter = Letter.of(text, effect.body["language"])
    return Posting(effect_id, datetime.fromisoformat(effect.body["issued_at"]), letter)


def _asked(effect: EffectBody) -> dict[str, object]:
    """What the platform is told to know where a letter goes: ids and the kind, not a word of it."""
    return {"account_id": effect.account_id, **{name: effect.body[name] for name in _TOLD}}


async def _is_taken(webhook: HttpWebhook, effect_id: str, message: dict[str, Any]) -> bool:
    try:
        await webhook.deliver(effect_id, message)
    except WebhookUndeliveredError:
        return False
    return True


def _not_all(undelivered: int, of: int, settled: Mapping[str, Settlement]) -> ApplicationError:
    delivered = _delivered_of(settled)
    if delivered:
        # all that the next attempt is told of this one
        activity.heartbeat(delivered)
    return ApplicationError(
        f"The webhook did not take {undelivered} of {of} notices.",
        delivered,
        {one.effect_id: one.error for one in settled.values() if not one.delivered},
        type=WebhookUndeliveredError.__name__,
    )


def _delivered_before() -> list[str]:
    """What the attempts before this one have delivered."""
    details = activity.info().heartbeat_details
    return list(details[0]) if details else []


def _delivered_of(settled: Mapping[str, Settlement]) -> list[str]:
    return [effect_id for effect_id, one in settled.items() if one.delivered]


def _delivered(effect_id: str) -> Settlement:
    return Settlement(effect_id=effect_id, delivered=True)


def _failed(effect_id: str, code: str) -> Settlement:
    return Settlement(effect_id=effect_id, delivered=False, error=code)
