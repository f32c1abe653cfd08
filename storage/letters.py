"""A notice as a letter: the words that were stored, and the same words as a page for mail and browser.

The page is made of the stored text, so it cannot say anything else, and goes when the text goes.
"""

import re
from dataclasses import dataclass

from jinja2 import Environment, StrictUndefined

RIGHT_TO_LEFT = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})
"""Languages that are written from right to left, unless their tag names another script."""
_OTHER_SCRIPT = re.compile(r"-(latn|cyrl)(-|$)", re.IGNORECASE)
_BETWEEN_PARAGRAPHS = re.compile(r"\n[ \t]*\n+")

# Nothing is fetched and nothing runs. Values go in escaped; what a holder or a reviewer wrote may run the other way.
_PAGE = """\
<!DOCTYPE html>
<html lang="{{ language }}" dir="{{ direction }}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{{ title }}</title>
</head>
<body lang="{{ language }}" dir="{{ direction }}" style="margin: 0; padding: 16px; font-family: sans-serif; \
font-size: 16px; line-height: 1.6; color: #1a1a1a; background: #ffffff;">
<div role="main" style="max-width: 40em; margin: 0 auto;">
<h1 style="font-size: 20px; line-height: 1.3;">{{ title }}</h1>
{%- for lines in paragraphs %}
<p dir="auto">
{%- for line in lines %}{{ line }}{% if not loop.last %}<br>
{% endif %}{% endfor -%}
</p>
{%- endfor %}
</div>
</body>
</html>
"""
_TEMPLATE = Environment(autoescape=True, undefined=StrictUndefined).from_string(_PAGE)


@dataclass(frozen=True, slots=True)
class Letter:
    """The title and the body of a notice, in one language (BCP 47)."""

    title: str
    body: str
    language: str

    @classmethod
    def of(cls, text: str, language: str) -> "Letter":
        """The letter of a stored text: the title, an empty line, the body."""
        title, _, body = text.partition("\n\n")
        return cls(title, body, language)

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`, as its language is written."""
        language = self.language.lower()
        written_so = language.partition("-")[0] in RIGHT_TO_LEFT
        return "rtl" if written_so and not _OTHER_SCRIPT.search(language) else "ltr"

    @property
    def html(self) -> str:
        """The whole letter as a page: no script, nothing that is fetched, every word escaped."""
        paragraphs = [part.strip("\n") for part in _BETWEEN_PARAGRAPHS.split(self.body)]
        return _TEMPLATE.render(
            language=self.language,
            direction=self.direction,
            title=self.title,
            paragraphs=[part.splitlines() for part in paragraphs if part],
        )
