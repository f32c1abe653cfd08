"""What a policy says of breaches: how grave they are, what follows, what standing is."""

from collections.abc import Mapping
from enum import StrEnum

from pydantic import Field

from goodstanding.policy.durations import Duration
from goodstanding.policy.forms import Clause, Section, Texts, Word
from goodstanding.vocabulary import Stage


class MeterCounts(StrEnum):
    """What a meter counts."""

    POINTS = "points"
    STRIKES = "strikes"


class Recovery(Section):
    """How a meter falls by itself: so many points with each whole period."""

    points: int = Field(ge=1)
    every: Duration


class Meter(Section):
    """A number counted from the active strikes, the new one included."""

    counts: MeterCounts
    same_category: bool = False
    """Only strikes of the category of the new one."""
    recovers: Recovery | None = None
    """Points are given back with time, however long their strikes last: a score that grows back, seen from above."""


class FirstOf(StrEnum):
    """Whose first occurrence it is."""

    RULE = "rule"
    ACCOUNT = "account"


class FirstOccurrence(Section):
    """What applies while no strike of the same rule, or of any, is active."""

    rung: Word
    points: int = Field(ge=0)
    of: FirstOf = FirstOf.RULE
    remembered: Duration | None = None
    """How long it is remembered where it leaves no points; without, it is not, and the next is a first again."""


class Jump(Section):
    """A grave rule skips rungs: an interim at once, the rung once enough people have confirmed."""

    interim: Word
    rung: Word
    people: int = Field(ge=2)
    content: tuple[Word, ...] = ()
    """What is done with items at once, before enough people have confirmed."""


class Severity(Section):
    """How grave a rule is."""

    title: Texts
    points: int = Field(ge=0)
    strike_lasts: Duration | None
    """None, to be written as `null`: for ever."""
    first_occurrence: FirstOccurrence | None = None
    floor: Word
    ceiling: Word
    """Rungs of the ladder: the least and the most that may follow."""
    jump: Jump | None = None
    content: tuple[Word, ...] = ()
    """What a finding may ask the platform to do with items."""


class Machine(StrEnum):
    """What a detector's finding may do by itself."""

    NOTHING = "nothing"
    PROPOSE = "propose"
    WARN = "warn"


class Category(Section):
    """A family of rules."""

    title: Texts
    people: int = Field(default=1, ge=1)
    """How many have to find a violation of it."""
    machine: Machine = Machine.PROPOSE


class Law(Section):
    """The law that a rule rests on, beside the clause."""

    ground: Texts
    explanation: Texts


class Rule(Section):
    """What is forbidden."""

    title: Texts
    clause: Clause
    severity: Word
    category: Word
    ladder: Word = "main"
    ladder_with: Mapping[Word, Word] = {}
    """Another ladder for who holds a qualification: the first that is held."""
    covers: Texts
    law: Law | None = None
    """Named in the statement of reasons; None: it rests on the agreement alone."""
    content: tuple[Word, ...] | None = None
    """In the place of what the severity names."""


class PenaltyStart(StrEnum):
    """When a penalty begins."""

    DECIDED = "decided"
    NOTIFIED = "notified"


class Penalty(Section):
    """What is imposed: denied capabilities, a start rule, an end rule."""

    title: Texts
    deny: tuple[Word, ...] = ()
    closes: bool = False
    start: PenaltyStart = PenaltyStart.DECIDED
    lasts: Duration | None = None
    longest: Duration | None = None
    """No choice of a person makes it longer."""
    hearing_beyond: Duration | None = None
    """A person who makes it longer than this hears the holder first."""
    ends_when_acknowledged: bool = False
    ends_with_strike: bool = False
    while_reached: bool = False
    """Lasts until the ladder's meter, as it stands now, falls below what its rung asks for."""
    review_every: Duration | None = None
    """Asked of a penalty without an end."""
    undo: Texts
    """How far an overturn brings back what it took, in words for the holder."""
    filing: Word | None = None


class Proposal(Section):
    """What a rung proposes beyond its penalty; it needs confirmation."""

    penalty: Word
    people: int = Field(ge=2)
    hearing: Duration | None = None
    confirm: Duration
    """After the hearing, or after the decision where there is none; then the proposal lapses."""
    notice: Duration | None = None
    """Between the confirmation and the start."""
    needs_earlier_notice: bool = False
    """Only where the holder was warned by an earlier decision whose notice was handed over."""


class Rung(Section):
    """One step of a ladder."""

    code: Word
    at: int | None = None
    """The meter from which it applies; None: reached by a jump or a choice only."""
    penalty: Word
    proposes: Proposal | None = None


class Ladder(Section):
    """The escalation: the highest rung whose threshold the meter reaches is proposed."""

    meter: Word
    rungs: tuple[Rung, ...] = Field(min_length=1)
    one_until_told: bool = False
    """Acts from before the holder was told of the last violation leave no further points."""
    a_person_picks: bool = False
    """Every rung between floor and ceiling may be chosen, those without a threshold too."""
    may_choose_lower: int = Field(default=0, ge=0)
    may_choose_higher: int = Field(default=0, ge=0)
    """How many rungs a person may go, within floor and ceiling; higher needs a second person."""
    higher_confirm: Duration | None = None


class StandingLevel(Section):
    """A level of standing; the first of the list of which any condition holds is the account's."""

    name: Word
    title: Texts
    stages: tuple[Stage, ...] = ()
    denied: tuple[Word, ...] = ()
    """Any of these is denied by an active penalty."""
    active_strike: bool = False
    meter: Word | None = None
    at_least: int | None = Field(default=None, ge=1)
    """What that meter shows, over all categories."""
    always: bool = False
