"""Accounts, as ops look at them."""

from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from cli.journey import Shown, runs_url, sentence, show_account
from cli.output import Json, give, moment, table
from cli.previews import preview_overturn
from cli.record import reading, run
from goodstanding.clock import system_clock
from worker.settings import load_settings
from worker.temporal import namespace

app = typer.Typer(help="Accounts.", no_args_is_help=True)

AccountId = Annotated[str, typer.Argument(help="The account's id.", metavar="ID")]


app.command()(preview_overturn)


@app.callback()
def accounts() -> None:
    """Accounts."""


@app.command()
def show(account_id: AccountId, *, as_json: Json = False) -> None:
    """How an account stands: its journey in order, penalties with causes and ends, what is due."""
    found = run(_shown(account_id))

    def shown(out: Console) -> None:
        _draw(out, found)

    give(found.as_json(), as_json=as_json, shown=shown)


async def _shown(account_id: str) -> Shown:
    settings = load_settings()
    runs = runs_url(settings.ui, namespace(), account_id)
    async with reading() as session:
        return await show_account(session, account_id, system_clock(), runs)


def _draw(out: Console, found: Shown) -> None:
    account = found.account
    policy = f"{account['policy']['id']}@{account['policy']['version']}"
    out.print(Text(account["account_id"], style="bold"))
    out.print(f"{account['stage']}, {account['standing']}; waiting for {found.waiting_for}")
    out.print(f"kind {account['kind'] or '-'}, policy {policy}, mark {account['mark'] or '-'}")
    for title, rows, columns in (
        (
            "Penalties",
            found.penalties,
            ("code", "state", "starts_at", "ends_at", "decision_id", "rule"),
        ),
        ("Due", found.due, ("at", "what", "subject_id")),
    ):
        out.print(Text(f"\n{title}", style="bold"))
        out.print(table(rows, columns) if rows else "none")
    out.print(Text("\nJourney", style="bold"))
    for step in found.journey:
        out.print(Text(f"{moment(step['at'])}  {sentence(step)}"), soft_wrap=True)
    out.print(Text(f"\nRuns: {found.runs}"), soft_wrap=True)
