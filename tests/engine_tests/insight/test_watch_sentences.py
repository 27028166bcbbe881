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
