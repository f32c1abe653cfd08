"""The picture is one file that needs nothing, and shows every account to everybody."""

import re
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path

from rich.console import Console

from examples.demo.drawing import WIDTH, drawing
from examples.demo.journal import Journal
from examples.demo.picture import draw, html
from examples.demo.play import play
from examples.demo.pure import PureWorld
from tests.examples.playing import D0, played, scripts, shipped

_POLICY = shipped().at("cn-im-2014", D0).policy
_VOID = {"meta"}


class _Outline(HTMLParser):
    """Refuses what does not close, and keeps elements and text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


async def test_the_page_shows_every_account_with_a_text_for_its_picture() -> None:
    seen = await played(scripts("ten-articles"))
    page = _Outline()
    page.feed(html(seen.lives, _POLICY))

    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    charts = [a for tag, a in page.elements if tag == "svg" and a.get("class") == "chart"]

    assert page.open == []
    assert len(ids) == len(set(ids))
    assert {life.script.account for life in seen.lives} <= set(ids)
    assert len(charts) == len(seen.lives) - 1, "a09 has no account"
    assert all(set(str(chart["aria-labelledby"]).split()) <= set(ids) for chart in charts)
    assert {life.script.end.because for life in seen.lives} <= set(page.text)


async def test_the_page_loads_nothing_and_runs_nothing() -> None:
    seen = await played(scripts("ten-articles"))
    page = _Outline()
    page.feed(html(seen.lives, _POLICY))

    names = {tag for tag, _ in page.elements}
    links = {a["href"] for _, a in page.elements if "href" in a}

    assert not names & {"script", "link", "img", "iframe", "object"}
    assert all(str(link).startswith("#") for link in links)
    assert not any("src" in a or any(k.startswith("on") for k in a) for _, a in page.elements)
    assert not re.search(r"url\(|@import", "".join(page.text))


async def test_what_people_wrote_is_escaped() -> None:
    script = scripts("neutral-accounts")[0].model_copy(
        update={"name": "<script>alert(1)</script>", "gloss": 'a "quoted" & b'}
    )
    seen = await played([script])

    page = html(seen.lives, _POLICY, ["n01, d0: <b>not so</b>"])

    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<b>not so" not in page


async def test_differences_stand_at_the_top_and_at_their_account(tmp_path: Path) -> None:
    seen = await played(scripts("neutral-accounts"))

    where = draw(seen.lives, _POLICY, ["n01, end: it is not so"], tmp_path / "demo" / "index.html")

    page = where.read_text(encoding="utf-8")
    assert page.count("n01, end: it is not so") == 2
    assert "Everything happened" not in page


async def test_every_span_lies_on_the_axis() -> None:
    seen = await played(scripts("ten-articles"))
    levels = [level.name for level in _POLICY.standing]

    for life in seen.lives:
        drawn = drawing(life, levels)
        rows = [row for lane in drawn.lanes for row in lane.rows]
        spans = [span for row in rows for span in row.spans]
        assert all(span.width > 0 and span.x + span.width <= WIDTH for span in spans)
        assert [row.y for row in rows] == sorted(row.y for row in rows)


async def test_a_penalty_that_was_undone_says_so() -> None:
    seen = await played(scripts("ten-articles"))
    (life,) = (life for life in seen.lives if life.script.account == "a15")

    levels = [level.name for level in _POLICY.standing]
    penalties = next(lane for lane in drawing(life, levels).lanes if lane.name == "Penalties")

    assert [row.spans[0].label for row in penalties.rows] == [
        "restricted_publishing, v1501, undone d40",
        "suspended_updates, v1502, undone d40",
        "restricted_publishing, v1502, to d37",
    ]


async def test_the_terminal_tells_each_life_and_its_end() -> None:
    seen = await played(scripts("neutral-accounts"))
    console = Console(record=True, width=120, file=StringIO())
    journal = Journal(console)

    for life in seen.lives:
        journal.show(life, [])
    journal.close(seen.lives, [], Path("index.html"))

    text = console.export_text()
    assert "n04 Quick Cart" in text
    assert "end: closed, standing closed, mark none, because four serious breaches" in text
    assert "Everything happened as the scripts say." in text


async def test_progress_is_shown_and_nothing_lost_of_it() -> None:
    cast = scripts("neutral-accounts")
    world = PureWorld(D0, shipped(), "neutral", {})
    steps = sum(len(script.steps) for script in cast)
    console = Console(width=100, file=StringIO())

    done = await Journal(console).follow(play(cast, world), steps)

    assert len(done) == steps
