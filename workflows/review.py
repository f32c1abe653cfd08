"""One workflow for each open review: who has claimed it, and when it is due.

Votes are judged by the account's record; this run only passes them on. It can be rebuilt by starting it again.
"""

from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import ApplicationError, FailureError

from activities.reviews import ReviewActivities
from goodstanding.errors import (
    GoodstandingError,
    MalformedError,
    ReviewEndedError,
    ReviewNotFoundError,
    RoleNotAllowedError,
)
from goodstanding.messages import Actor, Answer, DecideReview
from goodstanding.names import NEXT_DEADLINE, REVIEW_WORKFLOW, WAITING_FOR
from goodstanding.reviews import (
    REVIEWERS,
    Claim,
    CountedVote,
    ReviewBrief,
    ReviewClaimedError,
    ReviewProgress,
)
from workflows.failures import final_in
from workflows.options import LONG_REVIEW, VOTE

_OVER = frozenset({error.__name__ for error in (ReviewEndedError, ReviewNotFoundError)})
"""Refusals of a vote that say that there is nothing left to decide."""


@workflow.defn(name=REVIEW_WORKFLOW)
class ReviewWorkflow:
    """Claim and clocks of one review."""

    @workflow.init
    def __init__(self, brief: ReviewBrief) -> None:
        self._brief = brief
        self._has_ended = False
        # given at start, and handed on to the run that follows
        self._shown = workflow.info().typed_search_attributes.get(WAITING_FOR)

    @workflow.run
    async def run(self, brief: ReviewBrief) -> ReviewProgress:  # noqa: ARG002 - `__init__` has it
        """Stay until the record says that the review is decided or cancelled."""
        while not self._is_over():
            self._show()
            await self._until_something_changes()
            if self._may_go_on_in_a_new_run():
                workflow.continue_as_new(self._brief)
        return self.view()

    @workflow.query
    def view(self) -> ReviewProgress:
        """How far the review is."""
        brief, now = self._brief, workflow.now()
        return ReviewProgress(
            review_id=brief.review_id,
            account_id=brief.account_id,
            kind=brief.kind,
            as_of=now,
            claim=self._claim(),
            due_at=brief.due_at,
            is_reminded=brief.remind_at <= now,
            is_overdue=brief.due_at <= now,
            people=brief.people,
            votes=brief.votes,
            has_ended=self._has_ended,
        )

    @workflow.signal
    def ended(self) -> None:
        """The record says that there is nothing left to decide."""
        self._has_ended = True

    @workflow.update
    def claim(self, actor: Actor) -> ReviewProgress:
        """Take the review for the time of the lease, or renew it."""
        claim = Claim(by=actor.id, until=workflow.now() + self._brief.lease)
        self._brief = self._brief.model_copy(update={"claim": claim})
        return self.view()

    @workflow.update
    def hand_back(self, actor: Actor) -> ReviewProgress:  # noqa: ARG002 - the validator has looked
        """Leave the review to others."""
        self._brief = self._brief.model_copy(update={"claim": None})
        return self.view()

    @workflow.update
    async def decide(self, command: DecideReview) -> Answer:
        """Have the account's record count the vote."""
        try:
            answer: Answer = await workflow.execute_activity_method(
                ReviewActivities.send_vote,
                command,
                summary=f"{command.verdict} by {command.actor.id}",
                **VOTE,
            )
        except FailureError as error:
            raise (final_in(error) or error) from error
        if answer.refusal is None:
            self._count(CountedVote(by=command.actor.id, verdict=command.verdict))
        elif answer.refusal.code in _OVER:
            self._has_ended = True
        return answer

    @claim.validator
    def _may_claim(self, actor: Actor) -> None:
        if self._has_ended:
            raise _refused(ReviewEndedError())
        if actor.role not in REVIEWERS:
            raise _refused(RoleNotAllowedError(f"The role {actor.role} reviews nothing."))
        self._check_claim_of(actor)

    @hand_back.validator
    def _may_hand_back(self, actor: Actor) -> None:
        self._check_claim_of(actor)

    @decide.validator
    def _may_decide(self, command: DecideReview) -> None:
        brief = self._brief
        if (command.account_id, command.review_id) != (brief.account_id, brief.review_id):
            raise _refused(MalformedError("The vote is for another review.", "review_id"))
        self._check_claim_of(command.actor)

    def _check_claim_of(self, actor: Actor) -> None:
        claim = self._claim()
        if claim and claim.by != actor.id:
            until = f"{claim.until:%Y-%m-%d %H:%M} UTC"
            raise _refused(ReviewClaimedError(f"{claim.by} is at work on it, until {until}."))

    def _claim(self) -> Claim | None:
        claim = self._brief.claim
        return claim if claim and claim.until > workflow.now() else None

    def _count(self, vote: CountedVote) -> None:
        others = tuple(known for known in self._brief.votes if known.by != vote.by)
        changes: dict[str, object] = {"votes": (*others, vote)}
        if self._brief.claim and self._brief.claim.by == vote.by:
            changes["claim"] = None
        self._brief = self._brief.model_copy(update=changes)

    def _next(self) -> tuple[datetime, str] | None:
        brief, claim = self._brief, self._claim()
        moments = [(brief.remind_at, "reminder"), (brief.due_at, "deadline")]
        if claim:
            moments.append((claim.until, f"claim of {claim.by} ends"))
        return min((one for one in moments if one[0] > workflow.now()), default=None)

    async def _until_something_changes(self) -> None:
        before = self._brief
        moment = self._next()

        def has_changed() -> bool:
            return self._is_over() or self._brief is not before or self._may_go_on_in_a_new_run()

        if moment is None:
            # no deadline: it has passed, the account's record has told everybody, and people still decide
            await workflow.wait_condition(has_changed)
            return
        at, what = moment
        try:
            await workflow.wait_condition(
                has_changed,
                timeout=at - workflow.now(),
                timeout_summary=f"{what} at {at:%Y-%m-%d %H:%M} UTC",
            )
        except TimeoutError:
            return

    def _is_over(self) -> bool:
        return self._has_ended and workflow.all_handlers_finished()

    def _may_go_on_in_a_new_run(self) -> bool:
        if self._has_ended:
            # the run that follows would not know it, and wait for ever
            return False
        length = workflow.info().get_current_history_length()
        return length > LONG_REVIEW and workflow.all_handlers_finished()

    def _state(self) -> str:
        now, brief = workflow.now(), self._brief
        if brief.due_at <= now:
            return "overdue"
        if self._claim():
            return "claimed"
        return "due soon" if brief.remind_at <= now else "open"

    def _show(self) -> None:
        brief, claim, state = self._brief, self._claim(), self._state()
        waiting_for = f"review:{brief.kind}:{state.replace(' ', '_')}"
        if waiting_for != self._shown:
            self._shown = waiting_for
            workflow.upsert_search_attributes(
                [WAITING_FOR.value_set(waiting_for), NEXT_DEADLINE.value_set(brief.due_at)]
            )
        lines = [
            f"**{brief.kind}** of account `{brief.account_id}`, {state}",
            f"- about `{brief.subject_id}`, {brief.people} have to agree",
            f"- due {brief.due_at:%Y-%m-%d %H:%M} UTC",
        ]
        if claim:
            lines.append(f"- claimed by `{claim.by}` until {claim.until:%Y-%m-%d %H:%M} UTC")
        lines += [f"- `{vote.by}`: {vote.verdict}" for vote in brief.votes]
        workflow.set_current_details("\n".join(lines))


def _refused(error: GoodstandingError) -> ApplicationError:
    return ApplicationError(error.message, error.field, type=error.code, non_retryable=True)
