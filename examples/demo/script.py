"""The life of one account as a file says it: commands, checks, what happens by itself, and the end."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    model_validator,
)

from examples.demo.happenings import Awaited
from examples.demo.moments import Moment
from examples.demo.wishes import WISHES, Wish
from goodstanding.errors import MalformedError
from goodstanding.messages import ChosenId, Line
from goodstanding.vocabulary import Outcome, Stage
from storage.strict_yaml import read_document


class Part(BaseModel):
    """Base of all parts of a script."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Holder(Part):
    """Who is behind the account, by invented person and organisation."""

    type: str
    person: str | None = None
    organisation: str | None = None
    """Then `person` is its operator."""


class Provider(Part):
    """How the identity provider answers for this holder."""

    outcome: Outcome = Outcome.PASS
    unavailable: int = 0
    calls_back: bool = False


class Refused(Part):
    """The refusal that is expected."""

    code: str
    field: str | None = None


class Required(Part):
    """A requirement that the account has to show."""

    code: str
    due: Moment | None = None


class _Step(Part):
    then: tuple[Awaited, ...] = ()
    """All that happens in consequence, or since the step before, in order."""
    requires: tuple[Required, ...] = ()
    because: str | None = None


class Sent(_Step):
    """Somebody sends a command."""

    day: int = Field(ge=0)
    by: str
    send: str
    id: ChosenId
    wish: Wish = Field(alias="with")
    refused: Refused | None = None
    authority_fails: int = Field(default=0, ge=0)
    """How often the authority's endpoint is out of order before it takes what follows."""

    @model_validator(mode="before")
    @classmethod
    def _by_command(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        kind = WISHES.get(given.get("send", ""))
        if kind is None:
            message = f"send: name a command; known are {', '.join(WISHES)}"
            raise ValueError(message)
        return {**given, "with": kind.model_validate(given.get("with", {}))}


class Checked(_Step):
    """The platform asks whether the account may do something."""

    day: int = Field(ge=0)
    check: str
    denied: str | None = None
    """The denial code; None where it is allowed."""


class Clock(_Step):
    """Nobody sends anything: something is due."""

    clock: Moment


def _kind(given: Any) -> Literal["send", "check", "clock"] | None:
    if isinstance(given, Sent):
        return "send"
    if isinstance(given, Checked):
        return "check"
    if isinstance(given, Clock):
        return "clock"
    names: tuple[Literal["send", "check", "clock"], ...] = ("send", "check", "clock")
    found = [name for name in names if isinstance(given, dict) and name in given]
    return found[0] if len(found) == 1 else None


Step = Annotated[
    Annotated[Sent, Tag("send")]
    | Annotated[Checked, Tag("check")]
    | Annotated[Clock, Tag("clock")],
    Discriminator(
        _kind,
        custom_error_type="step",
        custom_error_message="write a step with one of send, check and clock",
    ),
]


class Asked(Part):
    """How often third parties were asked about the account; None is not looked at."""

    provider: int | None = None
    authority: int | None = None


class End(Part):
    """How the account stands on the last day, and why."""

    stage: Stage | None
    standing: str | None = None
    mark: str | None = None
    asked: Asked = Asked()
    because: str


class Script(Part):
    """The life of one account."""

    account: ChosenId
    policy: str
    name: Line
    gloss: str | None = None
    """The name in English, for readers."""
    language: str
    kind: str
    holder: Holder
    provider: Provider = Provider()
    steps: tuple[Step, ...]
    end: End

    @property
    def actor(self) -> str:
        """The id under which the holder acts."""
        return f"holder-{self.account}"


def read_scripts(directory: Path) -> tuple[Script, ...]:
    """Every script of a directory in the order of the file names; `MalformedError` names each problem."""
    files = sorted(directory.glob("*.yaml"))
    if not files:
        raise MalformedError(f"No script (*.yaml) lies in {directory}.")
    return tuple(parse_script(path.read_bytes(), str(path)) for path in files)


def parse_script(text: bytes, name: str) -> Script:
    """The script that this text is."""
    document = read_document(text, name)
    refused = [
        f"{name}:{line}:{column}: {sentence}"
        for (_, sentence), (line, column) in zip(document.refused, document.refused_at, strict=True)
    ]
    if refused:
        raise MalformedError("\n".join(refused))
    try:
        return Script.model_validate_json(json.dumps(document.data, default=str))
    except ValidationError as error:
        lines = []
        for each in error.errors(include_url=False):
            # the tags of the union are no steps of the file
            steps = tuple(step for step in each["loc"] if step not in ("send", "check", "clock"))
            lines.append(str(document.problem((steps, each["msg"]))))
        raise MalformedError("\n".join(lines)) from None
