"""From what a file says to a policy, or to every problem with its place.

Reading the file itself is done elsewhere: here nothing is opened.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from goodstanding.errors import PolicyMalformedError
from goodstanding.policy.checks import problems_of
from goodstanding.policy.schema import Policy
from goodstanding.policy.templates import Template, Words, problems
from goodstanding.policy.walking import Found, Steps, written
from goodstanding.vocabulary import NoticeKind

Place = tuple[int, int]
"""Line and column, from 1."""

Form = TypeVar("Form", bound=BaseModel)

_JSON: Final = TypeAdapter[Any](Any)
_PATTERNS: Final = {
    r"^[a-z][a-z0-9_]{0,63}$": "write a word of small letters, digits and _, such as news_unit",
    r"^[A-Z][A-Z0-9_]{0,63}$": "write a code of capitals, digits and _, such as NOT_GRANTED",
    r"^[0-9]+(\.[0-9]+)*$": "write the number of a clause in quotes, such as '3.1'",
    r"^[a-z][a-z0-9-]{0,63}$": "write an id of small letters, digits and -, such as cn-im-2014",
    r"^[0-9a-f]{64}$": "write a SHA-256 digest: 64 hexadecimal digits in small letters",
}
_KINDS: Final = {
    "missing": "is missing",
    "value_error": "{error}",
    "enum": "write {expected}",
    "literal_error": "write {expected}",
    "greater_than_equal": "write {ge} or more",
    "too_short": "list at least {min_length}",
    "string_too_short": "write at least {min_length} character",
    "int_type": "write a whole number",
    "string_type": "write text, in quotes where it looks like a number",
    "bool_type": "write true or false",
    "model_type": "write keys with their values",
    "dict_type": "write keys with their values",
    "mapping_type": "write keys with their values",
    "tuple_type": "write a list, such as [first, second]",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at one place of a file, and what would be right."""

    file: str
    line: int
    column: int
    path: str
    sentence: str

    def __str__(self) -> str:
        """`file:line:column: path: sentence`, as editors and terminals follow it."""
        return f"{self.file}:{self.line}:{self.column}: {self.path}: {self.sentence}"


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says, where it says it, and what was refused already while it was read."""

    file: str
    data: Any
    values: Mapping[Steps, Place]
    keys: Mapping[Steps, Place]
    refused: tuple[Found, ...] = ()
    refused_at: tuple[Place, ...] = ()
    """The places of what was refused, in the same order."""
    broken: bool = False
    """The reading stopped half-way, so nothing can be said about what is missing."""

    def place(self, steps: Steps) -> Place:
        """Where it stands: the value, the key of what holds more, or what is around it."""
        inner = self.keys if (*steps, 0) in self.values or self._holds_keys(steps) else self.values
        found = inner.get(steps) or self.values.get(steps)
        if found or not steps:
            return found or (1, 1)
        return self.place(steps[:-1])

    def _holds_keys(self, steps: Steps) -> bool:
        value = self.data
        for step in steps:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return False
        return isinstance(value, dict)

    def problem(self, found: Found) -> Problem:
        """Give a finding its place."""
        steps, sentence = found
        unknown = sentence.startswith(_UNKNOWN) and self.keys.get(steps)
        line, column = unknown or self.place(steps)
        return Problem(self.file, line, column, written(steps), sentence)


_UNKNOWN = "is no key"


def policy_of(document: Document) -> tuple[Policy | None, list[Problem]]:
    """The policy, where the schema lets it be one, and all problems in the order of the file."""
    policy, found = _validated(document, Policy)
    if policy is not None:
        found += problems_of(policy)
    return policy, in_order(_refusals(document) + _placed(document, found))


def json_schema() -> dict[str, Any]:
    """The form of a policy for editors, as JSON Schema; what the checks ask for is not in it."""
    generated = Policy.model_json_schema(schema_generator=_ForEditors)
    return {"$schema": _ForEditors.schema_dialect, **generated}


def words_of(document: Document, language: str) -> tuple[Words | None, list[Problem]]:
    """One file of words, which may hold only some of them, and all problems of its form."""
    words, found = _validated(document, Words)
    if words is not None and words.language != language:
        found.append((("language",), f"write {language}: the name of the file says so"))
    return words, in_order(_refusals(document) + _placed(document, found))


def layered(layers: Sequence[tuple[Document, Words]], language: str) -> tuple[Words, list[Problem]]:
    """The words of all layers, a later one over an earlier, and what is missing or unknown."""
    phrases: dict[str, str] = {}
    notices: dict[NoticeKind, Template] = {}
    for _, words in layers:
        phrases |= words.phrases
        notices |= words.notices
    whole = Words(language=language, phrases=phrases, notices=notices)
    found = []
    for path, _, sentence in (line.partition(": ") for line in problems(whole)):
        steps = tuple(path.split("."))
        # the last layer that has it is the one that speaks; what none has is missing in the first
        home = next((d for d, _ in reversed(layers) if steps in d.keys), layers[0][0])
        found.append(home.problem((steps, sentence)))
    return whole, in_order(found)


def without_problems(policy: Policy | None, found: Iterable[Problem]) -> Policy:
    """The policy; `PolicyMalformedError` with a line for each problem, if there is any."""
    lines = [str(problem) for problem in found]
    if policy is None or lines:
        raise PolicyMalformedError("\n".join(lines))
    return policy


def in_order(found: Iterable[Problem]) -> list[Problem]:
    """By place, each once."""
    return sorted(set(found), key=lambda p: (p.file, p.line, p.column, p.path, p.sentence))


class _ForEditors(GenerateJsonSchema):
    """A key that is no word is refused by the schema too, as it is when the file is read."""

    def dict_schema(self, schema: Any) -> JsonSchemaValue:
        made = super().dict_schema(schema)
        return {**made, "additionalProperties": False} if "patternProperties" in made else made


def _refusals(document: Document) -> list[Problem]:
    return [
        Problem(document.file, line, column, written(steps), sentence)
        for (steps, sentence), (line, column) in zip(
            document.refused, document.refused_at, strict=True
        )
    ]


def _placed(document: Document, found: Iterable[Found]) -> list[Problem]:
    """Without those that only follow from what was refused in the reading."""
    refused = {steps for steps, _ in document.refused}
    return [
        document.problem((steps, sentence))
        for steps, sentence in found
        if not any(steps[:length] in refused for length in range(len(steps) + 1))
    ]


def _validated(document: Document, form: type[Form]) -> tuple[Form | None, list[Found]]:
    if document.broken:
        return None, []
    try:
        # by JSON and strictly: lists become tuples and words enums, but "1" and true no numbers
        return form.model_validate_json(_JSON.dump_json(document.data), strict=True), []
    except ValidationError as error:
        return None, [_found(form, dict(each)) for each in error.errors(include_url=False)]


def _found(form: type[BaseModel], error: dict[str, Any]) -> Found:
    steps: Steps = error["loc"]
    if steps[-1:] == ("[key]",):
        return steps[:-1], f"the key: {_sentence(error)}"
    if error["type"] == "extra_forbidden":
        known = ", ".join(_keys_at(form, steps[:-1]))
        return steps, f"{_UNKNOWN} of this place; known are {known}"
    return steps, _sentence(error)


def _sentence(error: Mapping[str, Any]) -> str:
    kind, context, message = error["type"], error.get("ctx", {}), error["msg"]
    if kind.startswith("date"):
        return "write a day, such as 2014-08-07"
    if kind == "string_pattern_mismatch":
        pattern = context["pattern"]
        return _PATTERNS.get(pattern, f"write text that fits {pattern}")
    sentence: str = _KINDS.get(kind, message[:1].lower() + message[1:])
    return sentence.format_map(context)


def _keys_at(form: type[BaseModel], steps: Steps) -> Iterator[str]:
    """The keys that the schema knows at this place."""
    annotation: Any = form
    for step in steps:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            annotation = annotation.model_fields[str(step)].annotation
        else:
            annotation = get_args(annotation)[0 if isinstance(step, int) else -1]
        sections = [a for a in get_args(annotation) if a is not type(None)]
        if type(None) in get_args(annotation):
            annotation = sections[0]
    yield from annotation.model_fields
