"""How durations, versions, states and keys are written: one place for each."""

from __future__ import annotations

import pytest

from engine.wire.protocol import LEDGER_STATES
from engine.wording.durations import clock, glance, running_time, seconds
from engine.wording.key_titles import key_title
from engine.wording.state_names import STATE_TITLES, counted_state, state_title
from engine.wording.versions import python_name, python_short, python_title


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (1.2e-5, "12 µs"), (0.35, "350 ms"), (1.25, "1.25 s"), (12.34, "12.3 s"), (125.0, "2 min 05 s")],
)
def test_a_measured_duration_has_three_digits(value: float | None, text: str) -> None:
    assert seconds(value) == text


def test_durations_on_a_clock_at_a_glance_and_running() -> None:
    assert (clock(7), clock(3723)) == ("0:07", "1:02:03")
    assert (glance(0.2), glance(40), glance(180), glance(7800)) == ("1 s", "40 s", "3 min", "2 h 10 min")
    assert (running_time(None), running_time(0.42), running_time(125)) == ("", "0.42 s", "2 min 05 s")


def test_pythons_have_one_name_for_headings_one_for_reports_and_one_for_columns() -> None:
    assert python_title("CPython", "3.13.0", free_threaded=True) == "Python 3.13.0 free-threaded"
    assert python_title("PyPy", "3.10.14") == "PyPy 3.10.14"
    assert python_name("CPython", "3.13.0") == "CPython 3.13.0"
    assert python_name(None, None) == ""
    assert python_short("CPython", "3.13.0", free_threaded=True) == "3.13.0t"
    assert python_short("PyPy", "3.10.14", free_threaded=False) == "pypy3.10.14"


def test_every_state_has_a_title() -> None:
    assert tuple(STATE_TITLES) == LEDGER_STATES
    assert state_title("gil_wait", merged=True, estimated=True) == "Waiting for the GIL or a core (estimated)"
    assert state_title("cpu", merged=True, estimated=True) == "Running"
    assert counted_state(3, "gil_wait") == "3 waiting for the GIL"


@pytest.mark.parametrize(
    ("key", "title"),
    [
        ("model.kind", "Model"),
        ("model.workers", "Workers"),
        ("workload.tasks", "Tasks"),
        ("workload.steps[0].kind", "Step 1"),
        ("workload.steps[1].delay_ms", "Step 2: delay (ms)"),
        ("workload.groups[0].steps[1].below", "Group 1, step 2: below"),
        ("workload.steps[2]", "Step 3"),
        ("interpreter.version", "Python"),
        ("title", "Title"),
    ],
)
def test_a_key_has_a_title(key: str, title: str) -> None:
    assert key_title(key) == title
