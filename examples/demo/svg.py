"""A drawing as SVG; colours come from the page's style sheet."""

from collections.abc import Iterator

from examples.demo.drawing import WIDTH, Dot, Drawing, Lane, Row, Span
from examples.demo.markup import Markup, tag
from examples.demo.stage import LAST_DAY


def chart(account: str, drawing: Drawing, summary: str) -> Markup:
    """The whole drawing, with a title and a text in its place; nothing where nothing happened."""
    if not drawing.lanes:
        return Markup()
    title = f"The life of {account} on an axis of {LAST_DAY} days"
    picture = tag(
        "svg",
        tag("title", title, id=f"{account}-title"),
        tag("desc", summary, id=f"{account}-text"),
        *_grid(drawing),
        *(part for lane in drawing.lanes for part in _lane(lane)),
        class_="chart",
        viewBox=f"0 0 {WIDTH} {drawing.height}",
        role="img",
        aria_labelledby=f"{account}-title {account}-text",
    )
    label = f"Life of {account}, scrollable"
    return tag("div", picture, class_="wide", role="group", tabindex=0, aria_label=label)


def sample(css: str) -> Markup:
    """One sign of the legend."""
    sign = _sign(Dot(13, css, "", ""), 7) if css in _ROUND | _SQUARE else None
    bar = tag("rect", x=1, y=1, width=24, height=12, class_=css)
    return tag("svg", sign or bar, viewBox="0 0 26 14", aria_hidden="true")


_ROUND = frozenset({"told", "yes", "no"})
_SQUARE = frozenset({"filed"})


def _grid(drawing: Drawing) -> Iterator[Markup]:
    for x, text in drawing.ticks:
        yield tag("line", x1=x, x2=x, y1=18, y2=drawing.height, class_="grid")
        yield tag("text", text, x=x, y=9, text_anchor="middle", class_="tick")


def _lane(lane: Lane) -> Iterator[Markup]:
    first = lane.rows[0]
    yield tag("line", x1=4, x2=WIDTH, y1=first.y - 1, y2=first.y - 1, class_="rule")
    yield tag("text", lane.name, x=4, y=_middle(first), class_="lane")
    for row in lane.rows:
        yield from (_span(span, row) for span in row.spans)
        yield from (_dot(dot, row) for dot in row.dots)


def _span(span: Span, row: Row) -> Markup:
    box = tag(
        "rect", x=span.x, y=row.y + 2, width=span.width, height=row.height - 4, class_=span.css
    )
    end = f"M{span.x + span.width:g} {_middle(row) - 4:g} l7 4 l-7 4 z"
    label = tag(
        "text",
        span.label,
        x=span.label_x,
        y=_middle(row),
        text_anchor=span.anchor,
        class_="struck" if span.css == "undone" else None,
    )
    return tag(
        "g",
        tag("title", span.title),
        box,
        tag("path", d=end, class_="on") if span.goes_on else Markup(),
        label if span.label else Markup(),
    )


def _dot(dot: Dot, row: Row) -> Markup:
    middle = _middle(row)
    count = tag("text", dot.text, x=dot.x, y=middle + 0.5, class_="count")
    sign = _sign(dot, middle)
    return tag("g", tag("title", dot.title), sign, count if dot.text else Markup())


def _sign(dot: Dot, middle: float) -> Markup:
    css = f"dot {dot.css}"
    if dot.css in _SQUARE:
        return tag("rect", x=dot.x - 5, y=middle - 5, width=10, height=10, class_=css)
    return tag("circle", cx=dot.x, cy=middle, r=5.5, class_=css)


def _middle(row: Row) -> float:
    return row.y + row.height / 2
