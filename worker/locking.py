"""One worker process for a SQLite file: a lock that the operating system ends with the process."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url

from goodstanding.errors import ConfigurationError


class WorkerRunningError(ConfigurationError):
    """Another worker process uses this SQLite file."""

    remedy = "Stop the other one, or use PostgreSQL, which takes several worker processes."


@contextmanager
def only_worker(database_url: str) -> Iterator[None]:
    """Hold the lock beside a SQLite file; nothing for PostgreSQL. `WorkerRunningError` where it is held.

    The file stays behind and means nothing: the lock itself goes with the process, however it ends.
    """
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        yield
        return
    path = Path(f"{url.database}.lock")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # for its owner alone, as what it stands beside
    path.touch(mode=0o600)
    with path.open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            other = file.read().strip() or "unknown"
            message = (
                f"Another worker (process {other}) uses {url.database}; SQLite takes only one."
            )
            raise WorkerRunningError(message) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
