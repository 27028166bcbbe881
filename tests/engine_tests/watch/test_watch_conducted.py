"""Watches that the conductor makes, as the window asks for them: facts, ends, refusals, and what a kill leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.history.store import Store
from engine.wire.client import Conductor
from tests.conducting import alive, ask, facts_until, send, until_ended, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows what threads wait for")

SHARED = """
import threading, time
lock = threading.Lock()
print("begun", flush=True)
def work():
    while True:
        with lock:
            time.sleep(0.02)
threads = [threading.Thread(target=work, daemon=True) for _ in range(3)]
for thread in threads: thread.start()
threads[0].join({seconds})
"""


@pytest.fixture
def conductor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Conductor]:
    """Return a conductor whose history is the test's own."""
    monkeypatch.setenv("GILSCOPE_DATA", str(tmp_path / "data"))
    with Conductor() as started:
        yield started


def script(folder: Path, seconds: float = 60.0, source: str = SHARED) -> str:
    """Write a program; return its path."""
    path = folder / "program.py"
    path.write_text(source.replace("{seconds}", str(seconds)), encoding="utf-8")
    return str(path)


def watch(conductor: Conductor, run_id: str = "watched", **target: Any) -> None:
    """Ask for a watch."""
    send(conductor, "watch", run_id=run_id, target=target)


def is_seen(fact: dict[str, Any]) -> bool:
    """Whether a tick tells of threads that wait for a lock, in sentences too."""
    return fact["type"] == "tick" and len(fact["lanes"]) > 3 and bool(fact.get("insight"))


def test_a_program_is_watched_to_its_end_and_kept(conductor: Conductor, tmp_path: Path) -> None:
    watch(conductor, script=script(tmp_path, 2.5))
    facts = until_ended(conductor)
    tick = next(fact for fact in facts if is_seen(fact))
    assert {"MainThread"} < {lane["worker"] for lane in tick["lanes"]}
    assert tick["processes"][0]["role"] == "program"
    assert "".join(fact["text"] for fact in facts if fact["type"] == "output") == "begun\n"
    result = facts[-1]["result"]
    assert (result["kind"], result["status"], result["exit_code"]) == ("watch", "finished", 0)
    assert len(result["threads"]) == 4
    assert result["ledger_s"]["lock_wait"] > result["ledger_s"]["cpu"]
    assert any("waited for the same lock" in sentence for sentence in result["insight"])
    with Store() as store:
        [kept] = store.runs()
    assert (kept.run_id, kept.kind, kept.title, kept.workers) == ("watched", "watch", "program.py", 4)


def test_stop_ends_a_program_that_was_started(conductor: Conductor, tmp_path: Path) -> None:
    watch(conductor, script=script(tmp_path))
    pid = facts_until(conductor, is_seen)[-1]["processes"][0]["pid"]
    send(conductor, "stop", run_id="watched")
    result = until_ended(conductor)[-1]["result"]
    assert (result["status"], result.get("exit_code")) == ("stopped", None)
    assert not alive(pid)


@pytest.mark.parametrize("end", ["stop", "kill the conductor"])
def test_a_program_that_ran_already_is_left_running(conductor: Conductor, tmp_path: Path, end: str) -> None:
    program = subprocess.Popen([sys.executable, script(tmp_path)], stdout=subprocess.DEVNULL)
    try:
        watch(conductor, pid=program.pid)
        facts_until(conductor, is_seen)
        if end == "stop":
            send(conductor, "stop", run_id="watched")
            assert until_ended(conductor)[-1]["result"]["status"] == "stopped"
        else:
            os.kill(conductor.pid, signal.SIGKILL)
            wait_until(lambda: not alive(conductor.pid))
        assert program.poll() is None
    finally:
        program.kill()
        program.wait()


def test_a_killed_conductor_takes_a_started_program_with_it_and_leaves_what_was_seen(
    conductor: Conductor, tmp_path: Path
) -> None:
    watch(conductor, script=script(tmp_path))
    pid = facts_until(conductor, is_seen)[-1]["processes"][0]["pid"]
    facts_until(conductor, lambda fact: fact["type"] == "tick" and fact["t_s"] > 3.0)
    os.kill(conductor.pid, signal.SIGKILL)
    wait_until(lambda: not alive(pid))
    with Store() as store:
        [kept] = store.recover(ended=["watched"])
        assert (kept.kind, kept.status, kept.reason) == ("watch", "stopped", "the watch was cut short")
        assert kept.workers == 4
        assert kept.elapsed_s is not None
        assert kept.elapsed_s > 2.0


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ({"script": "nowhere.py"}, "nowhere.py: there is no such file"),
        ({"script": sys.executable}, "is not Python source"),
        ({"script": __file__, "interpreter": "3.99"}, "there is no 3.99 on this machine"),
        ({"script": __file__, "folder": "/nowhere"}, "/nowhere: there is no such folder"),
        ({"pid": 99999999}, "process 99999999: there is no such process"),
        ({}, "name one thing to watch"),
    ],
)
def test_what_cannot_be_watched_is_refused(conductor: Conductor, target: dict[str, Any], words: str) -> None:
    watch(conductor, **target)
    fact = until_ended(conductor)[-1]
    assert fact["type"] == "refused"
    assert words in fact["reason"]


def test_folder_arguments_and_environment_are_the_programs(conductor: Conductor, tmp_path: Path) -> None:
    source = "import os, sys\nprint(os.getcwd(), sys.argv[1:], os.environ['MINE'], sys.stdin.read() == '')\n"
    name = Path(script(tmp_path, source=source)).name
    watch(conductor, script=name, folder=str(tmp_path), arguments=["a", "--b"], environment={"MINE": "own"})
    facts = until_ended(conductor)
    printed = "".join(fact["text"] for fact in facts if fact["type"] == "output")
    assert printed == f"{tmp_path} ['a', '--b'] own True\n"


def test_a_run_beside_a_watch_is_refused(conductor: Conductor, tmp_path: Path) -> None:
    watch(conductor, script=script(tmp_path))
    facts_until(conductor, lambda fact: fact["type"] == "tick")
    watch(conductor, "second", script=script(tmp_path))
    refused = facts_until(conductor, lambda fact: fact["type"] == "refused")[-1]
    assert (refused["run_id"], refused["reason"]) == ("second", "another run is on; stop it first")


def test_the_pythons_that_run_are_listed(conductor: Conductor, tmp_path: Path) -> None:
    program = subprocess.Popen([sys.executable, script(tmp_path)], stdout=subprocess.DEVNULL)
    try:
        found = ask(conductor, "pythons", "pythons")["processes"]
        row = next(each for each in found if each["pid"] == program.pid)
        assert "program.py" in row["command"]
        assert row["reason"] is None
        assert conductor.pid not in {each["pid"] for each in found}
        assert os.getpid() not in {each["pid"] for each in found}
    finally:
        program.kill()
        program.wait()
