"""Where each number of a policy comes from (`basis`).

A path of `basis` covers what it names and all below it; `*` is any one step. Where several cover a
number, the one that names more, read from the left, speaks: `qualifications.news_unit` before
`qualifications.*.people`, and that before `qualifications`.
"""

from collections import Counter
from collections.abc import Iterator

from goodstanding.policy.schema import Basis, Policy
from goodstanding.policy.walking import Found, Steps, numbers

ANY = "*"


def basis_at(policy: Policy, steps: Steps) -> Basis | None:
    """What the number at this place rests on; None where the file does not say."""
    covering = [
        (_names(path), basis) for basis in policy.basis for path in basis.of if _covers(path, steps)
    ]
    return max(covering, key=lambda pair: pair[0])[1] if covering else None


def every_number_has_a_source(policy: Policy) -> Iterator[Found]:
    """Numbers that no path of `basis` covers."""
    for steps, value in numbers(policy):
        if basis_at(policy, steps) is None:
            yield steps, f"say under `basis` where {value} comes from"


def every_source_speaks_of_a_number(policy: Policy) -> Iterator[Found]:
    """Paths of `basis` that cover nothing, or are there twice."""
    known = [steps for steps, _ in numbers(policy)]
    often = Counter(path for basis in policy.basis for path in basis.of)
    for i, basis in enumerate(policy.basis):
        for j, path in enumerate(basis.of):
            if not any(_covers(path, steps) for steps in known):
                yield ("basis", i, "of", j), f"no number stands at {path}; mend or remove the path"
            if often[path] > 1:
                yield ("basis", i, "of", j), f"{path} is there {often[path]} times; keep one"


def _covers(path: str, steps: Steps) -> bool:
    named = path.split(".")
    return len(named) <= len(steps) and all(
        name in (ANY, str(step)) for name, step in zip(named, steps, strict=False)
    )


def _names(path: str) -> tuple[bool, ...]:
    return tuple(name != ANY for name in path.split("."))
