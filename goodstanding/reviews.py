"""Reviews: who is at work on one, until when, and the votes that go to the account's record.

The record judges every vote. The review's run holds claim and clocks only; where it was lost, votes go to the
account directly.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypeVar

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from goodstanding.errors import ConflictError, ReviewNotFoundError
from goodstanding.messages import Actor, Answer, ChosenId, DecideReview, MadeId, Message
from goodstanding.names import review_workflow_id
from goodstanding.previews import PreviewView
from goodstanding.reads import Reads
from goodstanding.sending import Sender, answered, raised
from goodstanding.views import QueueView
from goodstanding.vocabulary import ReviewKind, Role, Verdict

LEASE = timedelta(minutes=30)
REVIEWERS = frozenset({Role.REVIEWER, Role.SENIOR_REVIEWER})

_TOLD = ("review_id", "kind", "subject_id", "due_at", "remind_at", "people", "language")

T = TypeVar("T")


class ReviewClaimedError(ConflictError):
    """Somebody else is at work on this review."""

    remedy = "Take another one, or wait until the claim ends or is handed back."


class Claim(Message):
    """Somebody is at work on the review."""

    by: ChosenId
    until: datetime


class CountedVote(Message):
    """A vote that the record took in."""

    by: ChosenId
    verdict: Verdict


class ReviewBrief(Message):
    """What a review's run needs to know, and what a run hands on to the one that follows it."""

    account_id: ChosenId
    review_id: MadeId
    kind: ReviewKind
    subject_id: str
    due_at: datetime
    remind_at: datetime
    people: int
    language: str
    lease: timedelta = LEASE
    """How long a claim lasts, unless it is renewed."""
    claim: Claim | None = None
    votes: tuple[CountedVote, ...] = ()


class ReviewProgress(Message):
    """How far a review is, as of an instant."""

    review_id: MadeId
    account_id: ChosenId
    kind: ReviewKind
    as_of: datetime
    claim: Claim | None
    due_at: datetime
    is_reminded: bool
    is_overdue: bool
    people: int
    votes: tuple[CountedVote, ...]
    has_ended: bool


class Reviews:
    """The work of reviewers."""

    def __init__(
        self, temporal: Client, sender: Sender, reads: Reads, *, deadline: timedelta
    ) -> None:
        self._temporal = temporal
        self._sender = sender
        self._reads = reads
        self._deadline = deadline

    async def queue(
        self,
        kind: ReviewKind | None = None,
        *,
        account_id: str | None = None,
        language: str | None = None,
        due_before: datetime | None = None,
        escalated: bool | None = None,
        reviewer: str | None = None,
        limit: int | None = None,
        after: str | None = None,
    ) -> QueueView:
        """What waits for people, the most urgent first; what is not given narrows nothing.

        `reviewer` leaves out what that person may not decide; `after` is of the page before.
        """
        return await self._reads.queue(
            kind,
            account_id=account_id,
            language=language,
            due_before=due_before,
            escalated=escalated,
            reviewer=reviewer,
            limit=limit,
            after=after,
        )

    async def preview(
        self, review_id: str, verdict: Verdict = Verdict.OVERTURNED, *, rung: str | None = None
    ) -> PreviewView:
        """What would follow if an appeal ended like this; `rung` with the verdict `reduced`."""
        return await self._reads.preview_of_review(review_id, verdict=verdict, rung=rung)

    async def claim(self, review_id: str, actor: Actor) -> ReviewProgress:
        """Take the review for the time of the lease; again by the same actor renews it.

        Raises `ReviewClaimedError` while another holds it, `ReviewNotFoundError` once it has ended.
        """
        return await self._asked("claim", review_id, actor, ReviewProgress)

    async def hand_back(self, review_id: str, actor: Actor) -> ReviewProgress:
        """Leave the review to others; without a claim nothing happens."""
        return await self._asked("hand_back", review_id, actor, ReviewProgress)

    async def decide(self, command: DecideReview) -> Answer:
        """Cast a vote; raises `ReviewClaimedError` while another holds the review."""
        try:
            answer = await self._asked("decide", command.review_id, command, Answer)
        except ReviewNotFoundError:
            # no run holds a claim any more, or none yet: the record says what the vote is worth
            answer = await self._sender.send(command)
        return raised(answer)

    async def _asked(
        self, update: str, review_id: str, message: Actor | DecideReview, answer: type[T]
    ) -> T:
        handle = self._temporal.get_workflow_handle(review_workflow_id(review_id))

        async def ask() -> T:
            try:
                found: T = await handle.execute_update(update, message, result_type=answer)
            except RPCError as error:
                if error.status is RPCStatusCode.NOT_FOUND:
                    raise ReviewNotFoundError(f"No review {review_id} is open.") from error
                raise
            return found

        return await answered(ask, self._deadline)


def brief_of(account_id: str, body: Mapping[str, object], lease: timedelta = LEASE) -> ReviewBrief:
    """The brief of a review, from the effect that starts it."""
    told = {name: body[name] for name in _TOLD}
    return ReviewBrief.model_validate({**told, "account_id": account_id, "lease": lease})
