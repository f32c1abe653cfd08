"""The sweep: an account that has something to do, or an open review, and has no run, gets one."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Self, TypeVar

from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import WorkflowAlreadyStartedError

from activities.reviews import ensure_review
from goodstanding.errors import GoodstandingError
from goodstanding.messages import Message, PassTime
from goodstanding.names import ACCOUNT_WORKFLOW, QUEUE, account_workflow_id
from goodstanding.policy.book import PolicyBook
from goodstanding.reviews import CountedVote, ReviewBrief, brief_of
from goodstanding.sending import Sender
from goodstanding.upkeep import Swept
from storage.engine import Sessions
from storage.policies import load_book
from storage.queries import OpenReview, due_before, looked_at_before, open_reviews

OVERDUE_METRIC = "goodstanding_overdue_accounts_started"
"""Accounts whose deadline had passed without a run: it was terminated or lost. Normally none."""
REVIEWS_METRIC = "goodstanding_lost_reviews_started"
"""Open reviews that had no run: it was terminated or lost. Normally none."""

_PAGE = 500
_AT_ONCE = 25

Place = tuple[datetime, str]
"""Where something stands in the order in which a sweep goes through it."""

T = TypeVar("T")


class Sweep(Message):
    """What is swept up."""

    before: datetime
    """Accounts that have something to do before it, or reviews that were opened before it."""
    is_overdue: bool
    """What is found is late already, and counted."""


class _Progress(Message):
    """Where a sweep goes on when it is tried again."""

    found: int = 0
    started: int = 0
    last: Place | None = None


class _Reached(Message):
    """The same, of the sweep through policies and their accounts."""

    found: int = 0
    looked: int = 0
    policy_id: str = ""
    last: str = ""

    def at(self, policy_id: str) -> Self:
        """Where this policy begins, or goes on."""
        last = self.last if policy_id == self.policy_id else ""
        return self.model_copy(update={"policy_id": policy_id, "last": last})

    def further(self, page: Sequence[str], looked: int) -> Self:
        """Behind this page."""
        update = {
            "found": self.found + len(page),
            "looked": self.looked + looked,
            "last": page[-1],
        }
        return self.model_copy(update=update)


class UpkeepActivities:
    """Goes through the accounts that have something to do, and through the open reviews."""

    def __init__(self, sessions: Sessions, temporal: Client) -> None:
        self._sessions = sessions
        self._temporal = temporal
        self._sender = Sender(temporal)
        self._book = PolicyBook(())

    @activity.defn
    async def sweep(self, sweep: Sweep) -> Swept:
        """Start the accounts that have no run; a repeat goes on after the last page that was done."""
        done = _progress()
        while page := await self._accounts(sweep.before, done.last):
            started = await _each(self._start_account, [one for _, one in page], done)
            done = _further(done, len(page), started, page[-1])
            if sweep.is_overdue and started:
                _count(OVERDUE_METRIC, "Accounts whose deadline had passed without a run", started)
                activity.logger.warning("%d accounts were overdue and had no run", started)
        return Swept(found=done.found, started=done.started)

    @activity.defn
    async def sweep_reviews(self, sweep: Sweep) -> Swept:
        """Start the open reviews that have no run; a repeat goes on after the last page that was done."""
        done = _progress()
        while page := await self._reviews(sweep.before, done.last):
            started = await _each(self._start_review, [_brief(one) for one in page], done)
            done = _further(done, len(page), started, page[-1].place)
            if started:
                _count(REVIEWS_METRIC, "Open reviews that had no run", started)
                activity.logger.warning("%d open reviews had no run", started)
        return Swept(found=done.found, started=done.started)

    @activity.defn
    async def sweep_policies(self, sweep: Sweep) -> Swept:
        """Have accounts look at the version of their policy that is in force, those that have not yet."""
        reached = _reached()
        async with self._sessions() as session:
            self._book = await load_book(session, self._book)
        for policy_id in sorted({one.id for one in self._book.published}):
            if policy_id < reached.policy_id:
                continue
            version = self._book.current(policy_id, sweep.before).policy.policy.version
            reached = await self._look(reached.at(policy_id), version)
        return Swept(found=reached.found, started=reached.looked)

    async def _look(self, reached: "_Reached", version: int) -> "_Reached":
        while page := await self._behind(reached, version):
            looked = 0
            for first in range(0, len(page), _AT_ONCE):
                some = page[first : first + _AT_ONCE]
                looked += sum(await asyncio.gather(*map(self._looks, some)))
                activity.heartbeat(reached)
            reached = reached.further(page, looked)
            activity.heartbeat(reached)
        return reached

    async def _looks(self, account_id: str) -> bool:
        try:
            await self._sender.send(PassTime(account_id=account_id))
        except GoodstandingError as error:
            # the next sweep finds it again
            activity.logger.warning("account %s did not look: %s", account_id, error.code)
            return False
        return True

    async def _behind(self, reached: "_Reached", version: int) -> Sequence[str]:
        async with self._sessions() as session:
            return await looked_at_before(session, reached.policy_id, version, reached.last)

    async def _accounts(self, before: datetime, after: Place | None) -> list[Place]:
        async with self._sessions() as session:
            return await due_before(session, before, after, _PAGE)

    async def _reviews(self, before: datetime, after: Place | None) -> list[OpenReview]:
        async with self._sessions() as session:
            return await open_reviews(session, before, after, _PAGE)

    async def _start_account(self, account_id: str) -> bool:
        try:
            # no command: the run's first act brings what there is to do
            await self._temporal.start_workflow(
                ACCOUNT_WORKFLOW,
                account_id,
                id=account_workflow_id(account_id),
                task_queue=QUEUE,
                static_summary=f"account {account_id}",
            )
        except WorkflowAlreadyStartedError:
            return False
        return True

    async def _start_review(self, brief: ReviewBrief) -> bool:
        return await ensure_review(self._temporal, self._sessions, brief)


def _brief(review: OpenReview) -> ReviewBrief:
    """What its run is told; who had claimed it is lost with the run before."""
    votes = tuple(CountedVote.model_validate(vote) for vote in review.votes)
    brief = brief_of(review.row.account_id, review.told)
    return brief.model_copy(update={"votes": votes})


async def _each(start: Callable[[T], Awaitable[bool]], page: list[T], done: _Progress) -> int:
    """Start what has no run, a few at a time, and say how many that were."""
    started = 0
    for first in range(0, len(page), _AT_ONCE):
        started += sum(await asyncio.gather(*map(start, page[first : first + _AT_ONCE])))
        activity.heartbeat(done)
    return started


def _further(done: _Progress, found: int, started: int, last: Place) -> _Progress:
    further = _Progress(found=done.found + found, started=done.started + started, last=last)
    activity.heartbeat(further)
    return further


def _progress() -> _Progress:
    """What an attempt before this one has done."""
    details = activity.info().heartbeat_details
    return _Progress.model_validate(details[0]) if details else _Progress()


def _reached() -> _Reached:
    details = activity.info().heartbeat_details
    return _Reached.model_validate(details[0]) if details else _Reached()


def _count(metric: str, what: str, started: int) -> None:
    activity.metric_meter().create_counter(metric, what).add(started)
