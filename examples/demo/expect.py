"""Compares what was seen with what a script says; every difference is a sentence."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from zoneinfo import ZoneInfo

from examples.demo.happenings import AT, FORMS, NONE, SOFT, Awaited, Happening, Value
from examples.demo.moments import Moment, day_text
from examples.demo.play import Done, Life
from examples.demo.script import Checked, Sent
from examples.demo.wording import told, value_text


@dataclass(frozen=True)
class Judge:
    """Compares one life with its script."""

    life: Life
    zone: ZoneInfo
    slack: timedelta

    def differences(self) -> list[str]:
        """Everything that is not as the script says, in the order of the script."""
        return [f"{self.life.script.account}, {line}" for line in self._all()]

    def _all(self) -> Iterator[str]:
        before = 0
        for done in self.life.steps:
            seen = [h for h in self.life.happenings if before < h.seq <= done.seq]
            where = self._where(done)
            yield from (f"{where}: {line}" for line in self._step(done, seen))
            before = done.seq
        rest = [h for h in self.life.happenings if h.seq > before and h.what not in SOFT]
        yield from (
            f"{day_text(h.at, self.life.start)}: not in the script: {self._told(h)}" for h in rest
        )
        yield from self._end()

    def _where(self, done: Done) -> str:
        name = f" {done.step.send}" if isinstance(done.step, Sent) else ""
        return f"{day_text(done.at, self.life.start)}{name}"

    def _step(self, done: Done, seen: Sequence[Happening]) -> Iterator[str]:
        if isinstance(done.step, Sent):
            yield from self._answer(done, done.step)
        if isinstance(done.step, Checked):
            yield from self._check(done, done.step)
        yield from self._happened(done, seen)
        yield from self._required(done)

    def _answer(self, done: Done, step: Sent) -> Iterator[str]:
        answer = done.answer
        refusal = answer.refusal if answer else None
        if step.refused is None:
            if refusal:
                yield f"refused with {refusal.code} ({refusal.message}), and should not be"
        elif refusal is None:
            yield f"carried out, and should be refused with {step.refused.code}"
        else:
            if refusal.code != step.refused.code:
                yield f"refused with {refusal.code}, not with {step.refused.code}"
            if step.refused.field not in (None, refusal.field):
                yield f"the refusal names the field {refusal.field}, not {step.refused.field}"
        cause = f"{self.life.script.account}.{step.id}."
        for made in answer.created if answer else ():
            if not made.startswith(cause):
                yield f"created {made}, which does not begin with {cause}"

    def _check(self, done: Done, step: Checked) -> Iterator[str]:
        check = done.check
        if check is None:
            yield f"{step.check} was not checked"
        elif step.denied is None and not check.allowed:
            yield f"{step.check} is denied with {check.denial}, and should be allowed"
        elif step.denied and check.allowed:
            yield f"{step.check} is allowed, and should be denied with {step.denied}"
        elif step.denied and check.denial != step.denied:
            yield f"{step.check} is denied with {check.denial}, not with {step.denied}"

    def _required(self, done: Done) -> Iterator[str]:
        for wanted in done.step.requires:
            same = [one.due for one in done.duties if one.code == wanted.code]
            if not same:
                yield f"nothing requires {wanted.code}"
            elif wanted.due and not any(due and self._is_at(wanted.due, due) for due in same):
                told_due = ", ".join(day_text(due, self.life.start) for due in same if due)
                yield f"{wanted.code} is due {told_due or 'never'}, not as the script says"

    def _happened(self, done: Done, seen: Sequence[Happening]) -> Iterator[str]:
        wanted = done.step.then
        asked_for = {one.what for one in wanted}
        actual = [h for h in seen if h.what not in SOFT - asked_for]
        matcher = SequenceMatcher(
            None, [self._key_of(one) for one in wanted], [_key(h) for h in actual], autojunk=False
        )
        for sort, i, j, k, m in matcher.get_opcodes():
            if sort == "equal":
                for one, h in zip(wanted[i:j], actual[k:m], strict=True):
                    yield from self._fits(done, one, h)
            else:
                yield from (f"did not happen: {self._awaited(one)}" for one in wanted[i:j])
                yield from (f"not in the script: {self._told(h)}" for h in actual[k:m])

    def _fits(self, done: Done, wanted: Awaited, seen: Happening) -> Iterator[str]:
        at = wanted.fields.get(AT)
        due = at.at(self.life.start, self.zone) if isinstance(at, Moment) else done.at
        if not due <= seen.at <= due + self.slack:
            yield f"happened at {day_text(seen.at, self.life.start)}: {self._told(seen)}"
        for name, value in wanted.fields.items():
            if name == AT:
                continue
            if name == "says":
                yield from self._says(str(value), seen)
                continue
            actual = seen.fields.get(name, NONE)
            if not self._is_same(value, actual):
                shown = value_text(actual, self.life.start)
                yield f"{wanted.what}: {name} is {shown}, not {self._value(value)}"

    def _says(self, text: str, seen: Happening) -> Iterator[str]:
        found = [n for n in self.life.notices if n.notice_id == seen.fields["id"]]
        if not any(text in notice.text for notice in found):
            yield f"the notice {seen.fields['kind']} does not say {text}"

    def _is_same(self, wanted: Value, actual: str | int | datetime) -> bool:
        if isinstance(wanted, Moment):
            return isinstance(actual, datetime) and self._is_at(wanted, actual)
        return wanted == actual

    def _is_at(self, wanted: Moment, actual: datetime) -> bool:
        due = wanted.at(self.life.start, self.zone)
        return due <= actual <= due + self.slack

    def _end(self) -> Iterator[str]:
        end, life = self.life.script.end, self.life
        if end.stage != life.record.stage:
            yield f"end: the stage is {life.record.stage}, not {end.stage}"
        if end.standing not in (None, life.standing):
            yield f"end: the standing is {life.standing}, not {end.standing}"
        if end.mark is not None and end.mark != (life.mark or NONE):
            yield f"end: the mark is {life.mark or NONE}, not {end.mark}"
        yield from self._asked()
        for filing in life.record.filings:
            if filing.receipt is None:
                yield f"end: the filing {filing.filing_id} was never acknowledged"

    def _asked(self) -> Iterator[str]:
        wanted, seen = self.life.script.end.asked, self.life.asked
        for party, times in (("provider", wanted.provider), ("authority", wanted.authority)):
            count = getattr(seen, party)
            if times not in (None, count):
                yield f"end: the {party} was asked {count} times, not {times}"

    def _told(self, happening: Happening) -> str:
        return told(happening, self.life.start)

    def _awaited(self, wanted: Awaited) -> str:
        fields: Mapping[str, str] = {n: self._value(v) for n, v in wanted.fields.items()}
        said = ", ".join(f"{name} {text}" for name, text in fields.items())
        return f"{wanted.what} {said}".strip()

    def _value(self, value: Value) -> str:
        if isinstance(value, Moment):
            return day_text(value.at(self.life.start, self.zone), self.life.start)
        return str(value)

    def _key_of(self, wanted: Awaited) -> tuple[str, str]:
        main = next(iter(FORMS[wanted.what]), "")
        value = wanted.fields.get(main)
        return wanted.what, value if isinstance(value, str) else ""


def _key(seen: Happening) -> tuple[str, str]:
    main = next(iter(FORMS[seen.what]), "")
    value = seen.fields.get(main)
    return seen.what, value if isinstance(value, str) else ""
