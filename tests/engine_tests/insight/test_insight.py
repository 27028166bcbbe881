"""The sentences on a run: right for what the run shows, from its own figures, and honest on what is missing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.insight.insight import insight
from engine.insight.run_figures import LoopHold, RunFigures, Suggestion

STATES = ("cpu", "cpu_wait", "gil_wait", "io_wait", "lock_wait", "loop_wait", "transport", "idle")


def figures(
    shares: dict[str, float | None], *, elapsed_s: float = 10.0, workers: int = 4, **more: object
) -> RunFigures:
    """Return a run whose workers spent these shares of its time."""
    ledger = {state: (shares.get(state, 0.0) or 0.0) * workers * elapsed_s for state in STATES}
    missing = {state: None for state, share in shares.items() if share is None}
    cores = (shares.get("cpu") or 0.0) * workers
    run = RunFigures(
        workers=workers,
        gil_enabled=True,
        machine_cores=8,
        status="finished",
        done=4000,
        elapsed_s=elapsed_s,
        startup_s=0.1,
        throughput_per_s=400.0,
        task_s=0.01,
        run_cores=cores,
        ledger_s={**ledger, **missing},
    )
    return replace(run, **more)  # type: ignore[arg-type]


def said(run: RunFigures) -> str:
    """Return the sentences as one text."""
    return " ".join(insight(run).sentences)


def test_cpu_bound_threads_under_the_gil() -> None:
    run = figures({"cpu": 0.25, "cpu_wait": 0.1, "gil_wait": 0.61, "idle": 0.04})
    assert said(run) == (
        "4 threads, one core's worth of work: each thread waited for the GIL an estimated 61 ± 5 % of the time. "
        "4 processes, each with a GIL of its own, could use 4 cores."
    )
    assert insight(run).suggestion == Suggestion("process-pool", 4, "Try 4 processes")


def test_what_processes_could_do_ends_at_the_machines_cores() -> None:
    spinning = {"cpu": 0.25, "gil_wait": 0.75}
    assert "could use both cores of this machine" in said(figures(spinning, machine_cores=2))
    assert "could use all 3 cores of this machine" in said(figures(spinning, machine_cores=3))
    single = figures(spinning, machine_cores=1)
    assert "processes" not in said(single)
    assert insight(single).suggestion is None


def test_where_core_and_gil_are_one_figure_the_words_say_so() -> None:
    text = said(figures({"cpu": 0.25, "cpu_wait": None, "gil_wait": 0.75}))
    assert "waited for the GIL or a core an estimated 75 ± 5 % of the time" in text
    assert "does not tell the two apart" in text


def test_the_same_threads_on_a_free_threaded_build() -> None:
    text = said(figures({"cpu": 0.95, "cpu_wait": 0.05}, gil_enabled=False))
    assert text.startswith("4 threads, 3.8 cores' worth of work: each thread was running 95 % of the time.")
    assert "There is no GIL, so they run at the same time." in text


def test_threads_without_a_gil_and_with_one_figure_for_waiting_do_not_wait_for_the_gil() -> None:
    run = figures({"cpu": 0.5, "cpu_wait": None, "gil_wait": 0.5}, gil_enabled=False, machine_cores=2)
    assert "GIL" not in said(run)
    assert "waited for a core 50 % of the time" in said(run)


def test_threads_whose_work_releases_the_gil() -> None:
    text = said(figures({"cpu": 0.93, "gil_wait": 0.02, "cpu_wait": 0.05}))
    assert "This work releases the GIL while it computes" in text


@pytest.mark.parametrize(
    ("kind", "is_async", "who"), [("thread", False, "50 threads,"), ("coroutine", True, "50 coroutines on one thread,")]
)
def test_io_bound_work_overlaps_its_waits(kind: str, is_async: bool, who: str) -> None:
    run = figures({"cpu": 0.0008, "io_wait": 0.96, "idle": 0.03}, workers=50, worker_kind=kind, is_async=is_async)
    text = said(run)
    assert text.startswith(who)
    assert f"each {kind} waited for I/O 97 % of the time" in text
    assert "48 of them went on at the same time" in text


def test_what_most_of_the_time_went_to_is_told_first() -> None:
    shares = {"cpu": 0.05, "cpu_wait": 0.24, "gil_wait": 0.05, "io_wait": 0.66}
    text = said(figures(shares, workers=8, machine_cores=2))
    assert "each thread waited for I/O 66 % of the time, for a core 24 %." in text


def test_one_worker_that_waits_is_told_that_waits_can_overlap() -> None:
    run = figures({"cpu": 0.1, "io_wait": 0.9}, workers=1)
    assert "the thread waited for I/O 90 % of the time" in said(run)
    assert "One wait comes after another" in said(run)
    assert insight(run).suggestion == Suggestion("thread-pool", 9, "Try 9 threads")


def test_processes_run_in_parallel_and_have_their_price() -> None:
    shares = {"cpu": 0.8, "transport": 0.14, "cpu_wait": 0.06}
    text = said(figures(shares, worker_kind="process", startup_s=1.2))
    assert text.startswith("4 processes, 3.2 cores' worth of work: each process was running 80 % of the time.")
    assert "Each has an interpreter and a GIL of its own" in text
    assert "The price: 1.20 s until the first task began and 14 % of their time to carry tasks and results." in text


def test_a_call_that_is_not_awaited_blocks_the_loop() -> None:
    shares = {"io_wait": 0.02, "loop_wait": 0.98}
    run = figures(shares, workers=50, worker_kind="coroutine", is_async=True)
    assert said(run).startswith(
        "Each task blocked the loop: each coroutine was ready but waited for its turn 98 % of the time."
    )
    assert "a task that waits in a call that is not awaited keeps it" in said(run)
    assert insight(run).suggestion == Suggestion("thread-pool", 50, "Try 50 threads")


def test_who_held_the_loop_longest_is_named() -> None:
    hold = LoopHold("coroutine 17", 1041, "count-primes", 0.0042, 48)
    run = figures({"cpu": 0.02, "loop_wait": 0.98}, worker_kind="coroutine", is_async=True, loop_hold=hold)
    named = "Coroutine 17 held it longest: count-primes of task 1,041 took 4.2 ms, and 48 others were ready and waited."
    assert named in said(run)
    assert "held it longest" not in said(figures({"cpu": 1.0}, loop_hold=hold))


def test_computing_blocks_the_loop_too_and_processes_would_not() -> None:
    shares = {"cpu": 0.25, "loop_wait": 0.75}
    run = figures(shares, worker_kind="coroutine", is_async=True)
    assert "a task that computes keeps it" in said(run)
    assert insight(run).suggestion == Suggestion("process-pool", 4, "Try 4 processes")


def test_computing_on_a_busy_machine_is_still_told_from_waiting() -> None:
    shares = {"cpu": 0.01, "cpu_wait": 0.01, "io_wait": 0.1, "loop_wait": 0.88}
    run = figures(shares, workers=50, worker_kind="coroutine", is_async=True, machine_cores=2, other_cores=1.6)
    assert "a task that computes keeps it" in said(run)
    assert said(run).endswith("Meanwhile other programs used 1.6 of the machine's 2 cores.")


def test_a_machine_that_others_use_is_not_blamed_on_the_number_of_workers() -> None:
    shares = {"cpu": 0.06, "cpu_wait": 0.34, "io_wait": 0.45, "idle": 0.15}
    run = figures(shares, workers=8, machine_cores=2, run_cores=0.3, other_cores=1.4, model="thread-pool")
    assert "That is the other programs' doing, not this model's." in said(run)
    assert said(run).endswith("Meanwhile other programs used 1.4 of the machine's 2 cores.")
    assert "do not compute any faster" not in said(run)
    assert insight(run).suggestion is None
    alone = figures(shares, workers=8, machine_cores=2, run_cores=1.8, other_cores=0.1)
    assert "More workers than cores do not compute any faster" in said(alone)


def test_tiny_tasks_cost_more_to_hand_over_than_to_do() -> None:
    shares = {"cpu": 0.1, "transport": 0.3, "idle": 0.55, "gil_wait": 0.05}
    text = said(figures(shares, worker_kind="process", task_s=12e-6))
    assert text.startswith(
        "A task takes only 12 µs, less than it costs to hand it over: 4 processes spent 30 % of their time carrying"
    )
    assert "Larger tasks" in text


def test_an_open_loop_that_cannot_keep_up() -> None:
    run = figures({"cpu": 0.25, "gil_wait": 0.75}, arrival_per_s=500.0, throughput_per_s=380.0)
    assert said(run).startswith("500 tasks arrive a second and 380 get done: the queue grows by 120 tasks a second")


def test_an_open_loop_that_keeps_up() -> None:
    run = figures({"cpu": 0.1, "idle": 0.9}, arrival_per_s=100.0, throughput_per_s=99.0, task_s=0.0004)
    text = said(run)
    assert text.startswith(
        "100 tasks arrive a second and the workers keep up, half of them within 400 µs of their arrival."
    )
    assert "had no task 90 % of the time" in text
    assert "less than it costs" not in text


def test_failures_are_counted_and_the_first_is_told() -> None:
    run = figures({"cpu": 1.0}, workers=1, done=363, failed=37, first_error="ValueError: bad number")
    assert insight(run).sentences[0] == "37 of 400 tasks failed; first: ValueError: bad number."


def test_more_workers_than_cores() -> None:
    shares = {"cpu": 0.16, "cpu_wait": 0.84}
    text = said(figures(shares, workers=12, machine_cores=2, worker_kind="process"))
    assert text.startswith(
        "12 processes share 2 cores, 1.9 cores' worth of work: each process waited for a core 84 % of the time."
    )
    assert "More workers than cores do not compute any faster." in text


def test_a_lock_lets_one_work_at_a_time() -> None:
    text = said(figures({"cpu": 0.05, "lock_wait": 0.7, "io_wait": 0.25}))
    assert "each thread waited for a lock 70 % of the time" in text


def test_one_after_another_leaves_the_other_cores_alone() -> None:
    run = figures({"cpu": 0.99, "idle": 0.01}, workers=1)
    assert said(run).startswith("One thread computes, one task after another, with one core's worth of work.")
    assert insight(run).suggestion == Suggestion("process-pool", 8, "Try 8 processes")


def test_what_is_missing_is_said_as_such() -> None:
    nothing = RunFigures(status="finished", done=3)
    assert said(nothing) == "Where the workers' time went was not measured."
    text = said(figures({"cpu": 0.9, "idle": 0.1}, run_cores=None))
    assert "an amount of CPU time that was not measured" in text
    assert "None" not in text
    assert "nan" not in text


def test_a_run_that_has_just_begun_and_ones_that_ended_early() -> None:
    assert said(RunFigures(workers=8)) == "8 threads just started; the first figures come in a moment."
    assert (
        said(RunFigures(status="failed", reason="The host was killed by SIGKILL."))
        == "The run failed: The host was killed by SIGKILL."
    )
    stopped = figures({"cpu": 1.0}, workers=1, status="stopped", elapsed_s=3.2)
    assert insight(stopped).sentences[0] == "Stopped after 3.20 s; these are the figures until then."


@pytest.mark.parametrize("workers", [1, 4, 64])
@pytest.mark.parametrize("kind", ["thread", "process", "coroutine", "interpreter"])
@pytest.mark.parametrize("most", STATES)
def test_whatever_the_figures_are_something_is_said_in_few_words(most: str, kind: str, workers: int) -> None:
    run = figures({most: 0.9, "cpu": 0.1}, worker_kind=kind, workers=workers, is_async=kind == "coroutine")
    sentences = insight(run).sentences
    assert 1 <= len(sentences) <= 4
    assert all(sentence.endswith(".") and sentence[0] == sentence[0].upper() for sentence in sentences)
    mixed = figures(dict.fromkeys(STATES, 0.125), worker_kind=kind, workers=workers)
    assert insight(mixed).sentences
