"""Everything that the service is made of, built once from the settings."""

import os
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx
from temporalio.client import Client
from temporalio.converter import DataConverter

from activities.http_authority import HttpAuthority
from activities.http_identity import HttpIdentityProvider
from activities.http_webhook import HttpWebhook
from activities.mail import AddressBook, Mailer, MailServer, Security
from api.codec_server import CodecParts
from api.parts import ApiParts
from goodstanding.clock import Clock, now_by, system_clock
from goodstanding.converter import data_converter
from goodstanding.errors import ConfigurationError, PolicyNotFoundError
from goodstanding.keys import (
    MASTER_KEY_VARIABLE,
    ClientKeys,
    Keys,
    KeyWrapper,
    MasterKeyWrapper,
    load_client_keys,
    load_keys,
)
from goodstanding.messages import Actor, OpenProvider
from goodstanding.policy.book import PolicyBook, Published
from goodstanding.sending import Sender, raised, send
from goodstanding.vocabulary import PROVIDER_ACCOUNT, Role
from goodstanding.webhooks import check_secret
from storage.engine import Database, is_sqlite
from storage.policies import LiveBook, load_book, publish
from storage.policy_files import read_policies
from storage.tables import AccountRow
from storage.texts import TextKeys
from storage.vault import Vault
from worker.locking import only_worker
from worker.logs import get_logger
from worker.schema import RECORD, VAULT, bring_up, check_schema
from worker.settings import Settings, variable

SYSTEM = Actor(id="goodstanding", role=Role.SYSTEM)
"""The service itself, as an actor."""
IDENTITY_PROVIDER = "identity"
"""The name under which the identity provider calls back: `/providers/identity/callbacks`."""

_ID_DIGITS = 24
_THIRD_PARTY_PATIENCE = httpx.Timeout(20.0, connect=5.0)

_log = get_logger(__name__)


class NoPolicyPublishedError(ConfigurationError):
    """No policy is published in the record yet."""

    remedy = "Start a worker: it publishes the policy files; then start the API again."


@dataclass(frozen=True)
class Foundation:
    """What a worker stands on: settings, keys, databases with the right schema, and a valid policy book."""

    settings: Settings
    keys: Keys
    record: Database
    vault_database: Database
    book: PolicyBook

    @property
    def vault(self) -> Vault:
        """Where the identities are."""
        return Vault(self.vault_database.sessions, self.keys)

    @property
    def converter(self) -> DataConverter:
        """How everything is encrypted that passes through Temporal."""
        return data_converter(self.keys.codec)


@dataclass(frozen=True)
class ThirdParties:
    """Who is told and asked outside; None where the settings name nobody."""

    identity_provider: HttpIdentityProvider | None
    authorities: Mapping[str, HttpAuthority]
    webhook: HttpWebhook | None
    mailer: Mailer | None = None


@asynccontextmanager
async def founded(settings: Settings, clock: Clock = system_clock) -> AsyncIterator[Foundation]:
    """Build and check it in this order: policies, keys, lock, databases. `ConfigurationError`, or its like.

    SQLite is brought to the schema of this version here; PostgreSQL is refused unless it has it. On SQLite the
    lock is held until the block is left.
    """
    # first, and whatever else is wrong: without rules there is no service
    check_policies(settings)
    keys = service_keys(settings)
    async with AsyncExitStack() as stack:
        stack.enter_context(only_worker(settings.database_url))
        record, vault = await _databases(settings, stack)
        async with record.sessions.begin() as session:
            await publish(session, settings.policies_directory)
        async with record.reading() as session:
            book = await load_book(session)
        await _check_in_force(settings, book, clock)
        yield Foundation(settings, keys, record, vault, book)


def check_policies(settings: Settings) -> PolicyBook:
    """The policies of the directory, all valid; raises what `read_policies` raises, or for an unknown one."""
    book = read_policies(settings.policies_directory)
    known = sorted({one.id for one in book.published})
    wanted, name = settings.provider_policy, variable("provider_policy")
    if wanted not in known:
        message = f"{name}: there is no policy {wanted}; there are {', '.join(known)}."
        raise ConfigurationError(message, name)
    return book


def service_keys(settings: Settings) -> Keys:
    """All keys; the master key from its variable where that is set."""
    return load_keys(settings.keys_directory, wrapper=_wrapper_from_environment())


@asynccontextmanager
async def third_parties(settings: Settings) -> AsyncIterator[ThirdParties]:
    """Those whom the settings name, with one HTTP client for all."""
    async with httpx.AsyncClient(timeout=_THIRD_PARTY_PATIENCE) as http:
        provider, webhook = None, None
        authorities: dict[str, HttpAuthority] = {}
        if settings.identity_provider_url:
            secret = signing_secret(settings, "identity_provider_secret_file")
            provider = HttpIdentityProvider(http, settings.identity_provider_url, secret)
        for name, url in settings.authority_urls.items():
            secret = signing_secret(settings, "authority_secret_files", name)
            authorities[name] = HttpAuthority(http, url, secret)
        if settings.webhook_url:
            secret = signing_secret(settings, "webhook_secret_file")
            webhook = HttpWebhook(http, settings.webhook_url, secret)
        yield ThirdParties(provider, authorities, webhook, mailer_of(settings, http))


def mailer_of(settings: Settings, http: httpx.AsyncClient) -> Mailer | None:
    """Who hands letters in; None where no mail server is named. `ConfigurationError` for a file that cannot be read."""
    if not (settings.smtp_host and settings.mail_from and settings.mail_address_url):
        return None
    server = MailServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        security=Security(settings.smtp_security),
        sender=settings.mail_from,
        user=settings.smtp_user,
        password=settings.secret("smtp_password_file") if settings.smtp_user else None,
        tls=_believed(settings),
    )
    secret = signing_secret(settings, "mail_address_secret_file")
    return Mailer(server, AddressBook(http, settings.mail_address_url, secret))


def _believed(settings: Settings) -> ssl.SSLContext | None:
    if settings.smtp_ca_file is None:
        return None
    try:
        return ssl.create_default_context(cafile=settings.smtp_ca_file)
    except OSError as error:
        name = variable("smtp_ca_file")
        message = f"{name}: {settings.smtp_ca_file} holds no certificate that can be read."
        raise ConfigurationError(message, name) from error


async def ensure_provider(
    temporal: Client, foundation: Foundation, clock: Clock = system_clock
) -> None:
    """See that the account `provider` is there, under the policy of the settings; a worker has to be running."""
    now = await now_by(clock)
    published = foundation.book.at(foundation.settings.provider_policy, now)
    there, seq = await _provider(foundation)
    if there != published.id:
        # with the number of its last event: a policy that it had before is another wish today
        command = OpenProvider(
            account_id=PROVIDER_ACCOUNT,
            command_id=f"bootstrap-{published.digest[:_ID_DIGITS]}-{seq}",
            actor=SYSTEM,
            policy_id=published.id,
        )
        raised(await send(temporal, command))
        there, _ = await _provider(foundation)
    if there != published.id:
        _log.warning(
            "another worker's settings name another policy for the platform's own account",
            policy=there,
            wanted=published.id,
        )
    _log.info("the platform's own account is there", policy=there)


def api_parts(
    settings: Settings,
    sessions_of: Database,
    book: PolicyBook,
    temporal: Client,
    *,
    keys_required: bool,
) -> ApiParts:
    """What the HTTP API is made of; it needs no private key but the one that opens texts."""
    provider_secrets = {}
    if settings.identity_provider_secret_file:
        secret = signing_secret(settings, "identity_provider_secret_file")
        provider_secrets = {IDENTITY_PROVIDER: secret}
    return ApiParts(
        sessions=sessions_of.reading,
        book=LiveBook(book),
        clock=system_clock,
        # one for all call-backs: it counts what is under way for each account
        settle=Sender(temporal).send,
        texts=TextKeys(text_wrapper(settings)),
        sealing_key=client_keys(settings).sealing_key,
        provider_secrets=provider_secrets,
        webhook_secret=signing_secret(settings, "webhook_secret_file")
        if settings.webhook_secret_file
        else None,
        keys_required=keys_required,
    )


def signing_secret(settings: Settings, name: str, of: str | None = None) -> str:
    """The secret of a setting, where one can sign with it; `ConfigurationError` names the variable."""
    secret = settings.secret(name, of)
    try:
        check_secret(secret)
    except ConfigurationError as error:
        whose = f" ({of})" if of else ""
        raise ConfigurationError(
            f"{variable(name)}{whose}: {error.message}", variable(name)
        ) from None
    return secret


def codec_parts(settings: Settings) -> CodecParts:
    """What the codec server is made of: codec keys, and who may ask."""
    token = settings.secret("codec_token_file") if settings.codec_token_file else None
    return CodecParts(keys=client_keys(settings).codec, origins=settings.origins, token=token)


def client_keys(settings: Settings) -> ClientKeys:
    """The keys that api, codec server and command line have in common with every client."""
    return load_client_keys(settings.keys_directory)


def text_wrapper(settings: Settings) -> KeyWrapper:
    """What opens the accounts' text keys: the master key, from its variable or its file."""
    return _wrapper_from_environment() or MasterKeyWrapper.from_directory(settings.keys_directory)


def _wrapper_from_environment() -> MasterKeyWrapper | None:
    return MasterKeyWrapper.from_environment() if os.environ.get(MASTER_KEY_VARIABLE) else None


async def _provider(foundation: Foundation) -> tuple[str | None, int]:
    """Under which policy the platform's own account is, and its last event; None and 0 without one."""
    async with foundation.record.reading() as session:
        row = await session.get(AccountRow, PROVIDER_ACCOUNT)
    return (row.policy_id, row.seq) if row else (None, 0)


async def _databases(settings: Settings, stack: AsyncExitStack) -> tuple[Database, Database]:
    url, vault_url = settings.record_with_password(), settings.vault_with_password()
    if is_sqlite(url):
        await bring_up(settings)
    opened = []
    for part, its_url in ((RECORD, url), (VAULT, vault_url)):
        database = Database.at(its_url)
        stack.push_async_callback(database.close)
        await check_schema(database, part)
        opened.append(database)
    return opened[0], opened[1]


def _told(published: Published) -> set[str]:
    """To whom its filings go; a correction goes to whoever got what it corrects."""
    filings = published.policy.filings
    return {one.to for kind, one in filings.kinds.items() if kind != filings.correction}


async def _check_in_force(settings: Settings, book: PolicyBook, clock: Clock) -> None:
    now = await now_by(clock)
    try:
        current = book.at(settings.provider_policy, now)
    except PolicyNotFoundError as error:
        name = variable("provider_policy")
        raise ConfigurationError(f"{name}: {error.message}", name) from None
    known = {one.to for each in book.published for one in each.policy.filings.kinds.values()}
    for name in sorted(set(settings.authority_urls) - known):
        _log.warning("no policy names this authority", authority=name, known=sorted(known))
    for name in sorted(_told(current) - set(settings.authority_urls)):
        _log.warning("filings to this authority will fail: it has no URL", authority=name)
