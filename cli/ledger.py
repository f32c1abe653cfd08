"""The ledger: bringing its schema up, checking it, and writing its views anew."""

from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text
from sqlmodel import col, select

from cli.output import FOUND_PROBLEMS, Json, give
from cli.record import reading, run
from goodstanding.errors import AccountNotFoundError
from storage.audit import Finding, verify
from storage.bulk_audit import verify_bulks
from storage.engine import Database
from storage.records import rebuild as rebuild_account
from storage.tables import AccountRow
from worker.locking import only_worker
from worker.schema import bring_up, opened_record
from worker.settings import load_settings

db = typer.Typer(help="The databases.", no_args_is_help=True)
audit = typer.Typer(help="The ledger.", no_args_is_help=True)

AccountId = Annotated[str | None, typer.Argument(help="One account.", metavar="ID")]
All = Annotated[bool, typer.Option("--all", help="Every account.")]


@db.callback()
def databases() -> None:
    """The databases."""


@audit.callback()
def the_ledger() -> None:
    """The ledger."""


@db.command("upgrade")
def upgrade_databases(*, as_json: Json = False) -> None:
    """Bring record and vault to the schema of this version; repeating it changes nothing."""
    settings = load_settings()
    with only_worker(settings.database_url):
        run(bring_up(settings))

    def shown(out: Console) -> None:
        out.print("Record and vault have the schema of this version.")

    give({"upgraded": ["record", "vault"]}, as_json=as_json, shown=shown)


@audit.command("verify")
def verify_ledger(*, as_json: Json = False) -> None:
    """Find any row of the ledger that was changed, moved or taken out, and name it."""
    findings = run(_findings())

    def shown(out: Console) -> None:
        for one in findings:
            place = f"event {one.seq}" if one.seq else "the account's row"
            out.print(Text(f"{one.account_id}: {place}: {one.what}"), soft_wrap=True)
        if not findings:
            out.print("The ledger is as it was written.")

    found = {"sound": not findings, "findings": [asdict(one) for one in findings]}
    give(found, as_json=as_json, shown=shown)
    if findings:
        raise typer.Exit(FOUND_PROBLEMS)


def rebuild(
    account_id: AccountId = None, *, everything: All = False, as_json: Json = False
) -> None:
    """Fold the ledger again and write snapshot and read models anew; say what was not right before.

    What was wrong is mended by it, so it ends with 0; the ledger itself is never touched.
    """
    if (account_id is None) is not everything:
        raise typer.BadParameter("name one account, or say --all")
    found = run(_rebuilt(account_id))
    mended = {name: wrong for name, wrong in found.items() if wrong}

    def shown(out: Console) -> None:
        for name, wrong in mended.items():
            out.print(Text(f"{name}: mended {', '.join(wrong)}"), soft_wrap=True)
        out.print(f"{len(found)} rebuilt, {len(mended)} of them were not as their history says.")

    give({"rebuilt": len(found), "mended": mended}, as_json=as_json, shown=shown)


async def _findings() -> list[Finding]:
    async with reading() as session:
        return [*await verify(session), *await verify_bulks(session)]


async def _rebuilt(account_id: str | None) -> dict[str, Any]:
    async with opened_record(load_settings()) as database:
        ids = [account_id] if account_id else await _all_ids(database)
        # one transaction each: the service may be at work meanwhile
        return {one: await _rebuilt_one(database, one) for one in ids}


async def _rebuilt_one(database: Database, account_id: str) -> list[str]:
    async with database.sessions.begin() as session:
        row = await session.get(AccountRow, account_id, with_for_update=True)
        if row is None:
            raise AccountNotFoundError(f"No account has the id {account_id}.", "account_id")
        return list(await rebuild_account(session, account_id))


async def _all_ids(database: Database) -> list[str]:
    async with database.reading() as session:
        return list(
            await session.exec(select(AccountRow.account_id).order_by(col(AccountRow.account_id)))
        )
