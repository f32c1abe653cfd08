"""What is asked of an account that exists."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from goodstanding.domain import events as e
from goodstanding.domain.record import NewAgreement, Record


def _asked(record: Record, event: e.AgreementAsked, _at: datetime) -> Record:
    asked = NewAgreement(event.agreement, event.agreement_version, event.accept_by, event.reminders)
    return replace(record, new_agreement=asked)


def _reminded(record: Record, _event: object, at: datetime) -> Record:
    if record.new_agreement is None:
        return record
    left = tuple(r for r in record.new_agreement.reminders if r > at)
    return replace(record, new_agreement=replace(record.new_agreement, reminders=left))


def _overdue(record: Record, _event: object, _at: datetime) -> Record:
    if record.new_agreement is None:
        return record
    return replace(record, new_agreement=replace(record.new_agreement, is_overdue=True))


def _verification_asked(record: Record, event: e.VerificationAsked, _at: datetime) -> Record:
    verification = replace(
        record.verification,
        valid_until=event.verify_by,
        reminders=event.reminders,
        has_lapsed=False,
        asked_for=event.assurance,
    )
    return replace(record, verification=verification)


STEPS: Mapping[type[Any], Callable[[Record, Any, datetime], Record]] = {
    e.AgreementAsked: _asked,
    e.AgreementReminded: _reminded,
    e.AgreementOverdue: _overdue,
    e.VerificationAsked: _verification_asked,
}
