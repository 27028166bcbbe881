"""What platforms say: Linux's own files, fakes of them, and other systems' answers."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from engine.conductor.thread_times import ThreadTimes
from engine.ledger.ledger import Machine, settle
from engine.trace.lane_totals import Lanes
from engine.trace.spans import spans_until
from engine.witness.platforms import CoreTimes, Linux, Portable, ThreadReading, figures, this_platform
from engine.witness.process_tree import ProcessTree
from engine.witness.sampler import Sampler
from tests.lane_writing import COMPUTE, MS, Lane, kinds

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="Linux's own figures")


def spin(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


@linux_only
def test_linux_tells_a_threads_time_on_a_core() -> None:
    platform = this_platform()
    thread, pid = threading.get_native_id(), os.getpid()
    before = platform.threads(pid, [thread])[thread]
    spin(0.05)
    after = platform.threads(pid, [thread])[thread]
    platform.forget()
    assert figures(platform)["cpu_wait"]
    assert 0.045e9 < after.cpu_ns - before.cpu_ns < 0.2e9
    assert before.queue_ns is not None
    assert after.queue_ns is not None
    assert after.queue_ns >= before.queue_ns


@linux_only
def test_linux_tells_a_process_as_psutil_does() -> None:
    reading = this_platform().process(os.getpid())
    other = psutil.Process()
    assert reading is not None
    assert reading.parent == other.ppid()
    assert reading.name == other.name()
    assert reading.threads == other.num_threads()
    assert reading.rss_bytes == pytest.approx(other.memory_info().rss, rel=0.2)
    assert reading.cpu_ns == pytest.approx(time.process_time_ns(), rel=0.2)
    started_ns = (other.create_time() - time.time()) * 1e9 + time.perf_counter_ns()
    assert reading.started_ns == pytest.approx(started_ns, abs=1e9)


@linux_only
def test_linux_tells_nothing_of_what_is_gone() -> None:
    platform = Linux()
    ended = threading.Thread(target=lambda: None)
    ended.start()
    thread = ended.native_id
    ended.join()
    assert thread is not None
    deadline = time.monotonic() + 5.0
    while os.path.exists(f"/proc/self/task/{thread}"):  # Python is done with it before the kernel is
        assert time.monotonic() < deadline
        time.sleep(0.001)
    assert platform.threads(os.getpid(), [thread]) == {}
    assert platform.process(2**22 + 1) is None
    assert platform.threads(2**22 + 1, [2**22 + 1]) == {}


@linux_only
def test_a_linux_without_schedstat_has_processor_time_only(tmp_path: Path) -> None:
    task = tmp_path / "7" / "task" / "8"
    task.mkdir(parents=True)
    (task / "stat").write_text("8 (a (strange) name) S 1 7 7 0 -1 0 0 0 0 0 30 12 0 0 20 0 2 0 100 0 0 " + "0 " * 30)
    platform = Linux(str(tmp_path))
    assert not platform.has_run_queue
    assert not figures(platform)["cpu_wait"]
    tick_ns = 10**9 // os.sysconf("SC_CLK_TCK")
    assert platform.threads(7, [8, 9]) == {8: ThreadReading(42 * tick_ns, None)}


@linux_only
def test_linux_reads_names_with_anything_in_them(tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "stat").write_text("7 (a) b (c) S 3 7 7 0 -1 0 0 0 0 0 30 12 0 0 20 0 5 0 100 0 250 " + "0 " * 30)
    reading = Linux(str(tmp_path), cpu_clock=lambda pid: pid * 1000).process(7)
    assert reading is not None
    assert (reading.name, reading.parent, reading.threads, reading.cpu_ns) == ("a) b (c", 3, 5, 7000)
    assert reading.rss_bytes == 250 * os.sysconf("SC_PAGE_SIZE")


@linux_only
def test_linux_tells_what_was_stolen_from_a_virtual_machine(tmp_path: Path) -> None:
    assert Linux(str(tmp_path)).cores() == [], "hidden"
    lines = ["cpu  101 22 33 4004 10 12 14 88 18 20", "cpu0 100 20 30 4000 5 6 7 80 9 10", "cpu1 1 2 3 4 5 6 7 8 9 10"]
    (tmp_path / "stat").write_text("\n".join([*lines, "intr 5 6"]))
    tick_ns = 10**9 // os.sysconf("SC_CLK_TCK")
    found = [CoreTimes(163 * tick_ns, 4005 * tick_ns, 80 * tick_ns), CoreTimes(19 * tick_ns, 9 * tick_ns, 8 * tick_ns)]
    assert Linux(str(tmp_path)).cores() == found
    assert len(this_platform().cores()) == os.cpu_count()


@linux_only
def test_a_thread_whose_core_was_given_to_another_machine_waits_for_a_core(tmp_path: Path) -> None:
    """No GIL kept it: it ran for half of its time, and for each two ticks that it had, one was stolen."""
    proc, thread = tmp_path / "proc", tmp_path / "proc" / str(os.getpid()) / "task" / "0"
    thread.mkdir(parents=True)
    Lane(tmp_path).task((0, 40, -1), (40, 100, -1))
    lanes = Lanes(tmp_path, kinds(COMPUTE, COMPUTE), open_loop=False)
    lanes.refresh()
    spans = spans_until(lanes, 0, live=False)
    assert spans is not None
    accounts = ThreadTimes(Linux(str(proc)))
    for cpu_ns, ticks in ((0, (1000, 70)), (50 * MS, (1010, 75))):
        (thread / "schedstat").write_text(f"{cpu_ns} 0 1")
        # The second core is idle: what is stolen of it makes sleepers late, and takes nothing from a thread at work.
        (proc / "stat").write_text("cpu\ncpu0 {0} 0 0 0 0 0 0 {1}\ncpu1 0 0 0 {0} 0 0 0 {1}\n".format(*ticks))
        accounts.read(lanes, spans)
    ledger = settle(spans, accounts.of(lanes), Machine(gil=True)).total()
    lanes.close()
    assert ledger["cpu"] == pytest.approx(0.05)
    assert ledger["cpu_wait"] == pytest.approx(0.025)
    assert ledger["gil_wait"] == pytest.approx(0.025)


class Answers:
    """What psutil would answer on another system: a host with a child, and this program."""

    class Error(Exception):
        pass

    class ZombieProcess(Error):  # noqa: N818
        pass

    class AccessDenied(Error):  # noqa: N818
        pass

    def __init__(self, threads_are_secret: bool = False) -> None:
        self.table = {
            1: ("init", 0),
            50: ("conductor", 1),
            60: ("python", 50),
            61: ("python", 60),
            62: ("other", 1),
        }
        self.cpu = dict.fromkeys(self.table, 1.0)
        self.zombies: set[int] = set()
        self.threads_are_secret = threads_are_secret

    def pids(self) -> list[int]:
        return list(self.table)

    def Process(self, pid: int) -> Any:
        return Process(self, pid)


class Process:
    def __init__(self, answers: Answers, pid: int) -> None:
        self.answers, self.pid = answers, pid

    def oneshot(self) -> Any:
        return self

    def __enter__(self) -> None:
        if self.pid not in self.answers.table:
            raise Answers.Error
        if self.pid in self.answers.zombies:
            raise Answers.ZombieProcess

    def __exit__(self, *_: object) -> None:
        pass

    def cpu_times(self) -> Any:
        return SimpleNamespace(user=self.answers.cpu.get(self.pid, 1.0), system=0.25)

    def ppid(self) -> int:
        return self.answers.table[self.pid][1]

    def name(self) -> str:
        return self.answers.table[self.pid][0]

    def num_threads(self) -> int:
        return 3

    def memory_info(self) -> Any:
        return SimpleNamespace(rss=1000)

    def create_time(self) -> float:
        return 1_000_000.0

    def threads(self) -> Any:
        if self.pid not in self.answers.table:
            raise Answers.Error
        if self.answers.threads_are_secret:
            raise Answers.AccessDenied
        return [SimpleNamespace(id=number, user_time=0.5, system_time=0.25) for number in (600, 601)]


def test_elsewhere_threads_have_processor_time_and_no_queue() -> None:
    platform = Portable(Answers())
    assert not figures(platform)["cpu_wait"]
    assert platform.threads(60, [600, 999]) == {600: ThreadReading(750_000_000, None)}
    assert platform.cores() == []
    assert platform.threads(999, [600]) == {}
    assert Portable(Answers(threads_are_secret=True)).threads(60, [600]) is None


def test_where_threads_may_not_be_asked_they_share_their_processs_time(tmp_path: Path) -> None:
    answers = Answers(threads_are_secret=True)
    for number, length in ((0, 30), (1, 10)):
        Lane(tmp_path, number).task((0, length, -1))
    lanes = Lanes(tmp_path, kinds(COMPUTE), open_loop=False)
    lanes.refresh()
    answers.table[os.getpid()] = ("python", 50)
    answers.cpu[os.getpid()] = 0.75
    found = spans_until(lanes, 0, live=False)
    assert found is not None
    accounts = ThreadTimes(Portable(answers))
    accounts.read(lanes, found)
    assert [each and each.cpu_ns for each in accounts.of(lanes)] == [750_000_000, 250_000_000]
    assert [each and each.queue_ns for each in accounts.of(lanes)] == [None, None]
    lanes.close()


@pytest.mark.parametrize(
    ("pid_offset", "later_s", "share"),
    [
        (0, 1.0 + 0.03, 0.75),  # of the 40 ms that its task took
        (0, 1.0 - 0.03, None),  # told to hundredths only, while it ends
        (1, 1.0 + 0.03, None),  # the task is another process's
    ],
)
def test_a_host_is_read_as_a_whole_where_it_runs_the_tasks(
    tmp_path: Path, pid_offset: int, later_s: float, share: float | None
) -> None:
    answers, host = Answers(), os.getpid()
    answers.table[host] = ("python", 50)
    accounts = ThreadTimes(Portable(answers))
    lanes = Lanes(tmp_path, kinds(COMPUTE), open_loop=False)
    answers.cpu[host] = 1.0
    accounts.read_host(host, lanes, None)
    Lane(tmp_path, 0, pid_offset=pid_offset).task((0, 40, -1))
    lanes.refresh()
    answers.cpu[host] = later_s
    accounts.read_host(host, lanes, spans_until(lanes, 0, live=False))
    assert accounts.process_cpu == (share and pytest.approx(share))
    lanes.close()


def test_elsewhere_processes_come_and_go() -> None:
    answers = Answers()
    family = ProcessTree(Portable(answers), 60, adopter=None, mark="A=B")
    assert set(family.look()) == {60, 61}
    answers.table[63] = ("grandchild", 61)
    del answers.table[61]
    assert set(family.look()) == {60}
    answers.table |= {64: ("child", 60), 65: ("grandchild", 64)}
    assert set(family.look()) == {60, 64, 65}
    del answers.table[64]
    answers.table[65] = ("grandchild", 1)  # it lost its parent, and still belongs to the run
    assert set(family.look()) == {60, 65}
    answers.zombies.add(65)
    assert set(family.look()) == {60}


def test_a_sample_tells_the_runs_load_from_that_of_others() -> None:
    answers = Answers()
    loads = iter([[0.0, 0.0], [1.0, 0.5]])
    sampler = Sampler(
        Portable(answers), 60, start_ns=0, adopter=None, mark="A=B", cores=lambda: next(loads, [1.0, 0.5])
    )
    sampler._at_ns = time.perf_counter_ns() - 1_000_000_000
    sampler._cpu_ns = dict.fromkeys(answers.table, 1250000000)
    answers.cpu[60] += 0.5
    answers.cpu[61] += 0.25
    answers.cpu[50] += 0.125
    sample = sampler.sample({}, [50])
    assert sample.run_cores == pytest.approx(0.75, rel=0.05)
    assert sample.load_other == pytest.approx((1.5 - 0.875) / 2, rel=0.1)
    assert (sample.process_count, sample.thread_count, sample.rss_bytes) == (2, 6, 2000)
    assert [(each.pid, each.role) for each in sample.processes] == [(60, "host"), (61, "child")]
