import re

from api.keys import Scope
from tests.api.desk import Desk

NAME = "goodstanding_api_request_seconds"


async def counted(desk: Desk) -> dict[str, float]:
    """How often each route was answered with which status."""
    text = (await desk.ask("/metrics", Scope.METRICS)).text
    return {
        labels: float(count)
        for labels, count in re.findall(rf"^{NAME}_count{{(.+)}} (\S+)$", text, re.MULTILINE)
    }


async def test_requests_are_counted_by_the_template_of_their_route_and_their_status(desk):
    account_id = await desk.active()
    before = await counted(desk)

    await desk.may(account_id, "post")
    await desk.may(account_id, "publish")
    await desk.ask(f"/accounts/{account_id}")

    after = await counted(desk)
    check = "/accounts/{account_id}/capabilities/{capability}"
    by_check = f'method="GET",route="{check}",status="200"'
    refused = 'method="GET",route="/accounts/{account_id}",status="401"'
    assert after[by_check] - before.get(by_check, 0) == 2
    assert after[refused] - before.get(refused, 0) == 1


async def test_nothing_that_a_caller_wrote_is_in_the_metrics(desk):
    await desk.ask("/accounts/zhang-san", Scope.READ)
    await desk.ask("/zhang-san")
    await desk.ask("/reviews", method="ZHANG-SAN")

    text = (await desk.ask("/metrics", Scope.METRICS)).text

    assert "zhang-san" not in text.lower()
    assert 'route="none"' in text
    assert 'method="other"' in text
