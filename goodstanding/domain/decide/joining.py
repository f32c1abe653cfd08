"""How an account begins: registration, the check of name and identity, activation, and the ways it does not."""

from typing import Literal

from goodstanding.domain import events as e
from goodstanding.domain.capabilities import is_agreement_outdated
from goodstanding.domain.draft import Draft
from goodstanding.domain.record import Review, VerificationState
from goodstanding.errors import (
    AgreementMissingError,
    AlreadyPendingError,
    AlreadyRegisteredError,
    KindNotFoundError,
    ProviderUnqualifiedError,
    WrongStageError,
)
from goodstanding.messages import (
    AcceptAgreement,
    Acceptance,
    DecideReview,
    Register,
    SubmitIdentity,
    Verified,
    Withdraw,
)
from goodstanding.policy.schema import Policy
from goodstanding.vocabulary import (
    PROVIDER_ACCOUNT,
    Assurance,
    NoticeKind,
    Outcome,
    ReviewKind,
    Stage,
    Verdict,
)

Cause = Literal["expired", "under_age", "cap", "not_verified", "name", "closed_identity"]
"""Why a registration ends without an account."""

_WEAKEST_FIRST = list(Assurance)
_UNFINISHED = (Stage.REGISTERING, Stage.VERIFYING)
_VERIFIABLE = (*_UNFINISHED, Stage.ACTIVE, Stage.CLOSING)


def register(draft: Draft, command: Register) -> None:
    """Open an account: kind, holder, agreement and pledges; a doubtful name goes to a person."""
    if draft.record.stage is not None or command.account_id == PROVIDER_ACCOUNT:
        raise AlreadyRegisteredError
    policy = draft.context.book.at(command.policy_id, draft.now).policy
    _check_kind(policy, command)
    _check_provider(draft, policy, command.kind)
    check_agreement(policy, command.agreement)
    name_id = f"{command.account_id}.{command.command_id}.name"
    commitment = draft.context.commit(name_id, command.display_name)
    draft.add(
        e.Registered(
            policy_id=command.policy_id,
            kind=command.kind,
            holder_type=command.holder_type,
            language=command.language,
            display_name=e.Text(name_id, commitment),
            agreement=command.agreement.id,
            agreement_version=command.agreement.version,
            agreement_digest=command.agreement.text_digest,
            accepted_by=command.actor.id,
            clauses=tuple(policy.agreement.clauses),
            declared_age=command.declared_age,
            expires_at=policy.registration.unfinished_expires.after(draft.now, policy.zone),
        )
    )
    least = policy.kinds[command.kind].least_age
    if least and command.declared_age is not None and command.declared_age < least:
        decline(draft, "under_age")
        return
    if draft.context.name_signals:
        draft.add(e.NameDoubted(draft.context.name_signals))
        within = policy.names.person_decides
        draft.open_review(ReviewKind.NAME, command.account_id, within)
        draft.tell(NoticeKind.NAME_IN_REVIEW, {"until": draft.day(draft.after(within))})


def submit_identity(draft: Draft, command: SubmitIdentity) -> None:
    """Have the identity checked that was handed in by the person who accepted the pledges."""
    record = draft.record
    renews = record.stage is Stage.ACTIVE and record.verification.state in (
        VerificationState.VERIFIED,
        VerificationState.FAILED,
    )
    if record.stage not in (Stage.REGISTERING, Stage.VERIFYING) and not renews:
        raise WrongStageError(f"In the stage {record.stage} no identity is asked for.")
    if record.verification.state in (
        VerificationState.ASKED,
        VerificationState.WAITING,
        VerificationState.IN_REVIEW,
    ):
        raise AlreadyPendingError
    if record.stage is Stage.VERIFYING and record.verification.state is VerificationState.VERIFIED:
        raise AlreadyPendingError
    if record.agreement is None or command.actor.id != record.agreement.by:
        message = "The identity is of the actor who accepted the agreement, and nobody else."
        raise AgreementMissingError(message, "actor.id")
    draft.add(e.IdentitySubmitted(draft.new_id(), command.actor.id))


def checked(draft: Draft, verification_id: str, verified: Verified) -> None:
    """Go on with what the verifier said of what is awaited; what it could not say is for a person, never a failure."""
    record, policy = draft.record, draft.policy
    outcome = _worth(draft, verified)
    used_up = record.verification.fails + 1 >= policy.verification.attempts
    if outcome is Outcome.FAIL and used_up and record.stage not in _UNFINISHED:
        outcome = Outcome.INCONCLUSIVE  # a renewal that keeps failing is for a person
    fails = record.verification.fails + (outcome is Outcome.FAIL)
    left = max(policy.verification.attempts - fails, 0)
    draft.add(
        e.IdentityChecked(
            verification_id,
            outcome,
            verified.assurance,
            verified.checks,
            verified.reason_code,
            left,
        )
    )
    if outcome is Outcome.PASS:
        _old_enough(draft, verified)
    elif outcome is Outcome.FAIL:
        _failed(draft, left)
    else:
        within = policy.verification.person_decides
        draft.open_review(ReviewKind.IDENTITY, verification_id, within)
        draft.tell(NoticeKind.IDENTITY_IN_REVIEW, {"until": draft.day(draft.after(within))})


def identity_decided(draft: Draft, _review: Review, command: DecideReview) -> None:
    """A person settled what no verifier could."""
    if command.verdict is Verdict.ACCEPT:
        _old_enough(draft, Verified(outcome=Outcome.PASS))
        return
    if draft.record.stage in _UNFINISHED:
        decline(draft, "not_verified", command)
        return
    _renewal_failed(draft)


def name_decided(draft: Draft, _review: Review, command: DecideReview) -> None:
    """A person looked at the display name."""
    if command.verdict is Verdict.REFUSE:
        decline(draft, "name", command)
        return
    activate(draft)


def return_decided(draft: Draft, _review: Review, command: DecideReview) -> None:
    """A person decided whether the identity of a closed account may come back."""
    if command.verdict is Verdict.REFUSE:
        decline(draft, "closed_identity", command)
        return
    activate(draft, is_return_settled=True)


def activate(draft: Draft, *, is_return_settled: bool = False) -> None:
    """Let the account be used once everything stands: identity, name, agreement, cap, no closed identity."""
    record, policy = draft.record, draft.policy
    waiting = record.open_reviews(ReviewKind.NAME, ReviewKind.RETURN, ReviewKind.IDENTITY)
    if record.verification.state is not VerificationState.VERIFIED or waiting:
        return
    if record.stage is not Stage.VERIFYING or not _may_open(draft, policy):
        return
    closed_until = draft.context.holder.closed_until
    if closed_until and closed_until > draft.now and not is_return_settled:
        within = policy.verification.closed_identity_decides
        draft.open_review(ReviewKind.RETURN, record.account_id, within)
        draft.tell(NoticeKind.IDENTITY_IN_REVIEW, {"until": draft.day(draft.after(within))})
        return
    cap = policy.kinds[record.kind].open_at_once.get(record.holder_type)
    if cap is not None and draft.context.holder.open_accounts.get(record.kind, 0) >= cap:
        decline(draft, "cap")
        return
    draft.add(e.Activated())
    draft.tell(NoticeKind.ACTIVATED)


def withdraw(draft: Draft, _command: Withdraw) -> None:
    """Give an unfinished registration up, or one's own wish to close during its cooling-off."""
    closing = draft.record.closing
    if closing and closing.decision_id is None:
        draft.add(e.ClosingCancelled("withdrawn"))
        return
    if draft.record.stage not in _UNFINISHED:
        raise WrongStageError(
            "Only an unfinished registration, or one's own closing, is withdrawn."
        )
    draft.cancel_reviews("withdrawn")
    erase_at = draft.after(draft.policy.registration.ended_erased)
    draft.add(e.Withdrawn(erase_at, draft.after(draft.policy.records.decisions)))
    draft.tell(NoticeKind.REGISTRATION_WITHDRAWN, {"until": draft.day(erase_at)})


def decline(draft: Draft, cause: Cause, command: DecideReview | None = None) -> None:
    """End the registration without an account; what a person refused can be appealed.

    The policy names the stable code of each cause.
    """
    policy = draft.policy
    due_at = draft.moment if cause == "expired" else None
    appeal_until = draft.after(policy.process.appeal.window) if command else None
    erase_at = draft.after(policy.registration.ended_erased, appeal_until)
    draft.cancel_reviews("declined")
    decision_id = draft.new_id()
    draft.add(
        e.Declined(
            reason_code=getattr(policy.registration.declined_as, cause),
            decision_id=decision_id,
            reasons=draft.text(command.reasons) if command else None,
            decided_by=(command.actor.id,) if command else (),
            appeal_until=appeal_until,
            erase_at=erase_at,
            texts_until=draft.after(policy.records.decisions),
            due_at=due_at,
        )
    )
    values = {
        "cause": draft.phrase(f"cause_{cause}"),
        "reasons": command.reasons if command else "",
        "appeal_until": draft.day(appeal_until),
        "until": draft.day(erase_at),
    }
    draft.tell(NoticeKind.REGISTRATION_DECLINED, values, decision_id=decision_id)


def _check_kind(policy: Policy, command: Register) -> None:
    kind = policy.kinds.get(command.kind)
    if kind is None:
        known = ", ".join(policy.kinds)
        raise KindNotFoundError(f"No kind {command.kind}; known are {known}.", "kind")
    if command.holder_type not in kind.holder_types:
        known = ", ".join(kind.holder_types)
        message = (
            f"A {command.kind} account cannot be held by {command.holder_type}; by {known} it can."
        )
        raise KindNotFoundError(message, "holder_type")


def _check_provider(draft: Draft, policy: Policy, kind: str) -> None:
    for code, licence in policy.provider.licences.items():
        if kind in licence.register_kinds and not draft.context.holds_licence(code, draft.now):
            message = (
                f"The platform does not hold the licence {code}, so it opens no {kind} account."
            )
            raise ProviderUnqualifiedError(message)


def accept_agreement(draft: Draft, command: AcceptAgreement) -> None:
    """Accept the version in force; what waited for it is back."""
    record = draft.record
    if record.agreement is None or record.stage not in _VERIFIABLE:
        raise WrongStageError("There is no agreement to accept in this stage.")
    if command.actor.id != record.agreement.by:
        message = "The agreement is accepted by whoever accepted the first, and was verified."
        raise AgreementMissingError(message, "actor.id")
    check_agreement(draft.policy, command.agreement)
    if not is_agreement_outdated(record, draft.policy):
        return
    accepted = command.agreement
    draft.add(
        e.AgreementAccepted(
            accepted.id,
            accepted.version,
            accepted.text_digest,
            command.actor.id,
            tuple(draft.policy.agreement.clauses),
        )
    )
    activate(draft)


def reopen(draft: Draft, decision_id: str, reason_code: str | None) -> None:
    """Let a declined registration go on: what was refused by mistake no longer stands against it."""
    record, policy = draft.record, draft.policy
    reasons = policy.registration.declined_as
    expires_at = draft.after(policy.registration.unfinished_expires)
    verified = record.verification.verified_at is not None
    draft.add(e.RegistrationReopened(decision_id, expires_at, is_verified=verified))
    names = [r for r in record.reviews if r.kind is ReviewKind.NAME]
    if names and names[-1].verdict is None:
        draft.open_review(ReviewKind.NAME, record.account_id, policy.names.person_decides)
    activate(draft, is_return_settled=reason_code == reasons.closed_identity)


def _may_open(draft: Draft, policy: Policy) -> bool:
    """Whether the platform holds its licences and the accepted agreement is the one in force (R5, R13)."""
    record = draft.record
    if record.agreement is None or is_agreement_outdated(record, policy):
        return False
    return all(
        draft.context.holds_licence(code, draft.now)
        for code, licence in policy.provider.licences.items()
        if record.kind in licence.register_kinds
    )


def check_agreement(policy: Policy, accepted: Acceptance) -> None:
    """`AgreementMissingError` unless the text in force was accepted, and every pledge by itself."""
    agreement = policy.agreement
    if accepted.id != agreement.id:
        raise AgreementMissingError(f"The agreement is {agreement.id}.", "agreement.id")
    if accepted.version != agreement.version:
        message = f"Version {agreement.version} of the agreement is in force."
        raise AgreementMissingError(message, "agreement.version")
    if accepted.text_digest != agreement.text_digest:
        message = "The text that was shown is not the text in force."
        raise AgreementMissingError(message, "agreement.text_digest")
    for code in agreement.pledges:
        if not accepted.pledges.get(code):
            message = f"The pledge {code} has to be accepted by itself."
            raise AgreementMissingError(message, f"agreement.pledges.{code}")
    for code in accepted.pledges:
        if code not in agreement.pledges:
            message = f"The agreement has no pledge {code}."
            raise AgreementMissingError(message, f"agreement.pledges.{code}")


def _worth(draft: Draft, verified: Verified) -> Outcome:
    """A PASS below the assurance that the policy asks for passes nobody; a person looks."""
    if verified.outcome is not Outcome.PASS:
        return verified.outcome
    needed = draft.policy.verification.methods[draft.record.holder_type].assurance
    if verified.assurance is None:
        return Outcome.INCONCLUSIVE
    enough = _WEAKEST_FIRST.index(verified.assurance) >= _WEAKEST_FIRST.index(needed)
    return Outcome.PASS if enough else Outcome.INCONCLUSIVE


def _old_enough(draft: Draft, verified: Verified) -> None:
    record, policy = draft.record, draft.policy
    if verified.is_old_enough is False:
        if record.stage in _UNFINISHED:
            decline(draft, "under_age")
        else:
            _renewal_failed(draft)
        return
    method = policy.verification.methods[record.holder_type]
    until = draft.after(method.valid) if method.valid else None
    draft.add(
        e.IdentityVerified(
            record.verification.verification_id or "",
            verified.assurance or method.assurance,
            until,
            draft.reminders(policy.verification.remind_before, until),
        )
    )
    activate(draft)


def _renewal_failed(draft: Draft) -> None:
    """A renewal that fails takes nothing away: the standing verification runs to its own end."""
    verification_id = draft.record.verification.verification_id or ""
    draft.add(e.IdentityChecked(verification_id, Outcome.FAIL, None, (), None, 0))
    draft.tell(NoticeKind.IDENTITY_FAILED, {"attempts_left": ""})


def _failed(draft: Draft, left: int) -> None:
    if draft.record.stage is Stage.VERIFYING and left == 0:
        decline(draft, "not_verified")
        return
    draft.tell(NoticeKind.IDENTITY_FAILED, {"attempts_left": str(left)})
