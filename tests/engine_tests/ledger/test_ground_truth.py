"""The ledger against runs whose truth is known; how wrong it is, `tests/benchmarks/ground_truth.py` measures."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from engine.wire.client import Conductor
from engine.wire.interpreter import Interpreter
from tests.interpreters import every_interpreter, free_threaded_interpreter
from tests.ledger_truth import BESIDE_A_SLEEPER, FREE_THREADED, NO_WAIT, SPINNERS, WAITS, Case, Seen

pytestmark = pytest.mark.alone

DURATION_S = 1.2
ROUNDS = 3  # at most: what others do on the machine is not the same for a run's every part
MARGIN = 0.05
MATRIX_S, MATRIX_MARGIN = 4.0, 0.03


@pytest.fixture(scope="module")
def conductor() -> Iterator[Conductor]:
    with Conductor() as started:
        yield started


@pytest.fixture(scope="module")
def first_runs() -> dict[str, Seen]:
    """The first run of each experiment: what several tests ask of the same work, they ask of it."""
    return {}


def _first_run(case: Case, conductor: Conductor, first_runs: dict[str, Seen], interpreter: str | None = None) -> Seen:
    key = f"{interpreter} {json.dumps(case.what)}"
    if key not in first_runs:
        first_runs[key] = case.run(conductor, DURATION_S, interpreter)
    return first_runs[key]


def _assert_true(case: Case, conductor: Conductor, first_runs: dict[str, Seen], interpreter: str | None = None) -> None:
    """Assert that a case's GIL wait is nearly its truth in one of a few runs, and each ledger whole."""
    errors: list[float] = []
    while len(errors) < ROUNDS:
        if errors:
            seen = case.run(conductor, DURATION_S, interpreter)
        else:
            seen = _first_run(case, conductor, first_runs, interpreter)
        assert seen.error_of_sum() < 0.01
        errors.append(case.measured(seen) - case.expected(seen))
        if abs(errors[-1]) < MARGIN:
            return
    raise AssertionError(f"{case.title}: wrong by {errors}")


@pytest.mark.parametrize("case", [*SPINNERS, *BESIDE_A_SLEEPER[2:], *NO_WAIT], ids=lambda case: case.title)
def test_gil_wait_is_what_it_truly_is(case: Case, conductor: Conductor, first_runs: dict[str, Seen]) -> None:
    _assert_true(case, conductor, first_runs)


@pytest.mark.parametrize("case", BESIDE_A_SLEEPER[:2], ids=lambda case: case.title)
def test_in_a_function_of_the_users_it_is_what_was_seen(
    case: Case, conductor: Conductor, first_runs: dict[str, Seen]
) -> None:
    _assert_true(case, conductor, first_runs)


@pytest.mark.parametrize("case", WAITS[:4], ids=lambda case: case.title)
def test_waits_for_locks_are_what_threads_measure_themselves(
    case: Case, conductor: Conductor, first_runs: dict[str, Seen]
) -> None:
    _assert_true(case, conductor, first_runs)


@pytest.mark.matrix
@pytest.mark.parametrize("interpreter", every_interpreter())
@pytest.mark.parametrize(
    "case", [*SPINNERS, *BESIDE_A_SLEEPER, *NO_WAIT, *WAITS], ids=lambda case: getattr(case, "title", None)
)
def test_every_case_is_true_under_every_interpreter(case: Case, interpreter: Interpreter, conductor: Conductor) -> None:
    if "matrices" in case.title and interpreter.path != every_interpreter()[0].values[0].path:
        pytest.skip("numpy is there for the app's own interpreter")
    if interpreter.free_threaded and case.state != "lock_wait" and case.state != "io_wait":
        pytest.skip("without a GIL there are cases of their own")
    errors: list[float] = []
    while len(errors) < ROUNDS:
        seen = case.run(conductor, MATRIX_S, interpreter.path)
        assert seen.error_of_sum() < 0.01
        errors.append(case.measured(seen) - case.expected(seen))
        if abs(errors[-1]) < MATRIX_MARGIN:
            return
    raise AssertionError(f"{case.title}: wrong by {errors}")


@pytest.mark.parametrize("case", FREE_THREADED, ids=lambda case: case.title)
def test_without_a_gil_nobody_waits_for_it(case: Case, conductor: Conductor, first_runs: dict[str, Seen]) -> None:
    _assert_true(case, conductor, first_runs, free_threaded_interpreter().path)


@pytest.mark.parametrize(("case", "workers"), list(zip(SPINNERS, (2, 4, 8), strict=True)), ids=["2", "4", "8"])
def test_of_threads_that_share_a_gil_one_runs_at_a_time(
    case: Case, workers: int, conductor: Conductor, first_runs: dict[str, Seen]
) -> None:
    seen = _first_run(case, conductor, first_runs)
    assert seen.share("cpu") < 1 / workers + 0.05  # less on a machine that others keep busy
    assert seen.share("cpu") + seen.share("cpu_wait") + seen.share() > 0.8
