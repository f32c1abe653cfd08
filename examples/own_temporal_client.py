"""A report, sent by a platform's own Temporal client: no more than the converter is needed of goodstanding."""

import asyncio
import sys
from uuid import uuid4

from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy

from goodstanding import Actor, Answer, FileReport, data_converter, load_client_keys
from goodstanding.names import ACCOUNT_WORKFLOW, QUEUE, account_workflow_id
from goodstanding.temporal_runtime import ending_runtime
from goodstanding.vocabulary import Role

TEMPORAL = "127.0.0.1:7233"


async def main(account_id: str) -> None:
    # what such a client sends is encrypted; what comes without the keys is refused
    converter = data_converter(load_client_keys().codec)
    # without a runtime that ends before Python, the SDK's threads may abort a program that ends right after a call
    temporal = await Client.connect(TEMPORAL, data_converter=converter, runtime=ending_runtime())
    report = FileReport(
        account_id=account_id,
        command_id=f"report-{uuid4().hex[:12]}",
        actor=Actor(id="reader-1", role=Role.PUBLIC),
        report_id=f"r-{uuid4().hex[:12]}",
        ground="harmful",
        item="item-2",
        statement="The same advertisement for the tenth time today.",
    )
    # a quiet account has no run: the command starts one, or joins the one that there is
    answer = await temporal.execute_update_with_start_workflow(
        report.name,
        report,
        id=f"{report.command_id}/{report.digest}",
        result_type=Answer,
        start_workflow_operation=WithStartWorkflowOperation(
            ACCOUNT_WORKFLOW,
            account_id,
            id=account_workflow_id(account_id),
            task_queue=QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        ),
    )
    # a refusal is an answer, too; only goodstanding's own client raises it
    print("refused:" if answer.refusal else "taken:", answer.refusal or answer.created)


if len(sys.argv) != 2:
    sys.exit("usage: python examples/own_temporal_client.py ACCOUNT_ID")
asyncio.run(main(sys.argv[1]))
