import json
import subprocess
import sys

import pytest

from benchmarks.__main__ import PARTS


@pytest.mark.timeout(180)
@pytest.mark.parametrize("part", PARTS)
def test_the_benchmark_runs_and_writes_its_figures(tmp_path, part):
    results = tmp_path / "latest.json"
    command = [sys.executable, "-m", "benchmarks", part, "--quick", "--results", str(results)]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    figures = json.loads(results.read_text())
    assert figures
    assert {key for figure in figures for key in figure} == {
        "figure",
        "value",
        "must",
        "aim",
        "better",
    }
    assert all(figure["value"] > 0 for figure in figures)
