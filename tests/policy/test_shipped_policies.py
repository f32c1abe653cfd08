"""The shipped policies say what the facts say, number by number."""

from datetime import date, timedelta
from hashlib import sha256

import pytest

from goodstanding.policy.book import PolicyBook
from goodstanding.policy.checks import problems_of
from goodstanding.policy.durations import Duration, start_of
from goodstanding.vocabulary import Assurance, Stage
from tests.policy import shipped

CN = shipped.policy("cn-im-2014")
NEUTRAL = shipped.policy("neutral")
BOTH = pytest.mark.parametrize("name", shipped.NAMES)
ORGANISATIONS = ("enterprise", "public_body", "peoples_organisation", "news_organisation")
HOLDERS = ("person", *ORGANISATIONS)
NEWS = ("publish_political_news", "reprint_political_news")
PUBLISHING = {"post", "publish", "reprint", *NEWS}


def written(duration: Duration | None) -> str | None:
    return str(duration) if duration else None


@BOTH
def test_a_shipped_policy_has_no_problem(name):
    assert problems_of(shipped.policy(name)) == []


@BOTH
def test_a_policy_is_in_force_from_midnight_in_its_own_zone(name):
    one = shipped.published(name)
    start = start_of(date(2014, 8, 7), one.policy.zone)

    assert one.in_force_at(start)
    assert not one.in_force_at(start - timedelta(microseconds=1))
    assert PolicyBook((one,)).at(name, start) is one


def test_the_headers():
    assert (CN.policy.version, CN.policy.valid_to) == (1, None)
    assert CN.policy.time_zone == "Asia/Shanghai"
    assert (CN.policy.languages, CN.policy.default_language) == (("zh", "en"), "zh")
    assert (NEUTRAL.policy.languages, NEUTRAL.policy.default_language) == (("en", "zh"), "en")


@pytest.mark.parametrize(
    ("kind", "caps", "age"),
    [
        ("private", dict.fromkeys(HOLDERS, 5), 14),
        ("public", {**dict.fromkeys(ORGANISATIONS, 50), "person": 1, "enterprise": 2}, 18),
    ],
)
def test_how_many_accounts_a_holder_may_have_and_from_which_age(kind, caps, age):
    assert dict(CN.kinds[kind].open_at_once) == caps
    assert CN.kinds[kind].least_age == age


def test_the_kinds_and_the_holder_types():
    assert tuple(CN.kinds) == ("private", "public")
    assert tuple(CN.holder_types) == HOLDERS
    assert tuple(NEUTRAL.kinds) == ("standard",)
    assert NEUTRAL.kinds["standard"].open_at_once == {}
    assert NEUTRAL.kinds["standard"].least_age == 16


@BOTH
def test_registration_and_names(name):
    policy = shipped.policy(name)

    assert written(policy.registration.unfinished_expires) == "P80D"
    assert written(policy.registration.ended_erased) == "P30D"
    assert policy.registration.declined_as.model_dump() == {
        "expired": "registration_expired",
        "under_age": "under_age",
        "cap": "account_cap",
        "not_verified": "identity_not_verified",
        "name": "impersonation",
        "closed_identity": "closed_identity",
    }
    assert written(policy.names.person_decides) == "P3D"
    assert written(policy.names.held_after_closure) == "P15D"


EVERYBODY = {"read", "message", "report", "remove", "profile", "update", "appeal", "export"}


def granted(kind: str, *qualifications: str) -> set[str]:
    given = [CN.qualifications[code].gives for code in qualifications]
    return {*CN.kinds[kind].grants, *(right for rights in given for right in rights)}


@pytest.mark.parametrize(
    ("kind", "qualifications", "rights"),
    [
        ("private", (), EVERYBODY | {"post"}),
        ("public", (), EVERYBODY),
        ("public", ("public_account",), EVERYBODY | {"post", "publish", "reprint"}),
        ("public", ("public_account", "news_unit"), EVERYBODY | PUBLISHING),
        ("public", ("public_account", "news_site"), EVERYBODY | PUBLISHING),
        (
            "public",
            ("public_account", "licensed_non_news"),
            EVERYBODY | PUBLISHING - {"publish_political_news"},
        ),
    ],
)
def test_what_an_account_of_each_kind_and_class_may_do(kind, qualifications, rights):
    assert granted(kind, *qualifications) == rights


def test_every_capability_of_the_facts_is_there_and_no_other():
    assert set(CN.capabilities.all) == EVERYBODY | PUBLISHING
    assert set(NEUTRAL.capabilities.all) == {
        *("read", "profile", "message", "post", "comment"),
        *("update", "remove", "report", "appeal", "export"),
    }
    assert set(NEUTRAL.kinds["standard"].grants) == set(NEUTRAL.capabilities.all)


@pytest.mark.parametrize(
    ("penalty", "denied"),
    [
        ("warning", set()),
        ("restricted_publishing", PUBLISHING),
        ("suspended_updates", PUBLISHING | {"update", "profile"}),
        ("interim_suspension", PUBLISHING | {"update", "profile", "message"}),
        ("closure", (EVERYBODY | PUBLISHING) - {"appeal", "export"}),
    ],
)
def test_what_each_penalty_denies(penalty, denied):
    assert set(CN.penalties[penalty].deny) == denied


@pytest.mark.parametrize(
    ("penalty", "denied"),
    [
        ("warning", set()),
        ("restricted_posting", {"post", "comment"}),
        ("suspended", {"post", "comment", "update", "profile", "message"}),
        ("suspended_longer", {"post", "comment", "update", "profile", "message"}),
        ("closure", set(NEUTRAL.capabilities.all) - {"appeal", "export"}),
    ],
)
def test_what_each_neutral_penalty_denies(penalty, denied):
    assert set(NEUTRAL.penalties[penalty].deny) == denied


@BOTH
def test_outside_the_stage_active_little_is_left(name):
    policy = shipped.policy(name)
    stages = {stage: set(left) for stage, left in policy.capabilities.stages.items()}
    suspended = next(rung for rung in policy.ladders["main"].rungs if rung.code == "suspend")
    kept = set(policy.capabilities.all) - set(policy.penalties[suspended.penalty].deny)

    assert stages.pop(Stage.CLOSING) == kept
    assert stages.pop(Stage.REGISTERING) == {"read", "appeal", "export"}
    assert stages.pop(Stage.VERIFYING) == {"read", "appeal", "export"}
    assert all(left == {"appeal", "export"} for left in stages.values())


def test_why_a_right_is_denied():
    for right in NEWS:
        assert CN.capabilities.all[right].not_granted == "NEWS_NOT_PERMITTED"
    assert CN.capabilities.denials.qualification_lapsed == "QUALIFICATION_LAPSED"
    licensed = {code for code, one in CN.capabilities.all.items() if one.licensed}
    assert licensed == set(NEWS)


def test_which_rights_wait_for_agreement_and_verification():
    for_agreement = {c for c, one in CN.capabilities.all.items() if one.waits_for_agreement}
    for_verification = {c for c, one in CN.capabilities.all.items() if one.waits_for_verification}
    neutral = {c for c, one in NEUTRAL.capabilities.all.items() if one.waits_for_agreement}

    assert for_agreement == PUBLISHING
    assert for_verification == PUBLISHING
    assert neutral == {"post", "comment"}


LINES = (
    "laws_and_regulations",
    "socialist_system",
    "national_interest",
    "citizens_lawful_rights",
    "public_order",
    "social_morality",
    "truthfulness",
)


def test_the_seven_lines_stand_in_their_order_and_are_pledged_one_by_one():
    pledges = CN.agreement.pledges

    assert tuple(pledges) == LINES == tuple(CN.grounds)
    assert [pledge.clause for pledge in pledges.values()] == [f"3.{n}" for n in range(1, 8)]
    for number, line in enumerate(LINES, start=1):
        clause = CN.agreement.clauses[f"3.{number}"]
        assert (clause.ground, clause.too_broad) == (line, True)


@pytest.mark.parametrize(
    ("clause", "ground"),
    [
        ("4.1", "laws_and_regulations"),
        ("4.2", "truthfulness"),
        ("5.1", "laws_and_regulations"),
        ("5.2", "citizens_lawful_rights"),
    ],
)
def test_what_the_other_clauses_stand_on(clause, ground):
    found = CN.agreement.clauses[clause]

    assert (found.ground, found.too_broad) == (ground, False)


def test_the_agreements():
    assert (CN.agreement.id, CN.agreement.version) == ("user-agreement", 1)
    assert written(CN.agreement.new_version_due) == "P15D"
    assert (NEUTRAL.agreement.id, NEUTRAL.agreement.version) == ("terms", 1)
    assert written(NEUTRAL.agreement.new_version_due) == "P15D"
    assert NEUTRAL.agreement.pledges == {}
    assert {number: clause.ground for number, clause in NEUTRAL.agreement.clauses.items()} == {
        "2.1": "safety",
        "2.2": "privacy",
        "2.3": "honesty",
        "2.4": "order",
        "2.5": "lawfulness",
        "2.6": "account_integrity",
    }


@BOTH
def test_the_digest_of_an_agreement_is_that_of_its_text(name):
    policy = shipped.policy(name)
    agreement, header = policy.agreement, policy.policy
    folder = shipped.POLICIES / "agreements"

    for language in header.languages:
        text = (folder / f"{agreement.id}-{agreement.version}.{name}.{language}.txt").read_bytes()
        for clause in agreement.clauses:
            assert clause in text.decode()
        if language == header.default_language:
            assert sha256(text).hexdigest() == agreement.text_digest


@pytest.mark.parametrize("holder", HOLDERS)
def test_how_each_holder_is_verified(holder):
    method = CN.verification.methods[holder]

    is_person = holder == "person"
    assert method.documents == (
        ("resident_identity_number",) if is_person else ("organisation_code",)
    )
    assert method.operator_documents == (() if is_person else ("resident_identity_number",))
    assert method.assurance is Assurance.ISSUER
    assert written(method.valid) == ("P5Y" if is_person else "P1Y")
    assert method.stores_identity


def test_the_numbers_of_verification():
    verification = CN.verification

    assert verification.attempts == 3
    assert written(verification.person_decides) == "P3D"
    assert [written(one) for one in verification.remind_before] == ["P30D", "P7D"]
    assert written(verification.closed_identity_decides) == "P7D"
    assert written(verification.closed_identity_remembered) == "P3Y"


def test_neutral_confirms_a_contact_and_keeps_no_identity():
    for method in NEUTRAL.verification.methods.values():
        assert method.documents == ("contact",)
        assert method.assurance is Assurance.ISSUER
        assert (method.valid, method.stores_identity) == (None, False)


@pytest.mark.parametrize(
    ("code", "holders", "people", "decide", "valid"),
    [
        ("public_account", HOLDERS, 1, "P7D", None),
        ("news_unit", ("news_organisation",), 2, "P10D", "P3Y"),
        ("news_site", ("news_organisation",), 2, "P10D", "P3Y"),
        ("licensed_non_news", HOLDERS[:-1], 2, "P10D", "P3Y"),
        ("individual_approval", HOLDERS, 2, "P10D", "P1Y"),
    ],
)
def test_who_may_have_which_qualification(code, holders, people, decide, valid):
    one = CN.qualifications[code]

    assert set(one.holder_types) == set(holders)
    assert (one.people, one.kinds) == (people, ("public",))
    assert (written(one.decide), written(one.valid)) == (decide, valid)
    assert (one.applications, written(one.applications_within)) == (3, "P30D")
    assert one.filings.changed == "qualification_changed"
    news = code != "public_account"
    assert one.needs_licence == news
    assert one.requires == (("public_account",) if news else ())
    assert one.filings.granted == ("qualification_changed" if news else "public_account")
    assert [written(each) for each in one.remind_before] == (["P30D", "P7D"] if news else [])


def test_organisations_hear_sooner_whether_their_public_account_opens():
    sooner = CN.qualifications["public_account"].decide_by_holder

    assert {code: written(one) for code, one in sooner.items()} == dict.fromkeys(
        ORGANISATIONS, "P3D"
    )


def test_an_individual_approval_gives_the_one_right_that_it_names_to_the_class_other():
    one = CN.qualifications["individual_approval"]

    assert (one.gives, one.gives_one_of) == ((), NEWS)
    assert set(one.excludes) == {"news_unit", "news_site", "licensed_non_news"}


def test_the_marks_in_the_order_in_which_they_are_tried():
    assert [(code, mark.rights) for code, mark in CN.marks.items()] == [
        ("publish_and_reprint", NEWS),
        ("publish", NEWS[:1]),
        ("reprint", NEWS[1:]),
    ]


def test_what_the_platform_itself_has_to_hold():
    licences = CN.provider.licences

    assert licences["internet_news_licence"].register_kinds == ("public",)
    assert set(NEWS) <= set(licences["internet_news_licence"].capabilities)
    assert set(licences["telecom_licence"].register_kinds) == {"private", "public"}
    for licence in licences.values():
        assert [written(one) for one in licence.remind_before] == ["P30D"]
