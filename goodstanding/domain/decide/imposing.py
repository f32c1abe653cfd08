"""Imposing a penalty, and closing an account: what a rung, a confirmation and a deadline have in common."""

from datetime import datetime

from goodstanding.domain import events as e
from goodstanding.domain.decide.weighing import ladder_for
from goodstanding.domain.draft import Draft
from goodstanding.domain.filings import file
from goodstanding.domain.meters import counted, falls_below
from goodstanding.domain.record import Decision, QualificationState
from goodstanding.domain.statements import decision_values
from goodstanding.policy.schema import Channel, Penalty, PenaltyStart, Severity
from goodstanding.vocabulary import NoticeKind


def impose(
    draft: Draft,
    decision: Decision,
    code: str,
    *,
    start: datetime | None = None,
    interim_until: datetime | None = None,
) -> str:
    """Impose a penalty of the decision's policy; it starts by its start rule and ends by itself.

    `start` is given where it is re-derived: it then runs from when the decision was taken.
    """
    penalty = draft.context.book.of(decision.substance_digest).policy.penalties[code]
    begins = start or _start(draft, penalty)
    ends = interim_until or (_end(draft, decision, penalty, begins) if begins else None)
    review_every = penalty.review_every
    penalty_id = draft.new_id()
    draft.add(
        e.PenaltyImposed(
            penalty_id=penalty_id,
            decision_id=decision.decision_id,
            code=code,
            denies=penalty.deny,
            closes=penalty.closes,
            is_interim=interim_until is not None,
            starts_at=begins,
            ends_at=ends,
            ends_when_acknowledged=penalty.ends_when_acknowledged,
            next_review_at=draft.after(review_every, begins) if review_every and begins else None,
        )
    )
    if penalty.filing and not penalty.closes:
        file(draft, penalty.filing, decision=decision)
    return penalty_id


def start_when_handed_over(draft: Draft, decision: Decision) -> None:
    """Begin what waited for its notice, and count the appeal window from here."""
    policy = draft.context.book.of(decision.substance_digest).policy
    for penalty in draft.record.penalties:
        own = penalty.decision_id == decision.decision_id and not penalty.is_over
        if own and penalty.starts_at is None:
            ends = _end(draft, decision, policy.penalties[penalty.code], draft.moment)
            draft.add(e.PenaltyStarted(penalty.penalty_id, draft.moment, ends))
    if decision.appeal_until is None:
        until = draft.after(draft.policy.process.appeal.window)
        draft.add(e.AppealWindowOpened(decision.decision_id, until))


def start_interims(draft: Draft, decision: Decision) -> None:
    """Begin the interim that waited for its notice; it still ends when it would have."""
    for penalty in draft.record.penalties:
        own = penalty.decision_id == decision.decision_id and not penalty.is_over
        if own and penalty.is_interim and penalty.starts_at is None:
            draft.add(e.PenaltyStarted(penalty.penalty_id, draft.moment, penalty.ends_at))


def shorten(draft: Draft, decision: Decision) -> None:
    """Let what lasts while a meter is high end sooner, once there is less on that meter than was known."""
    policy = draft.context.book.of(decision.substance_digest).policy
    for penalty in draft.record.penalties:
        lasting = penalty.decision_id == decision.decision_id and not penalty.is_over
        if (
            not lasting
            or penalty.starts_at is None
            or not policy.penalties[penalty.code].while_reached
        ):
            continue
        ends = _end(draft, decision, policy.penalties[penalty.code], penalty.starts_at)
        if ends is None or (penalty.ends_at and ends >= penalty.ends_at):
            continue
        if ends <= draft.moment:
            draft.add(e.PenaltyEnded(penalty.penalty_id, "strike"))
        else:
            draft.add(e.PenaltyShortened(penalty.penalty_id, ends))


def closing_started(draft: Draft, decision_id: str | None, until: datetime) -> e.ClosingStarted:
    """The account will be closed at that instant; an appeal may pause it, as the policy says."""
    return e.ClosingStarted(decision_id, until, draft.policy.process.appeal.pauses_closing)


def close(
    draft: Draft,
    decision: Decision | None,
    code: str | None,
    due_at: datetime | None = None,
    *,
    facts: str = "",
    reasons: str = "",
) -> None:
    """Close the account: rights end, the name is held, filings go out, appeal and export are left."""
    if decision and code:
        impose(draft, decision, code)
        decision = draft.record.decision(decision.decision_id) or decision
    policy = draft.policy
    windows = [decision.appeal_until] if decision and decision.appeal_until else []
    erase_at = draft.after(policy.records.identity_after_closure)
    remembered = policy.verification.closed_identity_remembered
    draft.add(
        e.AccountClosed(
            decision_id=decision.decision_id if decision else None,
            by_penalty=decision is not None,
            name_until=max([draft.after(policy.names.held_after_closure), *windows]),
            erase_at=erase_at,
            fingerprint_until=draft.after(remembered) if decision else erase_at,
            texts_until=draft.after(policy.records.decisions),
            due_at=due_at,
        )
    )
    _file_closure(draft, decision, code)
    if decision:
        values = decision_values(draft, decision, facts=facts, reasons=reasons)
        draft.tell(NoticeKind.ACCOUNT_CLOSED, values, decision_id=decision.decision_id)


def _file_closure(draft: Draft, decision: Decision | None, code: str | None) -> None:
    policy = draft.policy
    substance = draft.context.book.of(decision.substance_digest).policy if decision else policy
    if decision and code and (report := substance.penalties[code].filing):
        file(draft, report, decision=decision)
    granted = [
        q
        for q in draft.record.qualifications
        if q.state is QualificationState.GRANTED and q.holds_at(draft.moment)
    ]
    known = [q for q in granted if q.code in policy.qualifications]
    kinds = {policy.qualifications[q.code].filings.changed: q for q in known}
    for kind, qualification in kinds.items():
        if kind:
            file(draft, kind, decision=decision, qualification=qualification)


def _severity(draft: Draft, decision: Decision) -> Severity:
    policy = draft.context.book.of(decision.substance_digest).policy
    return policy.severities[policy.rules[decision.rule].severity]


def _start(draft: Draft, penalty: Penalty) -> datetime | None:
    handed_over = draft.policy.process.notices.handed_over_by is Channel.INBOX
    waits = penalty.start is PenaltyStart.NOTIFIED and not handed_over
    return None if waits else draft.moment


def _end(draft: Draft, decision: Decision, penalty: Penalty, begins: datetime) -> datetime | None:
    ends = [draft.after(penalty.lasts, begins)] if penalty.lasts else []
    if penalty.ends_with_strike:
        own = [s for s in draft.record.strikes if s.decision_id == decision.decision_id]
        weighing = [s.expires_at for s in own if not s.is_void and s.expires_at]
        lasts = None if own else _severity(draft, decision).strike_lasts
        ends += weighing or ([draft.after(lasts, begins)] if lasts else [])
    if penalty.while_reached and (falls_at := _falls_at(draft, decision, begins)):
        ends.append(falls_at)
    return min(ends, default=None)


def _falls_at(draft: Draft, decision: Decision, begins: datetime) -> datetime | None:
    """When the meter, as it stands at the start, falls below what the decision's rung asks for."""
    policy = draft.context.book.of(decision.substance_digest).policy
    ladder = ladder_for(draft, decision)
    rung = next((one for one in ladder.rungs if one.code == decision.rung), None)
    if rung is None or rung.at is None:
        return None
    meter = policy.meters[ladder.meter]
    strikes = counted(meter, draft.record.strikes, decision.category)
    return falls_below(meter, strikes, rung.at, begins, policy.zone)
