"""Effects in hand: which activity sees to which, and what is said when it ends."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from temporalio import workflow
from temporalio.exceptions import FailureError, is_cancelled_exception

from activities.content import ContentActivities
from activities.filings import FilingActivities
from activities.identity import IdentityActivities
from activities.notices import NoticeActivities
from activities.reviews import ReviewActivities
from goodstanding.messages import EffectRef, Settlement
from goodstanding.names import EFFECTS_QUEUE
from goodstanding.vocabulary import EffectKind
from workflows.failures import GAVE_UP, code_of, details_of
from workflows.options import LEAST_TRY, MAIL, NOTICES, OUTSIDE, REVIEWS

_ONE_BY_ONE: Mapping[EffectKind, Callable[[Any, EffectRef], Awaitable[Settlement]]] = {
    EffectKind.VERIFICATION: IdentityActivities.verify_identity,
    EffectKind.FILING: FilingActivities.file_with_authority,
    EffectKind.MAIL: NoticeActivities.send_letter,
}

_NOTED = (EffectKind.NOTICE, EffectKind.MAIL)
"""Their activities count each attempt that fails."""

Ended = Settlement | tuple[Settlement, ...]


@dataclass
class InHand:
    """Effects that one activity sees to."""

    kind: EffectKind
    effects: tuple[EffectRef, ...]
    is_dropped: bool = False
    """The record waits for none of them any more; an attempt may still be under way."""
    _activity: workflow.ActivityHandle[Any] | None = None

    @property
    def ids(self) -> tuple[str, ...]:
        """Their ids."""
        return tuple(effect.effect_id for effect in self.effects)

    @property
    def is_ending_content(self) -> bool:
        """Whether an attempt at something that was superseded may still be under way."""
        return self.is_dropped and self.kind is EffectKind.CONTENT

    async def see_through(self) -> tuple[Settlement, ...]:
        """Carry them out, or give them up in the end; nothing is said where they were dropped."""
        self._activity = self._started()
        try:
            ended: Ended = await self._activity
        except FailureError as error:
            if is_cancelled_exception(error):
                return ()
            return self.given_up(error)
        return ended if isinstance(ended, tuple) else (ended,)

    def given_up(self, error: FailureError) -> tuple[Settlement, ...]:
        """What is said in the end: failed, but for those of which the error says that they were delivered."""
        code, details = code_of(error), details_of(error)
        delivered = {effect_id for ids in details if isinstance(ids, list) for effect_id in ids}
        codes: dict[str, str] = {}
        for own in details:
            # what has a reason of its own was not tried to the end
            codes |= own if isinstance(own, dict) else {}
        return tuple(
            Settlement(effect_id=effect_id, delivered=True)
            if effect_id in delivered
            else self._given_up(effect_id, codes.get(effect_id), code)
            for effect_id in self.ids
        )

    def _given_up(self, effect_id: str, own: str | None, code: str) -> Settlement:
        noted = self.kind in _NOTED and own is None and code != GAVE_UP
        return _failed(effect_id, own or code).model_copy(update={"is_noted": noted})

    def drop_unless_pending(self, pending: Collection[str]) -> None:
        """Stop trying once the record waits for none of them any more."""
        if self._activity and not self._activity.done() and not set(self.ids) & set(pending):
            self.is_dropped = True
            self._activity.cancel()

    def _started(self) -> workflow.ActivityHandle[Any]:
        left = max(effect.give_up_at for effect in self.effects) - workflow.now()
        until: dict[str, Any] = {"schedule_to_close_timeout": max(left, LEAST_TRY)}
        first = self.effects[0]
        match self.kind:
            case EffectKind.NOTICE:
                return workflow.start_activity_method(
                    NoticeActivities.deliver_notices,
                    self.effects,
                    task_queue=EFFECTS_QUEUE,
                    summary=f"{len(self.effects)} notices from {first.effect_id}",
                    **NOTICES,
                    **until,
                )
            case EffectKind.VERIFICATION | EffectKind.FILING | EffectKind.MAIL:
                how = MAIL if self.kind is EffectKind.MAIL else OUTSIDE
                return workflow.start_activity_method(
                    _ONE_BY_ONE[self.kind],
                    first,
                    task_queue=EFFECTS_QUEUE,
                    summary=f"{self.kind} {first.effect_id}",
                    **how,
                    **until,
                )
            case EffectKind.CONTENT:
                return workflow.start_activity_method(
                    ContentActivities.ask_platform,
                    first,
                    task_queue=EFFECTS_QUEUE,
                    summary=f"{self.kind} {first.effect_id}",
                    # what undoes it begins once this is over, whatever is under way
                    cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
                    **OUTSIDE,
                    **until,
                )
            case EffectKind.REVIEW:
                return workflow.start_activity_method(
                    ReviewActivities.start_reviews,
                    self.effects,
                    summary=f"reviews from {first.effect_id}",
                    **REVIEWS,
                    **until,
                )


def in_hand_of(effects: Iterable[EffectRef]) -> Iterator[InHand]:
    """Notices of one command together, reviews together in their order, everything else by itself."""
    by_kind: dict[EffectKind, list[EffectRef]] = {}
    for effect in effects:
        by_kind.setdefault(effect.kind, []).append(effect)
    for kind, some in by_kind.items():
        if kind is EffectKind.REVIEW:
            yield InHand(kind, tuple(some))
        elif kind is EffectKind.NOTICE:
            # what one command caused is given up at one instant
            for _, together in groupby(some, key=lambda effect: effect.give_up_at):
                yield InHand(kind, tuple(together))
        else:
            yield from (InHand(kind, (effect,)) for effect in some)


def _failed(effect_id: str, code: str) -> Settlement:
    return Settlement(effect_id=effect_id, delivered=False, error=code)
