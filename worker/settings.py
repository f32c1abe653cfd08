"""What can be set, all of it by environment variables `GOODSTANDING_...`; docs/settings.md is made from this.

Where Temporal is comes from Temporal's own variables and profiles (`TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`,
`TEMPORAL_API_KEY`, TLS, `temporal.toml`), as for the `temporal` command line.
"""

import os
from collections.abc import Mapping
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_settings import NoDecode, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from activities.bulk import BulkPace
from goodstanding.domain.bulk_steps import Limits
from goodstanding.errors import ConfigurationError
from goodstanding.keys import DEFAULT_DIRECTORY, MASTER_KEY_VARIABLE
from goodstanding.messages import Pace
from worker.mail_settings import MAIL_TOGETHER, MailSettings

PREFIX = "GOODSTANDING_"
NONE = "none"
SHIPPED_POLICIES = Path(__file__).parents[1] / "policies"

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
}
_LIKE_ENOUGH = 0.8


_HIGHEST_PORT = 65_535
_USUAL_PORTS = {"http": ":80", "https": ":443"}


def _url(text: str) -> str:
    try:
        url = make_url(text)
    except ArgumentError:
        raise PydanticCustomError("database", "this is not the URL of a database") from None
    name = _DRIVERS.get(url.drivername, url.drivername)
    if name not in _DRIVERS.values():
        message = "only SQLite (aiosqlite) and PostgreSQL (asyncpg) can be used"
        raise PydanticCustomError("database", message)
    if name == _DRIVERS["sqlite"] and url.database in (None, "", ":memory:"):
        raise PydanticCustomError("database", "SQLite needs the name of a file")
    return url.set(drivername=name).render_as_string(hide_password=False)


def _web(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise PydanticCustomError("web", "this is not the URL of a service")
    return text.rstrip("/")


def _origin(url: str) -> str:
    """As a browser names the page: without its path, and without the port that the scheme has anyway."""
    scheme, _, rest = url.lower().partition("://")
    return f"{scheme}://{rest.partition('/')[0].removesuffix(_USUAL_PORTS[scheme])}"


def _length(value: object) -> object:
    if isinstance(value, str) and value != NONE and not value.startswith("P"):
        raise PydanticCustomError("length", "this is not an ISO 8601 duration")
    return value


def _by_name(value: object) -> object:
    if not isinstance(value, str):
        return value
    pairs = [part.partition("=") for part in value.split(",") if part.strip()]
    if not all(name.strip() and equals and said.strip() for name, equals, said in pairs):
        raise PydanticCustomError("pairs", "these are not names with what belongs to each")
    return {name.strip(): said.strip() for name, _, said in pairs}


def _listed(value: object) -> object:
    if not isinstance(value, str):
        return value
    return tuple(part.strip().rstrip("/") for part in value.split(",") if part.strip())


DatabaseUrl = Annotated[str, AfterValidator(_url)]
WebUrl = Annotated[str, AfterValidator(_web)]
Length = Annotated[timedelta, BeforeValidator(_length), Field(ge=timedelta(0))]
Port = Annotated[int, Field(ge=1, le=_HIGHEST_PORT)]
PortOrNone = Annotated[int, Field(ge=0, le=_HIGHEST_PORT)]


class Settings(MailSettings):
    """All of them; every one has a default that is right for a first look."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    database_url: DatabaseUrl = Field(
        "sqlite+aiosqlite:///.goodstanding/goodstanding.db",
        repr=False,
        examples=["postgresql+asyncpg://goodstanding@db/goodstanding"],
    )
    """The record. SQLite takes one worker process, PostgreSQL several."""
    database_password_file: Path | None = Field(None, examples=["/run/secrets/database"])
    """A file that holds the password for `database_url`."""
    vault_url: DatabaseUrl = Field(
        "sqlite+aiosqlite:///.goodstanding/vault.db",
        repr=False,
        examples=["postgresql+asyncpg://vault@db/vault"],
    )
    """The vault with the identities: a database of its own, which may be on the same server."""
    vault_password_file: Path | None = Field(None, examples=["/run/secrets/vault"])
    """A file that holds the password for `vault_url`."""
    keys_directory: Path = Field(DEFAULT_DIRECTORY, examples=["/run/keys"])
    """The keys of this deployment, made by `goodstanding keys init`."""

    policies_directory: Path = Field(SHIPPED_POLICIES, examples=["/etc/goodstanding/policies"])
    """The policy files; without a valid one the service does not start."""
    provider_policy: str = Field("neutral", examples=["cn-im-2014"])
    """The policy of the platform's own account: which licences the platform must hold; read at a worker's start."""

    horizon: Length | Literal["none"] = Field(timedelta(days=30), examples=["P30D", NONE])
    """A run stays open while something is due within it; `none` keeps every account with a deadline open."""
    margin: Length = Field(timedelta(days=5), examples=["P5D"])
    """What is added to the horizon, so that a run does not end just before Upkeep would start it."""
    linger: Length = Field(timedelta(seconds=5), examples=["PT5S"])
    """How long a quiet run waits for another command before it ends."""
    spread: Length = Field(timedelta(0), examples=["PT60S"])
    """Over how long deadlines of one instant are spread, so that commands of others stay fast."""

    identity_provider_url: WebUrl | None = Field(None, examples=["https://identity.example"])
    """Who is asked whether an identity is real; without it a person decides,
    and under `goodstanding up` the one of the examples, which believes everybody."""
    identity_provider_secret_file: Path | None = Field(None, examples=["/run/secrets/identity"])
    """The secret that signs what is asked, and the provider's call-backs."""
    authority_urls: Annotated[dict[str, WebUrl], NoDecode, BeforeValidator(_by_name)] = Field(
        {}, examples=["press=https://press.example,police=https://police.example"]
    )
    """Where filings go, by the name that the policy gives to the authority."""
    authority_secret_files: Annotated[dict[str, Path], NoDecode, BeforeValidator(_by_name)] = Field(
        {}, examples=["press=/run/secrets/press,police=/run/secrets/police"]
    )
    """The secrets that sign filings, one for each authority: none can forge a filing to another."""
    webhook_url: WebUrl | None = Field(None, examples=["https://platform.example/hooks"])
    """Where the platform gets copies of notices, to show or send them to its holders."""
    webhook_secret_file: Path | None = Field(None, examples=["/run/secrets/webhook"])
    """The secret that signs webhooks."""

    api_host: str = Field("127.0.0.1", examples=["0.0.0.0"])  # noqa: S104 - an example
    """On which address the HTTP API listens."""
    api_port: Port = Field(8080, examples=["8080"])
    """On which port the HTTP API listens."""
    api_keys_required: bool | None = Field(None, examples=["true", "false"])
    """Whether the HTTP API asks for API keys; unset: yes, but not in `goodstanding up` on loopback."""
    codec_host: str = Field("127.0.0.1", examples=["127.0.0.1"])
    """On which address the codec server listens; whoever reaches it and has a key reads payloads."""
    codec_port: Port = Field(8081, examples=["8081"])
    """On which port the codec server listens."""
    codec_token_file: Path | None = Field(None, examples=["/run/secrets/codec"])
    """A file with the token that the codec server asks for; without it, it answers to this machine only."""
    codec_shielded: bool = Field(default=False, examples=["true"])
    """Whether only this machine gets through to `codec_host`, as to a container published on loopback."""
    codec_origins: Annotated[tuple[WebUrl, ...], NoDecode, BeforeValidator(_listed)] = Field(
        (), examples=["https://temporal.example"]
    )
    """Whose pages may ask the codec server; without any, those of the Temporal UI."""
    ui_port: Port = Field(8233, examples=["8233"])
    """On which port `goodstanding up` shows the Temporal UI."""
    ui_url: WebUrl | None = Field(None, examples=["https://temporal.example"])
    """Where the Temporal UI is, for links; without it the one of `goodstanding up`."""
    temporal_port: Port = Field(7233, examples=["7233"])
    """On which port `goodstanding up` runs Temporal; all others look for it there without TEMPORAL_ADDRESS."""
    temporal_file: Path = Field(
        Path(".goodstanding/temporal.db"), examples=["/var/lib/goodstanding/temporal.db"]
    )
    """Where `goodstanding up` keeps Temporal's state."""

    max_cached_workflows: int = Field(1000, ge=0, examples=["1000"])
    """How many runs a worker keeps in memory; more make mass deadlines faster."""
    effects_concurrency: int = Field(50, ge=1, examples=["50"])
    """How many third parties a worker asks at once."""
    bulk_at_once: int = Field(20, ge=1, examples=["20"])
    """How many commands of one bulk operation wait for their answers at once, at most."""
    bulk_per_second: int = Field(20, ge=1, examples=["20"])
    """How many commands one bulk operation sends a second, at most."""
    bulk_canary: int = Field(50, ge=0, examples=["50", "0 for none"])
    """After so many accounts a bulk operation pauses and somebody looks; a plan may say otherwise, as of the next."""
    bulk_stop_percent: int = Field(5, ge=0, le=100, examples=["5"])
    """A bulk operation pauses once more percent of its answers than this are not what its dry run foresaw."""
    bulk_dry_run_holds: Length = Field(timedelta(hours=24), examples=["PT24H"])
    """How old the dry run of a bulk operation may be when it is approved and when it starts."""
    shutdown_grace: Length = Field(timedelta(seconds=20), examples=["PT20S"])
    """How long a worker that stops waits for what it has begun."""
    worker_versioning: bool = Field(default=False, examples=["true"])
    """Whether Temporal gives work only to the build that was made the current one; needs `build_id`."""
    deployment_name: str = Field("goodstanding", examples=["goodstanding"])
    """The name of the worker deployment, with worker versioning."""
    build_id: str | None = Field(None, examples=["1.4.0"])
    """Which build this is, with worker versioning."""

    metrics_host: str = Field("127.0.0.1", examples=["0.0.0.0"])  # noqa: S104 - an example
    """On which address a worker shows how it is."""
    metrics_port: PortOrNone = Field(9090, examples=["9090", "0 to show nothing"])
    """On which port `/metrics`, `/healthz` (it runs) and `/readyz` (database and Temporal answer) are."""
    log_format: Literal["json", "console"] = Field("json", examples=["json", "console"])
    """One JSON object a line, or coloured text for people."""
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", examples=["info"])
    """From which level on something is logged."""

    @property
    def ui(self) -> str:
        """Where the Temporal UI is."""
        return self.ui_url or f"http://127.0.0.1:{self.ui_port}"

    @property
    def pace(self) -> Pace:
        """How the runs of accounts go about their time."""
        return Pace(
            horizon=self.horizon if isinstance(self.horizon, timedelta) else None,
            margin=self.margin,
            linger=self.linger,
            spread=self.spread,
        )

    @property
    def bulk_pace(self) -> BulkPace:
        """How bulk operations go where their plan says nothing."""
        limits = Limits(
            at_once=self.bulk_at_once,
            per_second=self.bulk_per_second,
            canary=self.bulk_canary,
            stop_percent=self.bulk_stop_percent,
        )
        return BulkPace(limits, self.bulk_dry_run_holds)

    @property
    def origins(self) -> tuple[str, ...]:
        """The pages that may ask the codec server."""
        local = tuple(f"http://{host}:{self.ui_port}" for host in ("localhost", "127.0.0.1"))
        named = self.codec_origins or (*local, *([self.ui_url] if self.ui_url else []))
        return tuple(_origin(url) for url in named)

    def record_with_password(self) -> str:
        """The URL of the record; never to be shown."""
        return _with_password(self.database_url, "database_password_file", self)

    def vault_with_password(self) -> str:
        """The URL of the vault; never to be shown."""
        return _with_password(self.vault_url, "vault_password_file", self)

    def secret(self, name: str, of: str | None = None) -> str:
        """What the file holds that the setting `name` points to, or names for `of`; `ConfigurationError`."""
        found = getattr(self, name)
        path: Path | None = found.get(of) if of else found
        if path is None:
            raise ConfigurationError(f"{variable(name)} is not set.", variable(name))
        try:
            text = path.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(
                f"{variable(name)}: {path} cannot be read; name a file that this user may read.",
                variable(name),
            ) from error
        if not text:
            raise ConfigurationError(
                f"{variable(name)}: {path} is empty; write the secret into it.", variable(name)
            )
        return text

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        for name, needs in _TOGETHER.items():
            if getattr(self, name) and not getattr(self, needs):
                message = "{name} needs {needs}; set both, or neither"
                context = {"name": variable(name), "needs": variable(needs)}
                raise PydanticCustomError("together", message, context)
        if set(self.authority_urls) != set(self.authority_secret_files):
            names = {
                "urls": variable("authority_urls"),
                "files": variable("authority_secret_files"),
            }
            raise PydanticCustomError(
                "together", "{urls} and {files} have to name the same ones", names
            )
        return self


_TOGETHER: Mapping[str, str] = {
    **MAIL_TOGETHER,
    "identity_provider_url": "identity_provider_secret_file",
    "webhook_url": "webhook_secret_file",
    "worker_versioning": "build_id",
}


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return f"{PREFIX}{name.upper()}"


def load_settings(**values: Any) -> Settings:
    """Read them; `ConfigurationError` names each variable that is wrong and what would be right.

    `values` go before the environment: tests and `goodstanding up` set what they know better.
    """
    _refuse_misspelt(os.environ)
    try:
        return Settings(**values)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        # of a union only the first of the errors says what is meant
        firsts = {one["loc"][:1]: one for one in reversed(found)}
        sentences = "\n".join(_sentence(one) for one in reversed(firsts.values()))
        first = str(found[0]["loc"][0]) if found[0]["loc"] else None
        raise ConfigurationError(sentences, variable(first) if first else None) from None


def _sentence(error: ErrorDetails) -> str:
    if not error["loc"]:
        return f"{error['msg']}."
    name = str(error["loc"][0])
    examples = Settings.model_fields[name].examples or []
    return f"{variable(name)}: {error['msg']}; write for instance {' or '.join(examples)}."


def _refuse_misspelt(environment: Mapping[str, str]) -> None:
    """A slip in a name would quietly mean the default, another policy for instance."""
    known = {*(variable(name) for name in Settings.model_fields), MASTER_KEY_VARIABLE}
    # others are none of ours: Kubernetes sets GOODSTANDING_SERVICE_HOST for a service of that name
    for name in sorted(set(environment) - known):
        meant = name.startswith(PREFIX) and get_close_matches(name, known, 1, _LIKE_ENOUGH)
        if meant and _is_slip(name, meant[0]):
            raise ConfigurationError(
                f"There is no setting {name}; write {meant[0]}, or take it out of the environment.",
                name,
            )


def _is_slip(name: str, meant: str) -> bool:
    bare, wanted = name.removeprefix(PREFIX), meant.removeprefix(PREFIX)
    return bool(get_close_matches(bare, [wanted], 1, _LIKE_ENOUGH))


def _with_password(url: str, name: str, settings: Settings) -> str:
    if getattr(settings, name) is None:
        return url
    made = make_url(url).set(password=settings.secret(name))
    return made.render_as_string(hide_password=False)
