"""A bulk operation as people meet it: through the client, shown by the API, over time that passes."""

import pytest

from goodstanding.domain.bulk import BulkNotFoundError, DryRunMissingError
from goodstanding.messages import (
    ApproveBulk,
    BulkLimits,
    BulkState,
    PlanBulk,
    RehearseBulk,
    StartBulk,
    Target,
    TargetState,
    Violations,
)
from tests.requirements.platform import ASH, BIRCH, NEUTRAL, Platform


class _Operation:
    def __init__(self, platform: Platform, bulk_id: str) -> None:
        self.platform, self.bulk_id, self.sent = platform, bulk_id, 0

    async def do(self, sort, actor=ASH, **fields):
        self.sent += 1
        fields = {"bulk_id": self.bulk_id, "command_id": f"c{self.sent}", "actor": actor, **fields}
        return await self.platform.client.bulk.send(sort(reasons="A botnet.", **fields))

    async def becomes(self, state):
        async def holds():
            return (await self.view()).state is state

        await self.platform.stand.until(holds)
        return await self.view()

    async def view(self):
        return await self.platform.client.bulk.get(self.bulk_id)

    async def planned(self, accounts):
        acted_at = await self.platform.now()
        template = Violations(
            acted_at=acted_at, rule="spam", item="network", facts="Sent by one program."
        )
        await self.do(PlanBulk, template=template, limits=BulkLimits(canary=0))
        targets = [Target(account_id=one.id) for one in accounts]
        await self.platform.client.bulk.add(
            targets, bulk_id=self.bulk_id, command_id="page", actor=ASH
        )


@pytest.fixture
def operation(platform, request) -> _Operation:
    return _Operation(platform, f"bulk-{abs(hash(request.node.name))}")


async def test_an_operation_is_shown_with_plan_dry_run_steps_and_what_became_of_each(
    platform, operation
):
    accounts = [await platform.active(policy=NEUTRAL) for _ in range(3)]
    await operation.planned(accounts)
    await operation.do(RehearseBulk)
    view = await operation.becomes(BulkState.DRY_RUN_DONE)
    assert view.dry_run.outcome == {"done": 3}
    assert (view.template.rule, view.template.item) == ("spam", "network")
    await operation.do(ApproveBulk, BIRCH, plan_digest=view.plan_digest)
    await operation.do(StartBulk)
    view = await operation.becomes(BulkState.DONE)
    said = [(one.kind, one.actor, one.reasons) for one in view.steps]
    assert said[0] == ("planned", "reviewer:ash", "A botnet.")
    assert ("approved", "senior_reviewer:birch", "A botnet.") in said
    assert said[-1] == ("completed", "system:goodstanding", None)
    page = await platform.client.bulk.targets(operation.bulk_id, limit=2)
    rest = await platform.client.bulk.targets(operation.bulk_id, after=page.after)
    shown = [*page.targets, *rest.targets]
    assert [(one.account_id, one.state) for one in shown] == [
        (one.id, TargetState.DONE) for one in accounts
    ]
    for one, account in zip(shown, accounts, strict=True):
        (decision,) = (await account.record()).decisions
        assert decision.violation_id == one.command_id
        assert one.standing == one.foreseen_standing
    assert rest.after is None


async def test_a_dry_run_of_the_day_before_yesterday_approves_nothing(platform, operation):
    await operation.planned([await platform.active(policy=NEUTRAL)])
    await operation.do(RehearseBulk)
    view = await operation.becomes(BulkState.DRY_RUN_DONE)
    await platform.pass_(hours=25)
    with pytest.raises(DryRunMissingError):
        await operation.do(ApproveBulk, BIRCH, plan_digest=view.plan_digest)
    await operation.do(RehearseBulk)
    await operation.becomes(BulkState.DRY_RUN_DONE)
    answer = await operation.do(ApproveBulk, BIRCH, plan_digest=view.plan_digest)
    assert answer.state is BulkState.APPROVED


async def test_an_operation_that_was_never_planned_is_not_found(operation):
    with pytest.raises(BulkNotFoundError):
        await operation.view()
    with pytest.raises(BulkNotFoundError):
        await operation.do(RehearseBulk)
