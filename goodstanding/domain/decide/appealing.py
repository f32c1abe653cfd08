"""How decisions are challenged, and what the outcome does."""

from datetime import datetime

from goodstanding.domain import events as e
from goodstanding.domain.decide import joining, qualifying
from goodstanding.domain.decide.ordering import check_no_order
from goodstanding.domain.decide.undoing import check_reasons, overturn, reduce
from goodstanding.domain.decide.weighing import ladder_for
from goodstanding.domain.draft import Draft
from goodstanding.domain.ladder import index_of
from goodstanding.domain.record import Appeal, Decision, DecisionState, Review
from goodstanding.domain.statements import decision_values
from goodstanding.errors import (
    AlreadyAppealedError,
    AppealWindowExpiredError,
    DecisionNotFoundError,
    MalformedError,
    NotAppealableError,
    VerdictNotPossibleError,
)
from goodstanding.messages import DecideReview, FileAppeal
from goodstanding.vocabulary import NoticeKind, ReviewKind, Verdict


def file_appeal(draft: Draft, command: FileAppeal) -> None:
    """Let somebody who did not take the decision look at it again, before a deadline."""
    check_reasons_given(command.statement)
    deciders, until, used, is_over = _appealable(draft, command.decision_id)
    if used:
        message = f"The decision {command.decision_id} was appealed already."
        raise AlreadyAppealedError(message, "decision_id")
    if any(a.appeal_id == command.appeal_id for a in draft.record.appeals):
        message = f"The appeal id {command.appeal_id} was used already."
        raise AlreadyAppealedError(message, "appeal_id")
    if is_over or (until is not None and until <= draft.now):
        message = f"The appeal window of {command.decision_id} ended on {draft.day(until)}."
        raise AppealWindowExpiredError(message, "decision_id")
    within = draft.policy.process.appeal.decide
    review_id = draft.open_review(ReviewKind.APPEAL, command.appeal_id, within, excluded=deciders)
    draft.add(
        e.AppealFiled(
            command.appeal_id,
            command.decision_id,
            draft.text(command.statement),
            tuple(f"{one.reference} {one.digest}" for one in command.evidence),
            review_id,
        )
    )
    values = {"until": draft.day(draft.after(within))}
    draft.tell(NoticeKind.APPEAL_RECEIVED, values, decision_id=command.decision_id)


def decided(draft: Draft, review: Review, command: DecideReview) -> None:
    """The original decision is upheld, reduced or overturned."""
    check_reasons(draft, command.reasons)
    appeal = next(a for a in draft.record.appeals if a.appeal_id == review.subject_id)
    if command.verdict is Verdict.OVERTURNED:
        draft.cancel_reviews("overturned", ReviewKind.OVERTURN, subject_id=appeal.decision_id)
    decision = draft.record.decision(appeal.decision_id)
    if decision is None and draft.record.qualification(appeal.decision_id):
        _qualification_decided(draft, appeal, command)
        return
    if decision is None:
        _decline_decided(draft, appeal, command)
        return
    rung = ""
    if command.verdict is Verdict.REDUCED:
        rung = _reduced_to(draft, decision, command.rung)
    draft.add(_outcome(draft, appeal, command))
    if command.verdict is Verdict.UPHELD:
        kind = NoticeKind.APPEAL_UPHELD
    elif command.verdict is Verdict.OVERTURNED:
        kind = NoticeKind.APPEAL_OVERTURNED
        overturn(draft, decision)
    else:
        kind = NoticeKind.APPEAL_REDUCED
        reduce(draft, decision, rung)
    current = draft.record.decision(decision.decision_id) or decision
    values = decision_values(draft, current, reasons=command.reasons)
    draft.tell(kind, values, decision_id=decision.decision_id)


def end_window(draft: Draft, decision_id: str, due_at: datetime) -> None:
    """The decision can no longer be challenged here."""
    draft.add(e.AppealWindowEnded(decision_id, due_at))
    decision = draft.record.decision(decision_id)
    if decision is None:
        return
    policy = draft.context.book.of(decision.substance_digest).policy
    values = {"rule": draft.word(policy.rules[decision.rule].title)}
    draft.tell(NoticeKind.APPEAL_WINDOW_ENDED, values, decision_id=decision_id)


def check_reasons_given(statement: str) -> None:
    """An appeal says something."""
    if not statement.strip():
        raise MalformedError("statement: say why the decision is wrong.", "statement")


def _appealable(
    draft: Draft, decision_id: str
) -> tuple[tuple[str, ...], datetime | None, bool, bool]:
    ended = draft.record.ended
    if ended and ended.decision_id == decision_id:
        if not ended.decided_by:
            raise NotAppealableError(
                "This registration ended by itself: register again instead.", "decision_id"
            )
        used = ended.appeal_id is not None
        return ended.decided_by, ended.appeal_until, used, ended.is_window_over
    qualification = draft.record.qualification(decision_id)
    if qualification and qualification.decided_by:
        used = qualification.appeal_id is not None
        deciders, until = qualification.decided_by, qualification.appeal_until
        return deciders, until, used, qualification.is_window_over
    decision = draft.record.decision(decision_id)
    if decision is None:
        check_no_order(draft, decision_id)
        raise DecisionNotFoundError(f"No decision {decision_id}.", "decision_id")
    if decision.state is not DecisionState.IN_FORCE:
        message = f"The decision {decision_id} is {decision.state}: there is nothing to challenge."
        raise NotAppealableError(message, "decision_id")
    used = decision.appeal_id is not None
    return decision.deciders, decision.appeal_until, used, decision.is_window_over


def _reduced_to(draft: Draft, decision: Decision, rung: str | None) -> str:
    ladder = ladder_for(draft, decision)
    codes = [one.code for one in ladder.rungs]
    now = index_of(ladder, decision.rung or codes[0])
    if rung is None or rung not in codes[:now]:
        may = ", ".join(codes[:now]) or "none"
        message = f"A reduction names a milder rung; {may} would be."
        raise VerdictNotPossibleError(message, "rung")
    return rung


def _outcome(draft: Draft, appeal: Appeal, command: DecideReview) -> e.AppealDecided:
    return e.AppealDecided(
        appeal.appeal_id,
        appeal.decision_id,
        command.verdict,
        command.actor.id,
        draft.text(command.reasons),
        draft.after(draft.policy.records.decisions) if draft.record.texts_until else None,
    )


def _qualification_decided(draft: Draft, appeal: Appeal, command: DecideReview) -> None:
    if command.verdict is Verdict.REDUCED:
        raise VerdictNotPossibleError("A qualification is upheld or overturned.", "verdict")
    draft.add(_outcome(draft, appeal, command))
    if command.verdict is Verdict.OVERTURNED:
        qualifying.restore(draft, appeal.decision_id, command.reasons)
        return
    qualifying.tell_upheld(draft, appeal.decision_id, command.reasons)


def _decline_decided(draft: Draft, appeal: Appeal, command: DecideReview) -> None:
    if command.verdict is Verdict.REDUCED:
        raise VerdictNotPossibleError("A refusal is upheld or overturned.", "verdict")
    draft.add(_outcome(draft, appeal, command))
    if command.verdict is Verdict.OVERTURNED:
        reason_code = draft.record.ended.reason_code if draft.record.ended else None
        joining.reopen(draft, appeal.decision_id, reason_code)
        draft.tell(NoticeKind.ACCOUNT_RESTORED, {"reasons": command.reasons})
