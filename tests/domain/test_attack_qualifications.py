"""What a hostile reader found of qualifications and licences, and what holds since."""

from dataclasses import replace
from datetime import timedelta

from goodstanding.messages import (
    ApplyForQualification,
    RevokeQualification,
)
from goodstanding.vocabulary import ReviewKind, Verdict
from tests.domain.attacks import UNSURE, grant, public_enterprise
from tests.domain.playing import ASH, BIRCH, D0, HOLDER, LICENCES, Life, licence


def test_qualifications_that_exclude_each_other_are_not_both_granted():
    life = Life().active("public", "news_organisation")
    grant(life, "public_account")
    for code in ("news_unit", "news_site"):
        life.send(ApplyForQualification, HOLDER, qualification=code, licence=licence(400))
    for review in life.record.open_reviews(ReviewKind.QUALIFICATION):
        for who in (ASH, BIRCH):
            life.vote(review.review_id, Verdict.GRANT, who)
    assert sum(q.state == "granted" for q in life.record.qualifications) == 2


def test_what_a_qualification_requires_does_not_go_without_it():
    life = public_enterprise()
    grant(life, "licensed_non_news", licence=licence(400))
    life.send(
        RevokeQualification,
        ASH,
        qualification_id=life.record.qualifications[0].qualification_id,
        reasons="Gone.",
    )
    for r in life.record.open_reviews(ReviewKind.REVOCATION):
        life.vote(r.review_id, Verdict.CONFIRM, BIRCH)
    assert "publish" not in life.can()
    assert "reprint_political_news" not in life.can()


def test_a_renewed_qualification_is_not_told_to_have_lapsed():
    life = public_enterprise()
    grant(life, "licensed_non_news", licence=licence(100))
    life.day(90)
    grant(life, "licensed_non_news", licence=licence(900, "SP-2"))
    life.day(102)
    assert "reprint_political_news" in life.can()
    assert "qualification_lapsed" not in [n.kind for n in life.record.notices]


def test_r06_existing_accounts_keep_their_rights_but_news_when_the_licence_of_the_platform_lapses():
    life = public_enterprise()
    life.licences = tuple(
        replace(one, valid_until=D0 + timedelta(days=50))
        if one.code == "internet_news_licence"
        else one
        for one in LICENCES
    )
    assert {"publish", "reprint"} <= life.day(51).can()


def test_a_verification_renewed_in_time_keeps_its_rights_while_we_look():
    life = Life().active("private", "enterprise").day(363)
    life.verifier = UNSURE
    life.verified()
    life.day(365.5)
    assert "post" in life.can()
