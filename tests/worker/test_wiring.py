import asyncio
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from goodstanding.errors import ConfigurationError, GoodstandingError
from goodstanding.keys import KeyMissingError, init_keys
from goodstanding.sending import Sender
from storage.migrate import upgrade
from tests.servers import fresh_database
from tests.worker.services import (
    Process,
    Up,
    client,
    environment,
    free_settings,
    free_values,
    process,
)
from worker.schema import NoRecordError, SchemaOutdatedError, opened_record
from worker.settings import SHIPPED_POLICIES, Settings
from worker.temporal import connected
from worker.wiring import (
    api_parts,
    codec_parts,
    founded,
    service_keys,
    third_parties,
)


def keyed(folder: Path, **more: object) -> Settings:
    init_keys(folder / "keys")
    return free_settings(folder, **more)


def policies_in(folder: Path, *changes: tuple[str, str]) -> Path:
    """The neutral policy in a directory of its own, with these changes."""
    made = folder / "policies"
    shutil.copytree(SHIPPED_POLICIES / "notices", made / "notices", dirs_exist_ok=True)
    text = (SHIPPED_POLICIES / "neutral.yaml").read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (made / "neutral.yaml").write_text(text, "utf-8")
    return made


async def refused(settings: Settings) -> GoodstandingError:
    with pytest.raises(GoodstandingError) as caught:
        async with founded(settings):
            pytest.fail("It started.")
    return caught.value


@pytest.mark.timeout(240)
@pytest.mark.parametrize("case", ["none", "malformed"])
async def test_r01_the_service_refuses_to_start_without_a_valid_policy(tmp_path, case):
    directory = tmp_path / "policies"
    directory.mkdir()
    if case == "malformed":
        policies_in(tmp_path, ("  version: 1", "  version: one"))
    # nothing else is there either, no keys and no Temporal: that there is no policy comes first
    values = {**free_values(tmp_path), "policies_directory": directory}
    expected = {
        "none": f"ConfigurationError: No policy file (*.yaml) lies in {directory}",
        "malformed": f"PolicyMalformedError: {directory}/neutral.yaml:",
    }[case]
    commands = [("worker",), ("goodstanding", "worker"), ("goodstanding", "up")]

    for started in await asyncio.gather(
        *(ended(made(tmp_path / str(n)), one, values) for n, one in enumerate(commands))
    ):
        assert started.running.returncode == 1
        assert started.out == ""
        assert started.err.startswith(expected)
        assert "Traceback" not in started.err
    assert not (tmp_path / "goodstanding.db").exists()
    assert not (tmp_path / "keys").exists()


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder


async def ended(folder: Path, command: tuple[str, ...], values: dict[str, Any]) -> Process:
    async with process(folder, *command, env=environment(values)) as started:
        await started.ended()
    return started


async def test_a_policy_that_is_named_has_to_be_there(tmp_path):
    error = await refused(keyed(tmp_path, provider_policy="mine"))

    assert error.message == (
        "GOODSTANDING_PROVIDER_POLICY: there is no policy mine; there are cn-im-2014, neutral."
    )


async def test_the_policy_of_the_platform_has_to_be_in_force(tmp_path):
    directory = policies_in(tmp_path, ("valid_from: 2014-08-07", "valid_from: 2914-08-07"))

    error = await refused(keyed(tmp_path, policies_directory=directory))

    assert error.message.startswith("GOODSTANDING_PROVIDER_POLICY: No policy neutral is in force")


async def test_a_published_version_cannot_get_another_text(tmp_path):
    directory = policies_in(tmp_path)
    settings = keyed(tmp_path, policies_directory=directory)
    async with founded(settings) as foundation:
        assert [one.id for one in foundation.book.published] == ["neutral"]
    policies_in(tmp_path, ("en: Neutral account standing", "en: Something else"))

    error = await refused(settings)

    assert "neutral v1 was published with another text" in error.message


async def test_without_keys_nothing_starts(tmp_path):
    assert isinstance(await refused(free_settings(tmp_path)), KeyMissingError)


async def test_the_master_key_may_come_from_a_variable(tmp_path, monkeypatch):
    settings = keyed(tmp_path)
    file = tmp_path / "keys" / "master-1.key"
    monkeypatch.setenv("GOODSTANDING_MASTER_KEY", file.read_text().strip())
    file.unlink()

    wrapped = await service_keys(settings).wrapper.wrap(b"k" * 32, b"aad")

    assert await service_keys(settings).wrapper.unwrap(wrapped, b"aad") == b"k" * 32


async def test_sqlite_is_brought_to_the_schema_by_the_service_itself(tmp_path):
    settings = keyed(tmp_path)
    with pytest.raises(NoRecordError):
        async with opened_record(settings):
            pass

    async with founded(settings):
        pass

    async with opened_record(settings) as database, database.reading() as session:
        assert await session.connection()


async def test_what_lies_in_files_is_for_nobody_but_their_owner(tmp_path):
    before = os.umask(0)
    try:
        async with founded(keyed(tmp_path)):
            modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.glob("*.db*")}
    finally:
        os.umask(before)

    assert {"goodstanding.db", "vault.db", "goodstanding.db.lock"} <= set(modes)
    assert set(modes.values()) == {0o600}


async def test_postgresql_without_its_schema_is_refused(tmp_path, postgres_url):
    settings = keyed(
        tmp_path,
        database_url=await fresh_database(postgres_url),
        vault_url=await fresh_database(postgres_url),
    )

    error = await refused(settings)

    assert isinstance(error, SchemaOutdatedError)
    assert error.message.startswith("The record is at revision none; needed is ")
    assert "goodstanding db upgrade" in error.remedy


async def test_several_workers_stand_on_one_postgresql(tmp_path, postgres_url):
    url, vault_url = await fresh_database(postgres_url), await fresh_database(postgres_url)
    await upgrade(url, vault_url)
    settings = keyed(tmp_path, database_url=url, vault_url=vault_url)

    async with founded(settings) as first, founded(settings) as second:
        assert first.book == second.book


async def test_the_platforms_own_account_is_opened_at_start(up: Up):
    async with client(
        up.settings.keys_directory, up.addresses.temporal, up.addresses.api
    ) as platform:
        account = await platform.accounts.get("provider")

    assert account.stage == "active"
    assert account.policy.id == "neutral"


async def test_third_parties_are_those_that_the_settings_name(tmp_path):
    (tmp_path / "secret").write_text("whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0")
    async with third_parties(free_settings(tmp_path)) as outside:
        assert outside.identity_provider is None
        assert outside.webhook is None
        assert outside.authorities == {}
    settings = free_settings(
        tmp_path,
        identity_provider_url="https://identity.example",
        authority_urls={"press": "https://press.example"},
        authority_secret_files={"press": tmp_path / "secret"},
        webhook_url="https://platform.example",
        **{f"{name}_secret_file": tmp_path / "secret" for name in ("identity_provider", "webhook")},
    )

    async with third_parties(settings) as outside:
        assert outside.identity_provider
        assert outside.webhook
        assert list(outside.authorities) == ["press"]


@pytest.mark.parametrize("secret", ["hunter2", "whsec_YQ==", "not base64 at all, however long"])
async def test_a_secret_that_could_be_guessed_keeps_the_service_from_starting(tmp_path, secret):
    file = tmp_path / "secret"
    file.write_text(secret)
    settings = keyed(
        tmp_path,
        identity_provider_secret_file=file,
        authority_urls={"press": "https://press.example"},
        authority_secret_files={"press": file},
    )

    with pytest.raises(ConfigurationError) as at_the_worker:
        async with third_parties(settings):
            pytest.fail("It started.")
    async with founded(settings) as foundation:
        temporal = await connected(foundation.converter, lazy=True)
        with pytest.raises(ConfigurationError) as at_the_api:
            api_parts(settings, foundation.record, foundation.book, temporal, keys_required=True)

    assert at_the_worker.value.message.startswith("GOODSTANDING_AUTHORITY_SECRET_FILES (press): ")
    assert at_the_api.value.field == "GOODSTANDING_IDENTITY_PROVIDER_SECRET_FILE"
    assert secret not in at_the_worker.value.message + at_the_api.value.message


async def test_at_the_start_authorities_that_do_not_fit_the_policy_are_named(tmp_path):
    settings = keyed(
        tmp_path,
        provider_policy="cn-im-2014",
        authority_urls=dict.fromkeys(("content_authority", "presss"), "https://a.example"),
        authority_secret_files=dict.fromkeys(("content_authority", "presss"), tmp_path),
    )

    with capture_logs() as said:
        async with founded(settings):
            pass

    assert [(one["event"], one["authority"]) for one in said if "authority" in one] == [
        ("no policy names this authority", "presss"),
        ("filings to this authority will fail: it has no URL", "competent_department"),
    ]


async def test_the_api_and_the_codec_server_hold_no_key_that_opens_an_identity(tmp_path):
    (tmp_path / "secret").write_text("whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0")
    settings = keyed(
        tmp_path,
        identity_provider_secret_file=tmp_path / "secret",
        codec_token_file=tmp_path / "secret",
    )
    async with founded(settings) as foundation:
        for name in ("sealing-1.key", "pepper-1.key"):
            (tmp_path / "keys" / name).unlink()
        temporal = await connected(foundation.converter, lazy=True)
        parts = api_parts(
            settings, foundation.record, foundation.book, temporal, keys_required=True
        )

    assert list(parts.provider_secrets) == ["identity"]
    # one for all call-backs, or its limit for each account never holds
    assert isinstance(getattr(parts.settle, "__self__", None), Sender)
    assert parts.keys_required
    assert codec_parts(settings).token
