"""What Prometheus reads: the Temporal SDK's metrics, and our own counters beside them.

What is counted within an activity, as overdue accounts are, goes by the SDK. It shows its metrics on a port
of its own; we take a free one on loopback, and the worker's `/metrics` gives out both.
"""

import logging
from dataclasses import dataclass, field
from typing import Any

import httpx
import temporalio.client
import temporalio.worker
from prometheus_client import CollectorRegistry, Counter, generate_latest
from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from goodstanding.messages import Transacted
from worker.ports import LOOPBACK, free_port

_SDK_LOGS = "temporalio.core"
_PATIENCE = 5
"""Seconds."""


@dataclass
class Metrics:
    """The counters of one process, and the runtime whose metrics stand beside them."""

    runtime: Runtime
    sdk_url: str | None
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    def __post_init__(self) -> None:
        """Make the counters."""
        self.failed_effects = Counter(
            "goodstanding_failed_effects",
            "Effects that were given up; each is in `goodstanding effects list --failed`.",
            ["error"],
            registry=self.registry,
        )

    async def text(self) -> bytes:
        """Everything, as Prometheus reads it."""
        own = generate_latest(self.registry)
        if self.sdk_url is None:
            return own
        async with httpx.AsyncClient(trust_env=False, timeout=_PATIENCE) as client:
            response = await client.get(self.sdk_url)
        return own + response.content

    def interceptor(self) -> "Counting":
        """What counts while activities run: a client that has it gives it to its workers."""
        return Counting(self)


def start_metrics(*, shown: bool) -> Metrics:
    """The one runtime of this process; its logs go where Python's go."""
    logs = LoggingConfig(
        TelemetryFilter(core_level="WARN", other_level="ERROR"),
        forwarding=LogForwardingConfig(
            logging.getLogger(_SDK_LOGS), append_log_fields_to_message=False
        ),
    )
    if not shown:
        return Metrics(Runtime(telemetry=TelemetryConfig(logging=logs)), None)
    address = f"{LOOPBACK}:{free_port()}"
    telemetry = TelemetryConfig(logging=logs, metrics=PrometheusConfig(bind_address=address))
    return Metrics(Runtime(telemetry=telemetry), f"http://{address}/metrics")


class Counting(temporalio.client.Interceptor, temporalio.worker.Interceptor):
    """Counts effects that were given up, once their account has taken that in."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002
        """Count what activities do."""
        return _CountingActivities(next, self._metrics)


class _CountingActivities(ActivityInboundInterceptor):
    def __init__(self, following: ActivityInboundInterceptor, metrics: Metrics) -> None:
        super().__init__(following)
        self._metrics = metrics

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002
        result = await super().execute_activity(input)
        if isinstance(result, Transacted):
            for code in result.failures:
                self._metrics.failed_effects.labels(code).inc()
        return result
