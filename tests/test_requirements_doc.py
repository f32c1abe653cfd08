"""docs/requirements.md says the truth about every duty; run as a program this writes it anew.

A test that proves a duty carries its id in its name: `test_r13_...`, `test_f06_...`. Names are read
from the source, so that nothing has to be imported.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parent
ROOT = TESTS.parent
FILE = ROOT / "docs" / "requirements.md"
AGAIN = "python -m tests.test_requirements_doc writes it anew; it should be"

ALL = [*(f"R{n}" for n in range(1, 37)), *(f"F{n}" for n in range(1, 18))]
FIRST_WORK = {
    *("R1", "R2", "R5", "R6", "R8", "R9", "R12", "R13", "R14", "R16", "R17", "R18", "R19", "R20"),
    *("R21", "R23", "R24", "R25", "R26", "R27", "R28", "R29", "R30", "R32", "R33", "R34", "R35"),
    *("F13",),
    *("R36", "F1", "F3", "F4", "F5", "F6", "F7", "F8", "F9", "F10"),
}

_ROW = re.compile(r"\| (?P<id>[RF]\d+) \| (?P<duty>[^|]+) \|[^|]*\| (?P<where>[^|]+) \|[^|]*\|")
_PROOF = re.compile(r"test_([rf])(\d+)_\w+")


def _written() -> str:
    return FILE.read_text(encoding="utf-8")


def _rows(text: str) -> Iterator[list[str]]:
    for line in text.splitlines():
        if re.match(r"\| [RF]\d", line):
            yield [cell.strip() for cell in line.strip("|").split("|")]


@cache
def _proofs() -> dict[str, list[str]]:
    """The tests of each duty, in the order of their files."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                name = _PROOF.fullmatch(node.name)
                if name:
                    found[f"{name[1].upper()}{int(name[2])}"].append(node.name)
    return found


def _state(duty: str) -> str:
    if duty in _proofs():
        return "carried out"
    return "open" if duty in FIRST_WORK else "later"


def right(text: str) -> str:
    """The document with the states and tests that the test tree gives."""

    def row(found: re.Match[str]) -> str:
        duty = found["id"]
        tests = ", ".join(f"`{name}`" for name in _proofs().get(duty, [])) or "–"
        cells = (duty, found["duty"], _state(duty), found["where"], tests)
        return f"| {' | '.join(cells)} |"

    return _ROW.sub(row, text)


def test_states_and_tests_are_those_of_the_test_tree():
    expected = right(_written())

    assert _written() == expected, f"{AGAIN}\n\n{expected}"


def test_every_duty_has_its_row_in_order():
    assert [duty for duty, *_ in _rows(_written())] == ALL


def test_every_test_named_exists_and_every_proof_is_named():
    named = {name for row in _rows(_written()) for name in re.findall(r"`(test_\w+)`", row[-1])}

    assert named == {name for names in _proofs().values() for name in names}
    assert set(_proofs()) <= set(ALL)


def test_what_is_carried_out_is_proved_and_lives_somewhere():
    for duty, _, state, where, tests in _rows(_written()):
        if state == "carried out":
            assert tests != "–", duty
        if duty in FIRST_WORK:
            assert where != "–", duty
        for module in re.findall(r"`([^`]+)`", where):
            assert (ROOT / module).is_file(), f"{duty}: {module}"


def test_every_duty_of_the_first_work_is_carried_out():
    states = {duty: state for duty, _, state, *_ in _rows(_written())}

    assert [duty for duty in ALL if duty in FIRST_WORK and states[duty] != "carried out"] == []


if __name__ == "__main__":
    FILE.write_text(right(_written()), encoding="utf-8")
