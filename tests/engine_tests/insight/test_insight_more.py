"""Sentences on runs that are easily told wrongly: too short, ended early, carried, and coroutines that never wait."""

from __future__ import annotations

import pytest

from engine.insight.insight import insight
from engine.insight.run_figures import Suggestion
from tests.engine_tests.insight.test_insight import figures, said


def test_tasks_that_carry_much_are_not_called_too_small() -> None:
    carried = {"transport": 0.86, "cpu": 0.06, "idle": 0.08}
    run = figures(carried, worker_kind="process", workers=2, task_s=0.0007, payload_bytes=8_388_608)
    assert said(run).startswith(
        "Each task carries 8.4 MB to its worker and back: 2 processes spent 86 % of their time on that. Threads share"
    )
    assert insight(run).suggestion == Suggestion("thread-pool", 2, "Try 2 threads")
    small = said(figures(carried, worker_kind="process", workers=2, task_s=0.0007))
    assert "less than it costs to hand it over" in small


def test_a_few_percent_of_idling_are_not_worth_a_word() -> None:
    tiny = figures({"transport": 0.96, "idle": 0.02}, worker_kind="process", task_s=0.00002)
    assert "idle" not in said(tiny)


def test_coroutines_that_never_wait_are_not_said_to_compute_all_at_once() -> None:
    one_had_all = figures({"cpu": 0.98, "cpu_wait": 0.02}, is_async=True, worker_kind="coroutine")
    spent = {state: seconds and seconds / 4 for state, seconds in one_had_all.ledger_s.items()}
    run = figures({}, is_async=True, worker_kind="coroutine", ledger_s=spent, run_cores=1.0)
    assert said(run).startswith(
        "4 coroutines, one core's worth of work: all share one thread, so one computes at a time."
    )
    assert insight(run).suggestion == Suggestion("process-pool", 4, "Try 4 processes")


def test_workers_in_several_processes_are_not_said_to_share_a_thread() -> None:
    waiting = {"io_wait": 0.93, "cpu": 0.02, "transport": 0.05}
    run = figures(waiting, is_async=True, worker_kind="coroutine", processes=2, run_cores=0.1)
    assert said(run).startswith("4 coroutines in 2 processes, 0.1 cores' worth of work: each coroutine waited")
    blocked = figures({"loop_wait": 0.8, "cpu": 0.15}, is_async=True, worker_kind="coroutine", processes=2)
    assert "Those of a process share one thread" in said(blocked)


def test_waits_that_overlap_are_set_against_one_after_the_other() -> None:
    run = figures({"io_wait": 0.97, "cpu": 0.01, "cpu_wait": 0.02}, workers=16)
    assert "One task after the other would take about 16 times as long." in said(run)
    assert insight(run).suggestion == Suggestion("sequential", 1, "Try one after the other")


def test_an_open_loop_that_waits_is_offered_as_many_workers_as_it_needs() -> None:
    waiting = {"io_wait": 0.97, "idle": 0.03}
    run = figures(waiting, arrival_per_s=200.0, throughput_per_s=100.0, model="thread-pool")
    assert insight(run).suggestion == Suggestion("thread-pool", 10, "Try 10 workers")
    assert insight(figures(waiting, arrival_per_s=100.0, throughput_per_s=99.0, model="thread-pool")).suggestion is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"status": "running", "elapsed_s": 1.4}, ""),  # still on its way to its pace
        ({"status": "running", "elapsed_s": 4.0}, "the queue grows by 30 tasks a second"),
        ({"status": "finished", "elapsed_s": 1.4}, "the queue grows by 30 tasks a second"),
        ({"arrival_per_s": 5.0, "throughput_per_s": 4.0, "elapsed_s": 4.0}, ""),  # 20 were due: chance
        ({"workers": 100, "elapsed_s": 4.0}, ""),  # the workers have them in hand
        ({"throughput_per_s": 70.0, "failed": 120, "elapsed_s": 4.0}, "the workers keep up"),  # failing ends a task too
    ],
)
def test_a_queue_is_said_to_grow_only_where_that_is_sure(changes: dict[str, object], words: str) -> None:
    known: dict[str, object] = {"arrival_per_s": 100.0, "throughput_per_s": 70.0, "model": "thread-pool"}
    run = figures({"io_wait": 0.97, "idle": 0.03}, **{**known, **changes})  # type: ignore[arg-type]
    grows, keeps_up = "queue grows" in said(run), "keep up" in said(run)
    assert (grows, keeps_up) == ("queue grows" in words, "keep up" in words)
    assert words in said(run)
    assert (insight(run).suggestion is not None) == grows


def test_more_workers_than_cores_are_offered_fewer() -> None:
    run = figures({"cpu": 0.5, "cpu_wait": 0.5}, worker_kind="process", machine_cores=2, model="process-pool")
    assert "2 would get about as much done." in said(run)
    assert insight(run).suggestion == Suggestion("process-pool", 2, "Try 2 workers")
    free = figures({"cpu": 0.5, "cpu_wait": 0.5}, gil_enabled=False, machine_cores=2)
    assert "There is no GIL to wait for, but more workers than cores do not compute any faster." in said(free)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"status": "stopped", "done": 0, "elapsed_s": 0.0}, "Stopped before a task was done."),
        ({"status": "finished", "done": 0, "failed": 5}, "5 of 5 tasks failed."),
        ({"status": "failed", "done": 0, "reason": "the host ended"}, "The run failed: the host ended."),
        (
            {"status": "finished", "done": 1, "elapsed_s": 0.00003},
            "1 task in 30 µs: too short a run to tell where the time goes.",
        ),
    ],
)
def test_a_run_without_figures_to_speak_of_gets_no_advice(changes: dict[str, object], words: str) -> None:
    run = figures({"transport": 0.46, "idle": 0.54}, **{"task_s": 4e-6, **changes})  # type: ignore[arg-type]
    assert said(run) == words
    assert insight(run).suggestion is None
