"""A life as a drawing: lanes of spans and marks on an axis of days, before anything is rendered."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from examples.demo.happenings import NONE
from examples.demo.moments import day_text
from examples.demo.play import Done, Life
from examples.demo.script import Checked, Sent
from examples.demo.stage import LAST_DAY
from examples.demo.wording import asked, told
from goodstanding.domain.record import Penalty, Strike

LEFT = 104
PER_DAY = 5
RIGHT = 16
TOP = 26
WIDTH = LEFT + LAST_DAY * PER_DAY + RIGHT
_CHARACTER = 6.0
"""Roughly the width of one, for deciding where a label has room."""
_WORST = 4
LEGEND = (
    ("shown", "mark shown"),
    ("penalty", "penalty that denies something"),
    ("warning", "warning"),
    ("closing", "closure"),
    ("strike", "strike, with its points and end"),
    ("undone", "undone, as if it had not happened"),
    ("appeal", "appeal, until decided"),
    ("told", "notice to the holder"),
    ("filed", "filing with an authority"),
    ("yes", "asked: allowed"),
    ("no", "asked: denied"),
)
"""What the styles mean."""
_ENDED = {
    "lifted": "lifted",
    "acknowledged": "acknowledged",
    "confirmed": "until confirmed",
    "overturned": "undone",
}


@dataclass(frozen=True)
class Span:
    """Something that lasts."""

    x: float
    width: float
    css: str
    label: str
    label_x: float
    anchor: str
    """start, middle or end."""
    title: str
    goes_on: bool = False
    """Past the last day."""


@dataclass(frozen=True)
class Dot:
    """Something that happens at an instant; several of one day are one, with their number."""

    x: float
    css: str
    text: str
    title: str


@dataclass
class Row:
    """One line of a lane."""

    height: int
    spans: list[Span] = field(default_factory=list)
    dots: list[Dot] = field(default_factory=list)
    y: int = 0


@dataclass
class Lane:
    """Rows of one kind, with a name at their left."""

    name: str
    rows: list[Row]

    @property
    def height(self) -> int:
        """Of all rows."""
        return sum(row.height for row in self.rows)


@dataclass(frozen=True)
class Drawing:
    """All lanes of one account, laid out."""

    lanes: tuple[Lane, ...]
    height: int
    ticks: tuple[tuple[float, str], ...]


def drawing(life: Life, levels: Sequence[str]) -> Drawing:
    """Draw a life; `levels` are the policy's standings, worst first."""
    pen = _Pen(life, levels)
    lanes = [lane for lane in pen.lanes() if lane.rows]
    y = TOP
    for row in (row for lane in lanes for row in lane.rows):
        row.y = y
        y += row.height
    days = range(0, LAST_DAY + 1, 30)
    ticks = tuple((LEFT + day * PER_DAY, f"d{day}") for day in days)
    return Drawing(tuple(lanes), y + 6, ticks)


@dataclass(frozen=True)
class _Pen:
    life: Life
    levels: Sequence[str]

    def lanes(self) -> Iterator[Lane]:
        """From the most general to the single things."""
        yield Lane("Stage", self._states("stage", 24, lambda word: f"stage-{word}"))
        yield Lane("Standing", self._states("standing", 18, self._level))
        yield Lane("Mark", self._states("mark", 18, lambda _word: "shown"))
        yield Lane("Penalties", [self._penalty(p) for p in self.life.record.penalties])
        yield Lane("Strikes", [self._strike(s) for s in self.life.record.strikes])
        yield Lane("Appeals", list(self._appeals()))
        yield Lane("Asked", self._dots([d for d in self.life.steps if isinstance(d.step, Checked)]))
        yield Lane("Notices", self._happened("notice", "told"))
        yield Lane("Filings", self._happened("filing", "filed"))

    def _level(self, word: str) -> str:
        """Colours run from the best standing to the worst, whatever a policy calls them."""
        place = list(self.levels).index(word)
        better = len(self.levels) - 1 - place
        return f"level-{round(_WORST * better / max(len(self.levels) - 1, 1))}"

    def _states(self, what: str, height: int, css: Callable[[str], str]) -> list[Row]:
        changes = [h for h in self.life.happenings if h.what == what]
        row = Row(height)
        for place, change in enumerate(changes):
            word = str(change.fields["is"])
            end = changes[place + 1].at if place + 1 < len(changes) else None
            if word == NONE or end == change.at:
                continue
            until = f", to {self._day(end)}" if end else ""
            title = f"{what} {word}, from {self._day(change.at)}{until}"
            row.spans.append(self._span(change.at, end, css(word), word, title, is_row=True))
        return [row] if row.spans else []

    def _penalty(self, penalty: Penalty) -> Row:
        decision = self.life.record.decision(penalty.decision_id)
        cause = decision.violation_id if decision else "?"
        ends = self._ends(penalty, cause)
        end = min(ends.values(), default=penalty.ends_at)
        how = f"to {self._day(end)}" if end else "without an end"
        for because in ("lifted", "acknowledged", "confirmed", "overturned"):
            if because in ends:
                how = f"{_ENDED[because]} {self._day(ends[because])}"
        rule = f", rule {decision.rule}" if decision else ""
        started = self._day(penalty.starts_at) if penalty.starts_at else "its notice"
        denies = ", ".join(penalty.denies) or "nothing"
        title = f"{penalty.code} for {cause}{rule}: from {started}, {how}; denies {denies}"
        label = f"{penalty.code}, {cause}, {how}"
        span = self._span(penalty.starts_at or self.life.start, end, _style(penalty), label, title)
        return Row(18, [span])

    def _ends(self, penalty: Penalty, cause: str) -> dict[str, datetime]:
        """When it ended, by why; one that was over already may be undone later on."""
        if not penalty.is_over:
            return {}
        return {
            str(h.fields["because"]): h.at
            for h in self.life.happenings
            if h.what == "penalty_ended"
            and (h.fields["code"], h.fields["violation"]) == (penalty.code, cause)
        }

    def _strike(self, strike: Strike) -> Row:
        cause = self._cause(strike)
        voids = [
            h.at
            for h in self.life.happenings
            if h.what == "strike_void" and h.fields["violation"] == cause
        ]
        end = voids[0] if voids else strike.expires_at
        points = "1 point" if strike.points == 1 else f"{strike.points} points"
        until = f"to {self._day(end)}" if end else "for good"
        how = f"void {until.removeprefix('to ')}" if voids else until
        title = (
            f"strike for {cause}, {strike.rule}: {points}, from {self._day(strike.given_at)}, {how}"
        )
        css = "undone" if voids else "strike"
        span = self._span(strike.given_at, end, css, f"{points}, {cause}, {how}", title)
        return Row(18, [span])

    def _cause(self, strike: Strike) -> str:
        decision = self.life.record.decision(strike.decision_id)
        return decision.violation_id if decision else "?"

    def _appeals(self) -> Iterator[Row]:
        decided = {
            str(h.fields["id"]): h for h in self.life.happenings if h.what == "appeal_decided"
        }
        for appeal in self.life.record.appeals:
            decision = self.life.record.decision(appeal.decision_id)
            about = decision.violation_id if decision else "the registration"
            end = decided.get(appeal.appeal_id)
            verdict = f"{end.fields['verdict']} {self._day(end.at)}" if end else "open"
            title = (
                f"appeal {appeal.appeal_id} about {about}, {self._day(appeal.filed_at)}: {verdict}"
            )
            label = f"{about}: {verdict}"
            until = end.at if end else None
            yield Row(18, [self._span(appeal.filed_at, until, "appeal", label, title)])

    def _happened(self, what: str, css: str) -> list[Row]:
        found = [h for h in self.life.happenings if h.what == what]
        dots = []
        for _, group in groupby(found, key=lambda h: self._day(h.at)):
            same = list(group)
            lines = "; ".join(told(h, self.life.start) for h in same)
            text = str(len(same)) if len(same) > 1 else ""
            title = f"{self._day(same[0].at)}: {lines}"
            dots.append(Dot(self._x(same[0].at), css, text, title))
        return [Row(20, dots=dots)] if dots else []

    def _dots(self, checks: Sequence[Done]) -> list[Row]:
        dots = []
        for done in checks:
            if not isinstance(done.step, Checked) or done.check is None:
                continue
            answer = "allowed" if done.check.allowed else f"denied, {done.check.denial}"
            title = f"{self._day(done.at)}: may it {done.step.check}? {answer}"
            css = "yes" if done.check.allowed else "no"
            dots.append(Dot(self._x(done.at), css, "✓" if done.check.allowed else "✗", title))
        beside = [
            replace(d, x=d.x + 12 * sum(o.x == d.x for o in dots[:i])) for i, d in enumerate(dots)
        ]
        return [Row(20, dots=beside)] if dots else []

    def _span(
        self,
        start: datetime,
        end: datetime | None,
        css: str,
        label: str,
        title: str,
        *,
        is_row: bool = False,
    ) -> Span:
        x, last = self._x(start), LEFT + LAST_DAY * PER_DAY
        right = min(self._x(end), last) if end else last
        width = max(right - x, 2.0)
        room = len(label) * _CHARACTER + 8
        goes_on = end is None or self._x(end) > last
        common: dict[str, Any] = {
            "x": x,
            "width": width,
            "css": css,
            "title": title,
            "goes_on": goes_on,
        }
        if room <= width:
            return Span(label=label, label_x=x + 5, anchor="start", **common)
        if is_row:
            return Span(label="", label_x=x, anchor="start", **common)
        if right + room <= WIDTH:
            return Span(label=label, label_x=right + 5, anchor="start", **common)
        return Span(label=label, label_x=x - 5, anchor="end", **common)

    def _x(self, at: datetime) -> float:
        days = (at - self.life.start) / timedelta(days=1)
        return round(LEFT + min(max(days, 0), LAST_DAY * 4) * PER_DAY, 1)

    def _until(self, end: datetime | None) -> str:
        return f"to {self._day(end)}" if end else "without an end"

    def _day(self, at: datetime) -> str:
        return day_text(at, self.life.start)


def _style(penalty: Penalty) -> str:
    if penalty.is_overturned:
        return "undone"
    if not penalty.denies:
        return "warning"
    return "closing" if penalty.closes else "penalty"


def rows_of(life: Life) -> Iterator[tuple[str, str, list[str]]]:
    """The journey in words: the day, what was done, and what followed."""
    before = 0
    for done in life.steps:
        seen = [h for h in life.happenings if before < h.seq <= done.seq]
        before = done.seq
        yield day_text(done.at, life.start), _asked(done), [told(h, life.start) for h in seen]


def _asked(done: Done) -> str:
    step = done.step
    refused = (
        f"; refused with {step.refused.code}" if isinstance(step, Sent) and step.refused else ""
    )
    why = f" ({step.because})" if step.because else ""
    return f"{asked(step)}{refused}{why}"
