"""The conditions that a machine's figures depend on: clock rate, power source, usable cores, virtual or not."""

from __future__ import annotations

import contextlib
import functools
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import psutil

# What virtual machines call themselves where the processor does not say that there is a hypervisor.
_VIRTUAL: Final = ("kvm", "qemu", "vmware", "virtualbox", "virtual machine", "xen", "bochs", "parallels", "amazon ec2")
_SYSCTL_S: Final = 2.0


def usable_cores() -> int | None:
    """Return how many cores this process and its children may use; None if that is not known."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def conditions(platform: str = sys.platform, root: Path = Path("/"), ask: Any = psutil) -> dict[str, object]:
    """Return the conditions of a measurement; each is None where this platform does not report it.

    `cpu_mhz` and `cpu_max_mhz`; `power_source` is "mains" or "battery"; `allowed_cores` are the numbers of the cores
    that this process may use and `pinned` whether these are fewer than the machine has; `virtual_machine` is whether
    this is one. `root` and `ask` (psutil, or an object with its functions) are there for tests.
    """
    allowed = _allowed_cores(ask)
    cores = ask.cpu_count()
    return {
        **_frequency(ask),
        "power_source": _power_source(platform, root, ask),
        "allowed_cores": allowed,
        "pinned": None if allowed is None or not cores else len(allowed) < cores,
        "virtual_machine": _is_virtual(platform, root),
    }


def _frequency(ask: Any) -> Mapping[str, float | None]:
    found = None
    with contextlib.suppress(AttributeError, NotImplementedError, OSError, RuntimeError):
        found = ask.cpu_freq()
    now = round(found.current, 1) if found is not None and found.current else None
    most = round(found.max, 1) if found is not None and found.max else None
    return {"cpu_mhz": now, "cpu_max_mhz": most}


def _power_source(platform: str, root: Path, ask: Any) -> str | None:
    battery = None
    with contextlib.suppress(AttributeError, NotImplementedError, OSError, RuntimeError):
        battery = ask.sensors_battery()
    if battery is not None and battery.power_plugged is not None:
        return "mains" if battery.power_plugged else "battery"
    if platform == "linux":
        supplies = sorted((root / "sys/class/power_supply").glob("*/online"))
        if any(_text(each.parent / "type") == "mains" and _text(each) == "1" for each in supplies):
            return "mains"
    return None


def _allowed_cores(ask: Any) -> list[int] | None:
    try:
        return sorted(ask.Process().cpu_affinity())
    except (AttributeError, NotImplementedError, OSError, ask.Error):  # macOS has no such thing
        return None


def _is_virtual(platform: str, root: Path) -> bool | None:
    if platform == "linux":
        return _is_virtual_linux(root)
    if platform == "darwin":
        answer = _sysctl("kern.hv_vmm_present")
        return None if answer not in ("0", "1") else answer == "1"
    if platform == "win32":
        return _names_a_virtual_machine(_windows_names())
    return None


def _is_virtual_linux(root: Path) -> bool | None:
    flags = _cpu_flags(root / "proc/cpuinfo")
    if "hypervisor" in flags:
        return True
    if _text(root / "sys/hypervisor/type"):
        return True
    dmi = root / "sys/class/dmi/id"
    named = _names_a_virtual_machine(f"{_text(dmi / 'sys_vendor')} {_text(dmi / 'product_name')}".strip())
    # If the processor reports flags, but no hypervisor flag, there is none; without flags nothing is known.
    return named if named is not None else (False if flags else None)


def _cpu_flags(path: Path) -> list[str]:
    with contextlib.suppress(OSError), open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            if line.startswith("flags"):
                return line.partition(":")[2].split()
    return []


def _names_a_virtual_machine(names: str) -> bool | None:
    return any(each in names.lower() for each in _VIRTUAL) if names else None


def _windows_names() -> str:
    with contextlib.suppress(ImportError, OSError, AttributeError):
        import winreg

        registry: Any = winreg
        key = registry.OpenKey(registry.HKEY_LOCAL_MACHINE, r"HARDWARE\DESCRIPTION\System\BIOS")
        with key:
            return " ".join(
                str(registry.QueryValueEx(key, name)[0]) for name in ("SystemManufacturer", "SystemProductName")
            )
    return ""


@functools.cache
def _sysctl(name: str) -> str:
    try:
        ended = subprocess.run(
            ["/usr/sbin/sysctl", "-n", name],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SYSCTL_S,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return ended.stdout.strip()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip().lower()
    except OSError:
        return ""
