"""The pace of exported scripts: each against the run that it was made from, model by model and step by step.

`python -m tests.benchmarks.script_pace [MODEL ...] [STEP ...]`: all where none are named; exits 1 where a script is
more than 3 % slower or faster than its run. Both sides do the same tasks for as long, in turn, under one interpreter.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from typing import Any

from engine import models
from engine.script.script import script_of
from engine.wire.client import Conductor
from engine.workload import steps
from engine.workload.catalogue import Catalogue
from engine.workload.experiment import check
from tests.benchmarks import harness
from tests.conducting import run

DURATION_S, WORKERS, PAIRS = 4.0, 2, 5
MOST_APART = 0.03
_THROUGHPUT = re.compile(r"^throughput: ([\d.]+) tasks/s$", re.MULTILINE)


def main(keys: list[str]) -> int:
    """Measure what was asked for; return the exit code."""
    can_run = [key for key, model in models.discover().items() if model.in_scripts is not None]
    can_run = [key for key in can_run if models.load(key).unavailable() is None]
    stand_alone = [key for key, step in steps.discover().items() if step.plain is not None or step.own is not None]
    asked = harness.names_of("script_pace", __doc__, [*can_run, *stand_alone], keys)
    met = []
    with Conductor() as conductor:
        for model in [key for key in can_run if key in asked] or can_run:
            for step in [key for key in stand_alone if key in asked] or stand_alone:
                compared = _compare(conductor, model, step)
                met.append(
                    harness.report_ratio(compared, 1 - MOST_APART)
                    and harness.report_ratio(compared, 1 + MOST_APART, at_least=False)
                )
    return 0 if all(met) else 1


def _compare(conductor: Conductor, model: str, step: str) -> harness.Comparison:
    data = {
        "format": 1,
        "title": f"{model} {step}",
        "workload": {"duration_s": DURATION_S, "steps": [{"kind": step}]},
        "model": {"kind": model, "workers": WORKERS, "interpreter": sys.executable},
    }
    catalogue = Catalogue.of(
        (each.card for each in steps.discover().values()), (each.card for each in models.discover().values())
    )
    text = script_of(check(data, catalogue).to_dict())
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "script.py")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

        def script() -> float:
            command = [sys.executable, "-I", path]
            ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
            found = _THROUGHPUT.search(ended.stdout)
            assert found is not None, ended.stdout
            return float(found[1])

        def in_app() -> float:
            result: dict[str, Any] = run(conductor, data)
            assert result["tasks"]["failed"] == 0
            return float(result["throughput_per_s"])

        return harness.measure(f"{model}, {step}", script, in_app, PAIRS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
