import subprocess
import sys
from pathlib import Path

import pytest

from tests.worker.services import ROOT, Up, environment, process
from worker.locking import WorkerRunningError, only_worker

HOLDING = """
import sys, time
from worker.locking import only_worker
with only_worker(sys.argv[1]):
    print("held", flush=True)
    time.sleep(600)
"""


def holding(url: str) -> subprocess.Popen[str]:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDING, url], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout
    assert holder.stdout.readline() == "held\n"
    return holder


def test_a_second_process_is_refused_until_the_first_is_gone_however_it_went(tmp_path):
    url = f"sqlite+aiosqlite:///{tmp_path}/record.db"
    with holding(url) as first:
        with (
            pytest.raises(WorkerRunningError, match=f"process {first.pid}") as caught,
            only_worker(url),
        ):
            pass
        first.kill()
        first.wait()

    assert "PostgreSQL" in caught.value.remedy
    with only_worker(url):
        pass


def test_the_lock_ends_with_the_block_and_its_file_means_nothing(tmp_path):
    url = f"sqlite+aiosqlite:///{tmp_path}/new/record.db"
    for _ in range(2):
        with only_worker(url):
            assert (tmp_path / "new" / "record.db.lock").exists()


@pytest.mark.parametrize("url", ["postgresql+asyncpg://me@db/record", "sqlite+aiosqlite://"])
def test_what_is_no_sqlite_file_needs_no_lock(url):
    with only_worker(url), only_worker(url):
        pass


@pytest.mark.timeout(240)
async def test_a_second_worker_process_on_sqlite_is_refused(up: Up, tmp_path: Path):
    values = {
        "database_url": up.settings.database_url,
        "vault_url": up.settings.vault_url,
        "keys_directory": up.settings.keys_directory,
        "metrics_port": 0,
    }
    env = environment(values, TEMPORAL_ADDRESS=up.addresses.temporal)
    async with process(tmp_path, "worker", env=env) as second:
        status = await second.ended()

    assert status == 1
    assert second.err.startswith("WorkerRunningError: Another worker (process ")
    assert "PostgreSQL, which takes several" in second.err
    assert "Traceback" not in second.err
