import json
import subprocess
import sys

import pytest


@pytest.mark.timeout(180)
def test_the_benchmark_runs_and_writes_its_figures(tmp_path):
    results = tmp_path / "latest.json"
    command = [sys.executable, "-m", "benchmarks", "--quick", "--results", str(results)]

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
