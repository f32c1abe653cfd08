"""What an account may do at an instant: what is granted, less what rests, less what active penalties deny."""

from dataclasses import dataclass
from datetime import datetime

from goodstanding.domain.context import HeldLicence
from goodstanding.domain.record import QualificationState, Record
from goodstanding.domain.stages import stage_at
from goodstanding.errors import CapabilityNotFoundError
from goodstanding.policy.schema import Policy
from goodstanding.vocabulary import ENGINE_CAPABILITIES, Stage


@dataclass(frozen=True, slots=True)
class Check:
    """The answer to "may this account do X": yes, or no with the denial code and what causes it."""

    capability: str
    allowed: bool
    denial: str | None = None
    cause: str | None = None
    """The id of the penalty or qualification, or the code of the licence, that stands in the way."""
    until: datetime | None = None
    """When that ends by itself, where it does."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose capabilities are asked for: the record, its policy, and what the platform holds."""

    record: Record
    policy: Policy
    licences: tuple[HeldLicence, ...] = ()


def check(subject: Subject, capability: str, instant: datetime) -> Check:
    """Whether the account may do exactly this; `CapabilityNotFoundError` for a code the policy does not know."""
    policy, record = subject.policy, subject.record
    if capability not in policy.capabilities.all:
        known = ", ".join(policy.capabilities.all)
        message = f"The policy knows no capability {capability}; it knows {known}."
        raise CapabilityNotFoundError(message, "capability")
    if capability in ENGINE_CAPABILITIES:
        return Check(capability, allowed=True)
    stage = stage_at(record, instant)
    if stage is not Stage.ACTIVE:
        left = _outside_active(policy, capability, stage)
        return _ordered(subject, capability, instant) or left if left.allowed else left
    return (
        _not_granted(subject, capability, instant)
        or _resting(subject, capability, instant)
        or _penalised(subject, capability, instant)
        or _ordered(subject, capability, instant)
        or Check(capability, allowed=True)
    )


def capabilities_at(subject: Subject, instant: datetime) -> tuple[Check, ...]:
    """The check of every capability that the policy knows."""
    return tuple(check(subject, code, instant) for code in subject.policy.capabilities.all)


def mark_at(subject: Subject, instant: datetime) -> str | None:
    """The public mark: the first of which every right can be used at this instant."""

    def usable(right: str) -> bool:
        return check(subject, right, instant).allowed

    marks = subject.policy.marks.items()
    return next((code for code, mark in marks if all(usable(r) for r in mark.rights)), None)


def granted_at(record: Record, policy: Policy, instant: datetime) -> frozenset[str]:
    """What kind and qualifications give, before anything is taken away."""
    kind = policy.kinds.get(record.kind)
    given = set(kind.grants) if kind else set()
    held = [q for q in record.qualifications if q.holds_at(instant)]
    codes = {q.code for q in held}
    for qualification in held:
        about = policy.qualifications.get(qualification.code)
        if about is None or codes.issuperset(about.requires):
            given.update(qualification.gives)
    return frozenset(given)


def _outside_active(policy: Policy, capability: str, stage: Stage | None) -> Check:
    left = policy.capabilities.stages.get(stage or Stage.DECLINED, ())
    if capability in left:
        return Check(capability, allowed=True)
    denial = policy.capabilities.denials.unknown_stage
    return Check(capability, allowed=False, denial=denial, cause=stage)


def _not_granted(subject: Subject, capability: str, instant: datetime) -> Check | None:
    policy, record = subject.policy, subject.record
    if capability in granted_at(record, policy, instant):
        return None
    denials = policy.capabilities.denials
    lapsed = [
        q
        for q in record.qualifications
        if capability in q.gives
        and q.state is not QualificationState.REVOKED
        and q.valid_until is not None
        and q.valid_until <= instant
    ]
    if lapsed:
        cause = lapsed[-1].qualification_id
        return Check(capability, allowed=False, denial=denials.qualification_lapsed, cause=cause)
    denial = policy.capabilities.all[capability].not_granted or denials.not_granted
    return Check(capability, allowed=False, denial=denial)


def _resting(subject: Subject, capability: str, instant: datetime) -> Check | None:
    policy, record = subject.policy, subject.record
    denials, about = policy.capabilities.denials, policy.capabilities.all[capability]
    if about.waits_for_verification and is_verification_over(record, instant):
        return Check(capability, allowed=False, denial=denials.verification_lapsed)
    if about.waits_for_agreement and agreement_gates(record, policy, instant):
        return Check(capability, allowed=False, denial=denials.agreement_outdated)
    for code, licence in policy.provider.licences.items():
        held = any(
            one.code == code and one.valid_from <= instant < one.valid_until
            for one in subject.licences
        )
        if capability in licence.capabilities and not held:
            denial = denials.provider_unqualified
            return Check(capability, allowed=False, denial=denial, cause=code)
    return None


def _penalised(subject: Subject, capability: str, instant: datetime) -> Check | None:
    denying = [p for p in subject.record.active_penalties(instant) if capability in p.denies]
    if not denying:
        return None
    ends = [p.ends_at for p in denying]
    until = None if None in ends else max(end for end in ends if end)
    denial = subject.policy.capabilities.denials.penalty
    cause = denying[-1].penalty_id
    return Check(capability, allowed=False, denial=denial, cause=cause, until=until)


def _ordered(subject: Subject, capability: str, instant: datetime) -> Check | None:
    """What an authority's order denies; of one that is still secret neither cause nor end is said."""
    denying = [o for o in subject.record.active_orders(instant) if capability in o.denies]
    orders = subject.policy.orders
    if not denying or orders is None:
        return None
    if any(order.is_secret_at(instant) for order in denying):
        return Check(capability, allowed=False, denial=orders.secret_denial)
    until = max(order.ends_at for order in denying)
    cause = denying[-1].order_id
    return Check(capability, allowed=False, denial=orders.denial, cause=cause, until=until)


def is_verification_over(record: Record, instant: datetime) -> bool:
    """Whether the verification has ended by time; until it is renewed, what waits for it rests."""
    verification = record.verification
    if verification.is_pending or verification.valid_until is None:
        return False  # renewed in time: what is being looked at takes nothing away
    return verification.valid_until <= instant


def agreement_due(record: Record, policy: Policy) -> datetime | None:
    """By when the newer agreement has to be accepted; None where there is none, or the holder was not told yet."""
    asked = record.new_agreement
    return asked.due_at if asked and is_agreement_outdated(record, policy) else None


def is_agreement_outdated(record: Record, policy: Policy) -> bool:
    """Whether another agreement, or a newer version of it, is in force than the one that was accepted."""
    accepted, current = record.agreement, policy.agreement
    if accepted is None:
        return False
    return accepted.id != current.id or accepted.version < current.version


def agreement_gates(record: Record, policy: Policy, instant: datetime) -> bool:
    """Whether what waits for the newer agreement rests."""
    due = agreement_due(record, policy)
    return due is not None and due <= instant
