"""How wrong the ledger is, where the truth is known: see `tests.ledger_truth`.

`python -m tests.benchmarks.ground_truth [--interpreter PATH] [REPEATS] [WORD...]`: the cases whose titles hold one of
the words, under another Python than the app's own; exits 1 where an error is over 3 percentage points, or a sum over
1 %. Each case is run three times by default; its row is of the run with the median error. The last line tells how many
of the stated intervals of 95 % held the truth.
"""

from __future__ import annotations

import sys
from typing import Final

from engine.wire.client import Conductor
from tests.benchmarks import harness
from tests.interpreters import usable_interpreters
from tests.ledger_truth import BESIDE_A_SLEEPER, FREE_THREADED, NO_WAIT, SPINNERS, WAITS, Case

MOST_POINTS: Final = 3.0
MOST_OF_SUM: Final = 0.01
DURATION_S: Final = 4.0
REPEATS: Final = 3


def main(arguments: list[str]) -> int:
    """Measure, print the table, and return the exit code."""
    parser = harness.parser_of("ground_truth", __doc__)
    parser.add_argument("repeats", nargs="?", type=int, default=REPEATS, help=f"of each case; default: {REPEATS}")
    parser.add_argument("words", nargs="*", default=[""], metavar="WORD", help="only cases whose titles hold one")
    parser.add_argument("--interpreter", metavar="PATH", help="that the cases run under; default: the app's own")
    given = parser.parse_args(arguments)
    repeats, words, own = given.repeats, given.words, given.interpreter
    free_threaded = next((each.path for each in usable_interpreters() if each.free_threaded), None)
    cases: list[tuple[Case, str | None]] = [(case, own) for case in SPINNERS]
    cases += [(case, free_threaded) for case in FREE_THREADED if free_threaded and own is None]
    cases += [
        (case, own) for case in [*BESIDE_A_SLEEPER, *NO_WAIT, *WAITS] if own is None or "matrices" not in case.title
    ]
    cases = [each for each in cases if any(word in each[0].title for word in words)]
    print("| Case | State | True by | Expected | Measured | Error, points | Worst | |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    held: list[bool] = []
    with Conductor() as conductor:
        met = [_row(conductor, case, interpreter, repeats, held) for case, interpreter in cases]
    print(f"\n{sum(held)} of {len(held)} intervals held the truth")
    return 0 if all(met) else 1


def _row(conductor: Conductor, case: Case, interpreter: str | None, repeats: int, held: list[bool]) -> bool:
    found = []
    for _ in range(repeats):
        seen = case.run(conductor, DURATION_S, interpreter)
        expected, measured = case.expected(seen), case.measured(seen)
        found.append((100 * (measured - expected), expected, measured, seen.error_of_sum()))
        if case.state is not None and (bounds := seen.bounds(case.state)) is not None:
            held.append(bounds[0] <= max(expected, 0.0) <= bounds[1])
            if not held[-1]:
                print(
                    f"  not held: {case.title}: {expected:.2%} in {bounds[0]:.2%} to {bounds[1]:.2%}", file=sys.stderr
                )
    found.sort(key=lambda each: abs(each[0]))
    error, expected, measured, _ = found[repeats // 2]
    met = abs(found[-1][0]) <= MOST_POINTS and max(each[3] for each in found) <= MOST_OF_SUM
    harness.keep_figure(f"ledger: {case.title}", "points of error", [each[0] for each in found], met=met)
    print(
        f"| {case.title} | {case.state or 'gil_wait of one'} | {case.known_by} | {expected:.1%} | {measured:.1%} "
        f"| {error:+.1f} | {found[-1][0]:+.1f} | {'met' if met else 'MISSED'} |",
        flush=True,
    )
    return met


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
