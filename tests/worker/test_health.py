import asyncio
from datetime import UTC, datetime

import httpx

from activities.upkeep import OVERDUE_METRIC
from goodstanding.messages import Agenda, Answer, Transacted
from tests.worker.services import HOLDER, ROOT, Up, client, register
from worker.health import health_app
from worker.metrics import start_metrics


async def get(url: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as http:
        return await http.get(url)


async def asked(probes, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(health_app(probes))
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as http:
        return await http.get(path)


async def test_a_running_service_is_alive_and_ready(up: Up):
    alive, ready = [await get(f"{up.addresses.health}/{name}") for name in ("healthz", "readyz")]

    assert (alive.status_code, alive.json()) == (200, {"status": "ok"})
    assert (ready.status_code, ready.json()) == (
        200,
        {"status": "ok", "database": "ok", "temporal": "ok"},
    )


async def test_the_metrics_are_those_of_the_sdk_and_our_own(up: Up):
    async with client(up.settings.keys_directory, up.addresses.temporal) as platform:
        await platform.accounts.register(register("metered"))

    text = (await get(f"{up.addresses.health}/metrics")).text

    assert "goodstanding_failed_effects_total" in text
    assert "temporal_workflow_task_execution_latency" in text
    assert "metered" not in text


async def test_a_load_balancer_may_ask_by_head(up: Up):
    async with httpx.AsyncClient(trust_env=False) as http:
        for base in (up.addresses.health, up.addresses.api, up.addresses.codec):
            for path in ("healthz", "readyz"):
                assert (await http.head(f"{base}/{path}")).status_code == 200


async def test_what_does_not_answer_is_named_and_the_process_stays_alive():
    async def well() -> None:
        return

    async def ill() -> None:
        raise ConnectionRefusedError

    probes = {"database": well, "temporal": ill}
    ready = await asked(probes, "/readyz")

    assert ready.status_code == 503
    assert ready.json() == {"status": "unready", "database": "ok", "temporal": "no answer"}
    assert (await asked(probes, "/healthz")).status_code == 200


async def test_silence_is_no_answer(monkeypatch):
    monkeypatch.setattr("api.health.PATIENCE", 0.01)

    async def silent() -> None:
        await asyncio.sleep(60)

    assert (await asked({"temporal": silent}, "/readyz")).json()["temporal"] == "no answer"


async def test_without_a_port_no_metrics_of_the_sdk_are_served():
    metrics = start_metrics(shown=False)

    assert metrics.sdk_url is None
    assert b"goodstanding_failed_effects" in await metrics.text()


async def test_effects_that_were_given_up_are_counted_by_their_error():
    from temporalio.worker import ActivityInboundInterceptor

    metrics = start_metrics(shown=False)

    class Last(ActivityInboundInterceptor):
        def __init__(self) -> None:
            pass

        async def execute_activity(self, input):  # noqa: A002 - the SDK's word
            return given

    answer = Answer(account_id="a1", seq=1, at=datetime.now(UTC), stage=None, standing=None)
    given = Transacted(answer=answer, agenda=Agenda(), failures=("gave_up",))
    counting = metrics.interceptor().intercept_activity(Last())
    assert await counting.execute_activity(object()) is given

    text = (await metrics.text()).decode()
    assert 'goodstanding_failed_effects_total{error="gave_up"} 1.0' in text
    assert HOLDER.id not in text


async def test_what_activities_count_by_the_sdk_has_the_name_that_the_documents_say():
    metrics = start_metrics(shown=True)
    metrics.runtime.metric_meter.create_counter(OVERDUE_METRIC).add(1)

    text = (await metrics.text()).decode()

    assert f"\n{OVERDUE_METRIC}" in text
    assert f"`{OVERDUE_METRIC}`" in (ROOT / "docs" / "operations.md").read_text("utf-8")
