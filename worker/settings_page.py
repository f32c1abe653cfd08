"""The settings in words: what `goodstanding settings` shows, and docs/settings.md."""

from datetime import timedelta

from pydantic_core import to_jsonable_python

from goodstanding.keys import MASTER_KEY_VARIABLE
from worker.settings import SHIPPED_POLICIES, Settings, variable

DESCRIPTIONS = ("variable", "default", "meaning", "example")
"""The keys of a description."""


def described() -> list[dict[str, str]]:
    """Every setting in words: the service's first, then those of its channels."""
    fields = Settings.model_fields
    own = [name for name in fields if name in Settings.__annotations__]
    ordered = dict.fromkeys([*own, *fields])
    return [
        {
            "variable": variable(name),
            "default": _written(field.default),
            "meaning": " ".join((field.description or "").split()),
            "example": " or ".join(field.examples or []),
        }
        for name, field in ((name, fields[name]) for name in ordered)
    ]


def _written(default: object) -> str:
    if default == SHIPPED_POLICIES:
        return "the service's own policies/"
    if isinstance(default, timedelta):
        return str(to_jsonable_python(default))
    if isinstance(default, bool):
        return str(default).lower()
    return str(default) if default not in (None, {}, ()) else ""


def page() -> str:
    """docs/settings.md; a test compares the two."""
    rows = [
        f"| `{one['variable']}` | {_code(one['default'])} | {one['meaning']} | {_code(one['example'])} |"
        for one in described()
    ]
    return "\n".join([*_ABOVE, *rows, ""])


_ABOVE = (
    "# Settings",
    "",
    "All of them are environment variables; what is not set, or is empty, has its default. A slip in a name or a",
    "value keeps the service from starting, with an error that says which variable and what would be right. Secrets",
    "and passwords are named by the file that holds them. This page is made from the code:",
    "`goodstanding settings --markdown > docs/settings.md`.",
    "",
    "Where Temporal is comes from Temporal's own variables and profiles, as for its command line: `TEMPORAL_ADDRESS`",
    "(without it this machine, port `GOODSTANDING_TEMPORAL_PORT`), `TEMPORAL_NAMESPACE` (`default`),",
    "`TEMPORAL_API_KEY`, `TEMPORAL_TLS_...`, `TEMPORAL_CONFIG_FILE`. `goodstanding up` runs a Temporal of its",
    "own and looks at none of these.",
    "",
    f"`{MASTER_KEY_VARIABLE}`, where it is set, holds the master key instead of its file: base64, newest first,",
    "separated by commas. Durations are ISO 8601 (`P30D`, `PT20S`).",
    "",
    "| variable | default | what it is for | for instance |",
    "|---|---|---|---|",
)


def _code(text: str) -> str:
    return " or ".join(f"`{part}`" for part in text.split(" or ")) if text else ""
