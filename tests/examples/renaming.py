"""The same policy and the same scripts under other names: what the engine must not notice."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from examples.demo.happenings import FORMS, Awaited, Happening, Sort
from examples.demo.script import Checked, Script, Sent
from goodstanding.policy.schema import Policy
from goodstanding.vocabulary import ENGINE_CAPABILITIES

_JSON = TypeAdapter[Any](Any)
_SORTED = {
    Sort.RULE: "rules",
    Sort.PENALTY: "penalties",
    Sort.RUNG: "rungs",
    Sort.QUALIFICATION: "qualifications",
    Sort.STANDING: "standings",
    Sort.MARK: "marks",
}


def words_of(policy: Policy) -> dict[str, set[str]]:
    """Every name of a policy that the engine has to take as it comes, by what it names."""
    return {
        "rules": set(policy.rules),
        "penalties": set(policy.penalties),
        "rungs": {rung.code for ladder in policy.ladders.values() for rung in ladder.rungs},
        "qualifications": set(policy.qualifications),
        "capabilities": set(policy.capabilities.all) - set(ENGINE_CAPABILITIES),
        "standings": {level.name for level in policy.standing},
        "marks": set(policy.marks),
    }


@dataclass(frozen=True)
class Names:
    """One new name for every old one."""

    of: Mapping[str, Mapping[str, str]]

    @classmethod
    def for_policy(cls, policy: Policy) -> "Names":
        """Names that say nothing, and do not sort as the old ones did."""
        return cls(
            {
                what: {
                    old: f"{what[0]}{len(names) - place}_{what[:3]}"
                    for place, old in enumerate(sorted(names))
                }
                for what, names in words_of(policy).items()
            }
        )

    def __call__(self, what: str, old: str | None) -> str | None:
        """The new name; what is no name of this sort stays."""
        return old if old is None else self.of[what].get(old, old)

    def all(self, what: str, old: Iterable[str]) -> list[str]:
        """Each of several."""
        return [self.of[what].get(each, each) for each in old]

    def keys(self, what: str, old: Mapping[str, Any]) -> dict[str, Any]:
        """The same under new keys."""
        return {self.of[what].get(key, key): value for key, value in old.items()}

    # a policy

    def policy(self, policy: Policy) -> Policy:
        """The policy under the new names."""
        told = policy.model_dump(mode="json", exclude_unset=True)
        for rename in (self._rights, self._breaches, self._places):
            rename(told)
        return Policy.model_validate_json(_JSON.dump_json(told))

    def _rights(self, told: dict[str, Any]) -> None:
        capabilities = told["capabilities"]
        capabilities["all"] = self.keys("capabilities", capabilities["all"])
        stages = capabilities["stages"].items()
        capabilities["stages"] = {at: self.all("capabilities", left) for at, left in stages}
        for licence in told.get("provider", {}).get("licences", {}).values():
            self._each(licence, "capabilities", "capabilities")
            self._each(licence, "qualifications", "qualifications")
        for kind in told["kinds"].values():
            kind["grants"] = self.all("capabilities", kind["grants"])
        for one in told.get("qualifications", {}).values():
            self._each(one, "qualifications", "requires", "excludes")
            self._each(one, "capabilities", "gives", "gives_one_of")
        for mark in told.get("marks", {}).values():
            self._each(mark, "capabilities", "rights")
        for what in ("qualifications", "marks"):
            if what in told:
                told[what] = self.keys(what, told[what])

    def _breaches(self, told: dict[str, Any]) -> None:
        told["rules"] = self.keys("rules", told["rules"])
        for severity in told["severities"].values():
            for field in ("floor", "ceiling"):
                severity[field] = self("rungs", severity[field])
            if first := severity.get("first_occurrence"):
                first["rung"] = self("rungs", first["rung"])
            if jump := severity.get("jump"):
                jump["rung"] = self("rungs", jump["rung"])
                jump["interim"] = self("penalties", jump["interim"])
        for penalty in told["penalties"].values():
            self._each(penalty, "capabilities", "deny")
        told["penalties"] = self.keys("penalties", told["penalties"])
        for rung in (rung for ladder in told["ladders"].values() for rung in ladder["rungs"]):
            rung["code"] = self("rungs", rung["code"])
            rung["penalty"] = self("penalties", rung["penalty"])
            if proposal := rung.get("proposes"):
                proposal["penalty"] = self("penalties", proposal["penalty"])
        for level in told["standing"]:
            level["name"] = self("standings", level["name"])
            self._each(level, "capabilities", "denied")

    def _each(self, told: dict[str, Any], what: str, *fields: str) -> None:
        for field in fields:
            if field in told:
                told[field] = self.all(what, told[field])

    def _places(self, told: dict[str, Any]) -> None:
        for basis in told.get("basis", ()):
            basis["of"] = [self._path(path) for path in basis["of"]]

    def _path(self, path: str) -> str:
        head, *rest = path.split(".")
        return ".".join([head, *self.all(head, rest[:1]), *rest[1:]]) if head in self.of else path

    # a script, and what was seen

    def script(self, script: Script) -> Script:
        """The script under the new names."""
        end = script.end.model_copy(
            update={
                "standing": self("standings", script.end.standing),
                "mark": self("marks", script.end.mark),
            }
        )
        steps = tuple(self._step(step) for step in script.steps)
        return script.model_copy(update={"steps": steps, "end": end})

    def _step(self, step: Any) -> Any:
        then = tuple(Awaited(one.what, self._fields(one.what, one.fields)) for one in step.then)
        update: dict[str, Any] = {"then": then}
        if isinstance(step, Checked):
            update["check"] = self("capabilities", step.check)
        if isinstance(step, Sent):
            update["wish"] = self._wish(step.wish)
        return step.model_copy(update=update)

    def _wish(self, wish: Any) -> Any:
        fields: Mapping[str, Callable[[Any], Any]] = {
            "qualification": lambda old: self("qualifications", old),
            "right": lambda old: self("capabilities", old),
            "rule": lambda old: self("rules", old),
            "rung": lambda old: self("rungs", old),
            "finding": lambda old: old and self._wish(old),
            "choice": lambda old: old and self._wish(old),
        }
        known = set(type(wish).model_fields)
        return wish.model_copy(
            update={
                name: rename(getattr(wish, name))
                for name, rename in fields.items()
                if name in known
            }
        )

    def _fields(self, what: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        form = FORMS[what]
        return {
            name: self(_SORTED[form[name]], value)
            if name in form and form[name] in _SORTED
            else value
            for name, value in fields.items()
        }

    def happening(self, seen: Happening) -> Happening:
        """What was seen, under the new names."""
        return Happening(seen.what, seen.at, seen.seq, self._fields(seen.what, seen.fields))
