"""Complaints: a number for each, one case for each item, decided by a person, both sides told."""

from goodstanding.domain import events as e
from goodstanding.domain.decide.answering import DECIDED, answer_reports
from goodstanding.domain.decide.enforcing import check_finding, find
from goodstanding.domain.draft import Draft
from goodstanding.domain.origins import origin_of_report
from goodstanding.domain.record import Review
from goodstanding.errors import (
    AlreadyDecidedError,
    MalformedError,
    VerdictNotPossibleError,
    WrongStageError,
)
from goodstanding.messages import DecideReview, FileReport
from goodstanding.vocabulary import NoticeKind, ReviewKind, Stage, Verdict


def file_report(draft: Draft, command: FileReport) -> None:
    """Take the complaint in; on an item that has a case it joins that case, decided or not."""
    no_account = draft.record.stage in (Stage.DECLINED, Stage.WITHDRAWN, Stage.ERASED, None)
    if no_account or draft.record.is_provider:
        raise WrongStageError("There is no account to complain about.")
    reports = draft.policy.process.reports
    ground = reports.grounds.get(command.ground)
    if ground is None:
        known = ", ".join(reports.grounds)
        raise MalformedError(f"ground: one of {known} is asked for.", "ground")
    if command.received_at and command.received_at > draft.now:
        message = "received_at: a complaint was received before it is filed."
        raise MalformedError(message, "received_at")
    if draft.context.reports.is_known:
        message = f"The report id {command.report_id} was used already."
        raise AlreadyDecidedError(message, "report_id")
    case = draft.record.case_on(command.item)
    case_id = case.case_id if case else draft.new_id()
    if case is None:
        within = reports.decide_urgent if ground.urgent else reports.decide
        review_id = draft.open_review(ReviewKind.CASE, case_id, within)
        draft.add(e.CaseOpened(case_id, command.item, review_id, "reported"))
    draft.add(
        e.ReportFiled(
            command.report_id,
            case_id,
            command.ground,
            command.item,
            command.actor.id,
            command.actor.role,
            draft.text(command.statement),
            tuple(f"{one.reference} {one.digest}" for one in command.evidence),
            origin_of_report(command.actor.role),
            command.by_account,
            command.received_at,
        )
    )
    if case and case.state in DECIDED:
        # one act counts once (F9): the outcome that stands is told, and nothing is decided anew
        draft.add(e.ReportAnswered(command.report_id, case.state))


def case_decided(draft: Draft, review: Review, command: DecideReview) -> None:
    """A person looked at the case."""
    case = next(c for c in draft.record.cases if c.case_id == review.subject_id)
    if command.verdict is Verdict.NO_VIOLATION:
        draft.add(e.CaseDismissed(case.case_id, draft.text(command.reasons)))
        values = {"item": case.item, "reasons": command.reasons}
        draft.tell(NoticeKind.CASE_CLOSED, values, subject_id=case.case_id)
        answer_reports(draft, case.case_id)
        return
    finding = command.finding
    if finding is None:
        raise VerdictNotPossibleError("The verdict violation comes with its finding.", "finding")
    if finding.item != case.item:
        message = f"The case is about the item {case.item}."
        raise VerdictNotPossibleError(message, "finding.item")
    substance = check_finding(draft, finding, in_case=case.case_id)
    find(draft, finding, command.actor, substance, case_id=case.case_id)
