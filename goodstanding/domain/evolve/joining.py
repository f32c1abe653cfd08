"""How an account begins."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from goodstanding.domain import events as e
from goodstanding.domain.evolve.changing import changed
from goodstanding.domain.record import (
    NOT_VERIFIED,
    Accepted,
    Ended,
    LicenceHeld,
    Record,
    Verification,
    VerificationState,
)
from goodstanding.vocabulary import Outcome, Stage


def _registered(record: Record, event: e.Registered, at: datetime) -> Record:
    return replace(
        record,
        stage=Stage.REGISTERING,
        stage_at=at,
        policy_id=event.policy_id,
        kind=event.kind,
        holder_type=event.holder_type,
        language=event.language,
        display_name=event.display_name,
        agreement=Accepted(
            event.agreement, event.agreement_version, event.accepted_by, at, event.clauses
        ),
        declared_age=event.declared_age,
        registered_at=at,
        expires_at=event.expires_at,
    )


def _provider_opened(record: Record, event: e.ProviderOpened, at: datetime) -> Record:
    return replace(
        record, stage=Stage.ACTIVE, stage_at=at, is_provider=True, policy_id=event.policy_id
    )


def _licence_recorded(record: Record, event: e.LicenceRecorded, _at: datetime) -> Record:
    held = LicenceHeld(
        event.licence_id,
        event.code,
        event.number,
        event.valid_from,
        event.valid_until,
        event.reminders,
        authority=event.authority,
    )
    return replace(record, licences=(*record.licences, held))


def _licence_reminded(record: Record, event: e.LicenceReminded, at: datetime) -> Record:
    licences = tuple(
        replace(held, reminders=tuple(r for r in held.reminders if r > at))
        if held.licence_id == event.licence_id
        else held
        for held in record.licences
    )
    return replace(record, licences=licences)


def _licence_lapsed(record: Record, event: e.LicenceLapsed, _at: datetime) -> Record:
    licences = changed(
        record.licences, lambda held: held.licence_id == event.licence_id, has_lapsed=True
    )
    return replace(record, licences=licences)


def _same(record: Record, _event: object, _at: datetime) -> Record:
    return record


def _submitted(record: Record, event: e.IdentitySubmitted, at: datetime) -> Record:
    verification = replace(
        record.verification,
        state=VerificationState.ASKED,
        verification_id=event.verification_id,
        submitted_by=event.submitted_by,
        waits_until=None,
    )
    if record.stage is not Stage.REGISTERING:
        return replace(record, verification=verification)
    return replace(record, stage=Stage.VERIFYING, stage_at=at, verification=verification)


def _asked(record: Record, event: e.IdentityAsked, _at: datetime) -> Record:
    waiting = replace(record.verification, state=VerificationState.WAITING, waits_until=event.until)
    return replace(record, verification=waiting)


def _checked(record: Record, event: e.IdentityChecked, _at: datetime) -> Record:
    before = record.verification
    if event.outcome is Outcome.FAIL:
        after = replace(before, state=VerificationState.FAILED, fails=before.fails + 1)
    elif event.outcome is Outcome.PASS:
        after = before
    else:
        after = replace(before, state=VerificationState.IN_REVIEW)
    return replace(record, verification=replace(after, waits_until=None))


def _verified(record: Record, event: e.IdentityVerified, at: datetime) -> Record:
    verified = Verification(
        state=VerificationState.VERIFIED,
        verification_id=event.verification_id,
        submitted_by=record.verification.submitted_by,
        verified_at=at,
        assurance=event.assurance,
        valid_until=event.valid_until,
        reminders=event.reminders,
    )
    return replace(record, verification=verified)


def _verification_reminded(record: Record, _event: object, at: datetime) -> Record:
    left = tuple(r for r in record.verification.reminders if r > at)
    return replace(record, verification=replace(record.verification, reminders=left))


def _verification_lapsed(record: Record, _event: object, _at: datetime) -> Record:
    return replace(record, verification=replace(record.verification, has_lapsed=True))


def _activated(record: Record, _event: object, at: datetime) -> Record:
    return replace(record, stage=Stage.ACTIVE, stage_at=at, expires_at=None)


def _declined(record: Record, event: e.Declined, at: datetime) -> Record:
    ended = Ended(
        event.decision_id, event.reason_code, event.erase_at, event.appeal_until, event.decided_by
    )
    return replace(
        record,
        stage=Stage.DECLINED,
        stage_at=at,
        ended=ended,
        texts_until=event.texts_until,
    )


def _withdrawn(record: Record, event: e.Withdrawn, at: datetime) -> Record:
    return replace(
        record,
        stage=Stage.WITHDRAWN,
        stage_at=at,
        ended=Ended(None, None, event.erase_at),
        texts_until=event.texts_until,
    )


def _reopened(record: Record, event: e.RegistrationReopened, at: datetime) -> Record:
    stage = Stage.VERIFYING if event.is_verified else Stage.REGISTERING
    verification = record.verification if event.is_verified else NOT_VERIFIED
    return replace(
        record,
        stage=stage,
        stage_at=at,
        ended=None,
        name_until=None,
        texts_until=None,
        expires_at=event.expires_at,
        verification=verification,
    )


def _accepted(record: Record, event: e.AgreementAccepted, at: datetime) -> Record:
    agreement = Accepted(
        event.agreement, event.agreement_version, event.accepted_by, at, event.clauses
    )
    return replace(record, agreement=agreement, new_agreement=None)


STEPS: Mapping[type[Any], Callable[[Record, Any, datetime], Record]] = {
    e.Registered: _registered,
    e.AgreementAccepted: _accepted,
    e.ProviderOpened: _provider_opened,
    e.LicenceRecorded: _licence_recorded,
    e.LicenceReminded: _licence_reminded,
    e.LicenceLapsed: _licence_lapsed,
    e.NameDoubted: _same,
    e.IdentitySubmitted: _submitted,
    e.IdentityAsked: _asked,
    e.IdentityOpened: _same,
    e.IdentityChecked: _checked,
    e.IdentityVerified: _verified,
    e.VerificationReminded: _verification_reminded,
    e.VerificationLapsed: _verification_lapsed,
    e.Activated: _activated,
    e.Declined: _declined,
    e.Withdrawn: _withdrawn,
    e.RegistrationReopened: _reopened,
}
