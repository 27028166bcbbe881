"""The tables of system calls against the kernel's own headers, where these are on this machine."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.witness.syscalls import calls_of

# What an architecture's numbers are taken from; aarch64 has the numbers that the kernel has for every new one.
HEADERS = {
    "x86_64": "/usr/include/x86_64-linux-gnu/asm/unistd_64.h",
    "aarch64": "/usr/include/asm-generic/unistd.h",
}
NUMBER = re.compile(r"^#define __NR(?:3264)?_(\w+) (\d+)$", re.MULTILINE)


@pytest.mark.parametrize("machine", HEADERS)
def test_every_number_is_the_kernels(machine: str) -> None:
    header = Path(HEADERS[machine])
    if not header.exists():
        pytest.skip(f"{header} is not on this machine")
    kernels = {name: int(number) for name, number in NUMBER.findall(header.read_text(encoding="utf-8"))}
    kernels.setdefault("newfstatat", kernels.get("fstatat", -1))  # by its name where one table serves 32 and 64 bits
    calls = calls_of(machine)
    assert calls is not None
    ours = {call.name: number for number, call in calls.items()}
    older = ours.keys() - kernels.keys()  # the header may be of an older kernel than the newest call
    assert older <= {"futex_wait", "futex_waitv", "epoll_pwait2", "faccessat2", "openat2"}
    wrong = {
        name: (number, kernels[name]) for name, number in ours.items() if name in kernels and kernels[name] != number
    }
    assert wrong == {}
    assert len(ours) > 60
