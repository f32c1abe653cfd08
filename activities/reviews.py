"""Reviews as workflows: starting them, telling them that they ended, and casting their votes."""

from datetime import timedelta

from temporalio import activity
from temporalio.client import Client
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from goodstanding.errors import GoodstandingError, UnansweredError
from goodstanding.messages import Answer, DecideReview, EffectRef, Settlement
from goodstanding.names import (
    NEXT_DEADLINE,
    QUEUE,
    REVIEW_WORKFLOW,
    WAITING_FOR,
    review_workflow_id,
)
from goodstanding.reviews import LEASE, ReviewBrief, brief_of
from goodstanding.sending import Sender
from storage.effects import EffectBody, bodies
from storage.engine import Sessions
from storage.queries import is_over


async def start_review(temporal: Client, brief: ReviewBrief) -> bool:
    """Start the run of a review, also in the place of one that was terminated; False where it runs or has ended."""
    try:
        await temporal.start_workflow(
            REVIEW_WORKFLOW,
            brief,
            id=review_workflow_id(brief.review_id),
            task_queue=QUEUE,
            # a review that ended in good order stays ended, however often this is repeated
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
            static_summary=f"{brief.kind} review of account {brief.account_id}",
            search_attributes=TypedSearchAttributes(
                [
                    SearchAttributePair(WAITING_FOR, f"review:{brief.kind}:open"),
                    SearchAttributePair(NEXT_DEADLINE, brief.due_at),
                ]
            ),
        )
    except WorkflowAlreadyStartedError:
        return False
    return True


async def end_review(temporal: Client, review_id: str) -> None:
    """Tell the run of a review that there is nothing left to decide; where none runs nothing happens."""
    handle = temporal.get_workflow_handle(review_workflow_id(review_id))
    try:
        await handle.signal("ended")
    except RPCError as error:
        # it has ended, or was never started: either way it no longer runs
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise


async def ensure_review(temporal: Client, sessions: Sessions, brief: ReviewBrief) -> bool:
    """See that a review that was open a moment ago has its run; False where there was none to start."""
    if not await start_review(temporal, brief):
        return False
    if await _is_over(sessions, brief):
        # it was decided meanwhile: whoever told the run so came before it
        await end_review(temporal, brief.review_id)
        return False
    return True


async def _is_over(sessions: Sessions, brief: ReviewBrief) -> bool:
    async with sessions() as session:
        return await is_over(session, brief.account_id, brief.review_id)


class ReviewActivities:
    """Between the accounts' runs and those of their reviews."""

    def __init__(self, sessions: Sessions, temporal: Client, *, lease: timedelta = LEASE) -> None:
        self._sessions = sessions
        self._temporal = temporal
        self._sender = Sender(temporal)
        self._lease = lease

    @activity.defn
    async def start_reviews(self, effects: tuple[EffectRef, ...]) -> tuple[Settlement, ...]:
        """Start what was opened and end what was decided, in this order; a repeat changes nothing.

        What the record says is over is not started, however late its start is tried again.
        """
        ids = [effect.effect_id for effect in effects]
        async with self._sessions() as session:
            found = await bodies(session, ids)
        for effect_id in ids:
            if effect_id in found:
                await self._pass_on(found[effect_id])
        return tuple(Settlement(effect_id=effect_id, delivered=True) for effect_id in ids)

    @activity.defn
    async def send_vote(self, command: DecideReview) -> Answer:
        """Have the account's record judge the vote; the answer may be a refusal."""
        try:
            return await self._sender.send(command)
        except UnansweredError:
            raise
        except GoodstandingError as error:
            raise ApplicationError(
                error.message, error.field, type=error.code, non_retryable=True
            ) from error

    async def _pass_on(self, effect: EffectBody) -> None:
        if effect.body.get("ended"):
            await end_review(self._temporal, effect.body["review_id"])
            return
        brief = brief_of(effect.account_id, effect.body, self._lease)
        # what could not be started for long may have been decided without a run
        if not await _is_over(self._sessions, brief):
            await ensure_review(self._temporal, self._sessions, brief)
