"""The platform itself: the licences that it holds, and those that its policy asks of it."""

import secrets
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console

from cli.output import Json, give, made, table
from cli.record import reading, run
from cli.sending import answer_of, drawn, sent
from goodstanding.clock import system_clock
from goodstanding.domain.record import Record
from goodstanding.errors import AccountNotFoundError
from goodstanding.messages import Answer, Licence, RecordLicence
from goodstanding.policy.schema import Policy
from goodstanding.vocabulary import PROVIDER_ACCOUNT
from storage import api_reads
from storage.policies import load_book

app = typer.Typer(help="The platform itself.", no_args_is_help=True)
licences = typer.Typer(help="The licences that the platform holds.", no_args_is_help=True)
app.add_typer(licences, name="licence")

Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD")]

_COLUMNS = ("code", "held", "number", "valid_from", "valid_until", "capabilities")


@app.callback()
def provider() -> None:
    """The platform itself."""


@licences.callback()
def licence() -> None:
    """The licences that the platform holds."""


@licences.command("add")
def add_licence(
    code: Annotated[str, typer.Argument(help="The policy's word for the licence.")],
    number: Annotated[str, typer.Option(help="The number on the licence.")],
    authority: Annotated[str, typer.Option(help="Who gave it.")],
    valid_from: Day,
    valid_to: Day,
    *,
    as_json: Json = False,
) -> None:
    """Enter a licence that the platform holds, with its last day; repeating it changes nothing."""
    given = made(
        Licence,
        number=number,
        authority=authority,
        valid_from=valid_from.date(),
        valid_to=valid_to.date(),
    )
    answer = run(_recorded(code, given))
    give(answer_of(answer), as_json=as_json, shown=drawn(answer))


@app.command()
def show(*, as_json: Json = False) -> None:
    """Which licences the policy asks of the platform, and which it holds now."""
    found = run(_shown())

    def shown(out: Console) -> None:
        out.print(f"policy {found['policy_id']}")
        rows = found["licences"]
        out.print(table(rows, _COLUMNS) if rows else "The policy asks for no licence.")

    give(found, as_json=as_json, shown=shown)


async def _recorded(code: str, licence: Licence) -> Answer:
    def command(fields: dict[str, Any]) -> RecordLicence:
        return RecordLicence(code=code, licence=licence, **fields)

    # each call is a wish of its own: a refusal is kept under its id, and may be untrue tomorrow
    command_id = f"licence-{secrets.token_hex(8)}"
    return await sent(command, account_id=PROVIDER_ACCOUNT, command_id=command_id)


async def _shown() -> dict[str, Any]:
    async with reading() as session:
        read = await api_reads.accounts(session, {PROVIDER_ACCOUNT})
        book = await load_book(session)
    record = read.records.get(PROVIDER_ACCOUNT)
    if record is None:
        raise AccountNotFoundError(
            "The service was never started, so there is no account `provider`."
        )
    now = system_clock()
    published = book.current(record.policy_id, now)
    return {
        "policy_id": published.id,
        "policy_version": published.policy.policy.version,
        "licences": _licences(published.policy, record, now),
    }


def _licences(policy: Policy, record: Record, now: datetime) -> list[dict[str, Any]]:
    asked = policy.provider.licences
    unheld = [code for code in asked if code not in {one.code for one in record.licences}]
    held = [
        {
            "code": one.code,
            "held": one.valid_from <= now < one.valid_until,
            "number": one.number,
            "licence_id": one.licence_id,
            "valid_from": one.valid_from,
            "valid_until": one.valid_until,
            "capabilities": list(asked[one.code].capabilities) if one.code in asked else [],
        }
        for one in record.licences
    ]
    nothing = {"number": None, "licence_id": None, "valid_from": None, "valid_until": None}
    return held + [
        {"code": code, "held": False, **nothing, "capabilities": list(asked[code].capabilities)}
        for code in unheld
    ]
