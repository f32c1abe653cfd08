"""Whatever is due is due now: each deadline at its own instant, earliest first."""

from collections.abc import Callable, Mapping

from goodstanding.domain import events as e
from goodstanding.domain.deadlines import Due, What, next_deadline
from goodstanding.domain.decide import (
    appealing,
    closing,
    confirming,
    joining,
    ordering,
    periodic,
    qualifying,
    renewing,
    settling,
)
from goodstanding.domain.decide.imposing import close
from goodstanding.domain.decide.undoing import tell_ended
from goodstanding.domain.draft import Draft
from goodstanding.domain.effects import UNANSWERED
from goodstanding.domain.record import Decision, LicenceHeld, Penalty, Qualification
from goodstanding.messages import Verified
from goodstanding.policy.schema import Channel
from goodstanding.vocabulary import ENDED_STAGES, EffectKind, NoticeKind, Outcome

_SYSTEM = "system"


class DeadlineStuckError(RuntimeError):
    """A deadline did not move: a bug, which parks the account in view of ops."""


def pass_time(draft: Draft) -> None:
    """Let everything happen that is due by now, each as of its own instant."""
    while (due := next_deadline(draft.record)) and due.at <= draft.now:
        draft.caused_by(due.id, due.at)
        _STEPS[due.what](draft, due)
        if next_deadline(draft.record) == due:
            raise DeadlineStuckError(f"{due.what} of {due.subject_id} does not move.")


def _registration_expires(draft: Draft, _due: Due) -> None:
    joining.decline(draft, "expired")


def _provider_silent(draft: Draft, _due: Due) -> None:
    verification_id = draft.record.verification.verification_id or ""
    draft.add(e.EffectFailed(verification_id, EffectKind.VERIFICATION, UNANSWERED))
    joining.checked(draft, verification_id, Verified(outcome=Outcome.INCONCLUSIVE))


def _verification_reminder(draft: Draft, due: Due) -> None:
    draft.add(e.VerificationReminded(due.at))
    until = draft.day(draft.record.verification.valid_until)
    draft.tell(NoticeKind.VERIFICATION_REMINDER, {"until": until})


def _verification_ends(draft: Draft, due: Due) -> None:
    draft.add(e.VerificationLapsed(due.at))
    draft.tell(NoticeKind.VERIFICATION_LAPSED)


def _agreement_reminder(draft: Draft, due: Due) -> None:
    renewing.remind_of_agreement(draft, due.at)


def _agreement_due(draft: Draft, due: Due) -> None:
    renewing.end_grace(draft, due.at)


def _qualification_reminder(draft: Draft, due: Due) -> None:
    qualifying.remind(draft, _qualification(draft, due))


def _qualification_ends(draft: Draft, due: Due) -> None:
    qualifying.lapse(draft, _qualification(draft, due))


def _licence_reminder(draft: Draft, due: Due) -> None:
    held = _licence(draft, due)
    draft.add(e.LicenceReminded(held.licence_id, due.at))
    values = {"licence": _licence_title(draft, held), "until": draft.day(held.valid_until)}
    draft.tell(NoticeKind.LICENCE_REMINDER, values, subject_id=held.licence_id)


def _licence_ends(draft: Draft, due: Due) -> None:
    held = _licence(draft, due)
    draft.add(e.LicenceLapsed(held.licence_id, due.at))
    values = {"licence": _licence_title(draft, held)}
    draft.tell(NoticeKind.LICENCE_LAPSED, values, subject_id=held.licence_id)


def _review_reminder(draft: Draft, due: Due) -> None:
    draft.add(e.ReviewReminded(due.subject_id, due.at))


def _review_due(draft: Draft, due: Due) -> None:
    draft.add(e.ReviewEscalated(due.subject_id, due.at))


def _interim_lapses(draft: Draft, due: Due) -> None:
    confirming.lapse(draft, _decision(draft, due), "time")


def _hearing_ends(draft: Draft, due: Due) -> None:
    confirming.end_hearing(draft, _decision(draft, due))


def _proposal_lapses(draft: Draft, due: Due) -> None:
    confirming.lapse_proposal(draft, _decision(draft, due), "time")


def _penalty_ends(draft: Draft, due: Due) -> None:
    penalty = _penalty(draft, due)
    draft.add(e.PenaltyExpired(penalty.penalty_id, due.at))
    if draft.record.stage not in ENDED_STAGES:
        tell_ended(draft, penalty)


def _penalty_review(draft: Draft, due: Due) -> None:
    periodic.due(draft, _penalty(draft, due))


def _strike_expires(draft: Draft, due: Due) -> None:
    draft.add(e.StrikeExpired(due.subject_id, due.at))


def _appeal_window_ends(draft: Draft, due: Due) -> None:
    appealing.end_window(draft, due.subject_id, due.at)


def _inbox_counts(draft: Draft, due: Due) -> None:
    settling.handed_over(draft, due.subject_id, Channel.INBOX, due.at)


def _account_closes(draft: Draft, due: Due) -> None:
    closing_now = draft.record.closing
    decision = draft.record.decision(closing_now.decision_id) if closing_now else None
    code = decision.proposal.penalty if decision and decision.proposal else None
    close(draft, decision, code, due.at)


def _filing_due(draft: Draft, due: Due) -> None:
    draft.add(e.FilingEscalated(due.subject_id, due.at))


def _content_silent(draft: Draft, due: Due) -> None:
    draft.add(e.EffectFailed(due.subject_id, EffectKind.CONTENT, UNANSWERED))


def _name_released(draft: Draft, due: Due) -> None:
    draft.add(e.NameReleased(due.at))


def _identity_erased(draft: Draft, due: Due) -> None:
    closing.erase_identity(draft, _SYSTEM, due.at)


def _fingerprint_forgotten(draft: Draft, due: Due) -> None:
    draft.add(e.FingerprintForgotten(due.at))


def _texts_erased(draft: Draft, due: Due) -> None:
    draft.add(e.TextsErased(due.at))


def _decision(draft: Draft, due: Due) -> Decision:
    return draft.record.the_decision(due.subject_id)


def _qualification(draft: Draft, due: Due) -> Qualification:
    return draft.record.the_qualification(due.subject_id)


def _penalty(draft: Draft, due: Due) -> Penalty:
    return next(p for p in draft.record.penalties if p.penalty_id == due.subject_id)


def _licence(draft: Draft, due: Due) -> LicenceHeld:
    return next(held for held in draft.record.licences if held.licence_id == due.subject_id)


def _licence_title(draft: Draft, held: LicenceHeld) -> str:
    asked = draft.policy.provider.licences.get(held.code)
    return draft.word(asked.title) if asked else held.code


_STEPS: Mapping[What, Callable[[Draft, Due], None]] = {
    What.REGISTRATION_EXPIRES: _registration_expires,
    What.PROVIDER_SILENT: _provider_silent,
    What.VERIFICATION_REMINDER: _verification_reminder,
    What.VERIFICATION_ENDS: _verification_ends,
    What.AGREEMENT_REMINDER: _agreement_reminder,
    What.AGREEMENT_DUE: _agreement_due,
    What.QUALIFICATION_REMINDER: _qualification_reminder,
    What.QUALIFICATION_ENDS: _qualification_ends,
    What.LICENCE_REMINDER: _licence_reminder,
    What.LICENCE_ENDS: _licence_ends,
    What.REVIEW_REMINDER: _review_reminder,
    What.REVIEW_DUE: _review_due,
    What.INTERIM_LAPSES: _interim_lapses,
    What.HEARING_ENDS: _hearing_ends,
    What.PROPOSAL_LAPSES: _proposal_lapses,
    What.PENALTY_ENDS: _penalty_ends,
    What.PENALTY_REVIEW: _penalty_review,
    What.STRIKE_EXPIRES: _strike_expires,
    What.INBOX_COUNTS: _inbox_counts,
    What.APPEAL_WINDOW_ENDS: _appeal_window_ends,
    What.ACCOUNT_CLOSES: _account_closes,
    What.FILING_DUE: _filing_due,
    What.ORDER_LAPSES: ordering.lapses,
    What.ORDER_STARTS: ordering.starts,
    What.ORDER_ENDS: ordering.ends,
    What.ORDER_TOLD: ordering.secrecy_ends,
    What.ORDER_REVIEW: ordering.review_due,
    What.CONTENT_SILENT: _content_silent,
    What.NAME_RELEASED: _name_released,
    What.IDENTITY_ERASED: _identity_erased,
    What.FINGERPRINT_FORGOTTEN: _fingerprint_forgotten,
    What.TEXTS_ERASED: _texts_erased,
}
