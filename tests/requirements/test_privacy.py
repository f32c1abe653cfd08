"""Nothing that Temporal, a log or a metric shows says who somebody is."""

import io
import logging
import sysconfig
from collections.abc import AsyncIterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import structlog
from temporalio.testing import WorkflowEnvironment

from examples.services.identity_provider import Behaviour
from goodstanding.converter import data_converter
from goodstanding.messages import AnswerHearing
from goodstanding.names import SEARCH_ATTRIBUTES, account_workflow_id, review_workflow_id
from goodstanding.vocabulary import Outcome
from tests.requirements.conftest import POLICIES
from tests.requirements.platform import HOLDER, Account, Platform, opened_platform
from worker.logs import set_up_logs
from worker.metrics import Metrics, start_metrics

DISPLAY_NAME = "海边的灯塔小栈"
FACTS = "She wrote it from Pier Street 7."
STATEMENT = "My telephone was stolen in Dongcheng."


@pytest.fixture(scope="module")
def metrics() -> Metrics:
    return start_metrics(shown=True)


@pytest.fixture(scope="module")
async def measured(keys, metrics, tmp_path_factory) -> AsyncIterator[Platform]:
    """A platform whose metrics can be read."""
    async with (
        await WorkflowEnvironment.start_time_skipping(
            data_converter=data_converter(keys.codec),
            runtime=metrics.runtime,
            test_server_existing_path=str(
                Path(sysconfig.get_path("scripts"), "temporal-test-server")
            ),
        ) as environment,
        opened_platform(
            environment, keys, tmp_path_factory.mktemp("measured"), POLICIES
        ) as platform,
    ):
        await platform.stand.licensed()
        yield platform


@pytest.fixture(scope="module")
async def one(measured: Platform) -> Account:
    """An account of which there is much to tell."""
    return await lived(measured)


async def lived(platform: Platform) -> Account:
    """An account with a name, a failed attempt, a report, penalties, a hearing and an appeal."""
    account = platform.applicant("public", "enterprise")
    await account.register(display_name=DISPLAY_NAME)
    platform.knows(account.identity, Behaviour(Outcome.FAIL))
    await account.submit()
    await account.happens("IdentityChecked")
    platform.knows(account.identity, Behaviour(unavailable=2))
    await account.verify()
    await account.qualify("public_account")
    await account.report("r1", statement=STATEMENT)
    for rule in ("illegal_goods", "fraud_offer", "impersonation", "privacy_exposure"):
        decision = await account.violate(rule, facts=FACTS)
    hearing = {"decision_id": decision.decision_id, "statement": STATEMENT}
    await account.send(AnswerHearing, HOLDER, **hearing)
    await account.appeal(decision.decision_id, statement=STATEMENT)
    # what is wrong is told without the input, too
    await account.refused(account.report("r1", statement=STATEMENT))
    await account.refused(account.violate("no_such_rule", facts=FACTS))
    await account.settles()
    return account


def secrets(account: Account) -> tuple[str, ...]:
    operator = account.identity.operator
    persons = (account.identity.name, account.identity.number, operator.name, operator.number)
    return (*persons, DISPLAY_NAME, FACTS, STATEMENT)


@contextmanager
def logged(level: str):
    """What the service logs, set up as its processes do."""
    root = logging.getLogger()
    before = (list(root.handlers), root.level, structlog.get_config())
    stream = io.StringIO()
    set_up_logs("json", level, stream)
    try:
        yield stream
    finally:
        root.handlers[:], config = before[0], before[2]
        root.setLevel(before[1])
        structlog.configure(**config)


async def test_r35_ids_search_attributes_memos_and_histories_say_nothing_of_a_person(measured, one):
    account = one
    reviews = [review.review_id for review in (await account.record()).reviews]
    ids = [account_workflow_id(account.id), *map(review_workflow_id, reviews)]
    assert len(ids) > 3

    shown = set()
    for workflow_id in ids:
        handle = measured.stand.client.get_workflow_handle(workflow_id)
        info = (await handle.describe()).raw_description
        history = await handle.fetch_history()
        text = f"{workflow_id} {info} {history.to_json()}"
        memo = info.workflow_execution_info.memo.fields
        assert not memo
        shown.update(info.workflow_execution_info.search_attributes.indexed_fields)
        for secret in secrets(account):
            assert secret not in text, workflow_id
    assert shown == {key.name for key in SEARCH_ATTRIBUTES}


async def test_r35_search_attributes_are_words_of_the_engine_and_of_the_policy(measured, one):
    account = one
    handle = measured.stand.client.get_workflow_handle(account_workflow_id(account.id))
    described = (await handle.describe()).typed_search_attributes
    values = {pair.key.name: pair.value for pair in described}
    assert values["AccountStage"] == "active"
    assert values["AccountStanding"] == "suspended"
    assert values["PolicyVersion"] == "cn-im-2014@1"
    assert values["WaitingFor"].startswith(("review:", "holder:"))


@pytest.mark.parametrize("level", ["info", "debug"])
async def test_r35_logs_say_nothing_of_a_person(measured, level):
    with logged(level) as stream:
        account = await lived(measured)

    said = stream.getvalue()
    for secret in secrets(account):
        assert secret not in said


async def test_r35_metrics_say_nothing_of_a_person_nor_of_one_account(one, metrics):
    account = one

    text = (await metrics.text()).decode()

    assert "temporal_" in text
    for secret in (*secrets(account), account.id, HOLDER.id):
        assert secret not in text
