"""Stopping a run, at whatever point and whatever it does; and what it prints."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.processes.output import FIRST_CHARACTERS, LAST_CHARACTERS, Output
from engine.wire.client import ROOT, Conductor
from engine.wire.commands import RunOptions, StartRun
from engine.wire.facts import FACTS
from engine.wire.protocol import decode_message, encode_message
from tests.conducting import alive, code, experiment, facts_until, is_stage, run, send, start, until_ended, wait_until

SLEEP = {"kind": "sleep", "duration_ms": 2.0}
FOR_EVER = "def task(item):\n    while item >= {}:\n        pass\n"


@pytest.fixture(scope="module")
def conductor() -> Iterator[Conductor]:
    with Conductor() as conductor:
        yield conductor


def stop(conductor: Conductor, run_id: str) -> tuple[dict[str, Any], float]:
    begun = time.monotonic()
    send(conductor, "stop", run_id=run_id)
    ended = until_ended(conductor)[-1]
    return ended, time.monotonic() - begun


@pytest.mark.parametrize("kind", ["sequential", "threads", "thread-pool", "processes", "process-pool", "asyncio"])
def test_a_run_until_stopped_ends_at_the_word_and_keeps_its_results(conductor: Conductor, kind: str) -> None:
    run_id = start(conductor, experiment([SLEEP], kind, until_stopped=True))
    facts_until(conductor, lambda fact: fact["type"] == "tick" and fact["tasks"]["done"] > 10)
    ended, _ = stop(conductor, run_id)
    result = ended["result"]
    assert result["status"] == "stopped"
    assert result["tasks"]["done"] > 10
    assert result["throughput_per_s"] > 0


@pytest.mark.parametrize("kind", ["threads", "processes", "asyncio"])
def test_tasks_that_never_end_are_ended(conductor: Conductor, kind: str) -> None:
    run_id = start(conductor, experiment([code(FOR_EVER.format(20))], kind, 2, tasks=1000))
    facts = facts_until(conductor, lambda fact: fact["type"] == "tick" and fact["ledger_s"]["cpu"] > 0.3)
    pids = [process["pid"] for process in facts[-1]["processes"]]
    ended, took_s = stop(conductor, run_id)
    assert ended["result"]["status"] == "stopped"
    assert ended["result"]["tasks"]["done"] == 20
    assert ended["result"]["ledger_s"]["cpu"] > 0.3  # of the tasks that were under way
    assert took_s < 3
    assert not [pid for pid in pids if alive(pid)]


def test_a_long_wait_shows_while_it_lasts(conductor: Conductor) -> None:
    run_id = start(conductor, experiment([{"kind": "sleep", "duration_ms": 60_000}], "threads", 3, tasks=3))
    facts = facts_until(conductor, lambda fact: fact["type"] == "tick" and fact["elapsed_s"] > 0.4)
    tick = facts[-1]
    assert tick["ledger_s"]["io_wait"] > 0.8 * 3 * tick["elapsed_s"]
    assert [lane["state"] for lane in tick["lanes"]] == ["io_wait"] * 3
    send(conductor, "stop", run_id=run_id)
    *_, last, ended = (fact for fact in until_ended(conductor) if fact["type"] in ("tick", "ended"))
    # Both count until the host was ended, however long it took to see that it was.
    assert last["elapsed_s"] == round(ended["result"]["elapsed_s"], 6)
    assert last["ledger_s"] == ended["result"]["ledger_s"]


@pytest.mark.parametrize("stage", ["", "starting"])
def test_a_run_is_stopped_before_it_has_begun(conductor: Conductor, stage: str) -> None:
    run_id = start(conductor, experiment([SLEEP], until_stopped=True))
    if stage:
        facts_until(conductor, is_stage(stage))
    ended, _ = stop(conductor, run_id)
    if ended["type"] == "ended":
        assert ended["result"]["status"] == "stopped"
        assert ended["result"]["startup_s"] is None
    else:
        assert ended["type"] == "refused"
    assert run(conductor, experiment([SLEEP], tasks=1))["status"] == "finished"


def test_to_stop_what_is_not_there_changes_nothing(conductor: Conductor) -> None:
    send(conductor, "stop", run_id="nothing")
    run_id = start(conductor, experiment([SLEEP], tasks=100))
    send(conductor, "stop", run_id="another")
    assert until_ended(conductor)[-1]["run_id"] == run_id
    send(conductor, "stop", run_id=run_id)
    assert run(conductor, experiment([SLEEP], tasks=1))["status"] == "finished"


def test_what_a_workload_prints_comes_and_is_bounded(conductor: Conductor) -> None:
    source = "def task(item):\n    print('<' + 'x' * 99_997 + '>')\n"
    start(conductor, experiment([code(source)], "threads", 1, tasks=100))
    facts = until_ended(conductor)
    texts = [fact for fact in facts if fact["type"] == "output"]
    length = sum(len(fact["text"]) for fact in texts)
    assert length == FIRST_CHARACTERS + LAST_CHARACTERS
    assert texts[0]["text"].startswith("<xxx")
    assert texts[-1]["text"].endswith("x>\n")
    assert texts[-1]["dropped"] == 100 * 100_000 - length
    assert facts[-1]["result"]["output_dropped"] == 100 * 100_000 - length
    assert facts[-1]["result"]["tasks"]["done"] == 100


def test_a_child_of_the_workload_that_prints_is_heard_too(conductor: Conductor) -> None:
    call = "subprocess.run([sys.executable, '-c', 'print(\"from a child\")'])"
    source = f"import subprocess, sys\ndef task(item):\n    {call}\n"
    start(conductor, experiment([code(source)], "threads", 1, tasks=1))
    texts = [fact["text"] for fact in until_ended(conductor) if fact["type"] == "output"]
    assert "".join(texts) == "from a child\n"


def test_printing_for_ever_neither_fills_the_memory_nor_stops_the_facts(conductor: Conductor) -> None:
    import psutil

    source = "def task(item):\n    while True:\n        print('x' * 1000)\n"
    run_id = start(conductor, experiment([code(source)], "threads", 1, tasks=1))
    facts_until(conductor, lambda fact: fact["type"] == "output" and fact["dropped"] > 20_000_000)
    assert psutil.Process(conductor.pid).memory_info().rss < 150e6
    ended, _ = stop(conductor, run_id)
    assert ended["result"]["status"] == "stopped"


def test_output_keeps_the_beginning_and_the_end() -> None:
    output = Output(first=5, last=4)
    output.add("añb".encode()[:2])
    output.add("añb".encode()[2:])
    assert output.take(2) == ("añ", 0)
    output.add(b"cd" + b"0123456789" * 3)
    assert output.take(100) == ("bcd", 26)
    assert output.take_end() == "6789"
    output.add(b"\xff", final=True)
    assert output.kept() == ("añbcd\n[27 characters are not kept]\n789\ufffd", 27)


def test_a_reader_that_stops_reading_stops_nothing(tmp_path: Path) -> None:
    """A run goes to its end though nobody takes the facts; once somebody does, its end is among them."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "engine.conductor"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    what = experiment([code("def task(item):\n    print('x' * 10_000)\n")], "threads", 40, tasks=2000)
    options = RunOptions(trust=True, tick_hz=20, folder=str(tmp_path))
    process.stdin.write(encode_message(StartRun("unread", what, options)))
    process.stdin.flush()
    wait_until((tmp_path / "runs" / "unread" / "result.json").exists)
    types = []
    while not types or types[-1] != "ended":
        types.append(decode_message(process.stdout.readline(), FACTS).TYPE)
    process.stdin.close()
    process.stdout.close()
    assert process.wait(10) == 0
