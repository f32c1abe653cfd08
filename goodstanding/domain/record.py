"""What is known of one account: the fold of its events; all else is derived from it."""

from dataclasses import dataclass
from datetime import datetime

from goodstanding.domain.content import ContentRequest, ContentState
from goodstanding.domain.entries import (
    Accepted,
    Appeal,
    Case,
    CaseState,
    Closing,
    Closure,
    Decision,
    DecisionState,
    Ended,
    Filing,
    LicenceHeld,
    NewAgreement,
    Notice,
    Order,
    OrderState,
    Penalty,
    Proposal,
    Qualification,
    QualificationState,
    Review,
    Strike,
    Verification,
    VerificationState,
    Vote,
)
from goodstanding.domain.events import Text
from goodstanding.vocabulary import ReviewKind, Stage

__all__ = [
    "Accepted",
    "Appeal",
    "Case",
    "CaseState",
    "Closing",
    "Closure",
    "ContentRequest",
    "ContentState",
    "Decision",
    "DecisionState",
    "Ended",
    "Filing",
    "LicenceHeld",
    "NewAgreement",
    "Notice",
    "Order",
    "OrderState",
    "Penalty",
    "Proposal",
    "Qualification",
    "QualificationState",
    "Record",
    "Review",
    "Strike",
    "Verification",
    "VerificationState",
    "Vote",
]


NOT_VERIFIED = Verification()


@dataclass(frozen=True, slots=True)
class Record:
    """All that is known of an account; `stage` is None while there is none."""

    account_id: str
    seq: int = 0
    last_at: datetime | None = None
    stage: Stage | None = None
    stage_at: datetime | None = None
    is_provider: bool = False
    policy_id: str = ""
    kind: str = ""
    holder_type: str = ""
    language: str = ""
    display_name: Text | None = None
    name_until: datetime | None = None
    agreement: Accepted | None = None
    new_agreement: NewAgreement | None = None
    """The newer one that was asked for and is not accepted yet."""
    declared_age: int | None = None
    registered_at: datetime | None = None
    expires_at: datetime | None = None
    ended: Ended | None = None
    closing: Closing | None = None
    wished_closing: datetime | None = None
    """The holder has asked for the closing, for then; a closure by penalty does not undo the wish."""
    closure: Closure | None = None
    fingerprint_until: datetime | None = None
    texts_until: datetime | None = None
    is_identity_erased: bool = False
    verification: Verification = NOT_VERIFIED
    licences: tuple[LicenceHeld, ...] = ()
    qualifications: tuple[Qualification, ...] = ()
    reviews: tuple[Review, ...] = ()
    cases: tuple[Case, ...] = ()
    decisions: tuple[Decision, ...] = ()
    strikes: tuple[Strike, ...] = ()
    penalties: tuple[Penalty, ...] = ()
    appeals: tuple[Appeal, ...] = ()
    notices: tuple[Notice, ...] = ()
    filings: tuple[Filing, ...] = ()
    orders: tuple[Order, ...] = ()
    content: tuple[ContentRequest, ...] = ()
    """All that the platform was asked to do with items."""

    def the_decision(self, decision_id: str) -> Decision:
        """The decision with this id, which the record itself has named."""
        return next(d for d in self.decisions if d.decision_id == decision_id)

    def the_qualification(self, qualification_id: str) -> Qualification:
        """The qualification with this id, which the record itself has named."""
        return next(q for q in self.qualifications if q.qualification_id == qualification_id)

    def decision(self, decision_id: str | None) -> Decision | None:
        """The decision with this id."""
        return next((d for d in self.decisions if d.decision_id == decision_id), None)

    def review(self, review_id: str) -> Review | None:
        """The review with this id."""
        return next((r for r in self.reviews if r.review_id == review_id), None)

    def case_on(self, item: str) -> Case | None:
        """The case on this item; there is one for each."""
        return next((c for c in self.cases if c.item == item), None)

    def case(self, case_id: str) -> Case | None:
        """The case with this id."""
        return next((c for c in self.cases if c.case_id == case_id), None)

    def qualification(self, qualification_id: str) -> Qualification | None:
        """The qualification with this id."""
        found = (q for q in self.qualifications if q.qualification_id == qualification_id)
        return next(found, None)

    def order(self, order_id: str) -> Order | None:
        """The order with this id."""
        return next((o for o in self.orders if o.order_id == order_id), None)

    def open_reviews(self, *kinds: ReviewKind) -> tuple[Review, ...]:
        """The reviews that still have to be decided, of these kinds or of all."""
        return tuple(r for r in self.reviews if r.is_open and (not kinds or r.kind in kinds))

    def active_strikes(self, instant: datetime) -> tuple[Strike, ...]:
        """The strikes that weigh at this instant."""
        return tuple(strike for strike in self.strikes if strike.weighs_at(instant))

    def active_penalties(self, instant: datetime) -> tuple[Penalty, ...]:
        """The penalties that deny something, or warn, at this instant."""
        return tuple(penalty for penalty in self.penalties if penalty.is_active_at(instant))

    def active_orders(self, instant: datetime) -> tuple[Order, ...]:
        """The orders of authorities that are followed at this instant."""
        return tuple(order for order in self.orders if order.is_active_at(instant))
