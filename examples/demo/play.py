"""Plays scripts day by day, in the order of their rows, on any world; yields each step as it is done."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from examples.demo.commands import Writer
from examples.demo.happenings import Happening
from examples.demo.journey import journey
from examples.demo.script import Checked, Clock, Script, Sent
from examples.demo.stage import LAST_DAY, Counted, Duty, Entry, Told, World
from goodstanding.domain.capabilities import Check, Subject, mark_at
from goodstanding.domain.context import HeldLicence
from goodstanding.domain.record import Record
from goodstanding.domain.standing import standing_at
from goodstanding.messages import Answer
from goodstanding.vocabulary import PROVIDER_ACCOUNT

LOOK_AFTER = timedelta(minutes=30)
"""What is due by itself is looked at a little later: on a real clock it takes a moment."""


@dataclass(frozen=True)
class Done:
    """One step that was played."""

    script: Script
    place: int
    step: Sent | Checked | Clock
    start: datetime
    at: datetime
    """When it was meant to be: for a command when it was sent, for the clock when it was due."""
    seq: int
    """The last entry of the ledger once it was done."""
    answer: Answer | None = None
    check: Check | None = None
    duties: tuple[Duty, ...] = ()


@dataclass(frozen=True)
class Life:
    """All that was seen of one account."""

    script: Script
    start: datetime
    steps: tuple[Done, ...]
    record: Record
    entries: tuple[Entry, ...]
    happenings: tuple[Happening, ...]
    notices: tuple[Told, ...]
    asked: Counted
    standing: str | None
    mark: str | None


@dataclass(frozen=True)
class _Planned:
    at: datetime
    seen_at: datetime
    script: Script
    place: int
    step: Sent | Checked | Clock

    @property
    def day(self) -> int:
        """The day of an act; of what is only looked at, when all acts are long over, the last."""
        return LAST_DAY if isinstance(self.step, Clock) else self.step.day


async def play(scripts: Sequence[Script], world: World) -> AsyncIterator[Done]:
    """Play every step of all scripts, then let time pass to the last day."""
    for planned in agenda(scripts, world):
        await world.settled()
        await world.skip_to(planned.seen_at + world.lag * (LAST_DAY - planned.day))
        yield await _step(planned, world)
    await world.settled()
    await world.skip_to(world.start + timedelta(days=LAST_DAY) + LOOK_AFTER)
    await world.settled()


async def lives(done: Sequence[Done], scripts: Sequence[Script], world: World) -> tuple[Life, ...]:
    """What became of every account."""
    provider = await world.record(PROVIDER_ACCOUNT)
    licences = [HeldLicence(one.code, one.valid_from, one.valid_until) for one in provider.licences]
    found = []
    for script in scripts:
        steps = tuple(one for one in done if one.script is script)
        found.append(await _life(script, steps, licences, world))
    return tuple(found)


def agenda(scripts: Sequence[Script], world: World) -> list[_Planned]:
    """All steps by instant; those of one instant in the order of the accounts, then of their rows."""
    planned = []
    for order, script in enumerate(scripts):
        zone = world.book.at(script.policy, world.start).policy.zone
        before = world.start
        for place, step in enumerate(script.steps):
            if isinstance(step, Clock):
                at = step.clock.at(world.start, zone)
                seen_at = at + LOOK_AFTER
            else:
                at = seen_at = world.start + timedelta(days=step.day)
            if seen_at < before:
                message = f"{script.account}, step {place + 1}: comes before the step above it."
                raise ValueError(message)
            before = seen_at
            planned.append((seen_at, order, place, _Planned(at, seen_at, script, place, step)))
    return [one for *_, one in sorted(planned, key=lambda each: each[:3])]


async def _step(planned: _Planned, world: World) -> Done:
    script, step = planned.script, planned.step
    answer = check = None
    duties: tuple[Duty, ...] = ()
    if isinstance(step, Sent):
        if step.authority_fails:
            world.fail_authority(script.account, step.authority_fails)
        record = await world.record(script.account)
        published = world.book.at(script.policy, planned.at)
        answer = await world.send(await Writer(script, step, world, record, published).command())
    elif isinstance(step, Checked):
        check = await world.check(script.account, step.check)
    await world.settled()
    if step.requires:
        duties = await world.duties(script.account)
    seq = (await world.record(script.account)).seq
    return Done(script, planned.place, step, world.start, planned.at, seq, answer, check, duties)


async def _life(
    script: Script, steps: tuple[Done, ...], licences: list[HeldLicence], world: World
) -> Life:
    record = await world.record(script.account)
    entries = await world.ledger(script.account)
    cuts = frozenset(one.seq for one in steps)
    last = world.start + timedelta(days=LAST_DAY)
    policy = world.book.at(script.policy, last).policy
    exists = record.stage is not None
    return Life(
        script=script,
        start=world.start,
        steps=steps,
        record=record,
        entries=entries,
        happenings=journey(
            script.account, entries, world.book, licences, cuts=cuts, slack=world.slack
        ),
        notices=await world.notices(script.account),
        asked=world.asked(script.account),
        standing=standing_at(record, policy, last) if exists else None,
        mark=mark_at(Subject(record, policy, tuple(licences)), last) if exists else None,
    )
