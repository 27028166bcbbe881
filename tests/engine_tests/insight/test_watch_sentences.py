"""Sentences on the locks of a watched program: who held one is said only where it was mostly seen."""

from __future__ import annotations

from typing import Any

from engine.insight.watch_sentences import watch_sentences


def said(lock: dict[str, Any], *pids: int) -> str:
    ledger = {"cpu": 1.0, "lock_wait": 3.0}
    threads = [
        {"pid": pid, "tid": tid, "name": "", "ledger_s": ledger, "unseen_s": 0.0, "last": None}
        for tid, pid in enumerate(pids)
    ]
    lock = {"pid": 1, "address": "0x10", "waited_s": {"a": 3.0, "b": 3.0}, **lock}
    return " ".join(watch_sentences({"status": "finished", "threads": threads, "locks": [lock]}, 2))


def test_who_held_a_lock_is_said_where_it_was_mostly_seen() -> None:
    assert "together; a held it longest, 2.0 s" in said({"held_s": {"a": 2.0, "b": 0.5}, "unknown_s": 1.0}, 1, 1)
    assert "held it" not in said({"held_s": {"a": 0.2}, "unknown_s": 7.0}, 1, 1)
    assert "held it" not in said({}, 1, 1)


def test_the_process_of_a_lock_is_named_where_there_are_several() -> None:
    assert "the same lock (0x10 in process 1)" in said({}, 1, 2)
    assert "the same lock (0x10)," in said({}, 1, 1)


def test_a_native_librarys_own_lock_is_not_said_to_be_waited_for() -> None:
    assert "the same lock" in said({}, 1, 1)
    assert "the same lock" not in said({"library": "uvloop.loop"}, 1, 1)


def watched(gil_wait_s: float, count: int, short: int = 0) -> str:
    rows = [
        {
            "pid": 1,
            "tid": tid,
            "name": "",
            "ledger_s": {"cpu": 1.0, "gil_wait": gil_wait_s},
            "unseen_s": 0.0,
            "last": None,
        }
        for tid in range(count)
    ]
    rows += [{**rows[0], "tid": count + each, "ledger_s": {"cpu": 0.001}} for each in range(short)]
    gil = [{"pid": 1, "held_s": {}}]
    return " ".join(watch_sentences({"status": "finished", "threads": rows, "gil": gil, "cores": {"run": 0.4}}, 2))


def test_threads_that_lived_for_a_moment_are_not_left_out() -> None:
    assert watched(0.0, 2).startswith("2 threads kept 0.4 of a core busy.")
    assert watched(0.0, 1, 30).startswith("1 thread and at least 30 that lived for less than 0.2 s kept 0.4 of a core")


def test_one_thread_does_not_wait_for_the_gil_so_many_at_a_time() -> None:
    assert "1 thread of process 1 waited for the GIL 33 % of the time." in watched(0.5, 1)
    assert "2 threads of process 1 waited for the GIL, 0.7 at a time." in watched(0.5, 2)


def native(count: int, ran_s: float) -> str:
    ledger, waits = {"cpu": ran_s, "lock_wait": 2.0 - ran_s}, {"library": 2.0 - ran_s}
    row = {"pid": 1, "name": "", "ledger_s": ledger, "waits_s": waits, "unseen_s": 0.0, "last": None}
    libraries = [{"name": "libscipy_openblas64_", "threads": count}]
    rows = [{**row, "tid": tid} for tid in range(count)]
    return " ".join(watch_sentences({"status": "finished", "threads": rows, "libraries": libraries}, 2))


def test_a_librarys_threads_are_too_many_only_if_they_work() -> None:
    assert "12 threads of libscipy_openblas64_ on 2 cores. OPENBLAS_NUM_THREADS=2 would bound them." in native(12, 0.4)
    assert "libscipy_openblas64_" not in native(12, 0.001)
    assert "libscipy_openblas64_" not in native(2, 0.4)
