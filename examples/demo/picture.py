"""Every account's life as a picture: one self-contained page, without network or script."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from examples.demo.drawing import LEGEND, drawing, rows_of
from examples.demo.happenings import NONE
from examples.demo.markup import Markup, tag
from examples.demo.play import Life
from examples.demo.stage import LAST_DAY
from examples.demo.svg import chart, sample
from goodstanding.policy.schema import Policy

PAGE = Path(".goodstanding/demo/index.html")
_TITLE = "Whole lives of accounts"
_CSS = Path(__file__).with_name("picture.css")


def draw(
    lives: Sequence[Life], policy: Policy, differences: Sequence[str] = (), page: Path = PAGE
) -> Path:
    """Write the page and return where it is."""
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(html(lives, policy, differences), encoding="utf-8")
    return page


def html(lives: Sequence[Life], policy: Policy, differences: Sequence[str] = ()) -> str:
    """The page; whatever people wrote is escaped."""
    levels = [level.name for level in policy.standing]
    articles = (_article(life, levels, differences) for life in lives)
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", _TITLE),
        tag("style", Markup(_CSS.read_text(encoding="utf-8"))),
    )
    body = tag(
        "body", *_opening(lives, policy, differences), _overview(lives), tag("main", *articles)
    )
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


def _opening(lives: Sequence[Life], policy: Policy, differences: Sequence[str]) -> Iterator[Markup]:
    header = policy.policy
    first_day = f"{lives[0].start:%Y-%m-%d}, {lives[0].start:%H:%M} UTC" if lives else "?"
    yield tag("h1", _TITLE)
    yield tag(
        "p",
        f"{len(lives)} invented accounts under the policy {header.id}, version {header.version}, "
        f"from day 0 ({first_day}) to day {LAST_DAY}. Every name and number is invented.",
        class_="soft",
    )
    if differences:
        yield tag("p", f"{len(differences)} differences from the scripts", class_="verdict bad")
        yield tag("ul", *(tag("li", line) for line in differences), class_="wrong")
    else:
        yield tag("p", "Everything happened as the scripts say.", class_="verdict good")
    signs = (tag("li", sample(css), text) for css, text in LEGEND)
    yield tag("ul", *signs, class_="legend", aria_label="Legend")


def _overview(lives: Sequence[Life]) -> Markup:
    names = ("Account", "Name", "Stage", "Standing", "Mark", "Because")
    rows = (
        tag(
            "tr",
            tag("td", tag("a", life.script.account, href=f"#{life.script.account}")),
            tag("td", *_named(life)),
            *(tag("td", text) for text in _end(life)),
            tag("td", life.script.end.because),
        )
        for life in lives
    )
    caption = tag("caption", "How each account stands on the last day, and why", class_="soft")
    return _table(names, rows, caption)


def _article(life: Life, levels: Sequence[str], differences: Sequence[str]) -> Markup:
    account = life.script.account
    rows = list(rows_of(life))
    name = tag("h2", f"{account} ", *_named(life), id=f"{account}-name")
    holder = f"{life.script.holder.type.replace('_', ' ')}, {life.script.kind}"
    chips = (
        tag("span", f"{what} ", tag("b", text), class_="chip")
        for what, text in zip(("stage", "standing", "mark"), _end(life), strict=True)
    )
    why = tag("span", life.script.end.because, class_="because")
    wrong = (line for line in differences if line.startswith(f"{account},"))
    return tag(
        "article",
        tag("header", name, tag("span", holder, class_="soft")),
        tag("p", *chips, why, class_="end"),
        *(tag("p", line, class_="wrong") for line in wrong),
        chart(account, drawing(life, levels), _summary(life, rows)),
        tag("details", tag("summary", "Day by day"), _day_by_day(rows)),
        id=account,
        aria_labelledby=f"{account}-name",
    )


def _day_by_day(rows: Sequence[tuple[str, str, list[str]]]) -> Markup:
    lines = (
        tag(
            "tr",
            tag("td", day),
            tag("td", asked),
            tag("td", tag("ul", *(tag("li", line) for line in followed)) if followed else ""),
        )
        for day, asked, followed in rows
    )
    return _table(("Day", "Who does what", "What follows"), lines)


def _table(names: Sequence[str], rows: Iterator[Markup], caption: Markup | None = None) -> Markup:
    head = tag("thead", tag("tr", *(tag("th", name, scope="col") for name in names)))
    table = tag("table", caption or Markup(), head, tag("tbody", *rows))
    return tag("div", table, class_="wide")


def _named(life: Life) -> tuple[str, ...]:
    gloss = life.script.gloss
    return (life.script.name, " ", tag("small", gloss)) if gloss else (life.script.name,)


def _end(life: Life) -> tuple[str, str, str]:
    return str(life.record.stage or "no account"), life.standing or "-", life.mark or NONE


def _summary(life: Life, rows: Sequence[tuple[str, str, list[str]]]) -> str:
    """The picture in a few sentences; the whole is in the table below it."""
    stage, standing, mark = _end(life)
    record = life.record
    penalties = ", ".join(penalty.code for penalty in record.penalties) or "none"
    return (
        f"{life.script.name} ends in the stage {stage}, standing {standing}, mark {mark}: "
        f"{life.script.end.because}. Penalties: {penalties}. {len(record.strikes)} strikes, "
        f"{len(record.appeals)} appeals, {len(life.notices)} notices, {len(record.filings)} "
        f"filings in {len(rows)} steps; day by day in the table that follows."
    )
