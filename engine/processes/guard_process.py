"""Ends what a conductor started once the conductor is gone, however it ended; run as a file, standard library only.

It reads lines from the pipe that is its standard input, whose other end only the conductor has. `+` adds to its list
and `-` removes: `+group N` a process group to end, `+escaped N TICKS` a process to end (with its start time in the
system's ticks, so that a later process with the same id is not taken for it), `+folder PATH` a folder to remove. When
the pipe closes it kills every listed group and escaped process, then every other process that has the conductor's mark
in its environment (on Linux: also those that left their group), removes the folders, and ends. The mark is its one
argument.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time

_LIMIT_S = 1.2
_TRACKERS_S = 0.3
_FOLDERS_S = 15.0  # longer than a conductor takes to end


def main() -> None:
    """Wait for the conductor's end, and clean up after it."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    sys.stdin.reconfigure(errors="surrogateescape")  # type: ignore[union-attr]  # folders may have any name
    left: dict[str, set[str]] = {"group": set(), "escaped": set(), "folder": set()}
    for line in sys.stdin:
        kind, _, what = line[1:].rstrip("\n").partition(" ")
        if kind in left:
            (left[kind].add if line[0] == "+" else left[kind].discard)(what)
    groups = [int(group) for group in left["group"]]
    for group in groups:
        kill_but_trackers(group)
    for group in groups:
        end_group(group)
    for escaped in left["escaped"]:
        pid, _, ticks = escaped.partition(" ")
        if ticks and began_at(int(pid)) == ticks:
            kill(int(pid))
    kill_marked(sys.argv[1].encode())
    for folder in left["folder"]:
        remove(folder)


def remove(folder: str) -> None:
    """Remove a folder; repeat, since a process that is not on the list may still be writing its last files there.

    A command's guard ends the command's own processes only: the conductor that it started ends by itself, a moment
    later, and first writes what is known of its run.
    """
    deadline = time.monotonic() + _FOLDERS_S
    shutil.rmtree(folder, ignore_errors=True)
    while os.path.lexists(folder) and time.monotonic() < deadline:
        time.sleep(0.02)
        shutil.rmtree(folder, ignore_errors=True)


def kill(pid: int) -> None:
    """Kill a process, or a group given as a negative number; it may be gone already."""
    try:
        os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def end_group(group: int) -> None:
    """Kill a process group, but let `multiprocessing`'s resource trackers clean up first."""
    deadline = time.monotonic() + _TRACKERS_S
    while kill_but_trackers(group) and time.monotonic() < deadline:
        time.sleep(0.005)
    kill(-group)


def kill_but_trackers(group: int) -> list[int]:
    """Kill a process group except its resource trackers, and return these.

    A tracker removes the semaphores and shared memory that killed processes have left, and then ends. If the system
    does not show which processes are in a group, the whole group is killed.
    """
    if not os.path.exists("/proc/self/stat"):
        kill(-group)
        return []
    trackers = []
    for pid in members(group):
        if _is_tracker(pid):
            trackers.append(pid)
        else:
            kill(pid)
    return trackers


def members(group: int) -> list[int]:
    """Return the living processes of a group."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open("/proc/" + name + "/stat", "rb") as file:
                    state, _, own = file.read().rpartition(b")")[2].split()[:3]
            except (OSError, ValueError):
                continue
            if int(own) == group and state not in (b"Z", b"X"):
                found.append(int(name))
    return found


def began_at(pid: int) -> str:
    """Return a process's start time in the system's ticks (Linux); "" if it is gone or its start is not shown."""
    try:
        with open("/proc/" + str(pid) + "/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[19].decode()
    except (OSError, IndexError):
        return ""


def is_stopped(pid: int) -> bool:
    """Return whether a process was suspended by a signal (Linux); False if the system does not show it."""
    try:
        with open("/proc/" + str(pid) + "/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] == b"T"
    except (OSError, IndexError):
        return False


def _is_tracker(pid: int) -> bool:
    try:
        with open("/proc/" + str(pid) + "/cmdline", "rb") as file:
            return b"multiprocessing.resource_tracker" in file.read()
    except OSError:
        return False


def kill_marked(mark: bytes) -> None:
    """Kill every process that has `mark` in its environment; repeat, since one may just have started another."""
    deadline = time.monotonic() + _LIMIT_S
    while time.monotonic() < deadline:
        found = marked(mark)
        if not found:
            return
        for pid in found:
            kill(pid)
        time.sleep(0.02)


def marked(mark: bytes) -> list[int]:
    """Return the processes that have `mark` in their environment; none if the system does not show it."""
    found = []
    own = os.getpid()
    try:
        names = os.listdir("/proc")
    except OSError:
        return []
    for name in names:
        if name.isdigit() and int(name) != own:
            try:
                with open("/proc/" + name + "/environ", "rb") as file:
                    if mark in file.read():
                        found.append(int(name))
            except OSError:
                continue
    return found


if __name__ == "__main__":
    main()
