"""Where a process spends its time: each thread's CPU time, given to what the thread was at.

A sampler of wall time would count who waits. This one reads, a thousand times a second, how much CPU time each thread
has used since the last look, and gives it to the innermost part of the stack that is known below. What the process
used besides is Temporal's core, which is no Python.
"""

import sys
import threading
import time
from collections import defaultdict
from types import FrameType

CORE = "Temporal core (Rust): polling, histories, gRPC"
LOOP = "event loop and threads"

_PARTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("payload codec: AES-GCM", ("goodstanding/codec.py",)),
    ("texts, keys, commitments", ("goodstanding/_aead.py", "goodstanding/envelope.py")),
    ("canonical form, hash chain", ("goodstanding/canonical.py", "rfc8785/", "storage/chain.py")),
    ("driver (asyncpg)", ("asyncpg/",)),
    ("SQLAlchemy", ("sqlalchemy/", "sqlmodel/", "greenlet/")),
    ("rules: decide and evolve", ("goodstanding/domain/", "goodstanding/policy/")),
    ("our storage code", ("storage/", "activities/")),
    (
        "messages: pydantic and converter",
        (
            "pydantic/",
            "pydantic_core/",
            "goodstanding/messages/",
            "goodstanding/converter.py",
            "temporalio/contrib/pydantic.py",
            "temporalio/converter/",
            "temporalio/bridge/_visitor",
            "temporalio/worker/_command_aware_visitor.py",
        ),
    ),
    ("our workflow code", ("workflows/", "worker/running.py")),
    ("workflow sandbox", ("temporalio/worker/workflow_sandbox/",)),
    ("webhook: httpx and signature", ("httpx/", "httpcore/", "h11/", "standardwebhooks/")),
    ("Temporal SDK (Python): activations, activities", ("temporalio/", "google/")),
)
_OFTEN = 0.001


class Profile:
    """Samples while it is on."""

    def __init__(self) -> None:
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._known: dict[str, str | None] = {}
        self._thread: threading.Thread | None = None
        self._ends = threading.Event()
        self._interval = sys.getswitchinterval()

    def start(self) -> None:
        """Begin to sample."""
        # who samples has to get its turn soon, not when the others happen to wait
        sys.setswitchinterval(0.0001)
        self._ends.clear()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def stop(self) -> dict[str, float]:
        """End it; CPU seconds by part since the start."""
        self._ends.set()
        if self._thread is not None:
            self._thread.join()
        sys.setswitchinterval(self._interval)
        found, self._seconds = dict(self._seconds), defaultdict(float)
        return found

    def _sample(self) -> None:
        began, own = time.process_time(), time.thread_time()
        me = threading.get_ident()
        last: dict[int, float] = {}
        while not self._ends.wait(_OFTEN):
            frames = sys._current_frames()  # noqa: SLF001 - there is no other way
            for thread in threading.enumerate():
                if thread.ident is None or thread.native_id is None or thread.ident == me:
                    continue
                spent = _cpu_of(thread.native_id)
                used = spent - last.get(thread.native_id, spent)
                last[thread.native_id] = spent
                if used > 0:
                    self._seconds[self._part_of(frames.get(thread.ident))] += used
        total = time.process_time() - began - (time.thread_time() - own)
        self._seconds[CORE] = max(0.0, total - sum(self._seconds.values()))

    def _part_of(self, frame: FrameType | None) -> str:
        while frame is not None:
            name = frame.f_code.co_filename
            if name not in self._known:
                self._known[name] = _part_named(name)
            if part := self._known[name]:
                return part
            frame = frame.f_back
        return LOOP


def _part_named(file: str) -> str | None:
    if "/lib/python" in file and "site-packages/" not in file:
        return None
    for part, places in _PARTS:
        if any(f"/{place}" in file for place in places):
            return part
    return None


def _cpu_of(thread: int) -> float:
    try:
        # Linux names the clock of a thread so; `time.pthread_getcpuclockid` crashes where the thread has ended
        return time.clock_gettime((~thread << 3) | 6)
    except OSError:
        return 0.0
