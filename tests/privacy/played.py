"""The cast plays, and all that can be read afterwards is gathered."""

import asyncio
import json
import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from temporalio.client import Client

from goodstanding.converter import data_converter
from goodstanding.errors import GoodstandingError
from goodstanding.keys import load_client_keys, load_keys
from goodstanding.messages import (
    ApplyForQualification,
    Erase,
    FileAppeal,
    FileReport,
    Finding,
    Licence,
    RecordLicence,
    RecordViolation,
    SubmitIdentity,
    Withdraw,
)
from goodstanding.sealing import Identity, Operator, seal
from goodstanding.vocabulary import Verdict
from goodstanding.webhooks import signature_time, signed
from tests.privacy.cast import Cast, the_cast
from tests.privacy.search import (
    Place,
    captured_logs,
    executions,
    files,
    histories,
    opened,
    tables,
    unsealed,
    words_of,
)
from tests.privacy.stage import (
    ASH,
    BIRCH,
    HOLDER,
    NEUTRAL,
    SYSTEM,
    Stage,
    stage_for,
    until,
)
from tests.worker.services import environment, free_values

ACCOUNTS = (
    *("appeals", "public", "press", "mistypes", "waits", "leaves", "echoed", "unclear", "abroad"),
    *("stranger", "provider", "nobody"),
)
_READS = ("", "/requirements", "/notices", "/badge", "/capabilities/post", "/capabilities/none")
_PAGES = ("/reviews", "/keys/sealing", "/openapi.json", "/healthz")
_SHOWN = (("account", "show", "press"), ("account", "show", "leaves"), ("effects", "list"))


@dataclass
class Played:
    """What is left once all have played, and the service has stopped."""

    cast: Cast
    folder: Path
    places: dict[str, list[Place]] = field(default_factory=dict)
    """By what they are."""
    in_the_open: list[str] = field(default_factory=list)
    """What stands in a history and is not encrypted."""
    filings: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """What the authority acknowledged, by account."""
    before_erasure: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    """What tables held of the account that was erased, by table."""


async def play(folder: Path) -> Played:
    """Let everybody play at once, then read everything."""
    cast = the_cast()
    played = Played(cast, folder)
    with captured_logs() as logs:
        async with stage_for(cast, folder) as stage:
            await _licensed(stage)
            await asyncio.gather(
                _appeals(stage),
                _public(stage),
                _press(stage),
                _mistypes(stage),
                _waits(stage),
                _leaves(stage, played),
                _echoed(stage),
                _unclear(stage),
                _abroad(stage),
                _stranger(stage),
            )
            await until(stage.nothing_is_pending)
            await _look_around(stage)
            await _gather(stage, played)
    played.places["logs"] = logs
    # once more: on leaving, SQLite has put into the files what was beside them
    played.places["files, stopped"] = list(files(folder))
    return played


# what happens


async def _licensed(stage: Stage) -> None:
    """The platform holds what the policy asks of it."""
    await stage.becomes("provider", "active")
    today = datetime.now(UTC).date()
    licence = Licence(
        number="L-1",
        authority="made_up_authority",
        valid_from=today - timedelta(days=400),
        valid_to=today + timedelta(days=900),
    )
    for code in ("telecom_licence", "internet_news_licence"):
        fields = {"command_id": code, "code": code, "licence": licence}
        await stage.send(RecordLicence, "provider", SYSTEM, **fields)


async def _appeals(stage: Stage) -> None:
    """Somebody is warned, and appeals in words that say who they are."""
    await stage.active("appeals", stage.cast.appeals)
    finding = Finding(
        violation_id="v-1",
        acted_at=datetime.now(UTC) - timedelta(hours=1),
        rule="spam_flooding",
        item="item-1",
        facts="The same text forty times within an hour.",
    )
    await stage.send(RecordViolation, "appeals", ASH, finding=finding)
    (decision,) = (await stage.platform.accounts.get("appeals")).appealable
    fields = {"appeal_id": "ap-1", "decision_id": decision.decision_id}
    await stage.send(FileAppeal, "appeals", statement=stage.cast.statement, **fields)
    await stage.decide("appeals", Verdict.UPHELD, BIRCH)
    answer = await stage.send(
        FileReport,
        "appeals",
        report_id="r-1",
        ground="unlawful",
        item="item-2",
        statement=stage.cast.statement,
    )
    stage.said.append(await _told(stage.http.get(f"/reports/{answer.receipt}")))


async def _approved(stage: Stage, account_id: str) -> None:
    await stage.send(ApplyForQualification, account_id, qualification="public_account")
    await stage.decide(account_id, Verdict.GRANT)


async def _public(stage: Stage) -> None:
    """A person's public account is filed with the authority."""
    await stage.active("public", stage.cast.public, kind="public")
    await _approved(stage, "public")


async def _press(stage: Stage) -> None:
    """An organisation's is, too."""
    more = {"kind": "public", "holder_type": "news_organisation"}
    await stage.active("press", stage.cast.press, **more)
    await _approved(stage, "press")


async def _mistypes(stage: Stage) -> None:
    """Two wrong numbers, then the right one."""
    right = stage.cast.mistypes
    wrong = [
        Identity(**{**right.model_dump(), "number": number})
        for number in (stage.cast.mistyped, stage.cast.others_number)
    ]
    await stage.registered("mistypes")
    for attempt, identity in enumerate(wrong):
        await stage.submit("mistypes", identity, attempt)
        await stage.is_verified_as("mistypes", "failed")
    await stage.submit("mistypes", right, len(wrong))
    await stage.becomes("mistypes", "active")


async def _waits(stage: Stage) -> None:
    """The provider takes its time, and then calls back: malformed, unsigned, and right."""
    await stage.registered("waits")
    await stage.submit("waits", stage.cast.waits)
    await stage.is_verified_as("waits", "waiting")
    effect_id = next(one for one in stage.provider.outstanding if one.startswith("waits."))
    person = stage.cast.waits.model_dump()
    for body in (
        {"effect_id": effect_id, "outcome": person["name"], "checks": [person["number"]]},
        {"effect_id": person["number"], "outcome": "pass", **person},
        {"effect_id": effect_id, "outcome": "fail", "reason_code": person["number"]},
    ):
        content = json.dumps(body, ensure_ascii=False).encode()
        signature = signed(stage.secret, "callback", signature_time(), content)
        for headers in (signature, {}):
            stage.said.append(
                await _told(
                    stage.http.post(
                        "/providers/identity/callbacks", content=content, headers=headers
                    )
                )
            )

    async def is_called_back() -> bool:
        await stage.provider.answer_callbacks()
        return (await stage.platform.accounts.get("waits")).stage == "active"

    await until(is_called_back)


async def _leaves(stage: Stage, played: Played) -> None:
    """Somebody gives up before the provider answers, and has the identity destroyed."""
    await stage.registered("leaves")
    await stage.submit("leaves", stage.cast.leaves)
    await stage.is_verified_as("leaves", "waiting")
    await stage.send(Withdraw, "leaves")
    for file, table in ((stage.vault, "identity"), (stage.record, "event"), (stage.record, "text")):
        played.before_erasure[table] = rows_of(file, table, "leaves")
    await stage.send(Erase, "leaves")


async def _echoed(stage: Stage) -> None:
    """The provider's first answers repeat the question."""
    await stage.active("echoed", stage.cast.echoed)


async def _unclear(stage: Stage) -> None:
    """The provider refuses the question, and a person decides."""
    await stage.registered("unclear")
    await stage.submit("unclear", stage.cast.unclear)
    await stage.decide("unclear", Verdict.ACCEPT)
    await stage.becomes("unclear", "active")


async def _abroad(stage: Stage) -> None:
    """Under the policy that keeps no identity at all."""
    await stage.active("abroad", stage.cast.abroad, policy=NEUTRAL)


async def _stranger(stage: Stage) -> None:
    """What is malformed, sealed for somebody else, or sealed to no key of ours."""
    person = stage.cast.appeals.model_dump()
    for fields in (
        {**person, "name": f"{person['name']}\x07"},
        {**person, "number": person["number"] * 40},
        {**person, "country": person["name"]},
        {**person, "passport": person["number"]},
        {**person, "operator": {**person, "operator": None}},
    ):
        for sort in (Identity, Operator):
            stage.said.append(_refused(sort, fields))
    identity = stage.cast.appeals
    stage.said.append(repr(identity).encode() + str([identity]).encode() + f"{identity}".encode())
    await stage.registered("stranger")
    key = load_client_keys(stage.settings.keys_directory).sealing_key
    sealed = seal(identity, account_id="appeals", actor_id=HOLDER.id, key=key)
    await stage.send(SubmitIdentity, "stranger", sealed=sealed)
    await stage.is_verified_as("stranger", "failed")
    lost = sealed.model_copy(update={"key_id": "s9-nobody"})
    await stage.send(SubmitIdentity, "stranger", command_id="lost", sealed=lost)
    # a key may have reached one worker and not the other yet: it is tried until it is given up
    await stage.is_tried_again("stranger")
    await stage.send(Withdraw, "stranger")
    for account_id in ("stranger", "nobody"):
        try:
            await stage.submit(account_id, identity, 3)
        except GoodstandingError as error:
            stage.said.append(words_of(error).encode())


def _refused(sort: Any, fields: dict[str, Any]) -> bytes:
    try:
        sort(**fields)
    except GoodstandingError as error:
        return words_of(error).encode()
    return b""


# what is read


async def _look_around(stage: Stage) -> None:
    """Ask the API for everything, as ops and as the public."""
    paths = [*_PAGES, *(f"/accounts/{one}{what}" for one in ACCOUNTS for what in _READS)]
    for path in paths:
        stage.said.append(await _told(stage.http.get(path)))
    pairs = [{"account_id": one, "capability": "post"} for one in ACCOUNTS]
    stage.said.append(await _told(stage.http.post("/capabilities", json={"checks": pairs})))
    folder = stage.settings.temporal_file.parent
    env = environment(free_values(folder), PYTHONIOENCODING="utf-8")
    for arguments in _SHOWN:
        running = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "goodstanding", *arguments),
            env=env,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        out, _ = await running.communicate()
        assert running.returncode == 0, out
        stage.said.append(out)


async def _told(asked: Any) -> bytes:
    response = await asked
    return repr(dict(response.headers)).encode() + b"\n" + response.content


async def _gather(stage: Stage, played: Played) -> None:
    """Everything that somebody without the keys can read, and the histories as those with the key see them."""
    keys = load_keys(stage.settings.keys_directory)
    outsider = await Client.connect(stage.addresses.temporal)
    places = played.places
    places["histories"] = [place async for place in histories(outsider)]
    places["opened histories"] = [
        place async for place in opened(outsider, data_converter(keys.codec))
    ]
    for run in await executions(outsider):
        history = await outsider.get_workflow_handle(run.id, run_id=run.run_id).fetch_history()
        played.in_the_open += [one for event in history.events for one in unsealed(event)]
    places["tables"] = [
        *tables(stage.record),
        *tables(stage.vault),
        *tables(stage.settings.temporal_file),
    ]
    places["files"] = list(files(played.folder))
    async with httpx.AsyncClient(trust_env=False) as http:
        metrics = await http.get(f"{stage.addresses.health}/metrics")
        places["metrics"] = [Place("/metrics", metrics.content)]
    places["answers"] = [Place(f"answer {n}", one) for n, one in enumerate(stage.said)]
    for name, heard in stage.heard.items():
        places[name] = [Place(f"{name} heard {n}", one) for n, one in enumerate(heard)]
    for filing in stage.authority.filings:
        played.filings.setdefault(filing.account_id, []).append(filing.body)


def rows_of(file: Path, table: str, account_id: str) -> list[tuple[Any, ...]]:
    """What a table holds of an account."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        asked = f'SELECT * FROM "{table}" WHERE account_id = ? ORDER BY 1, 2'  # noqa: S608 - ours
        return database.execute(asked, (account_id,)).fetchall()
