"""Orders of authorities on the pure domain: apart from the platform's decisions, told, ended, never obeyed blindly."""

from datetime import timedelta
from typing import Any

import pytest

from goodstanding.domain.capabilities import check
from goodstanding.domain.decide import Decided
from goodstanding.domain.record import Order
from goodstanding.messages import (
    Actor,
    FileAppeal,
    RecordOrder,
    Refusal,
    Secrecy,
    WithdrawOrder,
)
from goodstanding.vocabulary import NoticeKind, Role, Verdict
from tests.domain.playing import ASH, BIRCH, HOLDER, Life

OFFICE = "national_internet_office"
POST = ("post", "update")


def ordered(life: Life, authority: str = OFFICE, **more: Any) -> Any:
    fields = {
        "authority": authority,
        "reference": "2026-17",
        "legal_basis": "Law on something, Art 4",
        "deny": POST,
    }
    return life.send(RecordOrder, more.pop("actor", ASH), **{**fields, **more})


def order_of(life: Life) -> Order:
    return life.record.orders[-1]


def told(life: Life, kind: NoticeKind) -> list[str]:
    """What the notices of a kind say."""
    issued = [event for _, event in life.journal if type(event).__name__ == "NoticeIssued"]
    return [life.texts[one.text.text_id] for one in issued if one.kind is kind]


def secret(life: Life, days: int = 90) -> Secrecy:
    return Secrecy(until=life.now + timedelta(days=days), basis="The same law, Art 9")


def test_r31_an_order_denies_what_it_names_and_is_none_of_the_platforms_decisions():
    life = Life().active()
    before = life.can()
    standing = life.standing()

    ordered(life)

    assert before - life.can() == set(POST)
    assert life.standing() == standing
    assert (life.record.strikes, life.record.penalties, life.record.decisions) == ((), (), ())
    answer = check(life.subject(), "post", life.now)
    assert (answer.denial, answer.cause) == ("ORDER_DENIES", order_of(life).order_id)
    assert answer.until == order_of(life).ends_at


def test_r31_an_order_ends_by_itself_at_its_own_instant():
    life = Life().active()
    before = life.can()
    ordered(life, ends_at=life.now + timedelta(days=9))
    ends = order_of(life).ends_at

    assert "post" not in life.can(ends - timedelta(microseconds=1))
    assert life.can(ends) == before
    life.to(ends)
    assert order_of(life).state == "expired"
    assert len(told(life, NoticeKind.ORDER_ENDED)) == 1


def test_r31_an_order_without_an_end_lasts_as_the_policy_says():
    life = Life().active()

    ordered(life)

    order = order_of(life)
    assert order.ends_at == life.policy.orders.lasts.after(order.starts_at, life.policy.zone)


def test_r31_an_order_of_an_unknown_authority_does_nothing_until_a_second_person_confirms():
    life = Life().active()
    before = life.can()

    ordered(life, "somebody_who_wrote_a_mail")

    assert order_of(life).state == "held"
    assert life.can() == before
    assert told(life, NoticeKind.ORDER_RECEIVED) == []
    review = life.open_review()
    assert life.vote(review, Verdict.CONFIRM, ASH).code == "SelfApprovalError"
    assert isinstance(life.vote(review, Verdict.CONFIRM, BIRCH), Decided)
    assert before - life.can() == set(POST)
    assert order_of(life).confirmed_by == ("birch",)
    assert len(told(life, NoticeKind.ORDER_RECEIVED)) == 1


def test_r31_an_authority_that_is_known_for_filings_only_gives_no_orders():
    life = Life().active()

    ordered(life, "competent_department")

    assert order_of(life).state == "held"
    assert not order_of(life).is_known


def test_r31_an_unconfirmed_order_lapses_and_nothing_follows_from_it():
    life = Life().active()
    before = life.can()
    ordered(life, "unheard_of")
    lapses = order_of(life).lapses_at
    assert lapses

    life.to(lapses)

    assert order_of(life).state == "lapsed"
    assert life.can() == before
    assert life.record.open_reviews() == ()
    assert told(life, NoticeKind.ORDER_RECEIVED) == []


def test_r31_a_rejected_order_is_dropped():
    life = Life().active()
    ordered(life, "unheard_of")

    life.vote(life.open_review(), Verdict.REJECT, BIRCH)

    assert order_of(life).state == "lapsed"
    assert "post" in life.can()


def test_r31_the_holder_is_told_who_ordered_what_under_which_law_and_where_to_challenge_it():
    life = Life().active()

    ordered(life, items=("item-7",))

    (said,) = told(life, NoticeKind.ORDER_RECEIVED)
    for part in (
        "national internet information office",
        "2026-17",
        "Law on something, Art 4",
        "item-7",
        "people's court",
        life.policy.capabilities.all["post"].title["en"],
    ):
        assert part in said
    assert "strike" in said


def test_r31_of_a_secret_order_the_holder_is_told_when_the_secrecy_ends():
    life = Life().active()
    ordered(life, secrecy=secret(life), ends_at=life.now + timedelta(days=200))
    answer = check(life.subject(), "post", life.now)
    assert (answer.denial, answer.cause, answer.until) == ("NOT_AVAILABLE", None, None)
    until = order_of(life).secret_until
    assert until

    life.to(until - timedelta(seconds=1))
    assert told(life, NoticeKind.ORDER_RECEIVED) == []
    life.to(until)

    (said,) = told(life, NoticeKind.ORDER_RECEIVED)
    assert "not allowed to tell you before" in said
    assert check(life.subject(), "post", life.now).cause == order_of(life).order_id


def test_r31_of_a_secret_order_that_is_over_already_the_holder_is_told_all_the_same():
    life = Life().active()
    ordered(life, secrecy=secret(life), ends_at=life.now + timedelta(days=9))
    until = order_of(life).secret_until
    assert until

    life.day(10)
    assert told(life, NoticeKind.ORDER_ENDED) == []
    life.to(until)

    assert len(told(life, NoticeKind.ORDER_RECEIVED)) == 1


def test_r31_secrecy_beyond_what_the_policy_allows_is_refused():
    life = Life().active()

    refused = ordered(life, secrecy=secret(life, days=900))

    assert (refused.code, refused.field) == ("SecrecyNotLawfulError", "secrecy.until")


def test_r31_a_policy_that_knows_no_secrecy_refuses_it():
    life = Life("neutral").active("standard")

    refused = ordered(life, secrecy=secret(life))

    assert (refused.code, refused.field) == ("SecrecyNotLawfulError", "secrecy")


def test_r31_an_order_can_be_withdrawn_and_the_holder_is_told_why():
    life = Life().active()
    ordered(life)

    life.send(WithdrawOrder, BIRCH, order_id=order_of(life).order_id, reasons="Taken back.")

    assert order_of(life).state == "withdrawn"
    assert "post" in life.can()
    (said,) = told(life, NoticeKind.ORDER_ENDED)
    assert "Taken back." in said
    again = life.send(WithdrawOrder, BIRCH, order_id=order_of(life).order_id, reasons="Again.")
    assert again.code == "OrderEndedError"


def test_r31_an_order_that_begins_later_denies_nothing_before():
    life = Life().active()
    begins = life.now + timedelta(days=2)
    ordered(life, starts_at=begins)

    assert "post" in life.can(begins - timedelta(microseconds=1))
    assert "post" not in life.can(begins)
    life.to(begins)
    assert "OrderStarted" in life.kinds()


def test_r31_people_look_again_whether_a_long_order_stands():
    life = Life().active()
    ordered(life, ends_at=life.now + timedelta(days=400))

    life.day(91)
    review = life.open_review()
    life.vote(review, Verdict.REJECT, BIRCH)

    assert order_of(life).state == "withdrawn"


def test_r31_there_is_no_appeal_to_the_platform_and_the_answer_says_where_to_go():
    life = Life().active()
    ordered(life)

    refused = life.send(
        FileAppeal, HOLDER, appeal_id="ap1", decision_id=order_of(life).order_id, statement="No."
    )

    assert refused.code == "NotAppealableError"
    assert "people's court" in refused.message


def test_r31_a_secret_order_is_not_betrayed_by_an_appeal():
    life = Life().active()
    ordered(life, secrecy=secret(life))

    refused = life.send(
        FileAppeal, HOLDER, appeal_id="ap1", decision_id=order_of(life).order_id, statement="No."
    )

    assert refused.code == "DecisionNotFoundError"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"deny": ("appeal",)}, "MalformedError"),
        ({"deny": ("fly",)}, "CapabilityNotFoundError"),
        ({"deny": (), "items": ()}, "MalformedError"),
        ({"actor": Actor(id="holder-1", role=Role.REVIEWER)}, "SelfApprovalError"),
        ({"actor": HOLDER}, "RoleNotAllowedError"),
    ],
)
def test_r31_an_order_that_cannot_be_is_refused(more, code):
    life = Life().active()

    refused = ordered(life, **more)

    assert isinstance(refused, Refusal)
    assert refused.code == code


def test_r31_an_order_denies_in_a_closing_account_too_but_never_appeal_and_export():
    life = Life().active()
    ordered(life, deny=("read",))

    life.violation("threat_to_life")
    life.vote(life.open_review(), Verdict.CONFIRM, BIRCH)

    assert life.record.stage == "closed"
    assert {"appeal", "export"} <= life.can()


def test_r03_what_rests_on_the_registry_of_authorities_names_its_version_and_digest():
    life = Life().active()

    ordered(life)

    (event,) = [e for _, e in life.journal if type(e).__name__ == "OrderRecorded"]
    registry = life.policy.authorities
    assert (event.registry_version, event.registry_digest) == (registry.version, registry.digest)
    assert (event.level, event.region, event.is_known) == ("national", "CN", True)
