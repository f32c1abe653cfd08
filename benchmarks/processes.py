"""What processes cost, from the kernel's own accounts (Linux; elsewhere nothing is known)."""

import os
from pathlib import Path

_PROC = Path("/proc")


def children_of(parent: int | None = None) -> list[int]:
    """All processes below this one; a process that left its parent is not among them."""
    found = []
    for pid, (above, _) in _stats().items():
        if above == (parent or os.getpid()):
            found += [pid, *children_of(pid)]
    return found


def cpu_seconds(pids: list[int]) -> float:
    """User and system time so far, of these processes and all below them."""
    stats = _stats()
    known = {pid for top in pids for pid in (top, *children_of(top))}
    return sum(stats[pid][1] for pid in known if pid in stats)


def _stats() -> dict[int, tuple[int, float]]:
    if not _PROC.is_dir():
        return {}
    found = {}
    ticks = os.sysconf("SC_CLK_TCK")
    for entry in _PROC.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue  # it ended meanwhile
        found[int(entry.name)] = int(fields[1]), (int(fields[11]) + int(fields[12])) / ticks
    return found
