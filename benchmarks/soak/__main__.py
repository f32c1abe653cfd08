"""`python -m benchmarks.soak bulk`: a long run on real parts, and what came of it, for docs/soak.md."""

import argparse
import asyncio
import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.soak import bulk

REPORT = Path(__file__).parents[2] / "docs" / "soak.md"
_ABOVE = """\
# Soak

Long runs on real parts, in which the service is killed again and again. `make soak` runs the whole size and
writes this page anew; what stands here says with which command it was made, and on what machine.
"""

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak")
    parser.add_argument("part", choices=["bulk"])
    parser.add_argument("--accounts", type=int, default=bulk.ACCOUNTS)
    parser.add_argument("--kills", type=int, default=bulk.KILLS)
    parser.add_argument("--per-second", type=int, default=bulk.PER_SECOND)
    parser.add_argument("--report", type=Path, default=REPORT)
    chosen = parser.parse_args()
    size = bulk.Size(chosen.accounts, chosen.kills, chosen.per_second)
    lines = asyncio.run(bulk.soaked(size))
    command = (
        f"python -m benchmarks.soak bulk --accounts {size.accounts} --kills {size.kills}"
        f" --per-second {size.per_second}"
    )
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    head = f"\n## Bulk\n\n`{command}`\n\n{datetime.now(UTC):%Y-%m-%d}, {machine}.\n\n"
    page = _ABOVE + head + "| what | |\n|---|---|\n"
    page += "".join(f"| {what} | {said} |\n" for what, said in lines)
    chosen.report.write_text(page, "utf-8")
    print(page)
