"""Interpreter: what is known about a Python of this machine, as it is sent in messages and saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

GIL_CHOICES: Final = ("0", "1")

# Where an interpreter was found, in order of preference between equals. "added": by the user.
SOURCES: Final = (
    "app",
    "added",
    "PATH",
    "pyenv",
    "asdf",
    "mise",
    "rye",
    "uv",
    "conda",
    "py launcher",
    "system",
    "venv",
)


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python that can run workloads, or the reason why it cannot.

    `path` is started, `real_path` is the file behind its links. `name` is short and can be used in requests: "3.13",
    "3.13t" (free-threaded build), "pypy3.10". `free_threaded` is how it was built, `gil_enabled` whether the GIL is on
    when it starts now, under this environment's PYTHON_GIL; None if it did not answer. `jit` is "enabled",
    "available" (built in, off), "absent", or None if it does not report it. `source` is one of SOURCES.
    `prefix` is the folder of its installation, or of the virtual `environment`.
    `problem` is None, or why it cannot be used: then the facts that it did not report are empty.
    """

    path: str
    name: str = ""
    version: str = ""
    version_info: tuple[int, ...] = ()
    implementation: str = ""
    free_threaded: bool = False
    gil_enabled: bool | None = None
    jit: str | None = None
    start_methods: tuple[str, ...] = ()
    source: str = "added"
    real_path: str = ""
    prefix: str = ""
    environment: bool = False
    problem: str | None = None

    @property
    def usable(self) -> bool:
        """Whether a host can run under it."""
        return self.problem is None

    @property
    def gil_choices(self) -> tuple[str, ...]:
        """The values of PYTHON_GIL that it can be started with; none but for free-threaded builds."""
        return GIL_CHOICES if self.free_threaded else ()

    def with_gil(self, gil: str | None) -> Interpreter:
        """Return the interpreter as it is when started with PYTHON_GIL=`gil`; None changes nothing.

        Raises ValueError, with a sentence, if it cannot be started this way.
        """
        if gil is None:
            return self
        if gil not in GIL_CHOICES:
            raise ValueError(f"must be 0 or 1, got {gil!r}")
        if gil not in self.gil_choices:
            raise ValueError(f"can be chosen on free-threaded builds only, and {self.label} is not one")
        return replace(self, gil_enabled=gil == "1")

    def found_in(self, source: str) -> Interpreter:
        """Return it as found in `source`; virtual environments are "venv" wherever they are found."""
        if self.environment and source not in ("app", "added"):
            source = "venv"
        return replace(self, source=source)

    @property
    def label(self) -> str:
        """Its name in sentences: "CPython 3.13.0 free-threaded", or its path."""
        if not self.version:
            return self.path
        return f"{self.implementation} {self.version}{' free-threaded' if self.free_threaded else ''}"

    def to_json(self) -> dict[str, object]:
        """Return it as a JSON object; `from_json` is its inverse."""
        return {
            **asdict(self),
            "version_info": list(self.version_info),
            "start_methods": list(self.start_methods),
            "gil_choices": list(self.gil_choices),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Interpreter:
        """Read what `to_json` wrote. Raises KeyError or TypeError for anything else."""
        known = {name: data[name] for name in cls.__dataclass_fields__}
        known["version_info"] = tuple(int(each) for each in known["version_info"])
        known["start_methods"] = tuple(str(each) for each in known["start_methods"])
        return cls(**known)
