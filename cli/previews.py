"""What would follow if a decision were undone, before anybody does so."""

from collections.abc import Collection
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.previewing import previewed
from cli.output import Json, give, table
from cli.record import reading, run
from goodstanding.clock import system_clock
from goodstanding.domain.preview import preview_overturn as tried
from goodstanding.policy.book import PolicyBook
from goodstanding.previews import PreviewView
from storage.policies import load_book

DecisionId = Annotated[str, typer.Argument(help="A decision that counts.", metavar="DECISION")]


def preview_overturn(
    account_id: Annotated[str, typer.Argument(help="The account's id.", metavar="ID")],
    decision_id: DecisionId,
    *,
    as_json: Json = False,
) -> None:
    """What taking a decision back would do now: later decisions, strikes, rights, filings, notices."""
    found = run(_previewed(account_id, decision_id))

    def shown(out: Console) -> None:
        _draw(out, found)

    give(found.model_dump(mode="json"), as_json=as_json, shown=shown)


async def _previewed(account_id: str, decision_id: str) -> PreviewView:
    async with reading() as session:
        return await previewed(
            session,
            _whole_book,
            account_id,
            lambda record, context: tried(record, decision_id, context),
            system_clock(),
        )


async def _whole_book(session: AsyncSession, _policies: Collection[str]) -> PolicyBook:
    return await load_book(session)


def _draw(out: Console, found: PreviewView) -> None:
    before, after = found.then.before, found.then.after
    out.print(Text(f"{found.decision_id}: {found.verdict}, as of event {found.seq}", style="bold"))
    out.print(f"{before.stage}, {before.standing} -> {after.stage}, {after.standing}")
    out.print(f"points {before.points} -> {after.points}, mark {before.mark} -> {after.mark}")
    back = sorted(set(after.capabilities) - set(before.capabilities))
    out.print(Text(f"rights that come back: {', '.join(back) or 'none'}"), soft_wrap=True)
    for title, rows, columns in (
        (
            "Decisions",
            found.then.decisions,
            ("decision_id", "rule", "rung_before", "rung_after", "points_before", "points_after"),
        ),
        ("Filings", found.then.filings, ("kind", "to", "corrects")),
        ("Notices", found.then.notices, ("kind", "decision_id")),
    ):
        out.print(Text(f"\n{title}", style="bold"))
        plain = [one.model_dump() for one in rows]
        out.print(table(plain, columns) if plain else "none")
