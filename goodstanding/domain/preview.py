"""What would happen if a decision were overturned or reduced now, before anybody decides so; nothing is changed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from goodstanding.domain import events as e
from goodstanding.domain.capabilities import Subject, capabilities_at, mark_at
from goodstanding.domain.context import Context
from goodstanding.domain.decide import appealing, overturning, passing
from goodstanding.domain.draft import Draft
from goodstanding.domain.record import Decision, Record, Review
from goodstanding.domain.standing import standing_at
from goodstanding.errors import NotPreviewableError, ReviewEndedError
from goodstanding.messages import Actor, DecideReview
from goodstanding.policy.schema import Policy
from goodstanding.vocabulary import ReviewKind, Role, Stage, Verdict

_NOBODY = Actor(id="preview", role=Role.REVIEWER)
"""In whose name it is tried: nobody's, so no conflict of interest stands in the way."""


@dataclass(frozen=True, slots=True)
class Glimpse:
    """How an account stands, on one side of the decision."""

    stage: Stage | None
    standing: str
    mark: str | None
    points: int
    """Of all strikes that count."""
    capabilities: tuple[str, ...]
    """What it may do."""


@dataclass(frozen=True, slots=True)
class DecisionChange:
    """A decision that would stand otherwise: the one in question, or a later one that leant on it."""

    decision_id: str
    rule: str
    state_before: str
    state_after: str
    rung_before: str | None
    rung_after: str | None
    """None: nothing follows from it any more."""
    points_before: int
    points_after: int
    penalties_before: tuple[str, ...]
    """Codes of those that are not over, at that instant."""
    penalties_after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FilingSent:
    """What an authority would be told."""

    kind: str
    to: str
    corrects: str | None
    """The filing that would no longer stand."""


@dataclass(frozen=True, slots=True)
class NoticeSent:
    """What the holder would be told."""

    kind: str
    decision_id: str | None


@dataclass(frozen=True, slots=True)
class Consequences:
    """All that follows, as of an instant."""

    as_of: datetime
    before: Glimpse
    after: Glimpse
    decisions: tuple[DecisionChange, ...]
    filings: tuple[FilingSent, ...]
    notices: tuple[NoticeSent, ...]
    reviews_ended: tuple[str, ...]
    """Reviews that nobody would have to decide any more, the one in question included."""
    reviews_opened: tuple[str, ...]
    """By kind: what people would be asked then."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What would follow, as the record stands."""

    account_id: str
    decision_id: str
    verdict: Verdict
    seq: int
    """How many events the record has: a command that names it is refused once it has moved on."""
    then: Consequences


def preview_overturn(record: Record, decision_id: str, context: Context) -> Preview:
    """What would follow if enough people took the decision back; the errors are those of the command."""

    def overturn(draft: Draft) -> None:
        overturning.overturnable(draft, decision_id)
        overturning.take_back(draft, decision_id, (_NOBODY.id,), "")

    return _tried(record, decision_id, Verdict.OVERTURNED, context, overturn)


def preview_review(
    record: Record,
    review_id: str,
    context: Context,
    verdict: Verdict = Verdict.OVERTURNED,
    rung: str | None = None,
) -> Preview:
    """What would follow if an open review of an appeal, or of taking a decision back, ended like this."""
    review = record.review(review_id)
    if review is None or review.kind not in (ReviewKind.APPEAL, ReviewKind.OVERTURN):
        raise NotPreviewableError(f"{review_id} asks about no decision that counts.", "review_id")
    if not review.is_open:
        raise ReviewEndedError(f"The review {review_id} has ended.", "review_id")

    def conclude(draft: Draft) -> None:
        _conclude(draft, review, verdict, rung)

    return _tried(record, _subject(record, review), verdict, context, conclude)


def _conclude(draft: Draft, review: Review, verdict: Verdict, rung: str | None) -> None:
    is_appeal = review.kind is ReviewKind.APPEAL
    said = verdict if is_appeal else _TAKEN_BACK.get(verdict)
    if said is None:
        message = "Taking a decision back can be tried as overturned or as upheld."
        raise NotPreviewableError(message, "verdict")
    command = DecideReview(
        account_id=draft.record.account_id,
        command_id=_NOBODY.id,
        actor=_NOBODY,
        review_id=review.review_id,
        verdict=said,
        reasons="-" * draft.policy.process.least_reasons,
        rung=rung,
    )
    draft.add(e.ReviewDecided(review.review_id, said, 0))
    step = appealing.decided if is_appeal else overturning.decided
    step(draft, draft.record.review(review.review_id) or review, command)


_TAKEN_BACK = {Verdict.OVERTURNED: Verdict.CONFIRM, Verdict.UPHELD: Verdict.REJECT}


def _subject(record: Record, review: Review) -> str:
    if review.kind is ReviewKind.OVERTURN:
        return review.subject_id
    return next(a.decision_id for a in record.appeals if a.appeal_id == review.subject_id)


def _tried(
    record: Record,
    decision_id: str,
    verdict: Verdict,
    context: Context,
    step: Callable[[Draft], None],
) -> Preview:
    draft = Draft(record, context, f"{record.account_id}.preview")
    passing.pass_time(draft)
    draft.caused_by(f"{record.account_id}.preview.then", draft.now)
    before, done = draft.record, len(draft.events)
    step(draft)
    events = tuple(draft.events[done:])
    then = consequences(before, draft.record, events, context)
    return Preview(record.account_id, decision_id, verdict, record.seq, then)


def consequences(
    before: Record, after: Record, events: tuple[e.Event, ...], context: Context
) -> Consequences:
    """What these events make of the record."""
    now = max(context.now, before.last_at or context.now)
    policy = context.book.current(before.policy_id, now).policy
    was_open = {review.review_id for review in before.open_reviews()}
    is_open = {review.review_id: review.kind for review in after.open_reviews()}
    return Consequences(
        as_of=now,
        before=_glimpse(before, policy, context, now),
        after=_glimpse(after, policy, context, now),
        decisions=_changes(before, after, now),
        filings=tuple(
            FilingSent(one.kind, one.to, one.corrects)
            for one in events
            if isinstance(one, e.FilingDue)
        ),
        notices=tuple(
            NoticeSent(one.kind, one.decision_id)
            for one in events
            if isinstance(one, e.NoticeIssued)
        ),
        reviews_ended=tuple(sorted(was_open - set(is_open))),
        reviews_opened=tuple(kind for key, kind in is_open.items() if key not in was_open),
    )


def _glimpse(record: Record, policy: Policy, context: Context, now: datetime) -> Glimpse:
    subject = Subject(record, policy, context.licences)
    allowed = (one.capability for one in capabilities_at(subject, now) if one.allowed)
    return Glimpse(
        stage=record.stage,
        standing=standing_at(record, policy, now),
        mark=mark_at(subject, now),
        points=sum(strike.points for strike in record.active_strikes(now)),
        capabilities=tuple(sorted(allowed)),
    )


def _changes(before: Record, after: Record, now: datetime) -> tuple[DecisionChange, ...]:
    pairs = ((was, after.the_decision(was.decision_id)) for was in before.decisions)
    changes = (_change(before, after, was, becomes, now) for was, becomes in pairs)
    return tuple(one for one in changes if one is not None)


def _change(
    before: Record, after: Record, was: Decision, becomes: Decision, now: datetime
) -> DecisionChange | None:
    change = DecisionChange(
        decision_id=was.decision_id,
        rule=was.rule,
        state_before=was.state,
        state_after=becomes.state,
        rung_before=was.rung,
        rung_after=becomes.rung if becomes.state == was.state else None,
        points_before=_points(before, was.decision_id, now),
        points_after=_points(after, was.decision_id, now),
        penalties_before=_penalties(before, was.decision_id),
        penalties_after=_penalties(after, was.decision_id),
    )
    same = (
        change.state_before == change.state_after
        and change.rung_before == change.rung_after
        and change.points_before == change.points_after
        and change.penalties_before == change.penalties_after
    )
    return None if same else change


def _points(record: Record, decision_id: str, now: datetime) -> int:
    weighing = record.active_strikes(now)
    return sum(strike.points for strike in weighing if strike.decision_id == decision_id)


def _penalties(record: Record, decision_id: str) -> tuple[str, ...]:
    own = (p for p in record.penalties if p.decision_id == decision_id and not p.is_over)
    return tuple(sorted(p.code for p in own))
