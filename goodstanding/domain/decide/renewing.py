"""What an account that exists is asked for when its policy has a newer version: a grace, then a gate, no penalty.

The grace runs from when the holder was told: nobody loses a right for what they were not asked.
"""

from datetime import datetime

from goodstanding.domain import events as e
from goodstanding.domain.capabilities import is_agreement_outdated
from goodstanding.domain.draft import Draft
from goodstanding.domain.record import VerificationState
from goodstanding.policy.durations import start_of
from goodstanding.vocabulary import Assurance, NoticeKind, Stage

_ASKED_IN = (Stage.REGISTERING, Stage.VERIFYING, Stage.ACTIVE)
_WEAKEST_FIRST = list(Assurance)


def ask_for_what_is_new(draft: Draft) -> None:
    """Ask once for each newer agreement, and for the verification that the policy asks for now (R15, R32)."""
    record = draft.record
    if record.is_provider or record.stage not in _ASKED_IN:
        return
    _ask_for_agreement(draft)
    if record.stage is Stage.ACTIVE:
        _ask_for_verification(draft)


def remind_of_agreement(draft: Draft, due_at: datetime) -> None:
    """Say again by when the newer agreement has to be accepted."""
    draft.add(e.AgreementReminded(due_at))
    asked = draft.record.new_agreement
    values = _values(draft, draft.day(asked.due_at) if asked else "")
    draft.tell(NoticeKind.AGREEMENT_REMINDER, values)


def end_grace(draft: Draft, due_at: datetime) -> None:
    """Say that what waits for the agreement rests now; nothing else follows."""
    draft.add(e.AgreementOverdue(due_at))
    draft.tell(NoticeKind.AGREEMENT_OVERDUE, _values(draft, ""))


def _ask_for_agreement(draft: Draft) -> None:
    record, policy = draft.record, draft.policy
    agreement, before = policy.agreement, record.new_agreement
    if not is_agreement_outdated(record, policy):
        return
    if before and (before.id, before.version) == (agreement.id, agreement.version):
        return
    _caused_by(draft, f"agreement-{agreement.version}")
    begins = start_of(agreement.in_force_from or policy.policy.valid_from, policy.zone)
    accept_by = draft.after(agreement.new_version_due, max(begins, draft.now))
    if before and before.due_at <= draft.now:
        # what rests already does not come back because there is one more version
        accept_by = before.due_at
    reminders = draft.reminders(agreement.remind_before, accept_by)
    draft.add(
        e.AgreementAsked(
            agreement.id, agreement.version, agreement.text_digest, accept_by, reminders
        )
    )
    draft.tell(NoticeKind.AGREEMENT_CHANGED, _values(draft, draft.day(accept_by)))


def _ask_for_verification(draft: Draft) -> None:
    verification, policy = draft.record.verification, draft.policy
    due = policy.verification.existing_due
    needed = policy.verification.methods[draft.record.holder_type].assurance
    if due is None or verification.is_pending or verification.asked_for is needed:
        return
    if verification.state is VerificationState.NONE or verification.assurance is None:
        return
    if _WEAKEST_FIRST.index(verification.assurance) >= _WEAKEST_FIRST.index(needed):
        return
    _caused_by(draft, f"assurance-{needed.value}")
    verify_by = draft.after(due)
    if verification.valid_until:
        verify_by = min(verify_by, verification.valid_until)
    reminders = draft.reminders(policy.verification.remind_before, verify_by)
    draft.add(e.VerificationAsked(needed, verify_by, reminders))
    draft.tell(NoticeKind.VERIFICATION_ASKED, {"until": draft.day(verify_by)})


def _caused_by(draft: Draft, what: str) -> None:
    """What follows is named as that of a deadline, by what it is and when: unique however often it is asked."""
    draft.caused_by(f"{draft.record.account_id}.due.{what}-{draft.now:%Y%m%d%H%M%S}", draft.now)


def _values(draft: Draft, until: str) -> dict[str, str]:
    policy = draft.policy
    waits = [
        draft.word(about.title, code)
        for code, about in policy.capabilities.all.items()
        if about.waits_for_agreement
    ]
    return {"version": str(policy.agreement.version), "waits": ", ".join(waits), "until": until}
