"""Windows job objects: groups of processes that end when the last handle is closed, or on request."""

from __future__ import annotations

import ctypes
from typing import Any, Final

_EXTENDED_LIMIT_INFORMATION: Final = 9
_LIMIT_KILL_ON_JOB_CLOSE: Final = 0x2000
_PROCESS_TERMINATE_AND_SET_QUOTA: Final = 0x0101


class _BasicLimits(ctypes.Structure):
    _fields_ = [
        ("PerProcessUserTimeLimit", ctypes.c_int64),
        ("PerJobUserTimeLimit", ctypes.c_int64),
        ("LimitFlags", ctypes.c_uint32),
        ("MinimumWorkingSetSize", ctypes.c_size_t),
        ("MaximumWorkingSetSize", ctypes.c_size_t),
        ("ActiveProcessLimit", ctypes.c_uint32),
        ("Affinity", ctypes.c_size_t),
        ("PriorityClass", ctypes.c_uint32),
        ("SchedulingClass", ctypes.c_uint32),
    ]


class _ExtendedLimits(ctypes.Structure):
    _fields_ = [
        ("BasicLimitInformation", _BasicLimits),
        ("IoInfo", ctypes.c_uint64 * 6),
        ("ProcessMemoryLimit", ctypes.c_size_t),
        ("JobMemoryLimit", ctypes.c_size_t),
        ("PeakProcessMemoryUsed", ctypes.c_size_t),
        ("PeakJobMemoryUsed", ctypes.c_size_t),
    ]


class Job:
    """A job object whose processes, and all that they start, end when its last handle closes.

    `kernel` is kernel32, or a substitute. Raises OSError if the system refuses.
    """

    def __init__(self, kernel: Any = None) -> None:
        self._kernel = kernel or _kernel32()
        self._handle = self._kernel.CreateJobObjectW(None, None)
        self._check(self._handle, "CreateJobObject")
        limits = _ExtendedLimits()
        limits.BasicLimitInformation.LimitFlags = _LIMIT_KILL_ON_JOB_CLOSE
        done = self._kernel.SetInformationJobObject(
            self._handle, _EXTENDED_LIMIT_INFORMATION, ctypes.byref(limits), ctypes.sizeof(limits)
        )
        self._check(done, "SetInformationJobObject")

    def add_self(self) -> None:
        """Put this process into the job, and thereby all processes that it starts from now on."""
        self._check(
            self._kernel.AssignProcessToJobObject(self._handle, self._kernel.GetCurrentProcess()),
            "AssignProcessToJobObject",
        )

    def add(self, pid: int) -> None:
        """Put a process into the job, and thereby all processes that it starts from now on."""
        process = self._kernel.OpenProcess(_PROCESS_TERMINATE_AND_SET_QUOTA, False, pid)
        self._check(process, "OpenProcess")
        try:
            self._check(self._kernel.AssignProcessToJobObject(self._handle, process), "AssignProcessToJobObject")
        finally:
            self._kernel.CloseHandle(process)

    def end(self) -> None:
        """End every process of the job, and close it."""
        if self._handle:
            self._kernel.TerminateJobObject(self._handle, 1)
            self._kernel.CloseHandle(self._handle)
            self._handle = None

    def _check(self, answer: Any, call: str) -> None:
        if not answer:
            raise OSError(f"{call} failed: error {self._kernel.GetLastError()}")


def _kernel32() -> Any:
    kernel = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined]
    kernel.CreateJobObjectW.restype = ctypes.c_void_p
    kernel.GetCurrentProcess.restype = ctypes.c_void_p
    kernel.OpenProcess.restype = ctypes.c_void_p
    kernel.SetInformationJobObject.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_uint32]
    kernel.AssignProcessToJobObject.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    kernel.TerminateJobObject.argtypes = [ctypes.c_void_p, ctypes.c_uint32]
    kernel.CloseHandle.argtypes = [ctypes.c_void_p]
    return kernel
