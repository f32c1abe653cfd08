"""Everything that becomes due, with its instant; the earliest is the account's next deadline.

A deadline is gone once its event is in the record: that is what makes `pass_time` idempotent.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from goodstanding.domain.record import (
    ContentState,
    DecisionState,
    OrderState,
    QualificationState,
    Record,
    VerificationState,
)
from goodstanding.vocabulary import ENDED_STAGES, ReviewKind, Stage


class What(StrEnum):
    """What is due."""

    REGISTRATION_EXPIRES = "registration_expires"
    PROVIDER_SILENT = "provider_silent"
    VERIFICATION_REMINDER = "verification_reminder"
    VERIFICATION_ENDS = "verification_ends"
    AGREEMENT_REMINDER = "agreement_reminder"
    AGREEMENT_DUE = "agreement_due"
    QUALIFICATION_REMINDER = "qualification_reminder"
    QUALIFICATION_ENDS = "qualification_ends"
    LICENCE_REMINDER = "licence_reminder"
    LICENCE_ENDS = "licence_ends"
    REVIEW_REMINDER = "review_reminder"
    REVIEW_DUE = "review_due"
    INTERIM_LAPSES = "interim_lapses"
    HEARING_ENDS = "hearing_ends"
    PROPOSAL_LAPSES = "proposal_lapses"
    PENALTY_ENDS = "penalty_ends"
    PENALTY_REVIEW = "penalty_review"
    STRIKE_EXPIRES = "strike_expires"
    INBOX_COUNTS = "inbox_counts"
    APPEAL_WINDOW_ENDS = "appeal_window_ends"
    ACCOUNT_CLOSES = "account_closes"
    FILING_DUE = "filing_due"
    ORDER_LAPSES = "order_lapses"
    ORDER_STARTS = "order_starts"
    ORDER_ENDS = "order_ends"
    ORDER_TOLD = "order_told"
    ORDER_REVIEW = "order_review"
    CONTENT_SILENT = "content_silent"
    NAME_RELEASED = "name_released"
    IDENTITY_ERASED = "identity_erased"
    FINGERPRINT_FORGOTTEN = "fingerprint_forgotten"
    TEXTS_ERASED = "texts_erased"


_ORDER = {what: place for place, what in enumerate(What)}


@dataclass(frozen=True, slots=True)
class Due:
    """Something that becomes due; `id` is unique, since what follows from it is named after it."""

    at: datetime
    what: What
    subject_id: str

    @property
    def id(self) -> str:
        """What caused it, then what it is, then when: unique however often the same thing is due."""
        return f"{self.subject_id}.due.{self.what.value}-{self.at:%Y%m%d%H%M%S}"


def deadlines(record: Record) -> list[Due]:
    """All that is still to become due, or is overdue, earliest first; ties in the order of `What`."""
    found = [
        *_joining(record),
        *_licences(record),
        *_qualifications(record),
        *_reviews(record),
        *_decisions(record),
        *_penalties(record),
        *_orders(record),
        *_notices(record),
        *_ending(record),
    ]
    return sorted(found, key=lambda due: (due.at, _ORDER[due.what], due.subject_id))


def next_deadline(record: Record) -> Due | None:
    """The earliest of them."""
    return next(iter(deadlines(record)), None)


def _joining(record: Record) -> Iterator[Due]:
    account, verification = record.account_id, record.verification
    unfinished = record.stage in (Stage.REGISTERING, Stage.VERIFYING)
    waits_for_us = verification.state in (VerificationState.ASKED, VerificationState.WAITING)
    if record.expires_at and unfinished and not waits_for_us and not record.open_reviews():
        yield Due(record.expires_at, What.REGISTRATION_EXPIRES, account)
    is_waiting = verification.state is VerificationState.WAITING
    if is_waiting and verification.waits_until and record.stage not in ENDED_STAGES:
        yield Due(verification.waits_until, What.PROVIDER_SILENT, account)
    if record.stage in (Stage.ACTIVE, Stage.CLOSING):
        for at in verification.reminders:
            yield Due(at, What.VERIFICATION_REMINDER, account)
        runs = not verification.has_lapsed and not verification.is_pending
        if verification.valid_until and runs:
            yield Due(verification.valid_until, What.VERIFICATION_ENDS, account)
        yield from _agreement(record)


def _agreement(record: Record) -> Iterator[Due]:
    asked = record.new_agreement
    if asked is None or asked.is_overdue:
        return
    for at in asked.reminders:
        yield Due(at, What.AGREEMENT_REMINDER, record.account_id)
    yield Due(asked.due_at, What.AGREEMENT_DUE, record.account_id)


def _licences(record: Record) -> Iterator[Due]:
    for held in record.licences:
        for at in held.reminders:
            yield Due(at, What.LICENCE_REMINDER, held.licence_id)
        if not held.has_lapsed:
            yield Due(held.valid_until, What.LICENCE_ENDS, held.licence_id)


def _qualifications(record: Record) -> Iterator[Due]:
    if record.stage in (Stage.ERASED, Stage.DECLINED, Stage.WITHDRAWN):
        return
    for qualification in record.qualifications:
        is_open = qualification.appeal_id is None and not qualification.is_window_over
        if qualification.appeal_until and is_open:
            yield Due(
                qualification.appeal_until,
                What.APPEAL_WINDOW_ENDS,
                qualification.qualification_id,
            )
        if qualification.state is not QualificationState.GRANTED:
            continue
        for at in qualification.reminders:
            yield Due(at, What.QUALIFICATION_REMINDER, qualification.qualification_id)
        if qualification.valid_until:
            yield Due(
                qualification.valid_until, What.QUALIFICATION_ENDS, qualification.qualification_id
            )


def _reviews(record: Record) -> Iterator[Due]:
    for review in record.open_reviews():
        if record.stage is Stage.CLOSED and review.kind not in GOES_ON_WHEN_CLOSED:
            continue  # it rests with the account
        if review.remind_at:
            yield Due(review.remind_at, What.REVIEW_REMINDER, review.review_id)
        if not review.is_escalated:
            yield Due(review.due_at, What.REVIEW_DUE, review.review_id)


def _decisions(record: Record) -> Iterator[Due]:
    pending = {appeal.decision_id for appeal in record.appeals if appeal.verdict is None}
    for decision in record.decisions:
        if decision.state is DecisionState.HELD and decision.lapses_at:
            yield Due(decision.lapses_at, What.INTERIM_LAPSES, decision.decision_id)
        if decision.state is not DecisionState.IN_FORCE:
            continue
        proposal = decision.proposal
        if proposal and not proposal.is_over:
            if proposal.hearing_until and not proposal.is_hearing_over:
                yield Due(proposal.hearing_until, What.HEARING_ENDS, decision.decision_id)
            yield Due(proposal.lapses_at, What.PROPOSAL_LAPSES, decision.decision_id)
        is_open = not decision.is_window_over and decision.decision_id not in pending
        if decision.appeal_until and is_open and decision.appeal_id is None:
            yield Due(decision.appeal_until, What.APPEAL_WINDOW_ENDS, decision.decision_id)


def _penalties(record: Record) -> Iterator[Due]:
    for penalty in record.penalties:
        if penalty.is_over:
            continue
        if penalty.ends_at:
            yield Due(penalty.ends_at, What.PENALTY_ENDS, penalty.penalty_id)
        if penalty.next_review_at and record.stage is not Stage.ERASED:
            yield Due(penalty.next_review_at, What.PENALTY_REVIEW, penalty.penalty_id)
    for strike in record.strikes:
        if strike.expires_at and not strike.is_void and not strike.has_expired:
            yield Due(strike.expires_at, What.STRIKE_EXPIRES, strike.strike_id)


def _orders(record: Record) -> Iterator[Due]:
    if record.stage in (Stage.ERASED, Stage.DECLINED, Stage.WITHDRAWN):
        return  # nobody is left whom it restricts, or who could be told
    for order in record.orders:
        if order.lapses_at:
            yield Due(order.lapses_at, What.ORDER_LAPSES, order.order_id)
        if order.secret_until and not order.is_told and order.followed_from:
            yield Due(order.secret_until, What.ORDER_TOLD, order.order_id)
        if order.state is not OrderState.IN_FORCE:
            continue
        yield Due(order.ends_at, What.ORDER_ENDS, order.order_id)
        if not order.has_started:
            yield Due(order.starts_at, What.ORDER_STARTS, order.order_id)
        if order.next_review_at and order.next_review_at < order.ends_at:
            yield Due(order.next_review_at, What.ORDER_REVIEW, order.order_id)


def _notices(record: Record) -> Iterator[Due]:
    for notice in record.notices:
        if notice.inbox_counts_at and notice.handed_over_at is None:
            yield Due(notice.inbox_counts_at, What.INBOX_COUNTS, notice.notice_id)


def _ending(record: Record) -> Iterator[Due]:
    account, ended = record.account_id, record.ended
    challenged = {appeal.decision_id for appeal in record.appeals if appeal.verdict is None}
    if closes_at := closing_instant(record):
        yield Due(closes_at, What.ACCOUNT_CLOSES, account)
    for filing in record.filings:
        if filing.receipt is None and not filing.is_escalated:
            yield Due(filing.due_at, What.FILING_DUE, filing.filing_id)
    for request in record.content:
        if request.waits_until and request.state is ContentState.REQUESTED:
            yield Due(request.waits_until, What.CONTENT_SILENT, request.effect_id)
    if ended and ended.appeal_until and not ended.is_window_over and ended.appeal_id is None:
        yield Due(ended.appeal_until, What.APPEAL_WINDOW_ENDS, ended.decision_id or account)
    if not challenged:
        yield from _forgetting(record)


def closing_instant(record: Record) -> datetime | None:
    """When a closing account closes; None while an appeal, or for a mere wish an open case, holds it up."""
    closing = record.closing
    if closing is None:
        return None
    if closing.decision_id is None:
        against = [r for r in record.reviews if r.kind in STANDS_AGAINST_A_WISH]
    elif closing.waits_for_appeal:
        own = {a.review_id for a in record.appeals if a.decision_id == closing.decision_id}
        against = [r for r in record.reviews if r.review_id in own]
    else:
        against = []
    if any(review.is_open for review in against):
        return None
    ended = (r.ended_at for r in against if r.ended_at and r.opened_at <= closing.until)
    return max([closing.until, *ended])


STANDS_AGAINST_A_WISH = (ReviewKind.CASE, ReviewKind.CONFIRMATION, ReviewKind.APPEAL)
"""What nobody escapes by closing the account."""

GOES_ON_WHEN_CLOSED = (
    ReviewKind.APPEAL,
    ReviewKind.REINSTATEMENT,
    ReviewKind.CASE,
    ReviewKind.ORDER,
    ReviewKind.OVERTURN,
)
"""What people still decide about a closed account."""


def _forgetting(record: Record) -> Iterator[Due]:
    account, ended = record.account_id, record.ended
    if record.name_until and record.stage is Stage.CLOSED:
        yield Due(record.name_until, What.NAME_RELEASED, account)
    if not record.is_identity_erased:
        erase_at = ended.erase_at if ended else record.closure and record.closure.erase_at
        if erase_at:
            yield Due(erase_at, What.IDENTITY_ERASED, account)
    if record.fingerprint_until:
        yield Due(record.fingerprint_until, What.FINGERPRINT_FORGOTTEN, account)
    if record.texts_until:
        yield Due(record.texts_until, What.TEXTS_ERASED, account)
