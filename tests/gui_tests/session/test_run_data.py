"""What the window keeps of a run, fed with the conductor's messages as they come over the wire."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.history.csv_export import samples_of
from engine.wire.protocol import LEDGER_STATES
from engine.wire.result import NamedInterpreter
from engine.wire.tick import FIGURES, Mark, measures
from gui.session.run_data import OUTPUT_LIMIT, GrowingColumn, GrowingRun
from tests.gui_tests.view_runs import as_tick
from tests.results import as_result


def tick(t_s: float, **values: Any) -> dict[str, Any]:
    """Return a tick as the conductor sends it."""
    return {
        "type": "tick",
        "run_id": "r",
        "t_s": t_s,
        "stage": "measuring",
        "tasks": {"done": int(t_s * 10), "failed": 0},
        "elapsed_s": t_s,
        "progress": t_s / 10,
        "eta_s": 10 - t_s,
        "throughput_per_s": 10.0,
        "cores": [0.5, 1.0],
        "run_cores": 1.0,
        "load_other": 0.1,
        "process_count": 1,
        "thread_count": 5,
        "rss_bytes": 1000,
        "ledger_s": dict.fromkeys(LEDGER_STATES, t_s),
        "marks": [],
        **values,
    }


def run() -> GrowingRun:
    """Return a run that has just been asked for."""
    return GrowingRun("r", {"title": "T", "workload": {}, "model": {}})


def test_columns_grow_and_stay_contiguous_and_read_only() -> None:
    column = GrowingColumn()
    for value in range(1000):
        column.append(value)
    values = column.values()
    assert values.flags.c_contiguous
    assert values.tolist() == list(range(1000))
    with pytest.raises(ValueError, match="read-only"):
        values[0] = 7
    column.append(1000.0)
    assert len(values) == 1000
    assert column.values()[-1] == 1000


def test_ticks_become_rows_of_every_series() -> None:
    data = run()
    for t_s in (0.1, 0.2, 0.3):
        data.take_tick(as_tick(tick(t_s)))
    samples = data.samples
    assert samples.t_s.tolist() == [0.1, 0.2, 0.3]
    assert samples.figure("throughput_per_s").tolist() == [10.0] * 3
    assert samples.cores.shape == (3, 2)
    assert samples.ledger("gil_wait").tolist() == [0.1, 0.2, 0.3]
    assert samples.done.tolist() == [1, 2, 3]
    assert len(samples) == 3
    assert data.latest is not None
    assert data.latest.t_s == 0.3


def test_what_cannot_be_measured_is_nan_and_never_zero() -> None:
    data = run()
    data.take_tick(as_tick(tick(0.1, throughput_per_s=None, rss_bytes=None, progress=None, ledger_s={"cpu": 1.0})))
    samples = data.samples
    assert np.isnan(samples.figure("throughput_per_s")[0])
    assert np.isnan(samples.figure("rss_bytes")[0])
    assert np.isnan(samples.figure("progress")[0])
    assert np.isnan(samples.ledger("gil_wait")[0])
    assert samples.ledger("cpu")[0] == 1.0


def test_cores_that_come_late_or_change_in_number_keep_the_rows_in_step() -> None:
    data = run()
    data.take_tick(as_tick(tick(0.1, cores=[])))
    data.take_tick(as_tick(tick(0.2, cores=[0.25, None])))
    data.take_tick(as_tick(tick(0.3, cores=[0.75])))
    cores = data.samples.cores
    assert cores.shape == (3, 2)
    assert np.isnan(cores[0]).all()
    assert cores[1, 0] == 0.25
    assert np.isnan(cores[1, 1])
    assert cores[2, 0] == 0.75


def test_no_cores_at_all_is_an_empty_array() -> None:
    data = run()
    data.take_tick(as_tick(tick(0.1, cores=[])))
    assert data.samples.cores.shape == (1, 0)


def test_every_message_raises_the_version() -> None:
    data = run()
    versions = [data.version]
    for take in (
        lambda: data.enter("measuring", 0.2),
        lambda: data.take_tick(as_tick(tick(0.1))),
        lambda: data.take_output("hello", 0),
        lambda: data.end(as_result({"status": "finished"}), "/tmp"),
    ):
        take()
        versions.append(data.version)
    assert versions == sorted(set(versions))


def test_marks_add_up() -> None:
    data = run()
    data.take_tick(as_tick(tick(0.1, marks=[{"t_s": 0.05, "text": "arrival 200 /s"}])))
    data.take_tick(as_tick(tick(0.2)))
    data.take_tick(as_tick(tick(0.3, marks=[{"t_s": 0.25, "text": "arrival 400 /s"}])))
    assert data.marks == [Mark(0.05, "arrival 200 /s"), Mark(0.25, "arrival 400 /s")]


def test_output_is_bounded_and_says_what_was_dropped() -> None:
    data = run()
    data.take_output("a" * (OUTPUT_LIMIT - 1), 0)
    data.take_output("bcd", 5)
    assert len(data.output) == OUTPUT_LIMIT
    assert data.output.endswith("ab")
    assert data.output_dropped == 7


def test_the_end_brings_status_interpreter_and_folder() -> None:
    data = run()
    assert data.status == "running"
    interpreter = {"version": "3.13.0", "gil_enabled": False}
    data.end(as_result({"status": "stopped", "reason": "asked", "interpreter": interpreter}), "/x/y")
    assert (data.status, data.reason, data.ended) == ("stopped", "asked", True)
    assert data.interpreter == NamedInterpreter(version="3.13.0", gil_enabled=False)
    assert str(data.folder) == "/x/y"


def test_a_lost_run_keeps_its_samples_and_says_why() -> None:
    data = run()
    data.take_tick(as_tick(tick(0.1)))
    data.lose("The engine ended.")
    assert (data.status, data.reason, data.stage) == ("failed", "The engine ended.", "ended")
    assert len(data.samples) == 1
    assert data.result is None


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_of_the_tick_is_kept_and_exported_because_it_is_declared(name: str) -> None:
    data, taken = run(), as_tick(tick(1.0, **{name: 7}))
    data.take_tick(taken)
    assert data.samples.figure(name).tolist() == [7]
    measure, unit = next((measure, unit) for key, measure, unit in measures() if key == name)
    assert (measure, "run", 7, unit) in set(samples_of(taken))
