"""Article 10 and F10: a new version of a policy, and what it may not reach back to."""

import re
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from goodstanding.errors import (
    AgreementMissingError,
    ClauseNotAcceptedError,
    RuleNotFoundError,
)
from goodstanding.messages import AcceptAgreement
from goodstanding.upkeep import Swept
from goodstanding.vocabulary import ReviewKind, Verdict
from tests.requirements.conftest import POLICIES
from tests.requirements.platform import CEDAR, HOLDER, Account, Platform
from tests.workflows.test_upkeep import sweep

TWICE = "twice"
BOUNDARY = timedelta(days=20)
SCALPING = """  scalping:
    title: {en: scalping, zh: 倒票}
    clause: '2.4'
    severity: serious
    category: spam
    covers:
      en: sells tickets for more than they cost
      zh: 加价倒卖门票
  gambling:
    title: {en: gambling, zh: 赌博}
    clause: '2.7'
    severity: minor
    category: spam
    covers:
      en: offers games for money
      zh: 提供赌博
"""
NEW_CLAUSE = """    '2.7':
      ground: lawfulness
      title: {en: games for money, zh: 赌博}
"""


def changed(text: str, *changes: tuple[str, str]) -> str:
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def rule_as(code: str, severity: str | None, text: str) -> str:
    """The same text, where this rule has another severity, or is gone."""
    found = re.search(
        rf"^  {code}:\n    title: .*\n    clause: (.*\n    )*.*\n", text, re.MULTILINE
    )
    assert found, code
    rule = re.sub(r"severity: \w+", f"severity: {severity}", found[0]) if severity else ""
    return text[: found.start()] + rule + text[found.end() :]


@pytest.fixture
def day() -> date:
    """From when the second version is in force."""
    return (datetime.now(UTC) + BOUNDARY).date()


@pytest.fixture
def policies(tmp_path, day) -> Path:
    """One policy in two versions: some rules are harsher then, some milder, some new, one is gone."""
    target = tmp_path / "policies"
    shutil.copytree(POLICIES / "notices", target / "notices")
    first = changed(
        (POLICIES / "neutral.yaml").read_text("utf-8"), ("id: neutral\n", "id: twice\n")
    )
    second = changed(
        first,
        ("  version: 1\n", "  version: 2\n"),
        ("valid_from: 2014-08-07", f"valid_from: {day}"),
        ("    window: P6M", "    window: P1M"),
        ("  id: terms\n  version: 1\n", "  id: terms\n  version: 2\n"),
        (
            "  new_version_due",
            NEW_CLAUSE + "  new_version_due",
        ),
        ("\nrules:\n", f"\nrules:\n{SCALPING}"),
    )
    second = rule_as("spam", "serious", second)
    second = rule_as("fraud", "minor", second)
    second = rule_as("hate", None, second)
    (target / "twice-1.yaml").write_text(first, "utf-8")
    (target / "twice-2.yaml").write_text(second, "utf-8")
    return target


@pytest.fixture
async def account(own) -> Account:
    """An account that was opened under the first version."""
    return await own.active(policy=TWICE)


async def begin(own: Platform, day: date) -> datetime:
    """Go on to the first day of the second version; returns its first instant."""
    instant = datetime(day.year, day.month, day.day, tzinfo=UTC)
    await own.pass_to(instant)
    return instant


def digests(own: Platform) -> dict[int, str]:
    return {one.policy.policy.version: one.digest for one in own.stand.book.published}


async def test_r32_an_act_is_judged_by_the_policy_of_its_time(own, account, day):
    before = await own.now()
    start = await begin(own, day)
    early = await account.violate("spam", acted_at=before)
    assert await account.penalties() == ["warning"]
    # the notice names the version whose rule it is
    assert "(spam) (policy twice v1)" in (await account.notice("violation_decided")).text
    late = await account.violate("spam", acted_at=start)
    assert "(spam) (policy twice v2)" in (await account.notice("violation_decided")).text

    assert (early.substance_digest, late.substance_digest) == tuple(
        digests(own)[version] for version in (1, 2)
    )
    assert (await account.penalties())[-1] == "restricted_posting"
    assert [strike.points for strike in (await account.record()).strikes] == [1, 3]


async def test_r32_the_milder_rule_wins_where_it_changed_between_act_and_decision(
    own, account, day
):
    before = await own.now()
    await begin(own, day)
    # serious at the act, minor at the decision
    decision = await account.violate("fraud", acted_at=before)

    assert decision.substance_digest == digests(own)[2]
    assert await account.penalties() == ["warning"]


async def test_r32_what_is_no_longer_a_rule_is_not_decided_any_more(own, account, day):
    before = await own.now()
    start = await begin(own, day)

    refused = await account.refused(account.violate("hate", acted_at=before))
    assert (type(refused), refused.field) == (RuleNotFoundError, "finding.rule")

    # what has not changed is judged by the version of its time, from midnight in the policy's own zone
    last = await account.violate("harassment", acted_at=start - timedelta(microseconds=1))
    first = await account.violate("harassment", acted_at=start)
    assert [last.substance_digest, first.substance_digest] == list(digests(own).values())


async def test_r32_the_procedure_is_that_of_the_time_of_deciding(own, account, day):
    before = await own.now()
    first = await account.violate("harassment", acted_at=before)
    assert first.appeal_until - first.taken_at > timedelta(days=170)
    await begin(own, day)
    second = await account.violate("harassment", acted_at=before)

    assert second.substance_digest == digests(own)[1]
    assert second.appeal_until - second.taken_at < timedelta(days=32)
    events = await own.stand.events(account.id)
    decided = [event.policy_digest for event in events if event.kind == "DecisionTaken"]
    assert decided == [digests(own)[1], digests(own)[2]]
    # what was decided before keeps its own window
    record = await account.record()
    assert record.the_decision(first.decision_id).appeal_until == first.appeal_until


async def test_r32_an_overturn_long_after_follows_the_policy_the_decision_stood_on(
    own, account, day
):
    before = await own.now()
    first = await account.violate("fraud", acted_at=before)
    second = await account.violate("impersonation", acted_at=before)
    assert await account.penalties() == ["restricted_posting", "suspended"]
    await begin(own, day)
    review_id = await account.appeal(first.decision_id)
    await account.vote(review_id, Verdict.OVERTURNED, CEDAR)

    record = await account.record()
    assert record.the_decision(second.decision_id).substance_digest == digests(own)[1]
    assert record.the_decision(second.decision_id).rung == "restrict"


async def test_f10_a_rule_does_not_reach_back_to_acts_before_it(own, account, day):
    before = await own.now()
    start = await begin(own, day)

    refused = await account.refused(account.violate("scalping", acted_at=before))
    assert (type(refused), refused.field) == (RuleNotFoundError, "finding.rule")
    assert "v1" in refused.message
    decision = await account.violate("scalping", acted_at=start)
    assert decision.substance_digest == digests(own)[2]


async def test_f10_a_rule_that_is_not_in_force_yet_cannot_be_cited(own, account, day):
    assert digests(own).keys() == {1, 2}

    refused = await account.refused(account.violate("scalping"))

    assert (type(refused), refused.field) == (RuleNotFoundError, "finding.rule")


async def test_f10_a_rule_that_was_never_published_cannot_be_cited(platform):
    account = await platform.active()

    for rule in ("being_a_nuisance", "SPAM", "2.9"):
        refused = await account.refused(account.violate(rule))
        assert (type(refused), refused.field) == (RuleNotFoundError, "finding.rule")
    assert (await account.record()).decisions == ()


async def test_f10_a_penalty_stands_only_on_a_clause_that_was_accepted(own, account, day):
    start = await begin(own, day)

    refused = await account.refused(account.violate("gambling", acted_at=start))
    assert (type(refused), refused.field) == (ClauseNotAcceptedError, "finding.rule")
    await account.send(AcceptAgreement, HOLDER, agreement=await account.acceptance())
    await account.violate("gambling", acted_at=start)

    (found,) = await account.bodies("ViolationFound")
    assert (found["agreement_version"], found["clause"]) == (2, "2.7")


async def test_r13_an_account_is_active_only_under_the_agreement_then_in_force(own, day):
    account = own.applicant(policy=TWICE)
    await account.register()
    outdated = await account.acceptance()
    await begin(own, day)
    await account.submit()
    await account.happens("IdentityVerified")
    assert (await account.record()).stage == "verifying"

    refused = await account.refused(account.send(AcceptAgreement, HOLDER, agreement=outdated))
    assert (type(refused), refused.field) == (AgreementMissingError, "agreement.version")
    await account.send(AcceptAgreement, HOLDER, agreement=await account.acceptance())
    assert (await account.record()).stage == "active"
    assert [body["agreement_version"] for body in await account.bodies("AgreementAccepted")] == [2]


async def test_f10_an_old_decision_stays_bound_to_the_agreement_of_its_time(own, account, day):
    decision = await account.violate("harassment")
    await begin(own, day)
    await account.send(AcceptAgreement, HOLDER, agreement=await account.acceptance())
    review_id = await account.appeal(decision.decision_id)
    await account.vote(review_id, Verdict.UPHELD, CEDAR)

    (found,) = await account.bodies("ViolationFound")
    assert found["agreement_version"] == 1
    assert not (await account.record()).open_reviews(ReviewKind.APPEAL)
    assert "policy twice v" in (await account.notice("violation_decided")).text


async def looked_at(own: Platform, name: str) -> Swept:
    """Let Upkeep have every account look at the version that is in force."""
    return await sweep(own.stand, timedelta(0), name, of_policies=True)


async def test_r15_a_sleeping_account_is_told_reminded_and_gated_and_free_again(own, account, day):
    before = await account.can()
    await begin(own, day)
    assert await account.told() == ["activated"]

    assert (await looked_at(own, "first")).started >= 1
    assert (await looked_at(own, "second")).found == 0
    assert (await account.told())[-1] == "agreement_changed"
    due = (await account.record()).new_agreement.due_at
    await own.pass_to(due - timedelta(seconds=5))
    assert (await account.told()).count("agreement_reminder") == 2
    assert await account.can() == before
    await own.pass_to(due + timedelta(seconds=5))
    await account.happens("AgreementOverdue")

    assert (await account.told())[-1] == "agreement_overdue"
    assert await account.denial("post") == "AGREEMENT_OUTDATED"
    assert (await account.standing(), await account.penalties()) == ("good", [])
    await account.send(AcceptAgreement, HOLDER, agreement=await account.acceptance())
    assert await account.can() == before
