"""Letters by e-mail: one message over SMTP, and from whom the platform says where it goes.

The record holds no address: the platform is asked for it each time, and it stands in no log, error or history.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr
from enum import StrEnum
from typing import Final

import aiosmtplib
import httpx
from aiosmtplib import (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPTimeoutError,
)

from activities.signed_post import NoAnswerError, is_refusal, post_signed
from storage.letters import Letter

NO_ADDRESS: Final = "no_address"
"""The platform knows no address of this holder, or does not want one to be written to."""
ADDRESS_MALFORMED: Final = "address_malformed"
ADDRESS_UNKNOWN: Final = "address_not_answered"
"""The platform did not say where to; it is asked again."""
SMTP_TIMED_OUT: Final = "smtp_timed_out"
SMTP_UNREACHABLE: Final = "smtp_unreachable"
SMTP_REFUSED_US: Final = "smtp_refused_us"
"""Sign-in, encryption or greeting failed: a setting of ours, or of the server's; mended, it goes on."""

_PERMANENT: Final = range(500, 600)
_LONGEST_ADDRESS: Final = 320
_NOT_IN_ADDRESSES: Final = frozenset(' \t\r\n<>,;:"()[]\\')


class Security(StrEnum):
    """How the connection to the mail server is encrypted."""

    STARTTLS = "starttls"
    """It begins in the clear and is encrypted before anything is said; a server that cannot is refused."""
    TLS = "tls"
    """From the first byte on."""
    NONE = "none"
    """Not at all: to a server on the same machine."""


class MailUndeliveredError(Exception):
    """The letter did not get away now; trying again may help. `code` says why in a word."""

    def __init__(self, code: str) -> None:
        super().__init__(f"The letter did not get away: {code}.")
        self.code = code


class MailRefusedError(MailUndeliveredError):
    """The letter will never get away like this: no address, or the mail server refuses it for good."""


@dataclass(frozen=True, slots=True)
class Posting:
    """A letter with what its envelope says."""

    message_id: str
    """The id of the effect: the same each time it is sent."""
    written_at: datetime
    letter: Letter


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where letters are handed in, and as whom."""

    host: str
    port: int
    security: Security
    sender: str
    """As it stands in From: `notices@platform.example`, or with a name before it in angle brackets."""
    user: str | None = None
    password: str | None = None
    timeout: timedelta = timedelta(seconds=20)
    tls: ssl.SSLContext | None = None
    """Whose certificates are believed; None: those that the system believes."""


class AddressBook:
    """The platform, which is asked where a letter goes."""

    def __init__(self, client: httpx.AsyncClient, url: str, secret: str) -> None:
        self._client = client
        self._url = url
        self._secret = secret

    async def address(self, effect_id: str, asked: Mapping[str, object]) -> str:
        """The address at this very moment; `MailRefusedError` without one, `MailUndeliveredError` without an answer."""
        try:
            answer = await post_signed(self._client, self._url, self._secret, effect_id, asked)
        except NoAnswerError:
            answer = None
        if answer is None or not (answer.is_success or is_refusal(answer)):
            raise MailUndeliveredError(ADDRESS_UNKNOWN)
        if is_refusal(answer):
            raise MailRefusedError(NO_ADDRESS)
        return _address_in(answer)


class Mailer:
    """Hands letters in at a mail server."""

    def __init__(self, server: MailServer, addresses: AddressBook) -> None:
        self._server = server
        self._addresses = addresses

    async def send(self, posting: Posting, asked: Mapping[str, object]) -> None:
        """Hand the letter in, at least once; the receiver knows a repeat by its Message-ID.

        Raises `MailRefusedError` where that is for good, `MailUndeliveredError` where it may go later.
        """
        address = await self._addresses.address(posting.message_id, asked)
        message = self.message(posting, address)
        try:
            await self._handed_in(message, address)
        except SMTPException as error:
            failure = failure_of(error)
        except (OSError, ValueError, MessageError):
            failure = MailUndeliveredError(SMTP_UNREACHABLE)
        else:
            return
        # outside the handler: the library's error names the address, and must not be chained to ours
        raise failure

    def message(self, posting: Posting, address: str) -> EmailMessage:
        """The message with both forms of the letter, which say the same."""
        letter = posting.letter
        message = EmailMessage(policy=SMTP if address.isascii() else SMTPUTF8)
        message["Message-ID"] = f"<{posting.message_id}@{self._domain}>"
        message["Date"] = format_datetime(posting.written_at)
        message["From"] = self._server.sender
        message["To"] = Address(addr_spec=address) if address.isascii() else address
        # one line, whatever a name holds: a header ends with its line
        message["Subject"] = " ".join(letter.title.split())
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
        message.set_content(f"{letter.title}\n\n{letter.body}\n")
        message.add_alternative(letter.html, subtype="html")
        # last: what begins so goes to the first part when there come to be two
        message["Content-Language"] = letter.language
        return message

    @property
    def _domain(self) -> str:
        return parseaddr(self._server.sender)[1].rpartition("@")[2]

    async def _handed_in(self, message: EmailMessage, address: str) -> None:
        server = self._server
        connection = aiosmtplib.SMTP(
            hostname=server.host,
            # not this machine's own name, which is nobody's business
            local_hostname=self._domain,
            port=server.port,
            username=server.user,
            password=server.password,
            use_tls=server.security is Security.TLS,
            start_tls=server.security is Security.STARTTLS,
            tls_context=server.tls,
            timeout=server.timeout.total_seconds(),
        )
        async with connection:
            await connection.send_message(
                message, sender=parseaddr(server.sender)[1], recipients=[address]
            )


def failure_of(error: SMTPException) -> MailUndeliveredError:
    """Whether the server's refusal is for good: only what it says, with 5xx, of this letter or its receiver is."""
    if isinstance(error, SMTPRecipientsRefused):
        error = error.recipients[0] if error.recipients else error
    if isinstance(error, SMTPTimeoutError):
        return MailUndeliveredError(SMTP_TIMED_OUT)
    if isinstance(error, SMTPConnectError):
        return MailUndeliveredError(SMTP_UNREACHABLE)
    if not isinstance(error, SMTPResponseException) or isinstance(error, SMTPAuthenticationError):
        return MailUndeliveredError(SMTP_REFUSED_US)
    is_about_it = isinstance(error, SMTPRecipientRefused | SMTPDataError)
    kind = MailRefusedError if is_about_it and error.code in _PERMANENT else MailUndeliveredError
    return kind(f"smtp_{error.code}")


def _address_in(answer: httpx.Response) -> str:
    try:
        said = answer.json()
    except ValueError:
        said = None
    if not isinstance(said, dict) or "address" not in said:
        raise MailUndeliveredError(ADDRESS_UNKNOWN)
    address = said["address"]
    if address is None:
        raise MailRefusedError(NO_ADDRESS)
    if not isinstance(address, str) or not _is_address(address):
        raise MailRefusedError(ADDRESS_MALFORMED)
    return address


def _is_address(text: str) -> bool:
    local, _, domain = text.rpartition("@")
    clean = text.isprintable() and not _NOT_IN_ADDRESSES.intersection(text)
    return bool(local and domain) and clean and len(text) <= _LONGEST_ADDRESS
