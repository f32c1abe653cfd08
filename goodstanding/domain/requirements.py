"""What the holder has to supply, and by when: one view, per account and per capability, each with a stable code."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from goodstanding.domain.capabilities import (
    Subject,
    agreement_due,
    capabilities_at,
    is_agreement_outdated,
)
from goodstanding.domain.record import DecisionState, QualificationState, VerificationState
from goodstanding.vocabulary import Stage


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing to supply; `code` is stable, `subject_id` says which one."""

    code: str
    subject_id: str | None = None
    deadline: datetime | None = None
    capabilities: tuple[str, ...] = ()
    """What waits for it."""


@dataclass(frozen=True, slots=True)
class DisabledReason:
    """Why a capability is denied now."""

    capability: str
    denial: str
    cause: str | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Requirements:
    """The whole view as of an instant."""

    currently_due: tuple[Requirement, ...]
    due_later: tuple[Requirement, ...]
    past_due: tuple[Requirement, ...]
    pending: tuple[Requirement, ...]
    errors: tuple[Requirement, ...]
    deadline: datetime | None
    disabled: tuple[DisabledReason, ...]


_MAY_ACCEPT = (Stage.REGISTERING, Stage.VERIFYING, Stage.ACTIVE)

SOON = 30
"""Days: what is due within them is due now, what lies farther is due later."""


def requirements_at(subject: Subject, instant: datetime) -> Requirements:
    """What is asked of the holder at an instant."""
    asked = list(_asked(subject))
    past = tuple(r for r in asked if r.deadline and r.deadline <= instant)
    left = [r for r in asked if r not in past]
    later = tuple(r for r in left if r.deadline and (r.deadline - instant).days >= SOON)
    now = tuple(r for r in left if r not in later)
    checks = capabilities_at(subject, instant)
    return Requirements(
        currently_due=now,
        due_later=later,
        past_due=past,
        pending=tuple(_pending(subject)),
        errors=tuple(_errors(subject)),
        deadline=min((r.deadline for r in now if r.deadline), default=None),
        disabled=tuple(
            DisabledReason(c.capability, c.denial or "", c.cause, c.until)
            for c in checks
            if not c.allowed
        ),
    )


def _asked(subject: Subject) -> Iterator[Requirement]:
    record, policy = subject.record, subject.policy
    unfinished = record.stage in (Stage.REGISTERING, Stage.VERIFYING)
    if unfinished and record.verification.state in (
        VerificationState.NONE,
        VerificationState.FAILED,
    ):
        yield Requirement("identity.submit", deadline=record.expires_at)
    all_ = policy.capabilities.all.items()
    if record.stage is Stage.ACTIVE:
        if record.verification.valid_until:
            waits = tuple(code for code, c in all_ if c.waits_for_verification)
            yield Requirement("identity.renew", None, record.verification.valid_until, waits)
        yield from _renewals(subject)
    if record.stage in _MAY_ACCEPT and is_agreement_outdated(record, policy):
        waits = tuple(code for code, c in all_ if c.waits_for_agreement)
        due = agreement_due(record, policy)
        yield Requirement("agreement.accept", policy.agreement.id, due, waits)
    yield from _answers(subject)


def _renewals(subject: Subject) -> Iterator[Requirement]:
    record = subject.record
    renewed = {q.code for q in record.qualifications if q.state is QualificationState.GRANTED}
    applied = {q.code for q in record.qualifications if q.state is QualificationState.APPLIED}
    for q in record.qualifications:
        lapsed = q.state is QualificationState.LAPSED and q.code not in renewed | applied
        running = q.state is QualificationState.GRANTED and q.code not in applied
        if q.valid_until and (lapsed or running):
            yield Requirement("qualification.renew", q.qualification_id, q.valid_until, q.gives)


def _answers(subject: Subject) -> Iterator[Requirement]:
    record = subject.record
    for decision in record.decisions:
        proposal = decision.proposal
        open_hearing = proposal and not proposal.is_over and not proposal.is_hearing_over
        if decision.state is not DecisionState.IN_FORCE or not proposal or not open_hearing:
            continue
        if proposal.hearing_until:
            yield Requirement("hearing.answer", decision.decision_id, proposal.hearing_until)
    for penalty in record.penalties:
        if penalty.ends_when_acknowledged and not penalty.is_over:
            notice = next((n for n in record.notices if n.decision_id == penalty.decision_id), None)
            if notice:
                yield Requirement("notice.acknowledge", notice.notice_id, penalty.ends_at)


def _pending(subject: Subject) -> Iterator[Requirement]:
    record = subject.record
    if record.verification.state in (VerificationState.ASKED, VerificationState.WAITING):
        yield Requirement("identity.check", record.verification.verification_id)
    for review in record.open_reviews():
        yield Requirement(f"review.{review.kind}", review.review_id, review.due_at)


def _errors(subject: Subject) -> Iterator[Requirement]:
    record = subject.record
    if record.verification.state is VerificationState.FAILED:
        yield Requirement("identity.failed", record.verification.verification_id)
    if record.ended and record.ended.reason_code:
        yield Requirement(f"registration.{record.ended.reason_code}", record.ended.decision_id)
