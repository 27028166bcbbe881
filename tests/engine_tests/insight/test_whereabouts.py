"""Where every worker is, in words."""

from __future__ import annotations

from engine.insight.whereabouts import frame_words, whereabouts_text


def test_each_worker_has_its_state_its_lock_and_its_lines() -> None:
    text = whereabouts_text(
        [
            {
                "name": "Thread-1",
                "state": "lock_wait",
                "address": "0x7f10",
                "stack": ["bank.py:14 in move", "a.py:1 in f"],
            },
            {"name": "Thread-2", "state": "gil_wait", "where": "spin.py:3 in task"},
            {"name": "Thread-3", "state": "io_wait", "stack": []},
        ],
        ["Thread 1", "Thread 2", "Thread 3"],
    )
    assert text.splitlines() == [
        "Thread 1: waiting for a lock 0x7f10",
        "    bank.py:14 in move",
        "    a.py:1 in f",
        "Thread 2: waiting for the GIL",
        "    spin.py:3 in task",
        "Thread 3: waiting for I/O, in no Python code that could be read",
    ]


def test_of_very_many_workers_and_very_deep_stacks_the_rest_is_counted() -> None:
    deep = {"name": "W", "state": "cpu", "stack": [f"a.py:{line} in f" for line in range(20)]}
    lines = whereabouts_text([deep] * 70).splitlines()
    assert lines[7] == "    … 14 more"
    assert lines[-1] == "and 6 more"


def test_a_line_of_ones_own_function_is_named_by_its_step_and_what_called_it_is_left_out() -> None:
    assert frame_words("<workload.steps[0]>:7 in task") == "line 7 of step 1, in task"
    assert frame_words("<workload.groups[1].steps[2]>:3 in f") == "line 3 of group 2, step 3, in f"
    assert frame_words("/usr/lib/queue.py:171 in get") == "/usr/lib/queue.py:171 in get"
    stack = [
        "queue.py:171 in get",
        "<workload.steps[0]>:7 in task",
        "recording.py:109 in run_task",
        "threading.py:9 in run",
    ]
    text = whereabouts_text([{"name": "W", "state": "lock_wait", "stack": stack}])
    assert text.splitlines()[1:] == ["    queue.py:171 in get", "    line 7 of step 1, in task"]
