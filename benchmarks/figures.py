"""What comes out: figures with their bounds, printed and kept."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "results" / "latest.json"

Better = Literal["higher", "lower"]


@dataclass(frozen=True)
class Figure:
    """One figure: what it has to be, what it should be, and which way is better."""

    figure: str
    value: float
    must: float | None = None
    aim: float | None = None
    better: Better = "lower"

    @property
    def holds(self) -> bool:
        """Whether it is what it has to be."""
        if self.must is None:
            return True
        return self.value >= self.must if self.better == "higher" else self.value <= self.must


def write(figures: Sequence[Figure], results: Path) -> None:
    """Keep them where whoever compares looks for them."""
    results.parent.mkdir(parents=True, exist_ok=True)
    results.write_text(json.dumps([asdict(one) for one in figures], indent=2) + "\n")


def show(console: Console, title: str, figures: Sequence[Figure]) -> None:
    """Print them with their bounds."""
    table = Table(title=title, title_justify="left")
    table.add_column("figure")
    for column in ("value", "must", "aim"):
        table.add_column(column, justify="right")
    table.add_column("")
    for one in figures:
        bound = ">=" if one.better == "higher" else "<="
        verdict = "" if one.must is None else "holds" if one.holds else "falls short"
        table.add_row(
            one.figure,
            written(one.value),
            "" if one.must is None else f"{bound} {written(one.must)}",
            "" if one.aim is None else f"{bound} {written(one.aim)}",
            verdict,
        )
    console.print(table)


def written(value: float) -> str:
    """As many digits as mean something."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
