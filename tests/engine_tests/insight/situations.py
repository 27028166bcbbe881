"""Situations with known figures: which rules speak there, which must not, and what is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from engine.insight.parts import (
    CounterFigures,
    GilHolding,
    LibraryFigures,
    LimitFigures,
    LockFigures,
    LoopFigures,
    LoopHold,
    ModelCost,
    QueueWaits,
    StalledWorker,
    Standstill,
)
from engine.insight.run_figures import RunFigures
from tests.engine_tests.insight.insight_runs import (
    ASYNC_CODE,
    BLOCKING_CODE,
    CHILD,
    CODE,
    CRITICAL,
    FILE_READ,
    FILE_WRITE,
    HTTP,
    PAYLOAD,
    PRIMES,
    SLEEP,
    SQLITE,
    alike,
    unlike,
    worker,
)


@dataclass(frozen=True)
class Situation:
    """A run; the ids of rules that speak and of some that must not; words that are read and words that are not."""

    name: str
    run: RunFigures
    speaks: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    no_words: tuple[str, ...] = ()
    suggested: str | None = ""  # the label; None: nothing is suggested; "": not looked at


_SPIN = {"cpu": 0.25, "cpu_wait": 0.05, "gil_wait": 0.66, "idle": 0.04}
_LONG = {"steps": (PRIMES,), "done": 400}
NAMES = ("Thread 1", "Thread 2", "Thread 3", "Thread 4")


def _gil(share: float = 0.25) -> GilHolding:
    return GilHolding(dict.fromkeys(NAMES, share * 10), 0.1, 192.0, 0.0052)


def strangers() -> Iterator[Situation]:
    """Yield the public questions whose explanations were false, with the figures that are right."""
    yield Situation(
        "four threads sleep under one lock",
        alike({"lock_wait": 0.75, "io_wait": 0.25}, {"lock": 0.75, "sleep": 0.25}, steps=(CODE,), run_cores=0.02),
        speaks=("lock",),
        silent=("gil", "try-processes", "measure-processes", "run-sequentially", "waits-overlap"),
        words=("kept hardly any core busy", "each waited for a lock, a queue or a semaphore 75 % of the time"),
        no_words=("GIL", "rocesses", "times as long"),
        suggested=None,
    )
    yield Situation(
        "a queue that is filled too slowly",
        alike(
            {"lock_wait": 0.97},
            {"lock": 0.97},
            workers=2,
            steps=(CODE,),
            locks=(LockFigures("0x10", {"Thread 1": 9.7}), LockFigures("0x20", {"Thread 2": 9.7})),
        ),
        speaks=("lock", "locks-own"),
        silent=("locks-several", "lock-held-by", "gil", "deadlock"),
        words=("Each waits for a lock of its own, as in a queue",),
    )
    yield Situation(
        "a queue that nobody fills",
        alike(
            {"lock_wait": 1.0},
            {"lock": 1.0},
            steps=(CODE,),
            done=0,
            throughput_per_s=0.0,
            status="stopped",
            quiet_s=10.0,
        ),
        speaks=("deadlock",),
        silent=("gil", "try-processes"),
        words=("No task has ended for 10.0 s, and all 4 threads wait for a lock or a queue: a deadlock?",),
        no_words=("GIL",),
        suggested=None,
    )
    yield Situation(
        "two locks in a deadlock",
        alike(
            {"lock_wait": 0.97, "cpu": 0.03},
            {"lock": 0.97},
            workers=2,
            steps=(CODE,),
            done=12,
            status="running",
            stall=Standstill(
                3.1,
                (
                    StalledWorker("Thread 1", "lock_wait", "0x7f10", "bank.py:14 in transfer"),
                    StalledWorker("Thread 2", "lock_wait", "0x7f50", "bank.py:9 in audit"),
                ),
            ),
        ),
        speaks=("deadlock", "lock"),
        words=(
            "No task has ended for 3.10 s, and both threads wait for a lock or a queue: a deadlock?",
            "Thread 1 waits for lock 0x7f10 at bank.py:14 in transfer.",
            "Thread 2 waits for lock 0x7f50 at bank.py:9 in audit.",
        ),
        no_words=("GIL",),
    )
    yield Situation(
        "all waited for a lock for a while, and it went on",
        alike(
            {"lock_wait": 0.6, "cpu": 0.4},
            {"lock": 0.6},
            workers=2,
            steps=(CODE,),
            stall=Standstill(2.4, tuple(StalledWorker(f"Thread {each}", "lock_wait", "0x7f10") for each in (1, 2))),
        ),
        speaks=("held-up", "lock"),
        silent=("deadlock",),
        words=("For 2.40 s no task ended, and both threads waited for a lock or a queue.",),
        no_words=("deadlock",),
    )
    yield Situation(
        "matrix products on threads: the library's own threads are too many",
        alike(
            {"cpu": 0.4, "cpu_wait": 0.45, "lock_wait": 0.15},
            {"library": 0.15},
            workers=2,
            steps=(CODE,),
            machine_cores=2,
            run_cores=1.5,
            libraries=(LibraryFigures("/site-packages/numpy.libs/libopenblas64_p-r0.so", 2),),
            locks=(LockFigures("0x7f", {"Thread 1": 1.5, "Thread 2": 1.5}),),
        ),
        speaks=("native-threads",),
        silent=("gil", "try-processes", "lock", "lock-held-by"),
        words=(
            "OpenBLAS computes with threads of its own beside them, more than the 2 cores can run at once.",
            "OPENBLAS_NUM_THREADS=1",
        ),
        no_words=("GIL",),
    )
    yield Situation(
        "matrix products on two threads, each with one thread of the library",
        alike(
            {"cpu": 0.6, "cpu_wait": 0.4},
            {"library": 0.0},
            workers=2,
            steps=(CODE,),
            machine_cores=2,
            threads_peak=3,
            libraries=(LibraryFigures("/site-packages/numpy.libs/libopenblas64_p-r0.so", 1),),
        ),
        silent=("native-threads",),
        no_words=("OpenBLAS",),
    )
    yield Situation(
        "a small file read, then primes: it is the GIL, and not the file",
        alike(
            {"cpu": 0.25, "cpu_wait": 0.12, "gil_wait": 0.62, "io_wait": 0.01},
            {"disk": 0.01},
            steps=(FILE_READ, PRIMES),
            machine_cores=2,
            done=1420,
            run_cores=1.0,
            throughput_per_s=142.0,
        ),
        speaks=("gil",),
        silent=("waiting", "run-sequentially", "disk", "waits-overlap"),
        words=("each waited for the GIL 62 % of the time",),
        no_words=("times as long", "±", "estimated"),
    )
    blocked = {"loop_wait": 0.8, "io_wait": 0.12, "cpu": 0.01, "idle": 0.07}
    yield Situation(
        "time.sleep in async def",
        alike(
            blocked,
            workers=12,
            kind="coroutine",
            steps=(ASYNC_CODE,),
            loops=(LoopFigures(8.5, 8.3),),
            loop_hold=LoopHold("coroutine 3", 41, "Your own function", 0.0502, 11, "sleep"),
        ),
        speaks=("loop-blocked", "loop-held-longest", "await-it"),
        silent=("waiting", "waits-overlap", "run-sequentially", "overlap-them"),
        words=(
            "The event loop was blocked 83 % of the time in a call that is not awaited (it sleeps)",
            "Coroutine 3 held it longest: Your own function in task 41 took 50.2 ms, and 11 others were ready",
            "Await it instead (asyncio.sleep, an async library), or hand it to a thread: asyncio.to_thread.",
        ),
        no_words=("at the same time", "times as long"),
        suggested=None,
    )
    yield Situation(
        "time.sleep in async def, where nobody could look: the loop was busy, and its thread used no core",
        alike(
            {"loop_wait": 0.82, "gil_wait": 0.08, "io_wait": 0.02, "cpu": 0.001},
            workers=12,
            kind="coroutine",
            steps=(ASYNC_CODE,),
            loops=(LoopFigures(9.9),),
        ),
        speaks=("loop-blocked", "await-it"),
        silent=("loop-busy", "loop-late", "try-processes"),
        words=("Calls that are not awaited blocked the event loop",),
        no_words=("computes",),
    )
    yield Situation(
        "a coroutine that reads a socket without awaiting lets no other one begin",
        alike(
            {"io_wait": 0.097, "loop_wait": 0.025, "idle": 0.878},
            workers=10,
            kind="coroutine",
            steps=(ASYNC_CODE,),
            loops=(LoopFigures(9.95),),
        ),
        speaks=("loop-blocked", "await-it"),
        silent=("idle", "waiting"),
        words=("Calls that are not awaited blocked the event loop 99 % of the time.",),
    )
    yield Situation(
        "one coroutine alone blocks nobody",
        alike({"io_wait": 1.0}, workers=1, kind="coroutine", steps=(ASYNC_CODE,), loops=(LoopFigures(9.9, 9.5),)),
        silent=("loop-blocked", "await-it"),
    )
    yield Situation(
        "coroutines that gather tasks of their own, which compute on the same loop",
        alike(
            {"io_wait": 0.985, "loop_wait": 0.01, "cpu": 0.005},
            kind="coroutine",
            steps=(ASYNC_CODE,),
            loops=(LoopFigures(9.98, 0.0, 9.98),),
            run_cores=0.97,
        ),
        speaks=("waiting", "loop-computes-elsewhere"),
        silent=("loop-blocked", "loop-busy", "await-it", "waits-overlap"),
        words=(
            "The event loop computed 100 % of the time, and only 2 % in the workers' own coroutines: the rest were",
            "tasks and callbacks that they created, which run on the same thread.",
        ),
    )
    yield Situation(
        "a loop whose thread waits for the GIL computes nothing",
        alike(
            {"io_wait": 0.66, "loop_wait": 0.32, "cpu": 0.008},
            kind="coroutine",
            steps=(ASYNC_CODE,),
            loops=(LoopFigures(9.0, 0.1, 0.5),),
        ),
        silent=("loop-computes-elsewhere",),
    )
    yield Situation(
        "coroutines that compute themselves",
        alike(
            {"loop_wait": 0.73, "cpu": 0.25, "io_wait": 0.02},
            kind="coroutine",
            steps=(ASYNC_CODE,),
            loops=(LoopFigures(9.9, 0.0, 9.9),),
        ),
        speaks=("loop-busy",),
        silent=("loop-computes-elsewhere",),
    )
    yield Situation(
        "threads that wait for a pool of threads of their own, which compute",
        alike(
            {"lock_wait": 0.5, "gil_wait": 0.44, "cpu": 0.01, "cpu_wait": 0.05},
            {"lock": 0.5},
            steps=(CODE,),
            gil=(GilHolding(dict.fromkeys(NAMES, 0.03), 0.1, other_s=9.6),),
            run_cores=0.98,
        ),
        speaks=("lock", "gil-held-by-others"),
        silent=("gil-held-by",),
        words=(
            "each waited for a lock, a queue or a semaphore 50 % of the time, and waited for the GIL 44 %.",
            "Threads that are not workers held the GIL 96 % of the time.",
        ),
    )
    yield Situation(
        "a pool of processes whose empty tasks wait for a core, beside other programs",
        alike(
            {"cpu": 0.12, "cpu_wait": 0.38, "transport": 0.5},
            workers=2,
            kind="process",
            steps=(CODE,),
            machine_cores=2,
            run_cores=0.6,
            other_cores=1.3,
            costs={},
        ),
        speaks=("crowded", "hand-over-also", "caused-by-others"),
        silent=("hand-over", "larger-tasks", "price"),
        words=("Handing over tasks and results took 50 % of their time.",),
    )
    yield Situation(
        "two threads at one lock, which wait for an answer and for a core as well",
        alike(
            {"lock_wait": 0.49, "io_wait": 0.33, "cpu_wait": 0.16, "cpu": 0.02},
            {"lock": 0.49, "network": 0.33},
            workers=2,
            steps=(CODE,),
        ),
        speaks=("lock",),
        silent=("hand-over-also",),
        words=("or a semaphore 49 % of the time, waited for the network 33 %, and waited for a core 16 %.",),
    )
    yield Situation(
        "two hundred coroutines at a semaphore of ten",
        alike(
            {"lock_wait": 0.91, "io_wait": 0.05, "cpu": 0.004, "loop_wait": 0.012, "idle": 0.024},
            workers=200,
            kind="coroutine",
            steps=(ASYNC_CODE,),
            loops=(LoopFigures(1.0, 0.0),),
        ),
        speaks=("lock",),
        silent=("loop-blocked", "loop-busy", "hold-it-less", "run-sequentially"),
        words=("each waited for a lock, a queue or a semaphore 91 % of the time",),
        no_words=("blocked", "Only one"),
    )
    yield Situation(
        "eight threads write to one SQLite database",
        alike(
            {"io_wait": 0.85, "cpu": 0.1, "gil_wait": 0.05},
            {"sleep": 0.78, "disk": 0.05},
            workers=8,
            steps=(SQLITE,),
            throughput_per_s=442.0,
        ),
        speaks=("waiting", "sqlite-busy", "measure-sequential"),
        silent=("run-sequentially", "waits-overlap"),
        words=("SQLite lets one connection write at a time", "They slept in its busy handler 78 % of the time"),
        no_words=("times as long", "went on at the same time"),
        suggested="Run sequentially",
    )
    yield Situation(
        "threads of the user's own function that write to SQLite",
        alike({"io_wait": 0.8}, {"sleep": 0.7}, workers=8, steps=(replace(CODE, names_sqlite=True),)),
        speaks=("waiting", "sqlite-maybe", "measure-sequential"),
        silent=("sqlite-busy", "run-sequentially"),
        no_words=("times as long",),
    )
    yield Situation(
        "twenty threads with a child process each",
        alike({"io_wait": 0.97, "cpu": 0.02}, {"child": 0.9}, workers=20, steps=(CHILD,)),
        speaks=("waiting", "children", "measure-sequential"),
        silent=("run-sequentially", "waits-overlap"),
        words=("each waited for a child process 97 % of the time",),
        no_words=("times as long",),
        suggested="Run sequentially",
    )
    yield Situation(
        "the default executor of six threads, asked by many coroutines",
        alike({"io_wait": 0.96, "cpu": 0.003}, workers=100, kind="coroutine", steps=(ASYNC_CODE,), run_cores=0.3),
        speaks=("waiting",),
        silent=("run-sequentially", "waits-overlap", "overlap-them", "measure-sequential"),
        words=("each awaited something 96 % of the time",),
        no_words=("times as long", "at the same time"),
        suggested=None,
    )
    yield Situation(
        "a task of 2.6 µs, sequentially",
        alike({"cpu": 0.97, "idle": 0.03}, workers=1, done=1_992_170, throughput_per_s=199_217.0, steps=(PRIMES,)),
        speaks=("computing",),
        silent=("try-processes", "measure-processes"),
        no_words=("rocesses",),
        suggested=None,
    )
    yield Situation(
        "8 MB for each task, sequentially",
        alike({"cpu": 0.99}, workers=1, done=2220, payload_bytes=8_388_608, steps=(PAYLOAD, PRIMES)),
        speaks=("computing", "payload-for-processes"),
        silent=("try-processes", "measure-processes"),
        words=("Processes would have to copy 8.4 MB to and fro for each task: whether that pays has to be measured.",),
        suggested=None,
    )
    yield Situation(
        "a pool of processes with sleeps of 0.2 ms",
        alike(
            {"cpu": 0.02, "io_wait": 0.34, "transport": 0.6, "idle": 0.04},
            {"sleep": 0.34},
            workers=2,
            kind="process",
            elapsed_s=1.5,
            steps=(CODE,),
            task_s=0.0003,
        ),
        speaks=("hand-over", "larger-tasks"),
        silent=("waiting", "run-sequentially", "try-processes"),
        words=("A task of 300 µs costs more to hand over, 450 µs, than to do",),
    )
    yield Situation(
        "free-threaded threads that share one object",
        alike({"cpu": 0.93, "cpu_wait": 0.07}, {}, workers=2, gil_enabled=False, steps=(CODE,), machine_cores=2),
        speaks=("computing", "no-gil", "measure-alone"),
        silent=("contention", "no-contention", "gil"),
        words=("There is no GIL: 1.9 of them ran at the same time.", "has to be measured"),
        suggested="Measure one thread alone",
    )
    yield Situation(
        "the same, once one thread alone was measured",
        alike(
            {"cpu": 0.93, "cpu_wait": 0.07},
            {},
            workers=2,
            gil_enabled=False,
            steps=(CODE,),
            machine_cores=2,
            alone_task_cpu_s=0.00465 / 3.4,
        ),
        speaks=("computing", "no-gil", "contention"),
        silent=("measure-alone", "no-contention"),
        words=("With 2 threads a task takes 3.4 times the processor time that it takes alone: they contend",),
    )
    yield Situation(
        "free-threaded threads that share nothing, and one alone was measured",
        alike({"cpu": 0.93}, {}, workers=2, gil_enabled=False, steps=(PRIMES,), alone_task_cpu_s=0.0046),
        speaks=("computing", "no-gil", "no-contention"),
        silent=("contention", "measure-alone"),
        words=("about as much processor time as it takes alone",),
    )
    yield Situation(
        "a function that raises every time",
        alike({"cpu": 0.9}, status="failed", reason="every task failed", done=0, failed=40, steps=(CODE,),
              first_error="ValueError: bad number"),
        speaks=("failures",),
        silent=("ended-failed", "computing", "gil", "try-processes"),
        words=("Every one of 40 tasks failed; first: ValueError: bad number.",),
        suggested=None,
    )  # fmt: skip


def threads() -> Iterator[Situation]:
    """Yield threads that compute, wait and share."""
    yield Situation(
        "four threads compute under the GIL",
        alike(_SPIN, {}, run_cores=1.0, gil=(_gil(),), bounds_s={"gil_wait": (25.2, 27.6)}, **_LONG),
        speaks=("gil", "gil-held-by", "try-processes"),
        silent=("crowded", "releases-gil", "no-gil", "workers-differ"),
        words=(
            "4 threads kept one core busy: each waited for the GIL 66 % (63 to 69) of the time.",
            "The GIL: each of 4 held it some 25 % of the time",
            "; it changed hands 192 times a second, after 5.2 ms (median).",
            "4 processes, each with a GIL of its own, could use 4 cores.",
        ),
        no_words=("±", "estimated"),
        suggested="Try 4 processes",
    )
    yield Situation(
        "the same where nobody could look",
        alike(_SPIN, run_cores=1.0, **_LONG),
        speaks=("gil",),
        silent=("gil-held-by",),
        words=("each waited for the GIL an estimated 66 % of the time",),
        no_words=("±",),
    )
    yield Situation(
        "a lock where nobody could look: that is not called the GIL",
        alike({"gil_wait": 0.75, "io_wait": 0.25, "cpu": 0.002}, steps=(CODE,)),
        speaks=("unseen",),
        silent=("gil", "try-processes", "measure-processes"),
        words=("and not for the GIL: hardly anything ran meanwhile",),
        no_words=("for the GIL an",),
        suggested=None,
    )
    yield Situation(
        "the same where core and GIL are one figure",
        alike({"cpu": 0.25, "cpu_wait": None, "gil_wait": 0.75}, run_cores=1.0, **_LONG),
        speaks=("gil",),
        words=("waited for the GIL or a core an estimated 75 % of the time", "does not distinguish the two"),
    )
    yield Situation(
        "the same on a machine of one core",
        alike(_SPIN, {}, run_cores=1.0, machine_cores=1, **_LONG),
        speaks=("gil",),
        silent=("try-processes", "measure-processes"),
        no_words=("rocesses",),
        suggested=None,
    )
    yield Situation(
        "the same beside programs that use the machine",
        alike(_SPIN, {}, run_cores=1.0, machine_cores=2, other_cores=0.9, **_LONG),
        speaks=("gil", "other-programs"),
        silent=("try-processes",),
        words=("Meanwhile other programs used 0.9 of the machine's 2 cores.",),
        suggested=None,
    )
    yield Situation(
        "tasks of a millisecond, and what processes cost is not known",
        alike(_SPIN, {}, run_cores=1.0, done=10_000, steps=(PRIMES,)),
        speaks=("gil", "measure-processes"),
        silent=("try-processes",),
        words=("A task computes for 1 ms: whether processes would pay depends on what handing one over costs",),
        suggested="Measure what processes cost",
    )
    yield Situation(
        "tasks of a millisecond, and processes were measured to cost little",
        alike(_SPIN, {}, run_cores=1.0, done=10_000, steps=(PRIMES,), costs={"processes": ModelCost(0.0001)}),
        speaks=("gil", "try-processes"),
        silent=("measure-processes",),
        suggested="Try 4 processes",
    )
    yield Situation(
        "coroutines that fetch and compute: two processes would wait far longer",
        alike(
            {"cpu": 0.018, "loop_wait": 0.3, "io_wait": 0.68},
            workers=50,
            kind="coroutine",
            steps=(HTTP, PRIMES),
            loops=(LoopFigures(9.0, 0.0),),
            machine_cores=2,
            done=4500,
            costs={"process-pool": ModelCost(0.0003)},
        ),
        speaks=("loop-busy",),
        silent=("try-processes", "measure-processes"),
    )
    yield Situation(
        "tasks of a millisecond, and processes were measured to cost as much",
        alike(_SPIN, {}, run_cores=1.0, done=10_000, steps=(PRIMES,), costs={"processes": ModelCost(0.0012)}),
        speaks=("gil",),
        silent=("try-processes", "measure-processes"),
        suggested=None,
    )
    yield Situation(
        "threads whose work releases the GIL",
        alike({"cpu": 0.93, "gil_wait": 0.02, "cpu_wait": 0.05}, {}, steps=(PRIMES,)),
        speaks=("computing", "releases-gil"),
        silent=("gil", "gil-held-by", "try-processes"),
        words=("each ran 93 % of the time", "This work releases the GIL while it computes"),
    )
    yield Situation(
        "one spinner beside three sleepers",
        unlike(
            [
                worker("Thread 1", {"cpu": 0.97, "gil_wait": 0.03}, {}),
                *(
                    worker(f"Thread {number}", {"io_wait": 0.93, "gil_wait": 0.07}, {"sleep": 0.93})
                    for number in (2, 3, 4)
                ),
            ],
            steps=(SLEEP, PRIMES),
            run_cores=0.97,
        ),
        speaks=("workers-differ",),
        silent=("waiting", "computing", "gil"),
        words=("4 threads kept one core busy: three of 4 slept 93 % of the time; Thread 1 ran 97 %.",),
        no_words=("each",),
    )
    yield Situation(
        "four threads under the GIL beside programs that take the cores",
        alike({"cpu": 0.22, "cpu_wait": 0.6, "gil_wait": 0.18}, {}, machine_cores=2, other_cores=1.2, run_cores=0.9),
        speaks=("crowded", "caused-by-others"),
        silent=("gil", "try-processes"),
        words=("each waited for a core 60 % of the time, and for the GIL 18 %.",),
    )
    yield Situation(
        "two spinners are alike, whichever had a little more",
        unlike(
            [
                worker("Thread 1", {"cpu": 0.505, "gil_wait": 0.495}, {}),
                worker("Thread 2", {"cpu": 0.495, "gil_wait": 0.505}, {}),
            ],
            run_cores=1.0,
            **_LONG,
        ),
        speaks=("gil",),
        silent=("workers-differ",),
        words=("each waited for the GIL 50 % of the time",),
    )
    yield Situation(
        "workers whose shares are not known are never called each",
        alike(_SPIN, {}, run_cores=1.0, by_worker=()),
        speaks=("gil",),
        words=("on average they waited for the GIL",),
        no_words=("each waited",),
    )
    yield Situation(
        "more workers than tasks",
        unlike(
            [worker("Thread 1", {"cpu": 1.0}, {}, tasks=1), worker("Thread 2", {"cpu": 0.99}, {}, tasks=1),
             worker("Thread 3", {"idle": 1.0}, tasks=0), worker("Thread 4", {"idle": 1.0}, tasks=0)],
            done=2,
        ),
        speaks=("without-task",),
        words=("2 threads kept 2.0 cores busy: each ran", "2 of 4 threads never had a task: there were only 2."),
    )  # fmt: skip
    yield Situation(
        "a spinner beside sleepers who hold the GIL for too short to be seen",
        unlike(
            [
                worker("Thread 1", {"cpu": 0.9, "cpu_wait": 0.1}, {}),
                worker("Thread 2", {"io_wait": 0.7, "gil_wait": 0.3}, {"sleep": 0.7}),
                worker("Thread 3", {"io_wait": 0.7, "gil_wait": 0.3}, {"sleep": 0.7}),
            ],
            gil=(GilHolding({"Thread 1": 9.5, "Thread 2": 0.02, "Thread 3": 0.0}, 0.4, 0.67, 0.138),),
        ),
        speaks=("workers-differ", "gil-held-by"),
        words=("The GIL: Thread 1 held it 95 % of the time, the others hardly ever.",),
        no_words=("changed hands",),
    )
    yield Situation(
        "a lock whose holders were seen",
        alike(
            {"lock_wait": 0.73, "cpu": 0.27},
            {"lock": 0.73},
            steps=(CRITICAL,),
            run_cores=1.0,
            locks=(
                LockFigures("0x7f12", dict.fromkeys(NAMES, 7.3), dict(zip(NAMES, (2.6, 2.5, 2.4, 2.2), strict=True))),
            ),
        ),
        speaks=("lock", "lock-held-by", "hold-it-less"),
        silent=("locks-several", "gil"),
        words=(
            "each waited for a lock 73 % of the time",
            "All 4 threads share one lock (at 0x7f12); of the time it was held by Thread 1 26 %, Thread 2 25 %, ",
            "Only one can hold it at a time",
        ),
    )
    yield Situation(
        "a lock whose holder was mostly not seen",
        alike(
            {"lock_wait": 0.5, "cpu_wait": 0.45, "cpu": 0.05},
            {"lock": 0.5},
            steps=(CRITICAL,),
            locks=(LockFigures("0x7f12", dict.fromkeys(NAMES, 5.0), {"Thread 1": 0.3}, 9.0),),
        ),
        speaks=("lock", "lock-held-by"),
        words=("All 4 threads share one lock (at 0x7f12).",),
        no_words=("it was held by",),
    )
    yield Situation(
        "a lock that is free much of the time",
        alike(
            {"lock_wait": 0.25, "cpu": 0.25, "io_wait": 0.5},
            {"lock": 0.25, "sleep": 0.5},
            workers=8,
            steps=(CRITICAL, SLEEP),
        ),
        speaks=("lock",),
        silent=("hold-it-less",),
        no_words=("Only one",),
    )
    yield Situation(
        "processes that share a lock, which has another address in each",
        alike(
            {"lock_wait": 0.7, "cpu": 0.3},
            {"lock": 0.7},
            kind="process",
            processes=4,
            steps=(CRITICAL,),
            locks=tuple(LockFigures(f"0x{each}0", {f"Process {each}": 7.0}) for each in (1, 2, 3, 4)),
        ),
        speaks=("lock", "hold-it-less"),
        silent=("locks-own", "locks-several"),
    )
    yield Situation(
        "two pools of workers, a lock each",
        alike(
            {"lock_wait": 0.5, "cpu": 0.25, "gil_wait": 0.25},
            {"lock": 0.5},
            steps=(CODE,),
            locks=(
                LockFigures("0x10", {"Thread 1": 5.0, "Thread 2": 5.0}),
                LockFigures("0x20", {"Thread 3": 5.0, "Thread 4": 5.0}),
            ),
        ),
        speaks=("lock", "locks-several"),
        silent=("lock-held-by", "hold-it-less"),
    )
    yield Situation(
        "threads of processes wait for a core",
        alike({"cpu": 0.16, "cpu_wait": 0.84}, {}, workers=12, kind="process", machine_cores=2, run_cores=1.9),
        speaks=("crowded", "fewer-workers"),
        words=("each waited for a core 84 % of the time", "Extra workers don't help: there are only 2 cores."),
        suggested="Try 2 workers",
    )
    yield Situation(
        "a machine that others use",
        alike(
            {"cpu": 0.06, "cpu_wait": 0.5, "io_wait": 0.34, "idle": 0.1},
            {"sleep": 0.34},
            workers=8,
            machine_cores=2,
            run_cores=0.3,
            other_cores=1.4,
        ),
        speaks=("crowded", "caused-by-others"),
        silent=("fewer-workers", "other-programs"),
        words=("Waiting for a core is caused by other programs here, which used 1.4 of the machine's 2 cores.",),
        suggested=None,
    )
    yield Situation(
        "processes and their price",
        alike({"cpu": 0.8, "transport": 0.14, "cpu_wait": 0.06}, {}, kind="process", startup_s=1.2),
        speaks=("computing", "gil-of-its-own", "price"),
        silent=("hand-over",),
        words=("The price: 1.20 s until the first task began and 14 % of their time to hand over tasks and results.",),
    )
    yield Situation(
        "one thread computes without a GIL",
        alike({"cpu": 0.99}, {}, workers=1, gil_enabled=False, steps=(PRIMES,)),
        speaks=("computing", "threads-without-gil"),
        silent=("try-processes",),
        suggested="Try a pool of 8 threads",
    )


def waiting() -> Iterator[Situation]:
    """Yield workers that wait for something outside."""
    sleeping: dict[str, Any] = {"steps": (SLEEP,), "run_cores": 0.1}
    yield Situation(
        "sixteen threads that sleep",
        alike({"io_wait": 0.97, "cpu": 0.01, "cpu_wait": 0.02}, {"sleep": 0.97}, workers=16, **sleeping),
        speaks=("waiting", "waits-overlap", "run-sequentially"),
        silent=("measure-sequential",),
        words=(
            "16 threads kept 0.1 of a core busy: each slept 97 % of the time.",
            "A wait takes no core and no GIL: 15.5 of them went on at the same time.",
            "One task after the other would take about 16 times as long.",
        ),
        suggested="Run sequentially",
    )
    yield Situation(
        "the same with a limit of two at once",
        alike(
            {"io_wait": 0.2, "lock_wait": 0.78},
            {"sleep": 0.2, "lock": 0.78},
            workers=16,
            steps=(replace(SLEEP, limited=True),),
        ),
        speaks=("lock",),
        silent=("run-sequentially", "waits-overlap"),
        no_words=("times as long",),
    )
    yield Situation(
        "coroutines that fetch",
        alike({"io_wait": 0.96, "cpu": 0.01}, workers=50, kind="coroutine", steps=(HTTP,), run_cores=0.5),
        speaks=("waiting", "waits-overlap", "run-sequentially"),
        words=("50 coroutines on one thread kept 0.5 of a core busy", "went on at the same time"),
    )
    yield Situation(
        "threads of the user's own function that sleep",
        alike({"io_wait": 0.97}, {"sleep": 0.97}, workers=16, steps=(CODE,)),
        speaks=("waiting",),
        silent=("run-sequentially", "waits-overlap"),
        words=("each slept 97 % of the time",),
        no_words=("times as long",),
    )
    yield Situation(
        "one worker that sleeps",
        alike({"cpu": 0.1, "io_wait": 0.9}, {"sleep": 0.9}, workers=1, steps=(SLEEP, PRIMES), run_cores=0.1),
        speaks=("waiting", "overlap-them"),
        silent=("run-sequentially", "try-processes"),
        words=("1 thread kept 0.1 of a core busy: it slept 90 % of the time.", "would let them overlap"),
        suggested="Try a pool of 9 threads",
    )
    yield Situation(
        "one worker that waits for the disk",
        alike({"cpu": 0.1, "io_wait": 0.9}, {"disk": 0.9}, workers=1, steps=(FILE_WRITE,)),
        speaks=("waiting", "disk", "overlap-them"),
        words=("it waited for the disk 90 % of the time", "whether more workers get more done has to be tried"),
        no_words=("would let them overlap",),
    )
    yield Situation(
        "four threads that write to the disk",
        alike({"io_wait": 0.9, "cpu": 0.1}, {"disk": 0.88}, steps=(FILE_WRITE,)),
        speaks=("waiting", "disk", "measure-sequential"),
        silent=("run-sequentially", "waits-overlap", "sqlite-busy"),
        words=("each waited for the disk 90 % of the time", "has to be measured"),
        no_words=("times as long",),
        suggested="Run sequentially",
    )
    yield Situation(
        "what else is waited for",
        alike(
            {"cpu": 0.05, "cpu_wait": 0.24, "gil_wait": 0.05, "io_wait": 0.66},
            {"sleep": 0.66},
            workers=8,
            machine_cores=2,
            steps=(SLEEP, PRIMES),
        ),
        speaks=("waiting",),
        words=("each slept 66 % of the time, and waited for a core 24 %.",),
    )


def loops() -> Iterator[Situation]:
    """Yield coroutines that share an event loop."""
    yield Situation(
        "coroutines that compute",
        alike(
            {"cpu": 0.25, "loop_wait": 0.75}, kind="coroutine", run_cores=1.0, loops=(LoopFigures(9.9, 0.0),), **_LONG
        ),
        speaks=("loop-busy", "try-processes"),
        silent=("loop-blocked", "await-it"),
        words=("a task that computes keeps it", "each was ready but waited for its turn 75 % of the time"),
        suggested="Try a pool of 4 processes",
    )
    yield Situation(
        "an older run whose loop was not recorded",
        alike({"io_wait": 0.02, "loop_wait": 0.98}, workers=50, kind="coroutine", steps=(BLOCKING_CODE,)),
        speaks=("loop-blocked", "await-it"),
        silent=("loop-late", "loop-busy"),
        words=("Calls that are not awaited blocked the event loop",),
        suggested="Try a pool of 50 threads",
    )
    yield Situation(
        "coroutines that fetch on a busy machine: nothing blocks the loop",
        alike({"io_wait": 0.77, "loop_wait": 0.21, "cpu": 0.001}, workers=50, kind="coroutine", steps=(HTTP,)),
        speaks=("loop-late",),
        silent=("loop-blocked", "loop-busy", "await-it"),
        words=("each was ready but waited for its turn 21 % of the time: all share one thread.",),
        no_words=("block",),
    )
    yield Situation(
        "coroutines that never wait",
        unlike(
            [worker("Coroutine 1", {"cpu": 0.98, "cpu_wait": 0.02})],
            kind="coroutine",
            run_cores=1.0,
            **{**_LONG, "workers": 4},
        ),
        speaks=("one-at-a-time", "try-processes"),
        words=("all share one thread, so one computes at a time",),
    )
    yield Situation(
        "coroutines in two processes",
        alike({"io_wait": 0.93, "cpu": 0.02, "transport": 0.05}, kind="coroutine", processes=2, run_cores=0.1,
              steps=(SLEEP,)),
        speaks=("waiting",),
        words=("4 coroutines in 2 processes kept 0.1 of a core busy: each slept",),
        no_words=("on one thread",),
    )  # fmt: skip
    yield Situation(
        "a loop that has little to do",
        alike({"io_wait": 0.9, "loop_wait": 0.02, "cpu": 0.01}, workers=8, kind="coroutine", steps=(SLEEP,),
              loops=(LoopFigures(0.3, 0.1),), loop_hold=LoopHold("coroutine 1", 2, "sleep", 0.001, 1)),
        speaks=("waiting",),
        silent=("loop-blocked", "loop-busy", "loop-held-longest"),
    )  # fmt: skip


def endings() -> Iterator[Situation]:
    """Yield runs that failed, lost updates, were stopped, or were too short."""
    yield Situation(
        "updates were lost",
        alike(_SPIN, {}, counters=(CounterFigures("Shared counter", 4_000_000, 3_100_000),)),
        speaks=("updates-lost", "gil"),
        silent=("updates-kept",),
        words=("Shared counter: 4,000,000 updates expected, 3,100,000 counted, 900,000 lost (22 %).",),
    )
    yield Situation(
        "no update was lost",
        alike(_SPIN, {}, counters=(CounterFigures("Shared counter", 4_000, 4_000),)),
        speaks=("updates-kept",),
        silent=("updates-lost",),
        words=("Shared counter: all 4,000 updates were counted.",),
    )
    yield Situation(
        "some tasks failed",
        alike({"cpu": 1.0}, {}, workers=1, done=363, failed=37, first_error="ValueError: bad number"),
        speaks=("failures", "computing"),
        silent=("mostly-failures", "service-failed"),
        words=("37 of 400 tasks (9 %) failed; first: ValueError: bad number.",),
    )
    yield Situation(
        "most tasks failed, since the server did not answer",
        alike({"io_wait": 0.9}, workers=4, done=10, failed=390, first_error="ConnectionRefusedError: [Errno 111]",
              steps=(HTTP,)),
        speaks=("failures", "mostly-failures", "service-failed"),
    )  # fmt: skip
    yield Situation(
        "a network error of the user's own function is no failing service",
        alike({"io_wait": 0.9}, workers=4, done=10, failed=3, first_error="ConnectionRefusedError: [Errno 111]",
              steps=(CODE,)),
        speaks=("failures",),
        silent=("service-failed", "mostly-failures"),
    )  # fmt: skip
    yield Situation(
        "a run that has just begun",
        RunFigures(workers=8),
        speaks=("just-started",),
        words=("8 threads just started; the first figures come in a moment.",),
    )
    yield Situation(
        "a host that was killed",
        RunFigures(status="failed", reason="The host was killed by SIGKILL."),
        speaks=("ended-failed",),
        words=("The run failed: The host was killed by SIGKILL.",),
    )
    yield Situation(
        "stopped after a while",
        alike({"cpu": 1.0}, {}, workers=1, status="stopped", elapsed_s=3.2),
        speaks=("stopped", "computing"),
        words=("Stopped after 3.20 s; these are the figures until then.",),
    )
    yield Situation(
        "stopped at once",
        alike({"cpu": 1.0}, {}, workers=1, status="stopped", done=0, elapsed_s=0.5),
        speaks=("stopped-at-once",),
        silent=("computing", "deadlock"),
    )
    yield Situation(
        "a run of 30 µs",
        alike({"transport": 0.46, "idle": 0.54}, done=1, elapsed_s=0.00003),
        speaks=("too-short",),
        silent=("hand-over", "idle"),
        words=("1 task in 30 µs: too short a run to tell where the time goes.",),
        suggested=None,
    )
    yield Situation(
        "nothing was measured",
        RunFigures(status="finished", done=3),
        speaks=("not-measured",),
        words=("Where the workers' time went was not measured.",),
    )
    yield Situation(
        "no task for two seconds, but the workers sleep",
        alike({"io_wait": 1.0}, {"sleep": 1.0}, status="running", done=0, quiet_s=4.0, steps=(SLEEP,)),
        silent=("deadlock",),
    )
    yield Situation(
        "all in a lock, and tasks end all the same",
        alike({"lock_wait": 0.95, "cpu": 0.05}, {"lock": 0.95}, status="running", quiet_s=0.1, steps=(CRITICAL,)),
        speaks=("lock",),
        silent=("deadlock",),
    )


def _writers_beside_sleepers() -> RunFigures:
    writers = [
        replace(worker(f"writer {each}", {"io_wait": 0.8, "cpu": 0.2}, {"sleep": 0.6}), group="writers")
        for each in "12"
    ]
    clients = [replace(worker(f"client {each}", {"io_wait": 1.0}, {"sleep": 1.0}), group="clients") for each in "12"]
    steps = (replace(SQLITE, group="writers"), replace(SLEEP, group="clients"))
    return unlike([*writers, *clients], steps=steps, has_groups=True)


def groups_with_a_database() -> Iterator[Situation]:
    """Who waits in SQLite's busy handler is told by the group, and others' sleep is not blamed on it."""
    yield Situation(
        "two writers to a database beside two clients that sleep",
        _writers_beside_sleepers(),
        speaks=("sqlite-busy",),
        silent=("measure-sequential",),
        words=("Workers of writers slept in its busy handler 60 % of their time",),
    )
    run = _writers_beside_sleepers()
    workers = [replace(each, waits_s={"disk": 8.0}) if each.group == "writers" else each for each in run.by_worker]
    yield Situation(
        "the clients sleep, the writers do not",
        replace(run, by_worker=tuple(workers)),
        silent=("sqlite-busy", "sqlite-maybe"),
        no_words=("busy handler",),
    )
    alone = tuple(each for each in run.by_worker if each.name != "writer 2")
    yield Situation(
        "one writer has nobody to wait for", replace(run, by_worker=alone, workers=3), silent=("sqlite-busy",)
    )


def first_tasks_under_way() -> Iterator[Situation]:
    """A worker that has not ended its first task has had one."""
    held = [worker(f"Thread {each}", {"lock_wait": 1.0}, {"lock": 1.0}, tasks=0) for each in "234"]
    yield Situation(
        "four threads wait for each other, and three of them in their first task",
        unlike([worker("Thread 1", {"lock_wait": 0.99, "cpu": 0.01}, {"lock": 0.99}, tasks=40), *held], done=40),
        silent=("without-task",),
        words=("each waited for a lock, a queue or a semaphore 100 %",),
        no_words=("never had a task", "1 thread"),
    )
    yield Situation(
        "threads that read from a pipe",
        alike({"io_wait": 0.98}, {"pipe": 0.97}, steps=(CODE,)),
        speaks=("waiting",),
        words=("each waited for a pipe 98 % of the time",),
    )
    yield Situation(
        "coroutines wait for a queue, and longer for timers",
        alike({"lock_wait": 0.36, "io_wait": 0.5}, kind="coroutine", steps=(ASYNC_CODE,)),
        speaks=("lock",),
        words=("waited for a lock, a queue or a semaphore 36 % of the time, and awaited something 50 %",),
    )


def loops_that_get_no_turn() -> Iterator[Situation]:
    """Where a loop was hardly busy it is not its coroutines that keep each other waiting."""
    late = alike(
        {"loop_wait": 0.38, "io_wait": 0.61},
        kind="coroutine",
        steps=(ASYNC_CODE,),
        loops=(LoopFigures(busy_s=0.7, blocked_s=0.0),),
        loop_hold=LoopHold("Coroutine 4", 7, "Your own function", 0.026, 3),
    )
    yield Situation(
        "an executor's threads compute, and the loop's own waits for the GIL",
        replace(late, gil=(GilHolding({"Coroutine 1": 0.7}, other_s=8.5),)),
        speaks=("loop-late",),
        silent=("loop-held-longest", "loop-busy", "loop-blocked"),
        words=("The loop's thread has to wait for the GIL, which other threads held 85 %",),
        no_words=("share one thread", "held it longest"),
    )
    yield Situation(
        "a loop's thread that gets to run late",
        replace(late, gil=(GilHolding({"Coroutine 1": 0.7}),)),
        words=("which was not busy: its thread got to run late",),
        no_words=("the GIL", "share one thread"),
    )


def more_workers_than_cores() -> Iterator[Situation]:
    """Extra workers do not help for want of cores only where the cores are full, and not where it is the GIL."""
    spread = {"cpu": 0.25, "cpu_wait": 0.3, "gil_wait": 0.45}
    yield Situation(
        "four threads that share one GIL on two cores",
        alike(spread, {}, machine_cores=2, run_cores=1.0, other_cores=0.8),
        silent=("fewer-workers",),
        no_words=("only 2 cores",),
    )
    logs = {"cpu": 0.25, "cpu_wait": 0.46, "gil_wait": 0.04, "lock_wait": 0.25}
    yield Situation(
        "four threads that log, one at a time, on two cores that others use too",
        alike(logs, {"lock": 0.25}, machine_cores=2, run_cores=1.0, other_cores=0.9, steps=(CODE,)),
        silent=("fewer-workers",),
        no_words=("only 2 cores",),
    )
    yield Situation(
        "four processes on two cores",
        alike({"cpu": 0.48, "cpu_wait": 0.52}, {}, kind="process", processes=4, machine_cores=2, other_cores=0.0),
        speaks=("fewer-workers",),
        words=("there are only 2 cores",),
    )
    yield Situation(
        "four processes that wait for a core now and then, and half of the cores are free",
        alike(
            {"cpu": 0.25, "cpu_wait": 0.4, "io_wait": 0.35},
            {"disk": 0.35},
            kind="process",
            processes=4,
            machine_cores=2,
            run_cores=1.0,
            other_cores=0.1,
        ),
        silent=("fewer-workers",),
    )


def waits_of_no_known_kind() -> Iterator[Situation]:
    """A process that a signal has stopped, or that waits for a terminal, waits for no I/O that could overlap."""
    yield Situation(
        "four processes that a signal has stopped",
        alike({"io_wait": 0.95, "idle": 0.05}, {"other": 0.95}, kind="process", processes=4, steps=(CODE,)),
        words=("each waited in another kind of system call 95 % of the time",),
        no_words=("I/O", "at the same time", "as long"),
    )


def _a_stage_with_a_database() -> Situation:
    return Situation(
        "fetchers wait for the network beside one stage that uses SQLite",
        alike({"io_wait": 0.8, "idle": 0.2}, {"network": 0.4, "sleep": 0.4}, steps=(SQLITE,), has_groups=True),
        silent=("sqlite-busy",),
        no_words=("busy handler", "SQLite lets one"),
    )


def stops() -> Iterator[Situation]:
    """Yield runs whose processes were stopped by a signal, which is neither I/O nor having no task."""
    computed = {"cpu": 0.9, "idle": 0.1}
    yield Situation(
        "a process that was stopped half the time",
        alike({"cpu": 0.5, "idle": 0.5}, {"stopped": 0.5}, steps=(CODE,)),
        speaks=("process-stopped",),
        silent=("idle", "process-stopped-too", "mixed"),
        words=("on average they were stopped 50 % of the time, by a signal (SIGSTOP) or a debugger.",),
        no_words=("no task", "I/O"),
    )
    yield Situation(
        "a process that was stopped for a moment",
        alike(computed, {"stopped": 0.1}, steps=(CODE,)),
        speaks=("process-stopped-too",),
        silent=("process-stopped",),
        words=("10 % of the workers' time their processes were stopped",),
        no_words=("no task",),
    )
    yield Situation(
        "workers without a task for a moment",
        alike(computed, {"stopped": 0.0}, steps=(CODE,)),
        silent=("process-stopped", "process-stopped-too"),
        no_words=("process-stopped",),
    )
    both = [worker("Process 1", {"cpu": 1.0}), worker("Process 2", {"idle": 1.0}, {"stopped": 1.0})]
    yield Situation(
        "one of two processes is stopped",
        unlike(both, kind="process", steps=(CODE,)),
        speaks=("workers-differ", "process-stopped-too"),
        silent=("process-stopped",),
        words=("Process 2 was stopped 100 %", "50 % of the workers' time their processes were stopped"),
        no_words=("no task",),
    )
    yield Situation(
        "stopped, and a little of everything",
        alike(
            {"cpu": 0.25, "idle": 0.45, "io_wait": 0.1, "gil_wait": 0.1, "transport": 0.1},
            {"stopped": 0.4},
            steps=(CODE,),
        ),
        speaks=("mixed", "process-stopped-too"),
        words=("they were stopped 45 %",),
        no_words=("no task",),
    )


def handing_over() -> Iterator[Situation]:
    """Yield what costs more to hand over than to do, open loops, and stages."""
    carried = {"transport": 0.86, "cpu": 0.06, "idle": 0.08}
    yield Situation(
        "8 MB for each task of a process pool",
        alike(carried, {}, workers=2, kind="process", task_s=0.0007, payload_bytes=8_388_608, steps=(PAYLOAD,)),
        speaks=("payload", "share-memory"),
        silent=("hand-over", "larger-tasks"),
        words=("Each task carries 8.4 MB to its worker and back: 2 processes spent 86 % of their time on that.",),
        suggested="Try a pool of 2 threads",
    )
    yield Situation(
        "tiny tasks of a process pool",
        alike({"cpu": 0.1, "transport": 0.35, "idle": 0.55}, {}, kind="process", task_s=12e-6, done=400_000),
        speaks=("hand-over", "larger-tasks"),
        silent=("payload",),
        words=("and had no task 55 % of it",),
    )
    yield Situation(
        "tiny tasks, sequentially: there is nobody to hand them over to",
        alike({"cpu": 0.49, "transport": 0.51}, {}, workers=1, model="sequential", task_s=7e-7, done=5_000_000),
        speaks=("mixed",),
        silent=("hand-over", "larger-tasks", "try-processes", "measure-processes"),
        no_words=("hand over, ",),
    )
    yield Situation(
        "a busy machine, where the hand-over waits for a core as well",
        alike({"cpu": 0.17, "cpu_wait": 0.55, "transport": 0.28}, {}, workers=2, machine_cores=2, run_cores=0.35,
              other_cores=1.5),
        speaks=("crowded", "caused-by-others"),
        silent=("hand-over", "larger-tasks"),
    )  # fmt: skip
    yield Situation(
        "long tasks with a little transport",
        alike({"cpu": 0.6, "transport": 0.3, "idle": 0.1}, {}, kind="process", task_s=0.01),
        speaks=("computing",),
        silent=("hand-over", "larger-tasks"),
        no_words=("costs more to hand over",),
    )
    yield Situation(
        "idle workers, and hardly any transport",
        alike({"cpu": 0.02, "transport": 0.03, "idle": 0.95}, {}, kind="process", task_s=0.0001),
        speaks=("idle",),
        silent=("hand-over", "larger-tasks"),
    )
    behind = {"arrival_per_s": 100.0, "throughput_per_s": 70.0, "model": "thread-pool"}
    yield Situation(
        "an open loop that cannot keep up",
        alike({"io_wait": 0.97, "idle": 0.03}, {"sleep": 0.97}, steps=(SLEEP,), **behind),
        speaks=("falls-behind", "more-workers"),
        silent=("keeps-up", "run-sequentially"),
        words=("100 tasks arrive a second and 70 get done: the queue grows by 30 tasks a second",),
        suggested="Try 7 workers",
    )
    yield Situation(
        "an open loop that keeps up",
        alike({"cpu": 0.1, "idle": 0.9}, {}, arrival_per_s=100.0, throughput_per_s=99.0, task_s=0.0004),
        speaks=("keeps-up", "idle"),
        silent=("falls-behind", "more-workers"),
        words=("100 tasks arrive a second and the workers keep up; median latency 400 µs.",),
    )
    yield Situation(
        "an open loop that is still on its way to its pace",
        alike({"io_wait": 0.97}, {"sleep": 0.97}, status="running", elapsed_s=1.4, steps=(SLEEP,), **behind),
        silent=("falls-behind", "keeps-up", "more-workers"),
    )
    staged = alike({"cpu": 0.5, "lock_wait": 0.1, "idle": 0.4}, {})

    def queue(before: str, behind: str, full: float, empty: float) -> QueueWaits:
        return QueueWaits(f"{before} → {behind}", 50, 25.0, full, empty)

    yield Situation(
        "the last stage is the slow one",
        replace(staged, queues=(queue("fetch", "parse", 0.9, 0.01), queue("parse", "store", 0.82, 0.02))),
        speaks=("bottleneck",),
        silent=("queue-full", "queue-empty"),
        words=("The bottleneck is store: parse waited 82 % of its time for room in the queue",),
    )
    yield Situation(
        "the stage in the middle is the slow one",
        replace(staged, queues=(queue("fetch", "parse", 0.9, 0.01), queue("parse", "store", 0.0, 0.7))),
        speaks=("bottleneck",),
        silent=("queue-full", "queue-empty"),
        words=("The bottleneck is parse: fetch waited 90 %", "and store waited 70 % of its time for a task"),
    )
    yield Situation(
        "the first stage is the slow one",
        replace(staged, queues=(queue("fetch", "parse", 0.0, 0.6),)),
        speaks=("bottleneck",),
        silent=("queue-full", "queue-empty"),
        words=("The bottleneck is fetch: parse waited 60 % of its time for a task",),
    )
    limited = alike(
        {"lock_wait": 0.7, "io_wait": 0.3}, {"lock": 0.7, "sleep": 0.3}, steps=(replace(HTTP, limited=True),)
    )
    yield Situation(
        "many wait for their turn in a step with a limit",
        replace(limited, limits=(LimitFigures("HTTP request", 3, 0.68 * limited.worker_s),)),
        speaks=("lock", "limit", "limit-full"),
        silent=("locks-own", "locks-several", "hold-it-less", "waits-overlap"),
        words=(
            "each waited for a turn 70 %",
            "At most 3 at a time may be in HTTP request",
            "68 % of the workers' time",
        ),
        no_words=("times as long",),
    )
    yield Situation(
        "a step with a limit that nobody waits for",
        replace(limited, limits=(LimitFigures("HTTP request", 30, 0.0),)),
        silent=("limit", "limit-full"),
        no_words=("At most", "a turn"),
    )
    pool = alike({"cpu": 0.6, "gil_wait": 0.3}, steps=(PRIMES,), rss_begun_bytes=30 << 20, rss_peak_bytes=300 << 20)
    yield Situation(
        "all tasks submitted at once, and memory grows",
        replace(pool, all_at_once=True),
        speaks=("memory-of-queue",),
        words=("Every task was submitted at once", "memory grew from"),
    )
    yield Situation("memory that grows for another reason", pool, silent=("memory-of-queue",), no_words=("submit",))
    yield Situation(
        "all tasks at once, and workers that start take the memory",
        replace(pool, all_at_once=True, worker_kind="process", workers=8),
        silent=("memory-of-queue",),
    )
    yield Situation(
        "a queue that is full half the time and empty the other half names no bottleneck",
        replace(staged, queues=(queue("fetch", "parse", 0.5, 0.4),)),
        speaks=("queue-full",),
        silent=("bottleneck", "queue-empty"),
        words=("Stage fetch waited 50 % of its time for room in the queue to parse, which is slower.",),
        no_words=("bottleneck",),
    )
    yield Situation(
        "a queue that is empty most of the time and full now and then",
        replace(staged, queues=(queue("fetch", "parse", 0.3, 0.6),)),
        speaks=("queue-empty",),
        silent=("bottleneck", "queue-full"),
        words=("Stage parse waited 60 % of its time for a task from fetch, which is slower.",),
    )
    yield Situation(
        "stages that keep pace with each other",
        replace(staged, queues=(queue("fetch", "parse", 0.2, 0.1),)),
        silent=("bottleneck", "queue-full", "queue-empty"),
    )


def beginnings() -> Iterator[Situation]:
    """Yield processes that begin late, and what a fork server would save."""
    names = [f"Process {number}" for number in range(1, 9)]
    each = [replace(worker(name, {"cpu": 0.7}), starting_s=0.3 * place) for place, name in enumerate(names)]
    spawned = replace(
        unlike(each, kind="process"),
        starting_s=sum(one.starting_s for one in each),
        startup_s=0.3,
        processes=8,
        start_method="spawn",
        has_forkserver=True,
        machine_cores=2,
    )
    measured = {"processes": ModelCost(0.0001, 0.2, 0.02)}
    advice = ("try-forkserver", "measure-forkserver")
    yield Situation(
        "processes that begin one after the other",
        replace(spawned, costs=measured),
        speaks=("began-late", "try-forkserver"),
        silent=("starting", "idle", "measure-forkserver"),
        words=(
            "The last of the 8 processes began its first task 2.10 s after the first: that is 11 % of their time.",
            "It took 2.40 s until every process had begun.",
            "200 ms by spawn and in 20 ms from a fork server",
            "about 1.44 s less for 8",
        ),
        suggested="Try the start method forkserver",
    )
    yield Situation(
        "the same before anything was measured",
        spawned,
        speaks=("began-late", "measure-forkserver"),
        silent=("try-forkserver",),
        no_words=("by spawn",),
        suggested="Measure what a process's start takes",
    )
    slow_start = {"processes": ModelCost(0.0001, 0.9, 0.02)}
    silent = {
        "where a fork server is no quicker": {"costs": {"processes": ModelCost(0.0001, 0.2, 0.19)}},
        "where what was measured contradicts the run": {"costs": slow_start},
        "from a fork server": {"costs": measured, "start_method": "forkserver"},
        "where a platform has none": {"costs": measured, "has_forkserver": False},
        "while the run goes on": {"costs": measured, "status": "running"},
        "in a run that is long beside it": {"costs": measured, "elapsed_s": 100.0},
    }
    for name, change in silent.items():
        yield Situation(
            f"processes that begin late, {name}", replace(spawned, **change), silent=advice, no_words=("fork server",)
        )
    late = [replace(worker(name, {"cpu": 0.2}), starting_s=7.0) for name in names[1:]]
    yield Situation(
        "processes that had mostly not begun",
        replace(unlike([worker(names[0], {"cpu": 1.0}), *late], kind="process"), starting_s=49.0),
        speaks=("starting", "began-late"),
        silent=("idle", "workers-differ", *advice),
        words=("on average they had not begun 61 % of the time", "began its first task 7.00 s after the first."),
        no_words=("had no task",),
    )
    yield Situation(
        "workers that begin at once and have nothing to do",
        alike({"cpu": 0.2}, kind="process"),
        speaks=("idle",),
        silent=("starting", "began-late", *advice),
        words=("had no task 80 % of the time",),
        no_words=("begun",),
    )


SITUATIONS = (
    *beginnings(),
    _a_stage_with_a_database(),
    *groups_with_a_database(),
    *first_tasks_under_way(),
    *more_workers_than_cores(),
    *waits_of_no_known_kind(),
    *loops_that_get_no_turn(),
    *strangers(),
    *threads(),
    *waiting(),
    *loops(),
    *endings(),
    *handing_over(),
    *stops(),
)
