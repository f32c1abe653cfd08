"""The real servers that tests run on, each as an async context manager."""

import sysconfig
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from temporalio.common import SearchAttributeKey
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter
from temporalio.testing import WorkflowEnvironment

from worker.postgres import fresh_database, running_postgres

__all__ = ["fresh_database", "running_dev_server", "running_postgres", "running_skipping_server"]


@asynccontextmanager
async def running_skipping_server(
    *, data_converter: DataConverter = pydantic_data_converter
) -> AsyncIterator[WorkflowEnvironment]:
    """Runs the server whose clock can be moved; it has no visibility and no schedules."""
    async with await WorkflowEnvironment.start_time_skipping(
        data_converter=data_converter,
        test_server_existing_path=_program("temporal-test-server"),
    ) as environment:
        yield environment


@asynccontextmanager
async def running_dev_server(
    *,
    data_converter: DataConverter = pydantic_data_converter,
    search_attributes: Sequence[SearchAttributeKey[Any]] = (),
) -> AsyncIterator[WorkflowEnvironment]:
    """Runs the development server in memory: complete, and on real time."""
    async with await WorkflowEnvironment.start_local(
        data_converter=data_converter,
        search_attributes=search_attributes,
        dev_server_existing_path=_program("temporal"),
    ) as environment:
        yield environment


def _program(name: str) -> str:
    return str(Path(sysconfig.get_path("scripts"), name))
