"""Rights that are applied for, reviewed, dated and revocable; the mark follows from them."""

from goodstanding.domain import events as e
from goodstanding.domain.decide.apart import check_not_own
from goodstanding.domain.decide.undoing import check_reasons
from goodstanding.domain.draft import Draft
from goodstanding.domain.filings import file
from goodstanding.domain.record import Qualification, QualificationState, Review
from goodstanding.errors import (
    AccountClosedError,
    AlreadyPendingError,
    EvidenceMissingError,
    NotEligibleError,
    ProviderUnqualifiedError,
    QualificationNotFoundError,
    TooManyAttemptsError,
    WrongStageError,
)
from goodstanding.messages import ApplyForQualification, DecideReview, RevokeQualification
from goodstanding.policy import schema
from goodstanding.policy.durations import end_of, start_of
from goodstanding.vocabulary import NoticeKind, ReviewKind, Stage, Verdict


def apply_for_qualification(draft: Draft, command: ApplyForQualification) -> None:
    """Have people look at an application; what decides is the evidence, not the wish."""
    _check_stage(draft)
    asked = _asked(draft, command.qualification)
    _check_eligible(draft, command, asked)
    _check_evidence(draft, command, asked)
    _check_attempts(draft, command, asked)
    within = asked.decide_by_holder.get(draft.record.holder_type, asked.decide)
    qualification_id = draft.new_id()
    review_id = draft.open_review(
        ReviewKind.QUALIFICATION, qualification_id, within, people=asked.people
    )
    licence = command.licence
    draft.add(
        e.QualificationApplied(
            qualification_id,
            command.qualification,
            command.right,
            licence.number if licence else None,
            licence.authority if licence else None,
            end_of(licence.valid_to, draft.policy.zone) if licence else None,
            tuple(f"{one.reference} {one.digest}" for one in command.evidence),
            review_id,
        )
    )


def granted(draft: Draft, qualification: Qualification, command: DecideReview) -> None:
    """The needed people agree: rights and mark from now on, the filing on its way."""
    _check_stage(draft)
    asked = _asked(draft, qualification.code)
    _check_holder(draft, qualification.code, asked)
    ends = [draft.after(asked.valid)] if asked.valid else []
    ends += [qualification.licence_until] if qualification.licence_until else []
    until = min(ends, default=None)
    if until and until <= draft.now:
        raise EvidenceMissingError("The licence has ended.", "review_id")
    gives = (qualification.right,) if qualification.right else asked.gives
    draft.add(
        e.QualificationGranted(
            qualification.qualification_id,
            gives,
            until,
            draft.reminders(asked.remind_before, until),
        )
    )
    current = draft.record.qualification(qualification.qualification_id) or qualification
    if asked.filings.granted:
        file(draft, asked.filings.granted, qualification=current)
    _tell(draft, NoticeKind.QUALIFICATION_GRANTED, current, command.reasons)


def review_decided(draft: Draft, review: Review, command: DecideReview) -> None:
    """An application ended."""
    qualification = draft.record.the_qualification(review.subject_id)
    if command.verdict is Verdict.GRANT:
        granted(draft, qualification, command)
        return
    check_reasons(draft, command.reasons)
    draft.add(
        e.QualificationRefused(
            qualification.qualification_id,
            draft.text(command.reasons),
            tuple(vote.by for vote in review.votes),
            draft.after(draft.policy.process.appeal.window),
        )
    )
    current = draft.record.the_qualification(review.subject_id)
    _tell(draft, NoticeKind.QUALIFICATION_REFUSED, current, command.reasons)


def revoke_qualification(draft: Draft, command: RevokeQualification) -> None:
    """Ask a second person to agree that the qualification goes; the sender is the first vote."""
    _check_stage(draft)
    check_reasons(draft, command.reasons)
    qualification = draft.record.qualification(command.qualification_id)
    if qualification is None or not qualification.holds_at(draft.now):
        message = f"The account holds no qualification {command.qualification_id}."
        raise QualificationNotFoundError(message, "qualification_id")
    for review in draft.record.open_reviews(ReviewKind.REVOCATION):
        if review.subject_id == qualification.qualification_id:
            raise AlreadyPendingError
    check_not_own(draft, command.actor.id)
    asked = draft.policy.qualifications.get(qualification.code)
    people = max(asked.people if asked else 1, 2)
    review_id = draft.open_review(
        ReviewKind.REVOCATION,
        qualification.qualification_id,
        draft.policy.process.revocation_decides,
        people=people,
    )
    reasons = draft.text(command.reasons)
    draft.add(e.VoteCast(review_id, command.actor.id, Verdict.CONFIRM, reasons))


def revocation_decided(draft: Draft, review: Review, command: DecideReview) -> None:
    """The second person agreed, or not."""
    qualification = draft.record.the_qualification(review.subject_id)
    if command.verdict is Verdict.CONFIRM and qualification.holds_at(draft.now):
        first = draft.read(review.votes[0].reasons)
        by = tuple(vote.by for vote in review.votes)
        _revoke(draft, qualification, f"{first}\n{command.reasons}".strip(), by)


def restore(draft: Draft, qualification_id: str, reasons: str) -> None:
    """Undo a refusal, which is looked at again by others, or a revocation, as if it had not been."""
    before = draft.record.the_qualification(qualification_id)
    draft.add(e.QualificationRestored(qualification_id))
    qualification = draft.record.the_qualification(qualification_id)
    asked = draft.policy.qualifications.get(qualification.code)
    if qualification.granted_at is None and asked:
        within = asked.decide_by_holder.get(draft.record.holder_type, asked.decide)
        draft.open_review(
            ReviewKind.QUALIFICATION,
            qualification_id,
            within,
            people=asked.people,
            excluded=before.decided_by,
        )
    elif asked and asked.filings.changed:
        file(draft, asked.filings.changed, qualification=qualification)
    draft.tell(NoticeKind.ACCOUNT_RESTORED, {"reasons": reasons}, subject_id=qualification_id)


def tell_upheld(draft: Draft, qualification_id: str, reasons: str) -> None:
    """Say that a refusal or a revocation stands."""
    qualification = draft.record.the_qualification(qualification_id)
    revoked = qualification.state is QualificationState.REVOKED
    kind = NoticeKind.QUALIFICATION_REVOKED if revoked else NoticeKind.QUALIFICATION_REFUSED
    _tell(draft, kind, qualification, reasons)


def lapse(draft: Draft, qualification: Qualification) -> None:
    """A qualification ends at its instant, and rights and mark with it."""
    asked = draft.policy.qualifications.get(qualification.code)
    draft.add(e.QualificationLapsed(qualification.qualification_id, draft.moment))
    draft.cancel_reviews("lapsed", ReviewKind.REVOCATION, subject_id=qualification.qualification_id)
    renewed = any(
        q.code == qualification.code and q.holds_at(draft.moment)
        for q in draft.record.qualifications
    )
    if renewed or draft.record.stage not in (Stage.ACTIVE, Stage.CLOSING):
        return
    if asked and asked.filings.changed:
        file(draft, asked.filings.changed, qualification=qualification)
    _tell(draft, NoticeKind.QUALIFICATION_LAPSED, qualification)


def remind(draft: Draft, qualification: Qualification) -> None:
    """Say that a qualification ends soon."""
    draft.add(e.QualificationReminded(qualification.qualification_id, draft.moment))
    if draft.record.stage is Stage.ACTIVE:
        _tell(draft, NoticeKind.QUALIFICATION_REMINDER, qualification)


def _revoke(draft: Draft, qualification: Qualification, reasons: str, by: tuple[str, ...]) -> None:
    draft.add(
        e.QualificationRevoked(
            qualification.qualification_id,
            draft.text(reasons),
            by,
            draft.after(draft.policy.process.appeal.window),
        )
    )
    qualification = draft.record.the_qualification(qualification.qualification_id)
    asked = draft.policy.qualifications.get(qualification.code)
    if asked and asked.filings.changed:
        file(draft, asked.filings.changed, qualification=qualification)
    _tell(draft, NoticeKind.QUALIFICATION_REVOKED, qualification, reasons)


def _check_stage(draft: Draft) -> None:
    if draft.record.stage in (Stage.CLOSED, Stage.ERASED):
        raise AccountClosedError
    if draft.record.stage is not Stage.ACTIVE:
        message = f"In the stage {draft.record.stage} no qualification can be changed."
        raise WrongStageError(message)


def _asked(draft: Draft, code: str) -> schema.Qualification:
    asked = draft.policy.qualifications.get(code)
    if asked is None:
        known = ", ".join(draft.policy.qualifications) or "none"
        message = f"The policy knows no qualification {code}; it knows {known}."
        raise QualificationNotFoundError(message, "qualification")
    return asked


def _check_holder(draft: Draft, code: str, asked: schema.Qualification) -> None:
    record = draft.record
    if record.kind not in asked.kinds:
        message = f"{code} is open to accounts of the kind {', '.join(asked.kinds)}."
        raise NotEligibleError(message, "qualification")
    if record.holder_type not in asked.holder_types:
        message = f"{code} is open to {', '.join(asked.holder_types)}."
        raise NotEligibleError(message, "qualification")
    held = {q.code for q in record.qualifications if q.holds_at(draft.now)}
    if missing := set(asked.requires) - held:
        message = f"{code} asks for {', '.join(sorted(missing))} first."
        raise NotEligibleError(message, "qualification")
    if against := set(asked.excludes) & held:
        message = f"{code} is not open to who holds {', '.join(sorted(against))}."
        raise NotEligibleError(message, "qualification")
    _check_licences(draft, code)


def _check_eligible(
    draft: Draft, command: ApplyForQualification, asked: schema.Qualification
) -> None:
    code = command.qualification
    _check_holder(draft, code, asked)
    if asked.gives_one_of and command.right not in asked.gives_one_of:
        message = f"Name the right that is asked for: one of {', '.join(asked.gives_one_of)}."
        raise NotEligibleError(message, "right")
    if not asked.gives_one_of and command.right:
        raise NotEligibleError(f"{code} gives its rights together.", "right")


def _check_licences(draft: Draft, code: str) -> None:
    for licence_code, licence in draft.policy.provider.licences.items():
        if code not in licence.qualifications:
            continue
        if not draft.context.holds_licence(licence_code, draft.now):
            message = f"The platform does not hold the licence {licence_code}."
            raise ProviderUnqualifiedError(message)


def _check_evidence(
    draft: Draft, command: ApplyForQualification, asked: schema.Qualification
) -> None:
    licence, zone = command.licence, draft.policy.zone
    if not asked.needs_licence:
        return
    if licence is None:
        raise EvidenceMissingError("The authority's licence or approval is asked for.", "licence")
    if not start_of(licence.valid_from, zone) <= draft.now < end_of(licence.valid_to, zone):
        message = "The licence is not valid today."
        raise EvidenceMissingError(message, "licence.valid_to")


def _check_attempts(
    draft: Draft, command: ApplyForQualification, asked: schema.Qualification
) -> None:
    same = [q for q in draft.record.qualifications if q.code == command.qualification]
    if any(q.state is QualificationState.APPLIED for q in same):
        raise AlreadyPendingError
    if asked.applications is None or asked.applications_within is None:
        return
    since = asked.applications_within.before(draft.now, draft.policy.zone)
    recent = [q for q in same if q.applied_at > since and q.state is QualificationState.REFUSED]
    if len(recent) >= asked.applications:
        message = f"{command.qualification} was applied for {len(recent)} times in a short while."
        raise TooManyAttemptsError(message, "qualification")


def _tell(draft: Draft, kind: NoticeKind, qualification: Qualification, reasons: str = "") -> None:
    policy = draft.policy
    asked = policy.qualifications.get(qualification.code)
    rights = [
        draft.word(policy.capabilities.all[right].title)
        for right in qualification.gives
        if right in policy.capabilities.all
    ]
    values = {
        "qualification": draft.word(asked.title) if asked else qualification.code,
        "rights": ", ".join(rights),
        "until": draft.day(qualification.valid_until),
        "reasons": reasons,
        "appeal_until": draft.day(qualification.appeal_until)
        if qualification.appeal_id is None
        else "",
    }
    draft.tell(kind, values, subject_id=qualification.qualification_id)
