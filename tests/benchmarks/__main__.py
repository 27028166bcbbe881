"""`python -m tests.benchmarks`: every benchmark in turn, compared with the figures that were committed last.

`--only NAME` runs some, `--save` puts what was measured in the place of what was committed (tests/benchmarks/
figures.json), `--list` names them. A figure has changed where the intervals of then and now do not meet, and the
medians are a tenth apart or more. Exit code 1 where a benchmark misses a goal or cannot run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tests.benchmarks import harness
from tests.source_tree import ROOT

FIGURES: Final = Path(__file__).with_name("figures.json")
NAMES: Final = (
    "throughput",
    "stages",
    "instructions",
    "watching",
    "watch_cost",
    "memory",
    "growth",
    "ground_truth",
    "beside_others",
    "frames",
    "memory_window",
    "window_start",
    "window_watching",
    "window_keeping_up",
)
LEAST_CHANGE: Final = 0.1


def main(arguments: list[str]) -> int:
    """Run what was asked for, print what has changed, and return the exit code."""
    parser = harness.parser_of("", __doc__)
    parser.prog = "python -m tests.benchmarks"
    parser.add_argument("--only", metavar="NAME", action="append", choices=NAMES, help="; ".join(NAMES))
    parser.add_argument("--save", action="store_true", help=f"write {FIGURES.name}")
    parser.add_argument("--list", action="store_true", help="name the benchmarks")
    given = parser.parse_args(arguments)
    if given.list:
        print("\n".join(NAMES))
        return 0
    before: dict[str, Any] = json.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.exists() else {}
    found: dict[str, Any] = {}
    failed = []
    for name in given.only or NAMES:
        print(f"\n== {name}", flush=True)
        figures, code = run(name)
        found.update(figures)
        if code:
            failed.append(name)
    print("\n== compared with what was committed last")
    print("\n".join(compared(before, found)) or "nothing was measured")
    if given.save:
        FIGURES.write_text(json.dumps({**before, **found}, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        print(f"wrote {FIGURES.name}")
    if failed:
        print(f"a goal was missed, or nothing measured: {', '.join(failed)}")
    return 1 if failed else 0


def run(name: str) -> tuple[dict[str, Any], int]:
    """Run one benchmark; return its figures by title and unit, and its exit code."""
    with tempfile.TemporaryDirectory(prefix="gilscope-benchmark-") as folder:
        told = Path(folder) / "figures"
        done = subprocess.run(
            [sys.executable, "-m", f"tests.benchmarks.{name}"],
            cwd=ROOT,
            env={**os.environ, harness.FIGURES_FILE: str(told)},
            check=False,
        )
        lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    figures = [json.loads(line) for line in lines]
    return {f"{each['title']} ({each['unit']})": _rounded(each) for each in figures}, done.returncode


def compared(before: dict[str, Any], found: dict[str, Any]) -> Iterator[str]:
    """Yield a line for each figure that was measured now."""
    for key, now in found.items():
        then = before.get(key)
        if then is None:
            yield f"{key}: {_said(now)}, is new"
        elif has_changed(then, now):
            yield f"{key}: {_said(now)}, HAS CHANGED: it was {_said(then)}"
        else:
            yield f"{key}: {_said(now)}, as it was: {_said(then)}"


def has_changed(then: dict[str, float], now: dict[str, float]) -> bool:
    """Return whether two figures of one thing differ by more than their intervals, and by more than a tenth."""
    apart = then["high"] < now["low"] or now["high"] < then["low"]
    return apart and abs(now["median"] - then["median"]) > LEAST_CHANGE * abs(then["median"])


def _rounded(figure: dict[str, Any]) -> dict[str, Any]:
    kept = {name: float(f"{figure[name]:.4g}") for name in ("median", "low", "high")}
    return {**kept, "n": figure["n"], "met": figure["met"]}


def _said(figure: dict[str, float]) -> str:
    return f"{figure['median']:g} [{figure['low']:g}, {figure['high']:g}]"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
