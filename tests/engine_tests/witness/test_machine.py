"""What is recorded of a machine beside a measurement, on this one and as other platforms would answer."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from engine.witness import machine
from engine.witness.machine import conditions


class Answers:
    """Answers like psutil on a platform that has what it is given, and nothing else."""

    Error = psutil.Error

    def __init__(self, *, mhz: Any = None, battery: Any = None, affinity: list[int] | None = None) -> None:
        self._mhz, self._battery, self._affinity = mhz, battery, affinity

    def cpu_count(self) -> int:
        return 4

    def cpu_freq(self) -> Any:
        return self._mhz

    def sensors_battery(self) -> Any:
        return self._battery

    def Process(self) -> Any:
        if self._affinity is None:
            return SimpleNamespace()
        return SimpleNamespace(cpu_affinity=lambda: self._affinity)


def written(root: Path, **files: str) -> Path:
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def test_this_machine_answers_every_question_or_says_that_it_does_not_know() -> None:
    found = conditions()
    assert set(found) == {"cpu_mhz", "cpu_max_mhz", "power_source", "allowed_cores", "pinned", "virtual_machine"}
    assert found["power_source"] in (None, "mains", "battery")
    assert found["virtual_machine"] in (None, True, False)
    assert found["allowed_cores"] is None or found["allowed_cores"]


@pytest.mark.parametrize("platform", ["linux", "sunos5"])
def test_what_is_not_known_is_null(tmp_path: Path, platform: str) -> None:
    assert set(conditions(platform, tmp_path, Answers()).values()) == {None}


def test_zero_is_no_frequency(tmp_path: Path) -> None:
    found = conditions("linux", tmp_path, Answers(mhz=SimpleNamespace(current=2400.04, min=0.0, max=0.0)))
    assert (found["cpu_mhz"], found["cpu_max_mhz"]) == (2400.0, None)


@pytest.mark.parametrize(("plugged", "source"), [(True, "mains"), (False, "battery"), (None, None)])
def test_a_battery_tells_the_source_of_power(tmp_path: Path, plugged: bool | None, source: str | None) -> None:
    found = conditions("win32", tmp_path, Answers(battery=SimpleNamespace(power_plugged=plugged)))
    assert found["power_source"] == source


def test_a_supply_without_a_battery_tells_too(tmp_path: Path) -> None:
    folder = "sys__class__power_supply__AC__"
    root = written(tmp_path, **{f"{folder}online": "1\n", f"{folder}type": "Mains\n"})
    assert conditions("linux", root, Answers())["power_source"] == "mains"


@pytest.mark.parametrize(("cores", "pinned"), [([0, 1, 2, 3], False), ([2], True)])
def test_fewer_cores_than_there_are_is_pinned(tmp_path: Path, cores: list[int], pinned: bool) -> None:
    found = conditions("linux", tmp_path, Answers(affinity=cores))
    assert (found["allowed_cores"], found["pinned"]) == (cores, pinned)


@pytest.mark.parametrize(
    ("files", "virtual"),
    [
        ({"proc__cpuinfo": "flags\t: fpu vme hypervisor\n"}, True),
        ({"proc__cpuinfo": "flags\t: fpu vme\n"}, False),
        ({"proc__cpuinfo": "Features : fp asimd\n"}, None),
        ({"sys__hypervisor__type": "xen\n"}, True),
        ({"sys__class__dmi__id__sys_vendor": "QEMU\n"}, True),
        ({"sys__class__dmi__id__sys_vendor": "Dell Inc.\n"}, False),
    ],
)
def test_linux_tells_whether_it_is_a_virtual_machine(
    tmp_path: Path, files: dict[str, str], virtual: bool | None
) -> None:
    assert conditions("linux", written(tmp_path, **files), Answers())["virtual_machine"] is virtual


@pytest.mark.parametrize(("answer", "virtual"), [("1", True), ("0", False), ("", None)])
def test_macos_tells_by_sysctl(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, virtual: bool | None
) -> None:
    monkeypatch.setattr(machine, "_sysctl", lambda _name: answer)
    assert conditions("darwin", tmp_path, Answers())["virtual_machine"] is virtual


def test_windows_tells_by_the_makers_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_windows_names", lambda: "Microsoft Corporation Virtual Machine")
    assert conditions("win32", tmp_path, Answers())["virtual_machine"] is True
    monkeypatch.setattr(machine, "_windows_names", lambda: "")
    assert conditions("win32", tmp_path, Answers())["virtual_machine"] is None
