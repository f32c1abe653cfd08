"""The platform's policy is set to another one and back, with licences entered meanwhile."""

import asyncio
import os
from pathlib import Path
from unittest.mock import patch

import pytest

from goodstanding.errors import ProviderUnqualifiedError
from tests.cli.calling import Ran, call
from tests.worker.services import environment, free_values
from worker.embedded import everything
from worker.settings import load_settings

LICENCE = (
    *("provider", "licence", "add", "telecom_licence", "--number", "L-1", "--authority", "made_up"),
    *("--valid-from", "2020-01-01", "--valid-to", "2999-12-31"),
)


@pytest.fixture(scope="module")
async def lives(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Ran, str]]:
    """How the same licence was taken in, and the account's policy, under one policy after the other."""
    folder = tmp_path_factory.mktemp("lives")
    return [await life(folder, policy) for policy in ("neutral", "cn-im-2014", "neutral")]


async def life(folder: Path, policy: str) -> tuple[Ran, str]:
    values = {**free_values(folder), "provider_policy": policy}
    async with everything(load_settings(**values)) as addresses:
        with patch.dict(
            os.environ, environment(values, TEMPORAL_ADDRESS=addresses.temporal), clear=True
        ):
            added = await asyncio.to_thread(call, *LICENCE)
            shown = await asyncio.to_thread(call, "provider", "show", "--json")
    return added, shown.json["policy_id"]


async def test_the_platforms_own_account_follows_the_settings_there_and_back(lives):
    assert [policy for _, policy in lives] == ["neutral", "cn-im-2014", "neutral"]


async def test_a_refused_licence_is_taken_in_once_the_policy_asks_for_it(lives):
    assert [added.status for added, _ in lives] == [1, 0, 1]
    assert "LicenceNotFoundError" in lives[0][0].err


async def test_whoever_has_the_wrong_policy_is_told_which_setting_names_it(lives):
    assert "GOODSTANDING_PROVIDER_POLICY" in lives[0][0].err
    assert "GOODSTANDING_PROVIDER_POLICY" in ProviderUnqualifiedError.remedy
