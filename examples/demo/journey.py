"""An account's journey: what its ledger says, as happenings in the order in which they were due."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from examples.demo.happenings import FORMS, NONE, Happening
from examples.demo.stage import Entry
from goodstanding.domain import events as e
from goodstanding.domain.capabilities import Subject, mark_at
from goodstanding.domain.context import HeldLicence
from goodstanding.domain.evolve import evolve
from goodstanding.domain.record import Record
from goodstanding.domain.standing import standing_at
from goodstanding.policy.book import PolicyBook

Said = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Seen:
    """What an event is looked at with: the record before and after it."""

    before: Record
    after: Record

    def violation(self, decision_id: str | None) -> str:
        """The violation that a decision is about."""
        decision = self.after.decision(decision_id)
        return decision.violation_id if decision else NONE

    def qualification(self, qualification_id: str) -> str:
        """The code of a qualification."""
        found = self.after.qualification(qualification_id)
        return found.code if found else NONE

    def review(self, review_id: str) -> str:
        """The kind of a review."""
        found = self.after.review(review_id)
        return found.kind if found else NONE

    def struck(self, strike_id: str) -> str:
        """The violation that left a strike."""
        found = next(s for s in self.after.strikes if s.strike_id == strike_id)
        return self.violation(found.decision_id)

    def penalty(self, penalty_id: str) -> dict[str, Any]:
        """A penalty and the violation that it follows from."""
        found = next(p for p in self.after.penalties if p.penalty_id == penalty_id)
        return {"code": found.code, "violation": self.violation(found.decision_id)}

    def appealed(self, appeal_id: str) -> str:
        """The violation that an appeal is about."""
        found = next(a for a in self.after.appeals if a.appeal_id == appeal_id)
        return self.violation(found.decision_id)


def journey(
    account_id: str,
    entries: Sequence[Entry],
    book: PolicyBook,
    licences: Sequence[HeldLicence],
    *,
    cuts: frozenset[int] = frozenset(),
    slack: timedelta = timedelta(0),
) -> tuple[Happening, ...]:
    """What happened, in order; standing and mark are looked at after each instant and each cut.

    `cuts` are the numbers of the last entries of each step: between them several events of one
    decision stand at the same instant, or, on a real clock, within the slack of one another.
    """
    walk = _Walk(Record(account_id), book, tuple(licences))
    for place, entry in enumerate(entries, start=1):
        after = entries[place] if place < len(entries) else None
        walk.take(entry)
        # what is re-derived may count from earlier than what was before it
        goes_on = after is not None and effective(after) <= walk.reached + slack
        if not goes_on or entry.seq in cuts:
            walk.look(entry)
    return tuple(walk.happened)


def effective(entry: Entry) -> datetime:
    """When it counts from: the instant at which it was due, else when it was recorded."""
    due: datetime | None = getattr(entry.event, "due_at", None)
    return due or entry.at


class _Walk:
    """One walk along a ledger."""

    def __init__(self, record: Record, book: PolicyBook, licences: tuple[HeldLicence, ...]) -> None:
        self.happened: list[Happening] = []
        self.reached = datetime.min.replace(tzinfo=UTC)
        self._record = record
        self._book = book
        self._licences = licences
        self._stage = NONE
        self._standing = NONE
        self._mark = NONE

    def take(self, entry: Entry) -> None:
        """Add what one entry says."""
        self.reached = max(self.reached, effective(entry))
        before = self._record
        self._record = evolve(before, entry.event, entry.at)
        for what, fields in _said(entry.event, Seen(before, self._record)):
            self._add(what, entry, fields)
        stage = str(self._record.stage or NONE)
        if stage != self._stage:
            self._stage = stage
            self._add("stage", entry, {"is": stage})

    def look(self, entry: Entry) -> None:
        """Add what follows from all that counts from this instant."""
        if self._record.stage is None:
            return
        policy = self._book.at(self._record.policy_id, entry.at).policy
        standing = standing_at(self._record, policy, self.reached)
        mark = mark_at(Subject(self._record, policy, self._licences), self.reached) or NONE
        if standing != self._standing:
            self._standing = standing
            self._add("standing", entry, {"is": standing}, self.reached)
        if mark != self._mark:
            self._mark = mark
            self._add("mark", entry, {"is": mark}, self.reached)

    def _add(
        self, what: str, entry: Entry, fields: Mapping[str, Any], at: datetime | None = None
    ) -> None:
        if unknown := set(fields) - set(FORMS[what]):
            raise ValueError(f"{what} has no {', '.join(sorted(unknown))}")
        plain = {name: NONE if said is None else said for name, said in fields.items()}
        kept = {name: str(v) if isinstance(v, str) else v for name, v in plain.items()}
        self.happened.append(Happening(what, at or effective(entry), entry.seq, kept))


def _said(event: e.Event, seen: Seen) -> Iterator[Said]:
    says = SAYS.get(type(event))
    if says:
        yield from says(event, seen)


def _one(what: str, fields: Callable[[Any, Seen], Mapping[str, Any]]) -> Callable[..., Any]:
    """An event that is one happening."""
    return lambda event, seen: [(what, fields(event, seen))]


def _held_or_found(event: e.ViolationFound, _seen: Seen) -> Iterator[Said]:
    fields: dict[str, Any] = {"violation": event.violation_id, "rule": event.rule}
    if event.is_held:
        yield "held", {**fields, "until": event.lapses_at}
    else:
        yield "found", fields


def _filing(event: e.FilingDue, seen: Seen) -> Iterator[Said]:
    corrected = next((f for f in seen.after.filings if f.filing_id == event.corrects), None)
    fields: dict[str, Any] = {"kind": event.kind, "to": event.to}
    fields["category"] = dict(event.fields).get("category", NONE)
    fields["corrects"] = corrected.kind if corrected else NONE
    yield "filing", {**fields, "due": event.file_by}


def _notice_kind(notice_id: str, seen: Seen) -> str:
    return next(n.kind for n in seen.after.notices if n.notice_id == notice_id)


SAYS: Mapping[type[e.Event], Callable[[Any, Seen], Any]] = {
    e.NameDoubted: _one("name_doubted", lambda v, _: {"because": " ".join(v.signals)}),
    e.IdentityAsked: _one("identity_asked", lambda v, _: {"until": v.until}),
    e.IdentityChecked: _one(
        "identity_checked",
        lambda v, _: {
            "outcome": v.outcome,
            "assurance": v.assurance,
            "reason": v.reason_code,
            "left": v.attempts_left,
        },
    ),
    e.IdentityVerified: _one("verified", lambda v, _: {"until": v.valid_until}),
    e.VerificationReminded: _one("verification_reminded", lambda _v, _: {}),
    e.VerificationLapsed: _one("verification_lapsed", lambda _v, _: {}),
    e.AgreementAccepted: _one("agreement_accepted", lambda v, _: {"version": v.agreement_version}),
    e.AgreementAsked: _one(
        "agreement_asked", lambda v, _: {"version": v.agreement_version, "until": v.accept_by}
    ),
    e.AgreementReminded: _one("agreement_reminded", lambda _v, _: {}),
    e.AgreementOverdue: _one("agreement_overdue", lambda _v, _: {}),
    e.VerificationAsked: _one("verification_asked", lambda v, _: {"until": v.verify_by}),
    e.Declined: _one("declined", lambda v, _: {"reason": v.reason_code, "appeal": v.appeal_until}),
    e.RegistrationReopened: _one("registration_reopened", lambda _v, _: {}),
    e.ReviewOpened: _one(
        "review", lambda v, _: {"kind": v.kind, "due": v.decide_by, "people": v.people}
    ),
    e.ReviewCancelled: _one("review_cancelled", lambda v, s: {"kind": s.review(v.review_id)}),
    e.ReviewReminded: _one("review_reminded", lambda v, s: {"kind": s.review(v.review_id)}),
    e.ReviewEscalated: _one("review_late", lambda v, s: {"kind": s.review(v.review_id)}),
    e.QualificationApplied: _one("applied", lambda v, _: {"code": v.code}),
    e.QualificationGranted: _one(
        "granted",
        lambda v, s: {"code": s.qualification(v.qualification_id), "until": v.valid_until},
    ),
    e.QualificationRefused: _one(
        "refused", lambda v, s: {"code": s.qualification(v.qualification_id)}
    ),
    e.QualificationReminded: _one(
        "reminded", lambda v, s: {"code": s.qualification(v.qualification_id)}
    ),
    e.QualificationLapsed: _one(
        "lapsed", lambda v, s: {"code": s.qualification(v.qualification_id)}
    ),
    e.QualificationRestored: _one(
        "requalified", lambda v, s: {"code": s.qualification(v.qualification_id)}
    ),
    e.QualificationRevoked: _one(
        "revoked", lambda v, s: {"code": s.qualification(v.qualification_id)}
    ),
    e.CaseOpened: _one("case", lambda v, _: {"item": v.item}),
    e.ReportFiled: _one("report", lambda v, _: {"id": v.report_id}),
    e.CaseAnswered: _one(
        "case_answered",
        lambda v, s: {
            "item": next(c.item for c in s.after.cases if c.case_id == v.case_id),
            "outcome": v.outcome,
            "reports": v.reports,
        },
    ),
    e.ReportAnswered: _one(
        "report_answered", lambda v, _: {"id": v.report_id, "outcome": v.outcome}
    ),
    e.FindingProposed: _one("finding_proposed", lambda v, _: {"violation": v.violation_id}),
    e.CaseDismissed: _one(
        "case_dismissed",
        lambda v, s: {"item": next(c.item for c in s.after.cases if c.case_id == v.case_id)},
    ),
    e.ViolationFound: _held_or_found,
    e.DecisionTaken: _one(
        "decided",
        lambda v, s: {
            "violation": s.violation(v.decision_id),
            "rung": v.rung,
            "appeal": v.appeal_until,
        },
    ),
    e.AppealWindowOpened: _one(
        "appeal_window",
        lambda v, s: {"violation": s.violation(v.decision_id), "until": v.appeal_until},
    ),
    e.DecisionLapsed: _one(
        "held_lapsed",
        lambda v, s: {"violation": s.violation(v.decision_id), "because": v.because},
    ),
    e.StrikeGiven: _one(
        "strike",
        lambda v, s: {
            "violation": s.violation(v.decision_id),
            "points": v.points,
            "until": v.expires_at,
        },
    ),
    e.StrikeExpired: _one("strike_expired", lambda v, s: {"violation": s.struck(v.strike_id)}),
    e.StrikeVoided: _one("strike_void", lambda v, s: {"violation": s.struck(v.strike_id)}),
    e.StrikeRederived: _one(
        "strike_reweighed",
        lambda v, s: {"violation": s.struck(v.strike_id), "points": v.points},
    ),
    e.PenaltyImposed: _one(
        "penalty",
        lambda v, s: {**s.penalty(v.penalty_id), "from": v.starts_at, "until": v.ends_at},
    ),
    e.PenaltyStarted: _one(
        "penalty_started", lambda v, s: {**s.penalty(v.penalty_id), "until": v.ends_at}
    ),
    e.PenaltyExpired: _one(
        "penalty_ended", lambda v, s: {**s.penalty(v.penalty_id), "because": "time"}
    ),
    e.PenaltyShortened: _one(
        "penalty_shortened",
        lambda v, s: {**s.penalty(v.penalty_id), "until": v.ends_at},
    ),
    e.PenaltyEnded: _one(
        "penalty_ended", lambda v, s: {**s.penalty(v.penalty_id), "because": v.because}
    ),
    e.PenaltyLifted: _one(
        "penalty_ended", lambda v, s: {**s.penalty(v.penalty_id), "because": "lifted"}
    ),
    e.PenaltyOverturned: _one(
        "penalty_ended", lambda v, s: {**s.penalty(v.penalty_id), "because": "overturned"}
    ),
    e.PenaltyReviewDue: _one(
        "penalty_review", lambda v, s: {"code": s.penalty(v.penalty_id)["code"]}
    ),
    e.ProposalMade: _one(
        "proposed",
        lambda v, _: {"code": v.penalty, "hearing": v.hearing_until, "lapses": v.lapses_at},
    ),
    e.HearingAnswered: _one(
        "hearing_answered", lambda v, s: {"violation": s.violation(v.decision_id)}
    ),
    e.HearingEnded: _one("hearing_ended", lambda v, s: {"violation": s.violation(v.decision_id)}),
    e.ProposalConfirmed: _one(
        "proposal_confirmed",
        lambda v, s: {
            "violation": s.violation(v.decision_id),
            "closes": v.closes_at,
            "appeal": v.appeal_until,
        },
    ),
    e.ProposalLapsed: _one(
        "proposal_lapsed",
        lambda v, s: {"violation": s.violation(v.decision_id), "because": v.because},
    ),
    e.ClosingStarted: _one("closing", lambda v, _: {"until": v.until}),
    e.ClosingCancelled: _one("closing_cancelled", lambda v, _: {"because": v.because}),
    e.AccountClosed: _one(
        "closed",
        lambda v, _: {
            "name_held": v.name_until,
            "remembered": v.fingerprint_until,
            "identity_kept": v.erase_at,
        },
    ),
    e.AccountRestored: _one("restored", lambda v, _: {"because": v.because}),
    e.NameReleased: _one("name_released", lambda _v, _: {}),
    e.IdentityErased: _one(
        "identity_erased", lambda _v, s: {"remembered": s.after.fingerprint_until}
    ),
    e.FingerprintForgotten: _one("fingerprint_forgotten", lambda _v, _: {}),
    e.TextsErased: _one("texts_erased", lambda _v, _: {}),
    e.AppealFiled: _one(
        "appeal", lambda v, s: {"id": v.appeal_id, "violation": s.violation(v.decision_id)}
    ),
    e.AppealDecided: _one("appeal_decided", lambda v, _: {"id": v.appeal_id, "verdict": v.verdict}),
    e.AppealWindowEnded: _one(
        "appeal_window_ended", lambda v, s: {"violation": s.violation(v.decision_id)}
    ),
    e.DecisionReduced: _one(
        "reduced", lambda v, s: {"rung": v.rung, "violation": s.violation(v.decision_id)}
    ),
    e.DecisionOverturned: _one(
        "overturned", lambda v, s: {"violation": s.violation(v.decision_id)}
    ),
    e.DecisionRederived: _one(
        "rederived",
        lambda v, s: {
            "violation": s.violation(v.decision_id),
            "rung": v.rung,
            "appeal": v.appeal_until,
        },
    ),
    e.ContentAsked: _one(
        "content", lambda v, _: {"item": v.item, "does": v.does, "label": v.label or NONE}
    ),
    e.ContentNotRestored: _one("content_stays", lambda v, _: {"item": v.item}),
    e.NoticeIssued: _one("notice", lambda v, _: {"kind": v.kind, "id": v.notice_id}),
    e.NoticeAcknowledged: _one("acknowledged", lambda v, s: {"kind": _notice_kind(v.notice_id, s)}),
    e.FilingDue: _filing,
    e.FilingEscalated: _one(
        "filing_late",
        lambda v, s: {"kind": next(f.kind for f in s.after.filings if f.filing_id == v.filing_id)},
    ),
    e.EffectFailed: _one("effect_failed", lambda v, _: {"kind": v.kind}),
    e.EffectRetried: _one("effect_retried", lambda _v, _: {}),
    e.OrderRecorded: _one("ordered", lambda v, _: {"by": v.authority, "until": v.ends_at}),
    e.OrderConfirmed: _one("order_confirmed", lambda _v, _: {}),
    e.OrderLapsed: _one("order_over", lambda v, _: {"because": v.because}),
    e.OrderExpired: _one("order_over", lambda _v, _: {"because": "time"}),
    e.OrderWithdrawn: _one("order_over", lambda _v, _: {"because": "withdrawn"}),
    e.OrderDisclosed: _one("order_disclosed", lambda _v, _: {}),
}
SILENT: frozenset[type[e.Event]] = frozenset(
    {
        e.Registered,
        e.ProviderOpened,
        e.LicenceRecorded,
        e.LicenceReminded,
        e.LicenceLapsed,
        e.IdentitySubmitted,
        e.IdentityOpened,
        e.Activated,
        e.Withdrawn,
        e.VoteCast,
        e.OverturnAgreed,
        e.ReviewDecided,
        e.NoticeDelivered,
        e.FilingAcknowledged,
        e.OrderStarted,
        e.OrderReviewDue,
        e.ContentDecided,
        e.ContentWaits,
        e.ContentDone,
        e.ContentSuperseded,
    }
)
"""What says nothing of its own: a stage, a command or a receipt says it already."""
