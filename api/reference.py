"""docs/api.md, made from the routes; `python -m api.reference` writes it and docs/errors.md, a test compares."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from re import sub
from typing import Any

from api.app import described_app
from api.error_table import errors_page
from api.keys import FRESH, Scope
from api.limits import LARGEST_BODY
from api.serving import API_PORT, CODEC_PORT
from goodstanding.views import CheckView
from storage.policies import FRESH as BOOK_FRESH

DOCS = Path(__file__).parents[1] / "docs"
Schema = Mapping[str, Any]

_EXAMPLE = CheckView(
    account_id="a1",
    capability="broadcast",
    as_of=datetime(2026, 1, 5, 10, tzinfo=UTC),
    allowed=False,
    denial="PENALTY_DENIES",
    cause="a1.c7.5",
    until=datetime(2026, 1, 12, 10, tzinfo=UTC),
    licensed=False,
)
_INTRODUCTION = f"""\
# The HTTP API

Made from the routes by `python -m api.reference`; a test keeps it so. A running service describes itself for machines
at `/openapi.json` (OpenAPI 3.1).

Reads only, from the read models and never through Temporal; commands go through the Python client or any Temporal
client with the deployment's keys ([commands.md](commands.md)). The one way in is the call-back of an identity provider.

```console
$ curl -H "Authorization: Bearer $KEY" http://127.0.0.1:{API_PORT}/accounts/{_EXAMPLE.account_id}/capabilities/{_EXAMPLE.capability}
{_EXAMPLE.model_dump_json(indent=2)}
```

**Time.** Every answer says `as_of` which instant it holds, and everything in it is derived for that instant: a penalty
denies from its start until before its end, whether or not any job has run. It is the service's present, and never
earlier than the account's last event. Times are UTC. A policy version that was published meanwhile is known within
{BOOK_FRESH:.0f} seconds, a policy that is new at once; for an account whose policy this service cannot read the answer
is 503.

**Keys.** A key is a bearer token (`Authorization: Bearer gsk_...`) with scopes: `{"`, `".join(Scope)}`.
It is 256 random bits, of which the database holds the SHA-256: no guessing leads back from there, so a slow hash would
only slow every request. When a key was last used is not stored: it would put a write into every read. A revoked key may
be let in for up to {FRESH:.0f} seconds more; one that ends, ends at its instant. No key, a wrong or an ended one: 401
`KeyRefusedError`; without the scope: 403 `ScopeMissingError`. `goodstanding api-key add` makes one.

A service that requires no keys listens on loopback only, and answers only who asks for `localhost` or a loopback
address. It refuses to listen elsewhere until there is a key. Once the last one has ended it still starts, and says so
in its log: what needs no key goes on.

**Errors** are `application/problem+json` (RFC 9457) with `type`, `title`, `status`, `detail`, and besides `code`,
`field`, `remedy`. [errors.md](errors.md) has all codes; `type` leads to `GET /errors/{{code}}`. What is refused as
malformed is not repeated, and neither is the name of a field that does not exist. 503 comes with `Retry-After`. A body
larger than {LARGEST_BODY // 1024} KiB is refused.

**Watching.** `GET /healthz` says that the process runs, `GET /readyz` that its database answers; worker and codec
server have the same two. `GET /metrics`, for Prometheus, needs the scope `{Scope.METRICS}`:
`goodstanding_api_request_seconds` by method, status and route, which is written as it is here. `HEAD` is answered
wherever `GET` is.

**Call-backs** are signed by the Standard Webhooks specification with the secret shared with that provider, in the
headers `webhook-id`, `webhook-timestamp`, `webhook-signature`; a time-stamp more than five minutes off is refused.

**Codec server.** On a port of its own ({CODEC_PORT}), `POST /decode` and `POST /encode` show payloads in the Temporal
UI, as Temporal's codec servers do: pages of the UI's origin may ask, nobody else's. Whoever reaches it reads every
payload: it listens on loopback, or asks for a bearer token of its own. What does not open with its keys is handed back
as it came; where nothing does, that is 422 `PayloadsUnreadableError`.
"""
_NEEDS = {
    "providers": "Needs the provider's signature.",
    "platform": "Needs the platform's signature.",
    "public": "For everybody, without a key.",
}


def api_page() -> str:
    """The whole page."""
    described = described_app().openapi()
    routes = [
        _route(path, method, about)
        for path, methods in described["paths"].items()
        for method, about in methods.items()
    ]
    schemas = described["components"]["schemas"]
    answers = [_answer(name, schema) for name, schema in schemas.items()]
    return "\n".join([_INTRODUCTION, "## Routes\n", *routes, "## Shapes\n", *answers])


def write_pages(directory: Path = DOCS) -> None:
    """Write both pages anew."""
    directory.joinpath("api.md").write_text(api_page(), "utf-8")
    directory.joinpath("errors.md").write_text(errors_page(), "utf-8")


def _route(path: str, method: str, about: Schema) -> str:
    lines = [f"### {method.upper()} {path}\n", about["description"], "", _needs(about)]
    if body := _body(about):
        lines.append(f"Body: {body}.")
    lines.append(f"Answers {_type(about['responses']['200']['content']['application/json'])}.\n")
    if parameters := about.get("parameters"):
        lines += ["| parameter | in | type | meaning |", "|---|---|---|---|"]
        lines += [_parameter(one) for one in parameters]
        lines.append("")
    return "\n".join(lines)


def _needs(about: Schema) -> str:
    if security := about.get("security"):
        (scopes,) = security[0].values()
        return f"Needs a key with the scope `{'`, `'.join(scopes)}`."
    return next(words for tag, words in _NEEDS.items() if tag in about["tags"])


def _body(about: Schema) -> str | None:
    body = about.get("requestBody")
    if body is None:
        return None
    schema = body["content"]["application/json"]["schema"]
    if "$ref" in schema:
        return _type(schema)
    return ", ".join(f"`{name}` ({_type(one)})" for name, one in schema["properties"].items())


def _parameter(one: Schema) -> str:
    meaning = one.get("description", "")
    default = one["schema"].get("default")
    if default is not None:
        meaning = f"{meaning} {default} unless it is given.".strip()
    return _cells(f"`{one['name']}`", one["in"], _type(one["schema"]), meaning)


def _answer(name: str, schema: Schema) -> str:
    lines = [f"### {name}\n", schema.get("description", "")]
    if "enum" in schema:
        return "\n".join([*lines, "", f"One of `{'`, `'.join(schema['enum'])}`.\n"])
    lines += ["", "| field | type | meaning |", "|---|---|---|"]
    lines += [
        _cells(f"`{field}`", _type(one), one.get("description", ""))
        for field, one in schema["properties"].items()
    ]
    return "\n".join([*lines, ""])


def _type(schema: Schema) -> str:
    """A JSON schema in words."""
    if "schema" in schema:
        return _type(schema["schema"])
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if sorts := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join(_type(one) for one in sorts)
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    if schema.get("type") == "object":
        return f"map of {_type(schema['additionalProperties'])}"
    return ", ".join(_details(schema))


def _details(schema: Schema) -> Iterator[str]:
    if "enum" in schema:
        yield f"one of `{'`, `'.join(schema['enum'])}`"
        return
    if "const" in schema:
        yield f"`{schema['const']}`"
        return
    yield str(schema.get("format") or schema.get("type") or "anything")
    if "pattern" in schema:
        yield f"`{schema['pattern']}`"
    if "minimum" in schema and "maximum" in schema:
        yield f"{schema['minimum']} to {schema['maximum']}"


def _cells(*cells: str) -> str:
    cells = tuple(sub(r"\bNone\b", "null", cell) for cell in cells)
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


if __name__ == "__main__":
    write_pages()
