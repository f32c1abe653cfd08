import os
from datetime import timedelta
from pathlib import Path

import pytest

from goodstanding.errors import ConfigurationError
from goodstanding.messages import Pace
from worker.mail_settings import MAIL_TOGETHER
from worker.settings import (
    PREFIX,
    Settings,
    load_settings,
    variable,
)
from worker.settings_page import DESCRIPTIONS, described, page

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)


def refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> ConfigurationError:
    monkeypatch.setenv(f"{PREFIX}{name}", value)
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    return caught.value


def test_nothing_has_to_be_set_for_a_first_look():
    settings = load_settings()

    assert settings.database_url == "sqlite+aiosqlite:///.goodstanding/goodstanding.db"
    assert settings.provider_policy == "neutral"
    assert settings.pace == Pace()
    assert (settings.api_port, settings.codec_port, settings.ui_port) == (8080, 8081, 8233)
    assert not settings.worker_versioning


def test_an_empty_variable_is_one_that_is_not_set(monkeypatch):
    monkeypatch.setenv("GOODSTANDING_API_PORT", "")

    assert load_settings().api_port == 8080


@pytest.mark.parametrize(
    ("name", "value", "right"),
    [
        ("DATABASE_URL", "mysql://db/x", "postgresql+asyncpg://goodstanding@db/goodstanding"),
        ("DATABASE_URL", "nonsense", "postgresql+asyncpg://goodstanding@db/goodstanding"),
        ("DATABASE_URL", "sqlite://", "postgresql+asyncpg://goodstanding@db/goodstanding"),
        ("VAULT_URL", "sqlite:///:memory:", "postgresql+asyncpg://vault@db/vault"),
        ("VAULT_URL", "oracle://x", "postgresql+asyncpg://vault@db/vault"),
        ("HORIZON", "30", "P30D or none"),
        ("HORIZON", "-P1D", "P30D or none"),
        ("HORIZON", "Pnothing", "P30D or none"),
        ("MARGIN", "five days", "P5D"),
        ("LINGER", "2", "PT5S"),
        ("SPREAD", "1 minute", "PT60S"),
        ("SHUTDOWN_GRACE", "20", "PT20S"),
        ("IDENTITY_PROVIDER_URL", "identity.example", "https://identity.example"),
        ("AUTHORITY_URLS", "https://press.example", "press=https://press.example"),
        ("AUTHORITY_URLS", "press=ftp://press.example", "press=https://press.example"),
        ("WEBHOOK_URL", "platform", "https://platform.example/hooks"),
        ("API_PORT", "eighty", "8080"),
        ("API_PORT", "0", "8080"),
        ("CODEC_PORT", "70000", "8081"),
        ("UI_PORT", "-1", "8233"),
        ("TEMPORAL_PORT", "x", "7233"),
        ("METRICS_PORT", "-1", "9090 or 0 to show nothing"),
        ("CODEC_ORIGINS", "temporal.example", "https://temporal.example"),
        ("UI_URL", "temporal.example", "https://temporal.example"),
        ("MAX_CACHED_WORKFLOWS", "-1", "1000"),
        ("EFFECTS_CONCURRENCY", "0", "50"),
        ("WORKER_VERSIONING", "perhaps", "true"),
        ("API_KEYS_REQUIRED", "perhaps", "true or false"),
        ("CODEC_SHIELDED", "perhaps", "true"),
        ("LOG_FORMAT", "yaml", "json or console"),
        ("LOG_LEVEL", "loud", "info"),
    ],
)
def test_a_wrong_value_names_its_variable_and_what_would_be_right(monkeypatch, name, value, right):
    error = refused(monkeypatch, name, value)

    assert error.field == f"GOODSTANDING_{name}"
    assert error.message.startswith(f"GOODSTANDING_{name}: ")
    assert f"write for instance {right}" in error.message
    assert "\n" not in error.message


def test_every_wrong_value_is_named_at_once(monkeypatch):
    monkeypatch.setenv("GOODSTANDING_API_PORT", "x")
    error = refused(monkeypatch, "UI_PORT", "y")

    assert [line.partition(":")[0] for line in error.message.splitlines()] == [
        "GOODSTANDING_API_PORT",
        "GOODSTANDING_UI_PORT",
    ]


def test_a_wrong_value_is_not_repeated_since_it_may_be_a_secret(monkeypatch):
    error = refused(monkeypatch, "DATABASE_URL", "mysql://me:hunter2@db/x")

    assert "hunter2" not in error.message


@pytest.mark.parametrize(
    ("name", "value", "needs"),
    [
        ("IDENTITY_PROVIDER_URL", "https://a.example", "IDENTITY_PROVIDER_SECRET_FILE"),
        ("WEBHOOK_URL", "https://a.example", "WEBHOOK_SECRET_FILE"),
        ("WORKER_VERSIONING", "true", "BUILD_ID"),
    ],
)
def test_what_goes_together_is_set_together(monkeypatch, name, value, needs):
    error = refused(monkeypatch, name, value)

    assert error.message == (
        f"GOODSTANDING_{name} needs GOODSTANDING_{needs}; set both, or neither."
    )


def test_a_misspelt_variable_is_refused_since_it_would_mean_the_default(monkeypatch):
    error = refused(monkeypatch, "PROVIDER_POLCIY", "cn-im-2014")

    assert error.field == "GOODSTANDING_PROVIDER_POLCIY"
    assert "write GOODSTANDING_PROVIDER_POLICY" in error.message


@pytest.mark.parametrize("name", ["SERVICE_HOST", "PORT_8080_TCP", "UID", "MASTER_KEY"])
def test_variables_of_others_are_none_of_our_business(monkeypatch, name):
    monkeypatch.setenv(f"GOODSTANDING_{name}", "whatever")

    assert load_settings() == Settings()


def test_urls_get_the_drivers_that_we_use(monkeypatch):
    monkeypatch.setenv("GOODSTANDING_DATABASE_URL", "postgres://me@db/record")
    monkeypatch.setenv("GOODSTANDING_VAULT_URL", "sqlite:///vault.db")

    settings = load_settings()

    assert settings.database_url == "postgresql+asyncpg://me@db/record"
    assert settings.vault_url == "sqlite+aiosqlite:///vault.db"


def test_passwords_come_from_files_and_show_nowhere(monkeypatch, tmp_path):
    (tmp_path / "password").write_text("p@ss/word\n")
    monkeypatch.setenv("GOODSTANDING_DATABASE_URL", "postgresql://me@db/record")
    monkeypatch.setenv("GOODSTANDING_DATABASE_PASSWORD_FILE", str(tmp_path / "password"))
    monkeypatch.setenv("GOODSTANDING_VAULT_URL", "postgresql://me:inline@db/vault")

    settings = load_settings()

    assert settings.record_with_password() == "postgresql+asyncpg://me:p%40ss%2Fword@db/record"
    assert settings.vault_with_password() == "postgresql+asyncpg://me:inline@db/vault"
    assert "inline" not in repr(settings)
    assert "p@ss" not in repr(settings)


def test_a_secret_file_that_cannot_be_read_names_its_variable(monkeypatch, tmp_path):
    settings = load_settings(database_password_file=tmp_path / "missing")

    with pytest.raises(ConfigurationError, match=r"GOODSTANDING_DATABASE_PASSWORD_FILE.*read"):
        settings.record_with_password()


def test_an_empty_secret_file_names_its_variable(tmp_path):
    (tmp_path / "empty").write_text("\n")
    settings = load_settings(webhook_secret_file=tmp_path / "empty")

    with pytest.raises(ConfigurationError, match=r"GOODSTANDING_WEBHOOK_SECRET_FILE.*empty"):
        settings.secret("webhook_secret_file")


def test_a_secret_that_is_not_set_names_its_variable():
    with pytest.raises(ConfigurationError, match="GOODSTANDING_CODEC_TOKEN_FILE is not set"):
        load_settings().secret("codec_token_file")


def test_the_horizon_can_be_without_end(monkeypatch):
    monkeypatch.setenv("GOODSTANDING_HORIZON", "none")
    monkeypatch.setenv("GOODSTANDING_SPREAD", "PT90S")

    pace = load_settings().pace

    assert pace.horizon is None
    assert pace.spread == timedelta(seconds=90)


def test_authorities_are_named_with_their_urls(monkeypatch, tmp_path):
    monkeypatch.setenv(
        "GOODSTANDING_AUTHORITY_URLS", "press=https://press.example/, police = http://police"
    )
    monkeypatch.setenv("GOODSTANDING_AUTHORITY_SECRET_FILES", "police=/p, press=/q")

    settings = load_settings()

    assert settings.authority_urls == {
        "press": "https://press.example",
        "police": "http://police",
    }
    assert settings.authority_secret_files == {"police": Path("/p"), "press": Path("/q")}


@pytest.mark.parametrize("files", ["", "press=/p", "press=/p,police=/q,court=/r"])
def test_each_authority_has_a_secret_of_its_own(monkeypatch, files):
    monkeypatch.setenv("GOODSTANDING_AUTHORITY_SECRET_FILES", files)

    error = refused(
        monkeypatch, "AUTHORITY_URLS", "press=https://press.example,police=https://police.example"
    )

    assert error.message == (
        "GOODSTANDING_AUTHORITY_URLS and GOODSTANDING_AUTHORITY_SECRET_FILES "
        "have to name the same ones."
    )


def test_the_pages_that_may_ask_the_codec_server_are_those_of_the_ui(monkeypatch):
    assert load_settings().origins == ("http://localhost:8233", "http://127.0.0.1:8233")

    monkeypatch.setenv("GOODSTANDING_CODEC_ORIGINS", "https://a.example/, https://b.example")

    assert load_settings().origins == ("https://a.example", "https://b.example")


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://ops.example/temporal", "https://ops.example"),
        ("https://OPS.example:443", "https://ops.example"),
        ("http://ops.example:8080/a/b", "http://ops.example:8080"),
        ("http://[::1]:80/", "http://[::1]"),
    ],
)
def test_a_page_is_known_by_what_a_browser_calls_its_origin(url, origin):
    assert load_settings(ui_url=url).origins[-1] == origin
    assert load_settings(codec_origins=(url,)).origins == (origin,)


def test_every_setting_is_described_with_an_example():
    for one in described():
        assert one["variable"].startswith(PREFIX)
        assert one["meaning"].endswith(".")
        assert one["example"]
        assert tuple(one) == DESCRIPTIONS


def test_the_page_of_settings_is_the_one_that_the_code_gives():
    """Write it anew with `goodstanding settings --markdown > docs/settings.md`."""
    assert (DOCS / "settings.md").read_text("utf-8") == page()


@pytest.mark.parametrize("example", described(), ids=lambda one: one["variable"])
def test_every_example_is_right(monkeypatch, example, tmp_path):
    first = example["example"].split(" or ")[0]
    monkeypatch.setenv(example["variable"], first)
    for name in ("identity_provider", "webhook"):
        if f"{variable(name)}" in example["variable"]:
            monkeypatch.setenv(variable(f"{name}_secret_file"), str(tmp_path))
    both = ("GOODSTANDING_AUTHORITY_URLS", "GOODSTANDING_AUTHORITY_SECRET_FILES")
    if example["variable"] in both:
        for one in both:
            monkeypatch.setenv(one, "press=https://a.example,police=https://b.example")
        monkeypatch.setenv(example["variable"], first)
    monkeypatch.setenv("GOODSTANDING_BUILD_ID", "1")
    for name, needed in MAIL_TOGETHER.items():
        for each in described():
            if each["variable"] in {variable(name), variable(needed)}:
                monkeypatch.setenv(each["variable"], each["example"].split(" or ")[0])

    settings = load_settings()

    assert example["variable"].removeprefix(PREFIX).lower() in settings.model_fields_set
