"""Which kind of wait each system call is, by number: tables for x86-64 and aarch64 Linux."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final


class Waits(Enum):
    """What a call waits for; for some calls, an argument decides."""

    FUTEX = auto()  # the address tells: the GIL, a lock, a library's lock
    SLEEP = auto()
    SELECT = auto()  # with no descriptors it is a sleep
    POLL = auto()  # its array of descriptors tells
    DESCRIPTOR = auto()  # what the descriptor is tells: socket, file, pipe
    NETWORK = auto()
    DISK = auto()
    CHILD = auto()
    LOOP = auto()
    LOCK = auto()
    RESTARTED = auto()  # a sleep that a signal interrupted
    OTHER = auto()


@dataclass(frozen=True, slots=True)
class Call:
    """A system call: its name, and what it waits for."""

    name: str
    waits: Waits


# Name: what it waits for, number on x86-64, number on aarch64 (None: not on that architecture).
_CALLS: Final[dict[str, tuple[Waits, int | None, int | None]]] = {
    "futex": (Waits.FUTEX, 202, 98),
    "futex_wait": (Waits.FUTEX, 455, 455),
    "futex_waitv": (Waits.LOCK, 449, 449),
    "flock": (Waits.LOCK, 73, 32),
    "fcntl": (Waits.LOCK, 72, 25),  # it blocks for a file's lock only
    "semop": (Waits.LOCK, 65, 193),
    "semtimedop": (Waits.LOCK, 220, 192),
    "nanosleep": (Waits.SLEEP, 35, 101),
    "clock_nanosleep": (Waits.SLEEP, 230, 115),
    "restart_syscall": (Waits.RESTARTED, 219, 128),
    "select": (Waits.SELECT, 23, None),
    "pselect6": (Waits.SELECT, 270, 72),
    "poll": (Waits.POLL, 7, None),
    "ppoll": (Waits.POLL, 271, 73),
    "epoll_wait": (Waits.LOOP, 232, None),
    "epoll_pwait": (Waits.LOOP, 281, 22),
    "epoll_pwait2": (Waits.LOOP, 441, 441),
    "wait4": (Waits.CHILD, 61, 260),
    "waitid": (Waits.CHILD, 247, 95),
    "vfork": (Waits.CHILD, 58, None),
    "clone": (Waits.CHILD, 56, 220),
    "clone3": (Waits.CHILD, 435, 435),
    "read": (Waits.DESCRIPTOR, 0, 63),
    "write": (Waits.DESCRIPTOR, 1, 64),
    "readv": (Waits.DESCRIPTOR, 19, 65),
    "writev": (Waits.DESCRIPTOR, 20, 66),
    "pread64": (Waits.DESCRIPTOR, 17, 67),
    "pwrite64": (Waits.DESCRIPTOR, 18, 68),
    "preadv": (Waits.DESCRIPTOR, 295, 69),
    "pwritev": (Waits.DESCRIPTOR, 296, 70),
    "preadv2": (Waits.DESCRIPTOR, 327, 286),
    "pwritev2": (Waits.DESCRIPTOR, 328, 287),
    "sendfile": (Waits.DESCRIPTOR, 40, 71),
    "splice": (Waits.DESCRIPTOR, 275, 76),
    "close": (Waits.DESCRIPTOR, 3, 57),
    "ioctl": (Waits.DESCRIPTOR, 16, 29),
    "connect": (Waits.NETWORK, 42, 203),
    "accept": (Waits.NETWORK, 43, 202),
    "accept4": (Waits.NETWORK, 288, 242),
    "sendto": (Waits.NETWORK, 44, 206),
    "recvfrom": (Waits.NETWORK, 45, 207),
    "sendmsg": (Waits.NETWORK, 46, 211),
    "recvmsg": (Waits.NETWORK, 47, 212),
    "sendmmsg": (Waits.NETWORK, 307, 269),
    "recvmmsg": (Waits.NETWORK, 299, 243),
    "shutdown": (Waits.NETWORK, 48, 210),
    "fsync": (Waits.DISK, 74, 82),
    "fdatasync": (Waits.DISK, 75, 83),
    "sync": (Waits.DISK, 162, 81),
    "syncfs": (Waits.DISK, 306, 267),
    "sync_file_range": (Waits.DISK, 277, 84),
    "msync": (Waits.DISK, 26, 227),
    "open": (Waits.DISK, 2, None),
    "openat": (Waits.DISK, 257, 56),
    "openat2": (Waits.DISK, 437, 437),
    "creat": (Waits.DISK, 85, None),
    "stat": (Waits.DISK, 4, None),
    "lstat": (Waits.DISK, 6, None),
    "fstat": (Waits.DISK, 5, 80),
    "newfstatat": (Waits.DISK, 262, 79),
    "statx": (Waits.DISK, 332, 291),
    "access": (Waits.DISK, 21, None),
    "faccessat": (Waits.DISK, 269, 48),
    "faccessat2": (Waits.DISK, 439, 439),
    "readlink": (Waits.DISK, 89, None),
    "readlinkat": (Waits.DISK, 267, 78),
    "getdents64": (Waits.DISK, 217, 61),
    "unlink": (Waits.DISK, 87, None),
    "unlinkat": (Waits.DISK, 263, 35),
    "rename": (Waits.DISK, 82, None),
    "renameat": (Waits.DISK, 264, 38),
    "renameat2": (Waits.DISK, 316, 276),
    "mkdir": (Waits.DISK, 83, None),
    "mkdirat": (Waits.DISK, 258, 34),
    "rmdir": (Waits.DISK, 84, None),
    "link": (Waits.DISK, 86, None),
    "linkat": (Waits.DISK, 265, 37),
    "truncate": (Waits.DISK, 76, 45),
    "ftruncate": (Waits.DISK, 77, 46),
    "fallocate": (Waits.DISK, 285, 47),
    "copy_file_range": (Waits.DISK, 326, 285),
    "io_getevents": (Waits.DISK, 208, 4),
    "io_uring_enter": (Waits.DISK, 426, 426),
    "mmap": (Waits.OTHER, 9, 222),
    "mprotect": (Waits.OTHER, 10, 226),
    "munmap": (Waits.OTHER, 11, 215),
    "brk": (Waits.OTHER, 12, 214),
    "mremap": (Waits.OTHER, 25, 216),
    "madvise": (Waits.OTHER, 28, 233),
    "execve": (Waits.OTHER, 59, 221),
    "exit": (Waits.OTHER, 60, 93),
    "exit_group": (Waits.OTHER, 231, 94),
    "pause": (Waits.OTHER, 34, None),
    "rt_sigsuspend": (Waits.OTHER, 130, 133),
    "rt_sigtimedwait": (Waits.OTHER, 128, 137),
    "sched_yield": (Waits.OTHER, 24, 124),
    "getrandom": (Waits.OTHER, 318, 278),
    "membarrier": (Waits.OTHER, 324, 283),
    "process_vm_readv": (Waits.OTHER, 310, 270),
    "mq_timedreceive": (Waits.OTHER, 243, 183),
    "msgrcv": (Waits.OTHER, 70, 188),
}
_PLACE: Final = {"x86_64": 1, "aarch64": 2, "arm64": 2}


def calls_of(machine: str) -> dict[int, Call] | None:
    """Return the calls of an architecture (`os.uname().machine`) by number; None if it is not known."""
    place = _PLACE.get(machine)
    if place is None:
        return None
    known = {name: (each[place], each[0]) for name, each in _CALLS.items()}
    return {int(number): Call(name, waits) for name, (number, waits) in known.items() if isinstance(number, int)}


def this_machines_calls() -> dict[int, Call] | None:
    """Return the calls of this machine, None where they are not known or this is no Linux."""
    return calls_of(os.uname().machine) if hasattr(os, "uname") and os.uname().sysname == "Linux" else None
