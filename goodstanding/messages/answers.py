"""What comes back: to the caller an answer, to the run its agenda."""

from datetime import datetime, timedelta

from pydantic import Field

from goodstanding.messages.forms import Message
from goodstanding.vocabulary import EffectKind, Stage


class Refusal(Message):
    """Why a command was not carried out; a value, stored with the answer."""

    code: str
    message: str
    field: str | None = None


class Answer(Message):
    """What the caller of a command gets, the first time and each time it asks again."""

    account_id: str
    seq: int
    at: datetime
    stage: Stage | None
    standing: str | None
    created: tuple[str, ...] = ()
    refusal: Refusal | None = None
    receipt: str | None = None
    """Of a report: the number by which whoever filed it asks what came of it. It holds a secret."""


class EffectRef(Message):
    """Something the outside world must hear of; the body stays in the record."""

    effect_id: str
    kind: EffectKind
    give_up_at: datetime


class Pace(Message):
    """How an account's run goes about its time: settings of the service, the same for every account.

    They come with every answer of the record, so that a history keeps those under which it was made.
    """

    horizon: timedelta | None = timedelta(days=30)
    """A run stays open for a deadline that lies within it; None: for every deadline."""
    margin: timedelta = timedelta(days=5)
    """Beyond the horizon, so that a sweep that failed for days leaves no deadline without a run."""
    linger: timedelta = timedelta(seconds=5)
    """A quiet run of a busy account waits so long for the next command before it completes."""
    spread: timedelta = timedelta(0)
    """Deadlines of one instant are kept over so long a time, each account at its own place."""
    long_history: int = Field(default=500, ge=20)
    """Events after which a run goes on in a new one, at a quiet moment."""


class Agenda(Message):
    """What the run has to see to, read in the same transaction."""

    effects: tuple[EffectRef, ...] = ()
    next_deadline: datetime | None = None
    next_due: str = ""
    """What is due then, for ops."""
    is_busy: bool = False
    """The account had changed shortly before: its next command is probably near."""
    pace: Pace = Pace()


class Overview(Message):
    """What ops see of the account in the Temporal UI; nothing personal.

    As of now, where the answer to a command that is repeated is of its own time.
    """

    seq: int
    stage: Stage
    standing: str
    policy: str
    waiting_for: str
    details: str
    """Markdown."""


class Transacted(Message):
    """What the activity gives the workflow; the caller gets the answer alone."""

    answer: Answer
    agenda: Agenda
    overview: Overview | None = None
    failures: tuple[str, ...] = ()
    """The effects that were given up with it, each by the code of its error."""
