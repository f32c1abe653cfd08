"""docs/third-parties.md shows messages as they are really sent; run as a program this writes them anew.

A block below `<!-- message: NAME -->` is the body of that message, from a real ledger through the real activities to
the services of the examples.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest
from temporalio.testing import ActivityEnvironment

from activities.content import ContentActivities
from activities.filings import FilingActivities
from activities.http_authority import HttpAuthority
from activities.http_identity import HttpIdentityProvider
from activities.http_webhook import HttpWebhook
from activities.identity import IdentityActivities
from activities.notices import NoticeActivities
from examples.invented import organisation_code, resident_number
from examples.services.authority import AuthorityService
from examples.services.identity_provider import Behaviour, IdentityProviderService
from examples.services.webhook_receiver import WebhookReceiverService
from goodstanding.messages import (
    ApplyForQualification,
    EffectRef,
    Finding,
    ItemAction,
    RecordViolation,
    SettleEffects,
    SubmitIdentity,
)
from goodstanding.sealing import Identity, Operator, seal
from goodstanding.vocabulary import EffectKind, Outcome, Stage, Verdict
from goodstanding.webhooks import CallbackBody, ContentReceipt, ProviderAnswer, new_secret, verified
from storage.texts import TextKeys
from tests.storage.ledgers import ASH, HOLDER, LICENCE, Ledger, ledger_on
from worker.settings import Settings

FILE = Path(__file__).parents[1] / "docs" / "third-parties.md"
AGAIN = "python -m tests.test_third_parties_doc writes it anew"
SECRET = new_secret()
ORGANISATION = Identity(
    document="organisation_code",
    number=organisation_code(serial=7),
    name="Willow County Daily",
    country="CN",
    operator=Operator(
        document="resident_identity_number",
        number=resident_number(born=date(1990, 5, 17), serial=7),
        name="无名氏",
        country="CN",
    ),
)
_BLOCK = re.compile(
    r"(<!-- message: (?P<name>[\w-]+) -->\n+```json\n)(?P<body>.*?)(?=\n```)", re.DOTALL
)


class Exchange:
    """What was asked and answered, in order, by what is asked for."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.bodies: dict[str, Any] = {}

    async def asked(self, request: httpx.Request) -> None:
        """Keep a request."""
        self.requests.append(request)
        self.bodies[request.url.path.strip("/")] = json.loads(request.content)

    async def answered(self, response: httpx.Response) -> None:
        """Keep an answer that has a body."""
        if content := await response.aread():
            self.bodies[f"{response.request.url.path.strip('/')}-answer"] = json.loads(content)

    def client(self, app: Any) -> httpx.AsyncClient:
        """A client of this service, all of whose exchanges are kept."""
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app),
            event_hooks={"request": [self.asked], "response": [self.answered]},
        )


@asynccontextmanager
async def ledger_in(folder: Path) -> AsyncIterator[Ledger]:
    urls = [f"sqlite+aiosqlite:///{folder}/{name}.db" for name in ("record", "vault")]
    async with ledger_on(urls[0], urls[1], folder / "keys") as ledger:
        await ledger.open_provider()
        yield ledger


async def one_of(ledger: Ledger, kind: EffectKind) -> EffectRef:
    told = await ledger.pass_time(ledger.now)
    return next(one for one in told.agenda.effects if one.kind is kind)


async def asked_to_verify(ledger: Ledger) -> EffectRef:
    """An organisation that has handed its identity in."""
    registration = {"kind": "public", "holder_type": "news_organisation"}
    await ledger.tell(ledger.register(display_name="Willow Daily", **registration))
    key = ledger.keys.sealing_key
    sealed = seal(ORGANISATION, account_id=ledger.id, actor_id=HOLDER.id, key=key)
    await ledger.tell(
        SubmitIdentity(account_id=ledger.id, command_id="identity", actor=HOLDER, sealed=sealed)
    )
    return await one_of(ledger, EffectKind.VERIFICATION)


async def exchanged(ledger: Ledger) -> Exchange:
    """A life in which each third party is asked once."""
    exchange = Exchange()
    await _verify(ledger, exchange)
    await _notify(ledger, exchange)
    await _file(ledger, exchange)
    await _take_down(ledger, exchange)
    return exchange


async def _verify(ledger: Ledger, exchange: Exchange) -> None:
    effect = await asked_to_verify(ledger)
    service = IdentityProviderService(SECRET, {}, others=Behaviour())
    async with exchange.client(service.app) as http:
        provider = HttpIdentityProvider(http, "http://identity.example", SECRET)
        identities = IdentityActivities(
            ledger.database.sessions, ledger.vault, ledger.keys, provider
        )
        settlement = await identities.verify_identity(effect)
    await ledger.tell(SettleEffects(account_id=ledger.id, settlements=(settlement,)))


async def _notify(ledger: Ledger, exchange: Exchange) -> None:
    effect = await one_of(ledger, EffectKind.NOTICE)
    texts = TextKeys(ledger.keys.wrapper)
    async with exchange.client(WebhookReceiverService(SECRET).app) as http:
        webhook = HttpWebhook(http, "http://platform.example/webhook", SECRET)
        notices = NoticeActivities(ledger.database.reading, texts, webhook)
        await ActivityEnvironment().run(notices.deliver_notices, (effect,))
    await ledger.deliver()


async def _file(ledger: Ledger, exchange: Exchange) -> None:
    applied = await ledger.send(
        ApplyForQualification, HOLDER, qualification="public_account", licence=LICENCE
    )
    await ledger.vote(applied.answer.created[1], Verdict.GRANT, ASH)
    effect = await one_of(ledger, EffectKind.FILING)
    async with exchange.client(AuthorityService(SECRET).app) as http:
        authority = HttpAuthority(http, "http://authority.example", SECRET)
        filings = FilingActivities(
            ledger.database.reading, ledger.vault, {"content_authority": authority}
        )
        await filings.file_with_authority(effect)


async def asked_to_take_down(ledger: Ledger) -> EffectRef:
    """A decision that removes an item."""
    finding = Finding(
        violation_id="v1",
        acted_at=ledger.now,
        rule="illegal_goods",
        item="post-17",
        facts="Seen and read by a person.",
        content=(ItemAction(item="post-17", action="remove"),),
    )
    await ledger.send(RecordViolation, ASH, finding=finding)
    return await one_of(ledger, EffectKind.CONTENT)


async def _take_down(ledger: Ledger, exchange: Exchange) -> None:
    effect = await asked_to_take_down(ledger)
    async with exchange.client(WebhookReceiverService(SECRET, "/content").app) as http:
        webhook = HttpWebhook(http, "http://platform.example/content", SECRET)
        await ContentActivities(ledger.database.reading, webhook).ask_platform(effect)


def shown(text: str) -> dict[str, Any]:
    return {found["name"]: json.loads(found["body"]) for found in _BLOCK.finditer(text)}


def right(text: str, bodies: Mapping[str, Any]) -> str:
    """The page with the messages that are really sent."""

    def block(found: re.Match[str]) -> str:
        body = bodies.get(found["name"])
        if body is None:
            return found[0]
        return found[1] + json.dumps(body, indent=2, ensure_ascii=False)

    return _BLOCK.sub(block, text)


@pytest.fixture
async def ledger(tmp_path) -> AsyncIterator[Ledger]:
    async with ledger_in(tmp_path) as ledger:
        yield ledger


async def test_every_message_of_the_page_is_as_it_is_really_sent(ledger):
    exchange = await exchanged(ledger)
    told = shown(FILE.read_text("utf-8"))

    assert {name: told[name] for name in exchange.bodies} == exchange.bodies, AGAIN
    assert set(told) - set(exchange.bodies) == {"call-back", "receipt"}


async def test_each_is_signed_and_can_be_told_from_its_repeats_as_the_page_says(ledger):
    exchange = await exchanged(ledger)
    page = FILE.read_text("utf-8")

    assert len(exchange.requests) == 4
    for request in exchange.requests:
        verified(SECRET, request.headers, request.content)
        assert request.headers["webhook-id"] == request.headers["idempotency-key"]
        ours = {name for name in request.headers if "webhook" in name or name.startswith("idem")}
        assert all(f"`{name}`" in page.lower() for name in ours)


async def test_the_call_back_of_the_page_settles_what_was_asked(ledger):
    effect = await asked_to_verify(ledger)
    said = shown(FILE.read_text("utf-8"))["call-back"]

    assert said["effect_id"] == effect.effect_id
    settlement = CallbackBody.read(json.dumps(said).encode()).settlement()
    told = await ledger.tell(SettleEffects(account_id=ledger.id, settlements=(settlement,)))
    assert told.answer.stage is Stage.ACTIVE


async def test_the_receipt_of_the_page_settles_what_was_asked(ledger):
    await exchanged(ledger)
    body = json.dumps(shown(FILE.read_text("utf-8"))["receipt"]).encode()

    settlement = ContentReceipt.read(body).settlement()
    told = await ledger.tell(SettleEffects(account_id=ledger.id, settlements=(settlement,)))

    assert EffectKind.CONTENT not in {one.kind for one in told.agenda.effects}


def test_the_page_explains_every_field_and_word_of_an_answer():
    page = FILE.read_text("utf-8")

    for word in (*ProviderAnswer.model_fields, *Outcome, *ContentReceipt.model_fields):
        assert f"`{word}`" in page


def test_every_setting_of_the_page_exists():
    named = set(re.findall(r"GOODSTANDING_([A-Z_]+)", FILE.read_text("utf-8")))

    assert named
    assert {name.lower() for name in named} <= set(Settings.model_fields)


async def _written() -> None:
    with TemporaryDirectory() as folder:
        async with ledger_in(Path(folder)) as ledger:
            bodies = (await exchanged(ledger)).bodies
    FILE.write_text(right(FILE.read_text("utf-8"), bodies), "utf-8")


if __name__ == "__main__":
    asyncio.run(_written())
