"""HTML and SVG by construction: whatever is text is escaped, and only elements are not."""

from html import escape

Attribute = str | int | float | bool | None


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


def tag(name: str, /, *inside: str, **attributes: Attribute) -> Markup:
    """An element; text inside is escaped. `class_` is class, `aria_label` is aria-label."""
    said = "".join(
        f" {_name(key)}" if value is True else f' {_name(key)}="{escape(_text(value))}"'
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in _VOID:
        return Markup(f"<{name}{said}>")
    return Markup(f"<{name}{said}>{joined(*inside)}</{name}>")


def joined(*parts: str) -> Markup:
    """Several parts as one."""
    return Markup("".join(p if isinstance(p, Markup) else escape(p, quote=False) for p in parts))


_VOID = frozenset({"meta"})


def _name(key: str) -> str:
    return key.rstrip("_").replace("_", "-") if key != "viewBox" else key


def _text(value: Attribute) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
