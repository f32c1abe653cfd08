"""The journeys in the terminal: progress while they are played, then each account's life and end."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from examples.demo.drawing import rows_of
from examples.demo.happenings import NONE
from examples.demo.moments import day_text
from examples.demo.play import Done, Life
from examples.demo.stage import LAST_DAY
from examples.demo.wording import asked


class Journal:
    """Writes to one console."""

    def __init__(self, console: Console) -> None:
        self._console = console

    async def follow(self, played: AsyncIterator[Done], steps: int) -> list[Done]:
        """Show how far the play is, until it is over."""
        done: list[Done] = []
        columns = (
            TextColumn("{task.fields[day]:>10}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}", markup=False),
        )
        with Progress(*columns, console=self._console, transient=True) as progress:
            task = progress.add_task("", total=steps, day="d0")
            async for one in played:
                done.append(one)
                day = day_text(one.at, one.start)
                what = f"{one.script.account} {asked(one.step)}"[:60]
                progress.update(task, advance=1, description=what, day=day)
            progress.update(task, day=f"d{LAST_DAY}", description="")
        return done

    def show(self, life: Life, differences: Sequence[str]) -> None:
        """One account, day by day, and how it ends."""
        script = life.script
        gloss = f" {script.gloss}" if script.gloss else ""
        self._console.print()
        self._console.rule(Text(f"{script.account} {script.name}{gloss}"), align="left")
        table = Table(box=None, show_header=False, padding=(0, 1, 0, 0))
        table.add_column(style="dim", no_wrap=True)
        table.add_column(overflow="fold")
        for day, what, followed in rows_of(life):
            table.add_row(day, Text(what, style="bold"))
            for line in followed:
                table.add_row("", Text(f"  {line}"))
        self._console.print(table)
        self._console.print(_end_of(life))
        for line in differences:
            self._console.print(Text(line, style="bold red"))

    def close(self, lives: Sequence[Life], differences: Sequence[str], page: Path) -> None:
        """Sum it up: the end of every account, what differs, and where the picture is."""
        table = Table("account", "name", "stage", "standing", "mark", "because", box=None)
        for life in lives:
            stage, standing, mark = _ends(life)
            name, because = Text(life.script.name), Text(life.script.end.because)
            table.add_row(life.script.account, name, stage, standing, mark, because)
        self._console.print()
        self._console.print(table)
        self._console.print()
        if differences:
            said = Text(f"{len(differences)} differences from the scripts:", style="bold red")
            self._console.print(said)
            for line in differences:
                self._console.print(Text(f"  {line}"))
        else:
            self._console.print(Text("Everything happened as the scripts say.", style="bold green"))
        self._console.print(Text(f"Picture: {page}"))


def _end_of(life: Life) -> Text:
    stage, standing, mark = _ends(life)
    said = Text("end: ", style="dim")
    said.append(f"{stage}, standing {standing}, mark {mark}", style="bold")
    said.append(f", because {life.script.end.because}", style="default")
    return said


def _ends(life: Life) -> tuple[str, str, str]:
    return str(life.record.stage or "no account"), life.standing or "-", life.mark or NONE
