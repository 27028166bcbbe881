"""The witness: observes the threads of any processes from outside, and records them in a folder.

It looks from a small separate process, so that it does not need the GIL of the process that reads its records. Where
only a process's ancestors may look (Yama), it looks from a thread of the caller; where nobody may, it does not look,
and says why.
"""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from engine.processes.guard import Guard, start_options
from engine.processes.spawn import spawn
from engine.record.look_file import DEFAULT_CAPACITY, LookTables
from engine.witness.looker import DEFAULT_BUDGET, MOST_HZ, Looker
from engine.witness.syscalls import this_machines_calls

_ENGINE_PARENT: Final = Path(__file__).resolve().parents[2]
_CAP_SYS_PTRACE: Final = 19
_ENDS_WITHIN_S: Final = 2.0
_THREAD_LISTENS_S: Final = 0.02


def how_to_look(proc: str = "/proc") -> tuple[str, str | None]:
    """Return how threads can be looked at here (`process`, `thread` or `none`), and why not in a better way."""
    if sys.platform != "linux":
        return "none", "only Linux shows what a thread of another process waits for"
    if this_machines_calls() is None:
        return "none", f"the system calls of this processor ({os.uname().machine}) are not known here"
    try:
        Path(proc, "self/syscall").read_bytes()
    except OSError as error:
        return "none", f"this system does not show what a thread waits for ({error.strerror})"
    scope = _yama_scope(proc)
    if not scope or _may_trace(proc):
        return "process", None
    if scope == 1:
        return "thread", "Yama lets only ancestors look at a process"
    return "none", f"Yama forbids looking at other processes (ptrace_scope {scope})"


class Witness:
    """Looks at processes into `folder` until it is closed. Not thread-safe.

    `budget` is the share of one core that looking may take; 0: it does not look. `method` forces how, for tests.
    Raises OSError where the looker cannot be started.
    """

    def __init__(
        self,
        folder: Path,
        guard: Guard,
        *,
        budget: float = DEFAULT_BUDGET,
        most_hz: float = MOST_HZ,
        capacity: int = DEFAULT_CAPACITY,
        method: str | None = None,
    ) -> None:
        self._folder, self._guard = folder, guard
        self.method, self.reason = how_to_look() if method is None else (method, None)
        if budget <= 0:
            self.method, self.reason = "none", "it was turned off"
        self._followed: dict[int, bool] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None
        self._commands: queue.SimpleQueue[tuple[int, bool] | None] = queue.SimpleQueue()
        if self.method == "none":
            with contextlib.suppress(OSError):
                LookTables(method="none", reason=self.reason).save(folder)
        elif self.method == "process":
            self._process = self._start(budget, most_hz, capacity)
        elif self.method == "thread":
            looker = Looker(str(folder), method="thread", budget=budget, most_hz=most_hz, capacity=capacity)
            self._thread = threading.Thread(target=self._look, args=(looker,), name="witness", daemon=True)
            self._thread.start()

    @property
    def pid(self) -> int | None:
        """The id of the separate process that looks, None without one."""
        return None if self._process is None else self._process.pid

    def follow(self, pids: Iterable[int], *, always: bool = False) -> None:
        """Look at the threads of these processes from now on: if they run Python, or `always`."""
        new = [pid for pid in pids if pid not in self._followed or (always and not self._followed[pid])]
        if not new:
            return
        self._followed.update(dict.fromkeys(new, always))
        if self._process is not None:
            word = "always" if always else "follow"
            self._tell("".join(f"{word} {pid}\n" for pid in new))
        elif self._thread is not None:
            for pid in new:
                self._commands.put((pid, always))

    def rest(self) -> None:
        """Look at nothing until told to follow again."""
        self._followed.clear()
        if self._process is not None:
            self._tell("rest\n")
        elif self._thread is not None:
            self._commands.put((0, False))

    def _tell(self, lines: str) -> None:
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(OSError):  # it was killed: its records until then remain
                self._process.stdin.write(lines.encode())
                self._process.stdin.flush()

    def close(self) -> LookTables:
        """Stop looking; return the tables that belong to the looks."""
        if self._process is not None:
            self._end(self._process)
            self._process = None
        if self._thread is not None:
            self._commands.put(None)
            self._thread.join(_ENDS_WITHIN_S)
            self._thread = None
        if self.method == "none":
            return LookTables(method="none", reason=self.reason)
        return LookTables.load(self._folder)

    def _start(self, budget: float, most_hz: float, capacity: int) -> subprocess.Popen[bytes]:
        # -S: it needs only the standard library, and starts 20 ms sooner.
        arguments = [str(self._folder), str(budget), str(most_hz), str(capacity)]
        process = spawn(
            [sys.executable, "-P", "-S", "-m", "engine.witness", *arguments],
            env=self._guard.marked({**os.environ, "PYTHONPATH": str(_ENGINE_PARENT)}),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **start_options(),
        )
        self._guard.watch_group(process.pid)
        return process

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        with contextlib.suppress(OSError):
            process.stdin.close()
        try:
            process.wait(_ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._guard.forget_group(process.pid)

    def _look(self, looker: Looker) -> None:
        heard_s = 0.0
        try:
            while True:
                time.sleep(looker.turn())
                if time.monotonic() - heard_s < _THREAD_LISTENS_S:
                    continue
                heard_s = time.monotonic()
                while not self._commands.empty():
                    command = self._commands.get()
                    if command is None:
                        return
                    if command[0]:
                        looker.follow(command[0], always=command[1])
                    else:
                        looker.rest()
        finally:
            looker.close()


def _yama_scope(proc: str) -> int:
    try:
        return int(Path(proc, "sys/kernel/yama/ptrace_scope").read_text(encoding="ascii"))
    except (OSError, ValueError):  # this kernel has no Yama
        return 0


def _may_trace(proc: str) -> bool:
    try:
        lines = Path(proc, "self/status").read_text(encoding="ascii", errors="replace").splitlines()
        effective = next(line.split()[1] for line in lines if line.startswith("CapEff:"))
        return bool(int(effective, 16) >> _CAP_SYS_PTRACE & 1)
    except (OSError, ValueError, StopIteration, IndexError):
        return False
