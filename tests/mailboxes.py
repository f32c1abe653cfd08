"""A mail server that really listens, with the tempers of real ones, and the platform that knows the addresses."""

import asyncio
import ssl
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import httpx
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from fastapi import FastAPI, Request, Response

from activities.mail import AddressBook, Mailer, MailServer, Security
from goodstanding.webhooks import WebhookRefusedError, new_secret, verified

SENDER = "Platform <notices@platform.example>"
USER, PASSWORD = "goodstanding", "not a real one"
ADDRESSES = "http://platform.example/addresses"


@dataclass
class Mailboxes:
    """What arrived, and how the server takes the next letters."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    """To be said to the next receivers, one each, in place of a yes."""
    always: str = ""
    """To be said to every receiver, once those are used up."""
    at_data: str = ""
    """To be said at the end of each letter."""
    greylists: bool = False
    """The first try to each receiver is put off."""
    is_silent: bool = False
    """It takes connections and says nothing more."""
    tries: Counter[str] = field(default_factory=Counter)
    greeted: list[str] = field(default_factory=list)

    async def handle_EHLO(  # noqa: N802 - the library's names
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        self.greeted.append(hostname)
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        if self.is_silent:
            await asyncio.sleep(3600)
        self.tries[address] += 1
        if self.answers:
            return self.answers.pop(0)
        if self.greylists and self.tries[address] == 1:
            return "451 4.7.1 Greylisted, come back later"
        if self.always:
            return self.always
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.at_data:
            return self.at_data
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=default)
        assert isinstance(message, EmailMessage)
        self.letters.append(message)
        self.envelopes.append((envelope.mail_from or "", list(envelope.rcpt_tos)))
        return "250 Taken"

    def to(self, address: str) -> list[EmailMessage]:
        """The letters to this address, in their order."""
        return [one for one in self.letters if address in str(one["To"])]


@asynccontextmanager
async def mailboxes(
    tls: ssl.SSLContext | None = None, *, signs_in: bool = False, starttls: bool = False
) -> AsyncIterator[Mailboxes]:
    """A mail server on a port of its own."""
    boxes = Mailboxes()

    def answering() -> SMTP:
        return SMTP(
            boxes,
            hostname="mail.test",
            tls_context=tls if starttls else None,
            require_starttls=starttls,
            authenticator=_signed_in if signs_in else None,
            auth_required=signs_in,
            auth_require_tls=True,
            enable_SMTPUTF8=True,
            loop=asyncio.get_running_loop(),
        )

    loop = asyncio.get_running_loop()
    outer = tls if tls and not starttls else None
    server = await loop.create_server(answering, "127.0.0.1", 0, ssl=outer)
    boxes.port = server.sockets[0].getsockname()[1]
    try:
        yield boxes
    finally:
        server.close()


def _signed_in(
    server: SMTP, session: Session, envelope: Envelope, how: str, data: Any
) -> AuthResult:
    right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)


@dataclass
class AddressService:
    """The platform's end: who may be written to, and where."""

    secret: str = field(default_factory=new_secret)
    addresses: dict[str, str | None] = field(default_factory=dict)
    """By account; without an entry it is `ACCOUNT@people.example`."""
    status: int = 200
    asked: list[dict[str, Any]] = field(default_factory=list)

    @property
    def app(self) -> FastAPI:
        """What answers `POST /addresses`."""
        app = FastAPI(openapi_url=None)
        app.add_api_route("/addresses", self._answer, methods=["POST"])
        return app

    async def _answer(self, request: Request) -> Response:
        try:
            verified(self.secret, request.headers, await request.body())
        except WebhookRefusedError as error:
            return Response(status_code=error.status)
        asked = await request.json()
        self.asked.append(asked)
        if self.status != 200:
            return Response(status_code=self.status)
        account_id = asked["account_id"]
        address = self.addresses.get(account_id, f"{account_id}@people.example")
        return Response(
            httpx.Response(200, json={"address": address}).content, media_type="application/json"
        )


def mailer_to(
    boxes: Mailboxes, people: AddressService, *, secret: str | None = None, **server: Any
) -> Mailer:
    """A mailer that hands letters in there."""
    fields: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": boxes.port,
        "security": Security.NONE,
        "sender": SENDER,
        "timeout": timedelta(seconds=5),
        **server,
    }
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app=people.app))
    book = AddressBook(client, ADDRESSES, secret or people.secret)
    return Mailer(MailServer(**fields), book)
