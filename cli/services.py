"""The processes of the service, each in the foreground until it is told to stop.

What they are made of is loaded only when one of them runs: all other commands start in half the time.
"""
# ruff: noqa: PLC0415 - see above

import asyncio
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

from rich.console import Console

from cli.output import Json, give
from worker.logs import set_up_logs
from worker.settings import load_settings

if TYPE_CHECKING:
    from worker.embedded import Addresses

_QUIET = "warning"


def up(*, as_json: Json = False) -> None:
    """Everything in one process until Ctrl-C: Temporal with its UI, worker, API, codec server.

    All data are in .goodstanding/ and are there again at the next start.
    """
    from worker.embedded import run_everything

    settings = load_settings()
    chosen = settings.model_fields_set
    log_format = settings.log_format if "log_format" in chosen else "console"
    set_up_logs(log_format, settings.log_level if "log_level" in chosen else _QUIET)
    asyncio.run(run_everything(settings, partial(_say, as_json=as_json)))


def worker() -> None:
    """A worker: workflows, the ledger, and what goes out to third parties. SQLite takes one, PostgreSQL several."""
    from worker.process import run_process, run_worker

    run_process(run_worker, load_settings())


def api() -> None:
    """The HTTP API and the public pages."""
    from worker.process import run_api, run_process

    run_process(run_api, load_settings())


def codec() -> None:
    """The codec server, by which the Temporal UI shows payloads to those allowed."""
    from worker.process import run_codec, run_process

    run_process(run_codec, load_settings())


def _say(addresses: "Addresses", *, as_json: bool) -> None:
    def shown(out: Console) -> None:
        out.print("goodstanding is up; Ctrl-C stops it, and its data stay in .goodstanding/")
        out.print(
            f"  API          {addresses.api}  (its description: {addresses.api}/openapi.json)"
        )
        out.print(f"  Temporal UI  {addresses.ui}")
        out.print(f"  Temporal     {addresses.temporal}, namespace {addresses.namespace}")
        out.print(f"  codec        {addresses.codec}")
        if addresses.health:
            out.print(f"  health       {addresses.health}/readyz, {addresses.health}/metrics")
        if addresses.example_identity_provider:
            out.print(f"  identity     {addresses.example_identity_provider}")
            out.print(
                "\nNOT FOR PRODUCTION: no identity provider is configured, so one of the examples answers, and it "
                "\nbelieves everybody. Set GOODSTANDING_IDENTITY_PROVIDER_URL to ask a real one.",
                style="bold red",
            )

    give(asdict(addresses), as_json=as_json, shown=shown)
