"""From the record to what is answered: everything is derived for the instant that is asked for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from goodstanding import views
from goodstanding.domain.capabilities import Subject, check, mark_at
from goodstanding.domain.context import HeldLicence
from goodstanding.domain.deadlines import deadlines
from goodstanding.domain.entries import Decision, DecisionState, Penalty, Qualification, Review
from goodstanding.domain.record import Record
from goodstanding.domain.requirements import requirements_at
from goodstanding.domain.standing import standing_at
from goodstanding.messages import Refusal
from goodstanding.policy.book import PolicyBook, Published
from goodstanding.vocabulary import Stage


@dataclass(frozen=True)
class Seen:
    """An account as of an instant, under the policy in force then."""

    record: Record
    published: Published
    licences: tuple[HeldLicence, ...]
    as_of: datetime

    @classmethod
    def at(
        cls, record: Record, book: PolicyBook, licences: tuple[HeldLicence, ...], now: datetime
    ) -> "Seen":
        """See it now, and never earlier than its last event: clocks of two machines differ a little."""
        as_of = max(now, record.last_at or now)
        return cls(record, book.current(record.policy_id, as_of), licences, as_of)

    @property
    def subject(self) -> Subject:
        """Whose capabilities are asked for."""
        return Subject(self.record, self.published.policy, self.licences)

    def check(self, capability: str) -> views.CheckView:
        """Whether the account may do this; `CapabilityNotFoundError` for a code that the policy does not know."""
        answer = check(self.subject, capability, self.as_of)
        return views.CheckView(
            account_id=self.record.account_id,
            capability=capability,
            as_of=self.as_of,
            allowed=answer.allowed,
            denial=answer.denial,
            cause=answer.cause,
            until=answer.until,
            licensed=self.published.policy.capabilities.all[capability].licensed,
        )


def refused(account_id: str, capability: str, as_of: datetime, refusal: Refusal) -> views.CheckView:
    """The place in a batch of a question that has no answer."""
    return views.CheckView(
        account_id=account_id, capability=capability, as_of=as_of, allowed=False, refusal=refusal
    )


def account_view(seen: Seen) -> views.AccountView:
    """How the account stands."""
    record, policy, as_of = seen.record, seen.published.policy, seen.as_of
    strikes = record.active_strikes(as_of)
    asked = requirements_at(seen.subject, as_of)
    untold = {order.order_id for order in record.orders if not order.is_told}
    due = next((one for one in deadlines(record) if one.subject_id not in untold), None)
    return views.AccountView(
        account_id=record.account_id,
        as_of=as_of,
        seq=record.seq,
        stage=record.stage or Stage.REGISTERING,
        stage_since=record.stage_at,
        standing=standing_at(record, policy, as_of),
        kind=record.kind,
        holder_type=record.holder_type,
        language=record.language,
        policy=views.PolicyView(
            id=seen.published.id, version=policy.policy.version, digest=seen.published.digest
        ),
        mark=mark_at(seen.subject, as_of),
        verification=record.verification.state,
        verified_until=record.verification.valid_until,
        penalties=tuple(_penalties(record, as_of)),
        orders=tuple(_orders(record, as_of)),
        strikes=tuple(views.StrikeView.model_validate(strike) for strike in strikes),
        points=sum(strike.points for strike in strikes),
        qualifications=tuple(_qualification(one, as_of) for one in record.qualifications),
        licences=tuple(views.LicenceView.model_validate(held) for held in record.licences),
        reviews=tuple(
            _open_review(review)
            for review in record.open_reviews()
            if review.subject_id not in untold
        ),
        appealable=tuple(_appealable(record, as_of)),
        past_due=_requirements(asked.past_due),
        currently_due=_requirements(asked.currently_due),
        next_due=views.DueView(at=due.at, what=due.what, subject_id=due.subject_id)
        if due
        else None,
        closing_at=record.closing.until if record.closing else None,
        closed_at=record.closure.closed_at if record.closure else None,
    )


def requirements_view(seen: Seen) -> views.RequirementsView:
    """What is asked of the holder."""
    asked = requirements_at(seen.subject, seen.as_of)
    return views.RequirementsView(
        account_id=seen.record.account_id,
        as_of=seen.as_of,
        past_due=_requirements(asked.past_due),
        currently_due=_requirements(asked.currently_due),
        due_later=_requirements(asked.due_later),
        pending=_requirements(asked.pending),
        errors=_requirements(asked.errors),
        deadline=asked.deadline,
        disabled=tuple(views.DisabledView.model_validate(one) for one in asked.disabled),
    )


def _requirements(found: tuple[object, ...]) -> tuple[views.RequirementView, ...]:
    return tuple(views.RequirementView.model_validate(one) for one in found)


def _penalties(record: Record, as_of: datetime) -> Iterator[views.PenaltyView]:
    for penalty in record.penalties:
        active = penalty.is_active_at(as_of)
        if active or _is_to_start(penalty, as_of):
            cause = record.the_decision(penalty.decision_id)
            yield _penalty(penalty, cause, active=active)


def _orders(record: Record, as_of: datetime) -> Iterator[views.OrderView]:
    for order in record.orders:
        if order.is_told:
            yield views.OrderView(
                order_id=order.order_id,
                authority=order.authority,
                level=order.level,
                denies=order.denies,
                items=order.items,
                is_active=order.is_active_at(as_of),
                starts_at=order.starts_at,
                ends_at=order.ends_at,
                ended_at=order.ended_at,
            )


def _is_to_start(penalty: Penalty, as_of: datetime) -> bool:
    return not penalty.is_over and (penalty.starts_at is None or as_of < penalty.starts_at)


def _penalty(penalty: Penalty, cause: Decision, *, active: bool) -> views.PenaltyView:
    return views.PenaltyView(
        penalty_id=penalty.penalty_id,
        code=penalty.code,
        denies=penalty.denies,
        is_active=active,
        is_interim=penalty.is_interim,
        closes=penalty.closes,
        imposed_at=penalty.imposed_at,
        starts_at=penalty.starts_at,
        ends_at=penalty.ends_at,
        ends_when_acknowledged=penalty.ends_when_acknowledged,
        cause=views.CauseView.model_validate(cause),
    )


def _qualification(one: Qualification, as_of: datetime) -> views.QualificationView:
    return views.QualificationView(
        qualification_id=one.qualification_id,
        code=one.code,
        right=one.right,
        state=one.state,
        holds=one.holds_at(as_of),
        gives=one.gives,
        applied_at=one.applied_at,
        granted_at=one.granted_at,
        valid_until=one.valid_until,
        ended_at=one.ended_at,
    )


def _open_review(review: Review) -> views.OpenReviewView:
    return views.OpenReviewView(
        review_id=review.review_id,
        kind=review.kind,
        subject_id=review.subject_id,
        opened_at=review.opened_at,
        due_at=review.due_at,
        people=review.people,
        votes_cast=len(review.votes),
        is_escalated=review.is_escalated,
    )


def _appealable(record: Record, as_of: datetime) -> Iterator[views.AppealableView]:
    ended = record.ended
    if ended and ended.decision_id and ended.decided_by:
        over = ended.is_window_over or ended.appeal_id is not None
        if not over and (ended.appeal_until is None or as_of < ended.appeal_until):
            yield views.AppealableView(decision_id=ended.decision_id, until=ended.appeal_until)
    for one in record.decisions:
        over = one.is_window_over or one.appeal_id is not None
        if over or one.state is not DecisionState.IN_FORCE:
            continue
        if one.appeal_until is None or as_of < one.appeal_until:
            yield views.AppealableView(decision_id=one.decision_id, until=one.appeal_until)
