"""`python -m tests.reliability`: fuzzed files and messages, every model against every fault, a soak, a shared history.

`--quick` fuzzes 500 and does nothing else (in CI, after the tests); without it 10,000 are fuzzed and all the rest is
done, in an hour or so on two cores. `--only` names the parts to do, `--fuzz` and `--soak` how many. Exit code 1 where a
promise was not kept.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import tests.conftest  # folders of our own instead of the person's  # noqa: F401
from engine import models
from tests.reliability.faults import FAULTS, suffer
from tests.reliability.fuzzing import KINDS, fuzz
from tests.reliability.long_runs import share_a_history, soak

QUICK, LONG, SOAK = 500, 10_000, 200
MOST_GROWTH = 1.3  # of the memory of a conductor, from a tenth of the soak to its end


def fuzzed(count: int) -> Iterator[str]:
    """Fuzz so many in all, as many of each kind; yield what was wrong."""
    for kind in KINDS:
        began_s, broken = time.monotonic(), 0
        for seed in range(count // len(KINDS)):
            found = fuzz(kind, seed)
            if found is not None:
                broken += 1
                yield f"{kind}, seed {seed}: {found.why}"
        print(f"| {kind} | {count // len(KINDS):,} | {broken} | {time.monotonic() - began_s:.0f} s |", flush=True)


def matrix() -> Iterator[str]:
    """Try every model against every fault, and print the table; yield what was wrong."""
    print(f"| model | {' | '.join(each.name for each in FAULTS)} |")
    print(f"| --- | {' | '.join('---' for _ in FAULTS)} |", flush=True)
    for key, model in models.discover().items():
        if model.unavailable():
            print(f"| {key} | {model.unavailable()} |", flush=True)
            continue
        cells = []
        for fault in FAULTS:
            try:
                outcome = suffer(key, fault)
                status, wrong = outcome.status, outcome.wrong
            except Exception as error:
                status, wrong = "?", f"{type(error).__name__}: {error}"
            cells.append(f"**{wrong}**" if wrong else status)
            if wrong:
                yield f"{key}, {fault.name}: {wrong}"
        print(f"| {key} | {' | '.join(cells)} |", flush=True)


def soaked(runs: int) -> Iterator[str]:
    """Make many runs in a row; yield what grew."""
    early, late = soak(runs)
    print(f"after {max(6, runs // 10)} runs {early}, after {runs} runs {late}", flush=True)
    for name in ("files", "threads", "children"):
        if late[name] > early[name]:
            yield f"soak: {name} grew from {early[name]} to {late[name]}"
    if late["rss_kb"] > MOST_GROWTH * early["rss_kb"]:
        yield f"soak: memory grew from {early['rss_kb']} to {late['rss_kb']} kB"


def shared() -> Iterator[str]:
    """Share a history between two windows and two commands; yield what was wrong."""
    with tempfile.TemporaryDirectory() as folder:
        runs = share_a_history(Path(folder))
    print(f"two windows and two commands: {len(runs)} runs in one history", flush=True)
    if len(runs) != 4:
        yield f"a shared history has {len(runs)} runs of 4"


def main() -> int:
    """Do what was asked for; 1 where a promise was not kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.reliability", description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"fuzz {QUICK} and do nothing else")
    parser.add_argument("--only", metavar="PART", action="append", choices=("fuzz", "matrix", "soak", "shared"))
    parser.add_argument("--fuzz", metavar="N", type=int, help=f"how many are fuzzed; default {LONG:,}")
    parser.add_argument("--soak", metavar="N", type=int, default=SOAK, help=f"runs in a row; default {SOAK}")
    given = parser.parse_args()
    count = given.fuzz or (QUICK if given.quick else LONG)
    parts: dict[str, Callable[[], Iterator[str]]] = {
        "fuzz": lambda: fuzzed(count),
        "matrix": matrix,
        "soak": lambda: soaked(given.soak),
        "shared": shared,
    }
    wrong: list[str] = []
    for name in given.only or (["fuzz"] if given.quick else parts):
        print(f"\n== {name}", flush=True)
        wrong += parts[name]()
    for each in wrong:
        print(f"\nBROKEN: {each}", flush=True)
    print(f"\n{len(wrong)} promises were not kept" if wrong else "\nevery promise was kept")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
