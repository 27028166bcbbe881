"""Figures are built from a result, whole or not, by its documented keys."""

from __future__ import annotations

from typing import Any

from engine.insight.before_after import before_after
from engine.insight.figures_of import figures_of
from engine.insight.insight import insight
from engine.insight.parts import ModelCost
from engine.workload.catalogue import StepCard
from tests.engine_tests.insight.insight_runs import alike
from tests.gui_tests.view_runs import card

STEPS = {
    "sleep": StepCard("sleep", "Sleep", "", "time", False, True),
    "python": StepCard("python", "Your own function", "", "nothing", True, True),
}


def result(**changes: Any) -> dict[str, Any]:
    """Return a result of two threads with every key that the sentences read."""
    ledger = {"cpu": 5.0, "cpu_wait": 0.5, "gil_wait": 4.5, "io_wait": 0.0}
    waits = {"sleep": 0.1, "network": 0.0, "disk": 0.2, "child": None, "lock": 0.0, "library": 0.0, "other": 0.0}
    return {
        "status": "finished",
        "model": "threads",
        "experiment": {
            "workload": {"tasks": 100, "steps": [{"kind": "sleep", "limit": 4}, {"kind": "python", "source": SOURCE}]},
            "model": {"kind": "threads", "workers": 2},
        },
        "interpreter": {"gil_enabled": True},
        "tasks": {"done": 90, "failed": 10},
        "errors": {"count": 10, "first": {"type": "ValueError", "message": "bad number"}},
        "elapsed_s": 5.0,
        "throughput_per_s": 18.0,
        "latency_s": {"p50": 0.05},
        "ledger_s": {state: 2 * seconds for state, seconds in ledger.items()},
        "ledger_bounds_s": {"gil_wait": [8.8, 9.2], "lock_wait": None},
        "workers": [
            {"name": f"Thread-{number} (work)", "pid": 10, "tid": 10 + number, "tasks": 50, "ledger_s": ledger,
             "waits_s": waits}
            for number in (1, 2)
        ],
        "witness": {"method": "process", "looks": 4000, "rate_hz": 800.0, "cost_percent": 2.0},
        "gil": [{"pid": 10, "held_s": {"Thread-1 (work)": 2.5, "Thread-2 (work)": 2.4}, "unknown_s": 0.1,
                 "handovers_per_s": 190.0, "stretch_s": {"p50": 0.0052, "p90": 0.008}}],
        "locks": [{"pid": 10, "address": 4096, "waited_s": {"Thread-1 (work)": 1.0}, "held_s": {}}],
        "stall": {"for_s": 2.5, "workers": [{"name": "Thread-1 (work)", "state": "lock_wait", "address": 4096,
                                             "where": "a.py:3 in f"}]},
        "cores": {"utilization": [0.6, 0.5, 0.1, 0.1], "run": 1.0},
        "load_other": 0.25,
        "environment": {"machine": {"cores": 4, "usable_cores": 2},
                        "model_costs": {"processes": {"task_overhead_s": 0.0002, "create_worker_s": 0.1}}},
        "counters": {"workload.steps[2]": {"updates_made": 10, "updates_counted": 7, "updates_lost": 3}},
        **changes,
    }  # fmt: skip


SOURCE = "import sqlite3\nasync def task(item):\n    pass\n"


def test_every_key_of_a_result_is_read() -> None:
    run = figures_of(result(), card("threads"), STEPS)
    assert (run.workers, run.done, run.failed, run.first_error) == (2, 90, 10, "ValueError: bad number")
    assert run.machine_cores == 2  # of the four, those that it may use
    assert run.other_cores == 1.0  # a quarter of all four
    assert run.run_cores == 1.0
    assert run.seen
    assert run.bounds_s == {"gil_wait": (8.8, 9.2)}
    assert [each.name for each in run.by_worker] == ["Thread 1", "Thread 2"]
    assert run.waits_s("disk") == 0.4
    assert run.gil[0].held_s == {"Thread 1": 2.5, "Thread 2": 2.4}
    assert run.locks[0].address == "0x1000"
    assert run.stall is not None
    assert (run.stall.workers[0].name, run.stall.workers[0].address) == ("Thread 1", "0x1000")
    assert run.costs == {"processes": ModelCost(0.0002, 0.1)}
    assert [(step.waits_on, step.is_code, step.is_async, step.limited, step.names_sqlite) for step in run.steps] == [
        ("time", False, False, True, False),
        ("nothing", True, True, False, True),
    ]
    assert run.counters[0].lost == 3
    assert not run.waits_alone


def test_an_older_result_and_an_empty_one_are_read_too() -> None:
    older = result(workers=2)
    for key in ("ledger_bounds_s", "witness", "gil", "locks", "stall", "environment", "cores"):
        del older[key]
    run = figures_of(older, card("threads"), STEPS)
    assert (run.workers, run.by_worker, run.seen, run.gil, run.machine_cores) == (2, (), False, (), None)
    assert "on average they waited for the GIL an estimated 45 % of the time" in " ".join(insight(run).sentences)
    assert insight(figures_of({})).sentences == ("1 worker just started; the first figures come in a moment.",)


def test_the_sentences_are_those_of_the_same_figures_whoever_builds_them() -> None:
    once, again = (insight(figures_of(result(), card("threads"), STEPS)) for _ in range(2))
    assert once == again
    assert any(sentence.startswith("10 of 100 tasks (10 %) failed") for sentence in once.sentences)


def test_before_and_after_are_told_with_how_much_it_was() -> None:
    slow = alike({"cpu": 0.25, "gil_wait": 0.75}, throughput_per_s=25.9)
    fast = alike({"cpu": 0.9}, kind="process", throughput_per_s=38.1)
    assert before_after(slow, fast) == ("25.9 → 38.1 tasks/s, 1.5 times (4 threads → 4 processes).",)
    assert before_after(fast, slow) == ("38.1 → 25.9 tasks/s, 1.5 times slower (4 processes → 4 threads).",)
    same = alike({"cpu": 0.9}, kind="process", throughput_per_s=26.3)
    assert "about the same" in before_after(slow, same)[0]
    running = alike({"cpu": 0.9}, throughput_per_s=38.1, status="running")
    assert before_after(slow, running) == ()
    nothing = alike({"cpu": 0.9}, throughput_per_s=None)
    assert before_after(slow, nothing) == ()


def test_workers_of_stages_with_other_models_are_no_threads() -> None:
    stages = [{"name": name, "steps": [{"kind": "sleep"}], "workers": 1} for name in ("fetch", "parse")]
    same = {"workload": {"stages": stages}, "model": {"kind": "threads"}}
    assert figures_of(result(experiment=same), card()).worker_kind == "thread"
    mixed = {"workload": {"stages": [{**stages[0], "model": "asyncio"}, stages[1]]}, "model": {"kind": "threads"}}
    assert figures_of(result(experiment=mixed), card()).worker_kind == "worker"
