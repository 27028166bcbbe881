"""What a thread in a system call waits for, other than a futex: by the call, and by the descriptors that it names."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from typing import Final

from engine.record.look_file import LookState
from engine.witness.detail_table import DetailTable, Found
from engine.witness.syscalls import Call, Waits

_LOOKED_AT: Final = 8  # descriptors of a poll or a select that are looked at
_MOST_DESCRIPTORS: Final = 1024  # in the sets of a select
_SIMPLE: Final = {
    Waits.DISK: LookState.DISK,
    Waits.CHILD: LookState.CHILD,
    Waits.LOOP: LookState.LOOP,
    Waits.SLEEP: LookState.SLEEP,
    Waits.RESTARTED: LookState.SLEEP,
}


class DescriptorWaits:
    """Reads what the descriptors of one process are. `read_memory(address, size)` raises OSError where it cannot."""

    def __init__(self, pid: int, details: DetailTable, proc: str, read_memory: Callable[[int, int], bytes]) -> None:
        self._folder = f"{proc}/{pid}/fd"
        self._details, self._read_memory = details, read_memory

    def of(self, call: Call, first: int, fields: list[bytes]) -> tuple[Found, bool]:
        """Return what a call waits for, and whether every call with this number and first argument waits for it.

        `fields` are the call's number and its arguments, as hexadecimal text; `first` is the first argument.
        """
        place, waits, name = self._details.place, call.waits, call.name
        if waits is Waits.SELECT:
            return self._named(name, self._selected(first, fields), asleep=first == 0), first == 0
        if waits is Waits.POLL:
            count = int(fields[2], 16)
            return self._named(name, self._polled(first, count), asleep=count == 0), False
        if waits is Waits.DESCRIPTOR:
            return self._descriptor(name, first), False
        if waits is Waits.NETWORK:
            return (int(LookState.NETWORK), place(name, None, self._file(first))), False
        if name in ("fsync", "fdatasync"):
            return (int(LookState.DISK), place(name, None, self._file(first))), False
        if waits is Waits.LOCK:
            return (int(LookState.LOCK), place(name, None, self._file(first))), False
        return (int(_SIMPLE.get(waits, LookState.OTHER)), place(name)), True

    def _named(self, call: str, descriptors: list[int], *, asleep: bool) -> Found:
        """Return what a call that names several descriptors waits for; `asleep`: it names none, it waits for a time."""
        if asleep:
            return int(LookState.SLEEP), self._details.place(call)
        found = [self._descriptor(call, each) for each in descriptors[:_LOOKED_AT]]
        return min(found) if found else (int(LookState.OTHER), self._details.place(call))

    def _polled(self, array: int, count: int) -> list[int]:
        try:
            data = self._read_memory(array, 8 * min(count, _LOOKED_AT))
            return [descriptor for descriptor, _, _ in struct.iter_unpack("<ihh", data) if descriptor >= 0]
        except (OSError, struct.error):
            return []

    def _selected(self, highest: int, fields: list[bytes]) -> list[int]:
        """Return the descriptors in the sets to read, to write and of exceptions, which are bits in memory."""
        count = min(highest, _MOST_DESCRIPTORS)
        bits = 0
        for pointer in fields[2:5]:
            if address := int(pointer, 16):
                try:
                    bits |= int.from_bytes(self._read_memory(address, (count + 7) // 8), "little")
                except (OSError, OverflowError):
                    continue
        return [each for each in range(count) if bits >> each & 1]

    def _descriptor(self, call: str, descriptor: int) -> Found:
        name = self._file(descriptor)
        return int(_kind(name)), self._details.place(call, None, name)

    def _file(self, descriptor: int) -> str | None:
        try:
            return os.readlink(f"{self._folder}/{descriptor}")
        except OSError:  # closed meanwhile
            return None


def _kind(name: str | None) -> LookState:
    if name is None:
        return LookState.OTHER
    if name.startswith("socket:"):
        return LookState.NETWORK
    if name.startswith("pipe:"):
        return LookState.PIPE
    if name.startswith("anon_inode:"):
        return LookState.CHILD if "pidfd" in name else LookState.LOOP if "eventpoll" in name else LookState.OTHER
    if name.startswith("/dev/") and not name.startswith("/dev/shm/"):
        return LookState.OTHER
    return LookState.DISK
