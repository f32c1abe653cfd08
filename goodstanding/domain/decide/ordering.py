"""Orders of authorities: followed as what they are, told to the holder, ended by themselves (R31).

An order is no decision of the platform's: it leaves no strike, moves no meter, changes no standing, and there is no
appeal to the platform against it. What the platform answers for is that it is real, lawful in form, and not kept
secret longer than the law allows.
"""

from datetime import datetime

from goodstanding.domain import events as e
from goodstanding.domain.deadlines import Due
from goodstanding.domain.decide.apart import check_not_own
from goodstanding.domain.decide.undoing import check_reasons
from goodstanding.domain.draft import Draft
from goodstanding.domain.record import Order, OrderState, Review
from goodstanding.domain.statements import denied_titles
from goodstanding.errors import (
    CapabilityNotFoundError,
    MalformedError,
    NotAppealableError,
    OrderEndedError,
    OrderNotFoundError,
    OrdersNotTakenError,
    SecrecyNotLawfulError,
    WrongStageError,
)
from goodstanding.messages import DecideReview, RecordOrder, WithdrawOrder
from goodstanding.policy.schema import Orders
from goodstanding.vocabulary import (
    ENGINE_CAPABILITIES,
    NoticeKind,
    ReviewKind,
    Stage,
    Verdict,
)

_NOBODY_THERE = (Stage.ERASED, Stage.DECLINED, Stage.WITHDRAWN)


def record_order(draft: Draft, command: RecordOrder) -> None:
    """Enter an order; it is followed at once, or held until enough people have looked at it (T11)."""
    orders = _orders(draft)
    check_not_own(draft, command.actor.id)
    if draft.record.is_provider or draft.record.stage in _NOBODY_THERE:
        raise WrongStageError("An order is recorded on an account that somebody holds.")
    _check_scope(draft, command)
    starts_at = max(command.starts_at or draft.now, draft.now)
    ends_at = command.ends_at or draft.after(orders.lasts, starts_at)
    if ends_at <= starts_at:
        raise MalformedError("ends_at: the order has ended; name a later instant.", "ends_at")
    secret_until = _secret_until(draft, orders, command)
    known = draft.policy.authorities.gives_orders(command.authority)
    order_id = draft.new_id()
    people = orders.people if known else max(orders.people, orders.people_unknown)
    lapses_at = draft.after(orders.confirm) if people > 1 else None
    draft.add(_recorded(draft, command, (order_id, starts_at, ends_at, secret_until, lapses_at)))
    if lapses_at:
        draft.open_review(
            ReviewKind.ORDER,
            order_id,
            orders.confirm,
            people=people - 1,
            excluded=(command.actor.id,),
            due_at=lapses_at,
        )
        return
    _tell(draft, _order(draft, order_id))


def withdraw_order(draft: Draft, command: WithdrawOrder) -> None:
    """End an order before its time; the holder is told, once that is lawful."""
    check_not_own(draft, command.actor.id)
    order = draft.record.order(command.order_id)
    if order is None:
        raise OrderNotFoundError(f"No order {command.order_id}.", "order_id")
    if order.state not in (OrderState.HELD, OrderState.IN_FORCE):
        raise OrderEndedError(f"The order is {order.state}.", "order_id")
    check_reasons(draft, command.reasons)
    draft.cancel_reviews("withdrawn", ReviewKind.ORDER, subject_id=order.order_id)
    if order.state is OrderState.HELD:
        draft.add(e.OrderLapsed(order.order_id, "withdrawn"))
        return
    _withdraw(draft, order, command.actor.id, command.reasons)


def decided(draft: Draft, review: Review, command: DecideReview) -> None:
    """People looked: a held order is followed or dropped, one in force stands or is withdrawn."""
    order = _order(draft, review.subject_id)
    confirmed = command.verdict is Verdict.CONFIRM
    if order.state is OrderState.HELD and confirmed:
        by = tuple(vote.by for vote in review.votes)
        draft.add(e.OrderConfirmed(order.order_id, by))
        _tell(draft, _order(draft, order.order_id))
    elif order.state is OrderState.HELD:
        draft.add(e.OrderLapsed(order.order_id, "rejected"))
    elif order.state is OrderState.IN_FORCE and not confirmed:
        _withdraw(draft, order, command.actor.id, command.reasons)


def check_no_order(draft: Draft, decision_id: str) -> None:
    """`NotAppealableError`, with the way outside, where it is an order of which the holder was told."""
    order = draft.record.order(decision_id)
    if order and order.is_told:
        message = f"An authority ordered this, not the platform. {_said(draft, order)['redress']}"
        raise NotAppealableError(message.strip(), "decision_id")


def lapses(draft: Draft, due: Due) -> None:
    """Nobody confirmed it in time: nothing happens, and nothing is punished for it."""
    draft.add(e.OrderLapsed(due.subject_id, "time", due.at))
    draft.cancel_reviews("lapsed", ReviewKind.ORDER, subject_id=due.subject_id)


def starts(draft: Draft, due: Due) -> None:
    """An order that was entered ahead of its time is followed from now on."""
    draft.add(e.OrderStarted(due.subject_id, due.at))


def ends(draft: Draft, due: Due) -> None:
    """An order ends by itself."""
    draft.add(e.OrderExpired(due.subject_id, due.at))
    draft.cancel_reviews("expired", ReviewKind.ORDER, subject_id=due.subject_id)
    _tell_end(draft, _order(draft, due.subject_id), "")


def secrecy_ends(draft: Draft, due: Due) -> None:
    """The holder is told of what could not be told before."""
    order = _order(draft, due.subject_id)
    draft.add(e.OrderDisclosed(order.order_id, due.at))
    _tell(draft, order, told_late=True)


def review_due(draft: Draft, due: Due) -> None:
    """Ask people whether the order is still to be followed."""
    orders = _orders(draft)
    if orders.review_every is None:
        later = _order(draft, due.subject_id).ends_at
        draft.add(e.OrderReviewDue(due.subject_id, due.at, later))
        return
    draft.add(e.OrderReviewDue(due.subject_id, due.at, draft.after(orders.review_every)))
    if any(r.subject_id == due.subject_id for r in draft.record.open_reviews(ReviewKind.ORDER)):
        return
    draft.open_review(ReviewKind.ORDER, due.subject_id, orders.confirm)


def _orders(draft: Draft) -> Orders:
    orders = draft.policy.orders
    if orders is None:
        raise OrdersNotTakenError
    return orders


def _order(draft: Draft, order_id: str) -> Order:
    return next(one for one in draft.record.orders if one.order_id == order_id)


def _check_scope(draft: Draft, command: RecordOrder) -> None:
    if not command.deny and not command.items:
        raise MalformedError("deny: name what is denied, or items that are taken down.", "deny")
    known = draft.policy.capabilities.all
    for code in command.deny:
        if code in ENGINE_CAPABILITIES:
            raise MalformedError(f"deny: take {code} out; nothing can deny it.", "deny")
        if code not in known:
            message = f"The policy knows no capability {code}; it knows {', '.join(known)}."
            raise CapabilityNotFoundError(message, "deny")


def _secret_until(draft: Draft, orders: Orders, command: RecordOrder) -> datetime | None:
    if command.secrecy is None:
        return None
    if orders.longest_secrecy is None:
        raise SecrecyNotLawfulError(field="secrecy")
    longest = draft.after(orders.longest_secrecy)
    if command.secrecy.until > longest:
        message = f"The secrecy may last until {draft.day(longest)} at most."
        raise SecrecyNotLawfulError(message, "secrecy.until")
    return command.secrecy.until if command.secrecy.until > draft.now else None


_Times = tuple[str, datetime, datetime, datetime | None, datetime | None]


def _recorded(draft: Draft, command: RecordOrder, times: _Times) -> e.OrderRecorded:
    order_id, starts_at, ends_at, secret_until, lapses_at = times
    registry, orders = draft.policy.authorities, _orders(draft)
    about = registry.known.get(command.authority)
    every = orders.review_every
    secret = command.secrecy is not None and secret_until is not None
    return e.OrderRecorded(
        order_id=order_id,
        authority=command.authority,
        is_known=registry.gives_orders(command.authority),
        level=about.level if about else "",
        region=about.region if about else "",
        registry_version=registry.version,
        registry_digest=registry.digest,
        reference=draft.text(command.reference),
        legal_basis=draft.text(command.legal_basis),
        denies=tuple(dict.fromkeys(command.deny)),
        items=tuple(dict.fromkeys(command.items)),
        starts_at=starts_at,
        ends_at=ends_at,
        next_review_at=draft.after(every, starts_at) if every else None,
        secret_until=secret_until,
        secrecy_basis=draft.text(command.secrecy.basis) if command.secrecy and secret else None,
        entered_by=command.actor.id,
        entered_by_role=command.actor.role,
        lapses_at=lapses_at,
    )


def _withdraw(draft: Draft, order: Order, who: str, reasons: str) -> None:
    draft.add(e.OrderWithdrawn(order.order_id, who, draft.text(reasons)))
    draft.cancel_reviews("withdrawn", ReviewKind.ORDER, subject_id=order.order_id)
    _tell_end(draft, _order(draft, order.order_id), reasons)


def _tell(draft: Draft, order: Order, *, told_late: bool = False) -> None:
    if order.secret_until and not told_late:
        return
    ended = order.ended_at if order.ended_at and order.ended_at < order.ends_at else None
    values = {
        **_said(draft, order),
        "starts": draft.day(max(order.starts_at, order.followed_from or order.starts_at)),
        "ends": draft.day(ended or order.ends_at),
        "kept_secret_until": draft.day(order.secret_until) if told_late else "",
    }
    draft.tell(NoticeKind.ORDER_RECEIVED, values, subject_id=order.order_id)


def _tell_end(draft: Draft, order: Order, reasons: str) -> None:
    if not order.is_told:
        return  # the notice at the end of the secrecy says that it is over, too
    values = {**_said(draft, order), "reasons": reasons}
    draft.tell(NoticeKind.ORDER_ENDED, values, subject_id=order.order_id)


def _said(draft: Draft, order: Order) -> dict[str, str]:
    known = draft.policy.authorities.known.get(order.authority)
    orders = draft.policy.orders
    return {
        "authority": draft.word(known.title) if known else order.authority,
        "reference": draft.read(order.reference),
        "legal_basis": draft.read(order.legal_basis),
        "denied": denied_titles(draft, draft.policy, order.denies) if order.denies else "",
        "items": ", ".join(order.items),
        "redress": draft.word(orders.redress) if orders else "",
    }
