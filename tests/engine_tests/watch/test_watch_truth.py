"""Programs of known truth, watched: what is said of their threads against the threads' own clocks, under the Pythons
of this machine. The programs are in `programs`; each thread writes what its clocks say.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
from _pytest.mark.structures import ParameterSet

from engine.interpreters.interpreter import app_interpreter
from engine.wire.interpreter import Interpreter
from engine.witness.witness import how_to_look
from tests.commands import gilscope
from tests.interpreters import every_interpreter

pytestmark = pytest.mark.skipif(how_to_look()[0] == "none", reason="what threads wait for is not shown here")

POINTS: Final = 0.03
DENSE_HZ: Final = 250  # looks a second
NO_NUMPY: Final = 77
FOLDER: Final = Path(__file__).with_name("programs")
PROGRAMS: Final = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "own_clocks")
COMPUTE_TOGETHER: Final = ("spinners", "convoy")  # threads of one process want the GIL at the same time for long
QUICK: Final = ("one_lock", "blocked_loop")


@dataclass(slots=True)
class Clocks:
    """What a thread says of itself, in seconds."""

    there_s: float = 0.0
    cpu_s: float = 0.0
    queue_s: float = 0.0
    held_s: float = 0.0
    waits_s: dict[str, float] = field(default_factory=lambda: defaultdict(float))


@dataclass(frozen=True, slots=True)
class Shares:
    """What is said of a thread, as parts of the time that it was there."""

    wall_s: float
    cpu: float
    queue: float
    gil: float
    waits: dict[str, float]


def seen_of(row: dict[str, Any]) -> Shares:
    ledger = {state: value or 0.0 for state, value in row["ledger_s"].items()}
    wall_s = sum(ledger.values()) + row["unseen_s"]
    waits = row["waits_s"] or {}
    waits = {**waits, "idle": ledger["idle"] - waits.get("stopped", 0.0)}
    shares = {name: value / wall_s for name, value in waits.items()}
    return Shares(wall_s, ledger["cpu"] / wall_s, ledger["cpu_wait"] / wall_s, ledger["gil_wait"] / wall_s, shares)


def told_by(path: Path) -> dict[tuple[int, int], Clocks]:
    told: dict[tuple[int, int], Clocks] = defaultdict(Clocks)
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        clocks = told[row["pid"], row["tid"]]
        clocks.there_s += row["there_s"]
        clocks.cpu_s += row["cpu_s"]
        clocks.queue_s += row["queue_s"]
        clocks.held_s += row["held_s"]
        for what, waited_s in row["waits_s"].items():
            clocks.waits_s[what] += waited_s
    return told


def differences(seen: Shares, own: Clocks, *, may_want_gil: bool) -> dict[str, float]:
    """Return by how much what is said of a thread is outside what its own clocks allow, in parts of its time.

    By its own clocks a wait ends when the thread goes on: on a busy machine it is ready some time before that, and is
    then said to wait for a core or the GIL. What it did before and after its clocks ran they do not tell.
    """
    outside = max(0.0, seen.wall_s - own.there_s) / seen.wall_s
    inside = own.there_s / (1.0 - outside)  # a thread that has ended is there until it was read last: that is less
    waits = {what: waited_s / inside for what, waited_s in own.waits_s.items()}
    cpu, queue = own.cpu_s / inside, own.queue_s / inside
    found = {"cpu": _beyond(seen.cpu, cpu, cpu + outside), "queue": _beyond(seen.queue, queue, queue + outside)}
    rest = max(0.0, own.there_s / inside - cpu - queue - sum(waits.values()))
    most = rest + sum(waits.values()) + outside if may_want_gil else 0.0
    found["gil"] = _beyond(seen.gil, rest if may_want_gil else 0.0, most)
    for what, waited in waits.items():
        is_seen = sum(seen.waits[kind] for kind in what.split())
        found[what] = _beyond(is_seen, waited - seen.queue - seen.gil, waited + outside)
    told = {kind for what in waits for kind in what.split()}
    for kind in seen.waits.keys() - told:
        found[kind] = _beyond(seen.waits[kind], 0.0, outside)
    return found


def _beyond(value: float, low: float, high: float) -> float:
    return max(0.0, low - value, value - high)


def cells() -> Iterator[ParameterSet]:
    """Yield each program under each Python; the ordinary suite has a few, and the first under a free-threaded one."""
    for name in PROGRAMS:
        for each in every_interpreter():
            python = each.values[0]
            quick = name in QUICK[:1] or (name in QUICK and python == app_interpreter())
            marks = [*each.marks, *([] if quick else [pytest.mark.matrix])]
            yield pytest.param(name, python, id=f"{name}-{each.id}", marks=marks)


def points(result: dict[str, Any]) -> float:
    """Return by how much a share may be wrong: by more where looks are few, as each of them costs much."""
    rate_hz = result["witness"]["rate_hz"]
    return POINTS if rate_hz >= DENSE_HZ else max(POINTS, 3 * math.sqrt(0.25 / (rate_hz * result["elapsed_s"])))


@pytest.mark.alone
@pytest.mark.parametrize(("name", "interpreter"), list(cells()))
def test_shares_are_those_of_the_threads_own_clocks(name: str, interpreter: Interpreter, tmp_path: Path) -> None:
    truth = tmp_path / "truth"
    script = FOLDER / f"{name}.py"
    ended = gilscope(tmp_path / "data", "watch", "--json", "--interpreter", interpreter.path, script, truth)
    result = json.loads(ended.stdout)
    if result["exit_code"] == NO_NUMPY:
        pytest.skip("no numpy in this interpreter")
    assert ended.returncode == 0, ended.stderr
    rows = {(row["pid"], row["tid"]): row for row in result["threads"]}
    wants_gil = name in COMPUTE_TOGETHER and not interpreter.free_threaded
    told = told_by(truth)
    assert told
    for key, own in told.items():
        seen = seen_of(rows[key])
        found = differences(seen, own, may_want_gil=wants_gil)
        assert max(found.values()) <= points(result), (key, found, own, seen)
        if own.held_s and not interpreter.free_threaded:
            [gil] = result["gil"]
            held, outside = sum(gil["held_s"].values()) / seen.wall_s, max(0.0, 1.0 - own.there_s / seen.wall_s)
            assert _beyond(held, own.held_s / own.there_s - outside, own.held_s / own.there_s + outside) <= points(
                result
            )
