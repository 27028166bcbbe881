"""Writes the calls of the functions that a step's own source defines around its task, such as prepare and setup.

The workers are threads of the script's process: elsewhere such a source is not written plainly.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.script.own_source import OwnSource


@dataclass(frozen=True)
class OwnCalls:
    """The own source that has functions around its task; None if there is none."""

    own: OwnSource | None

    @classmethod
    def of(cls, sources: Iterable[OwnSource]) -> OwnCalls:
        """Return that of the only source that has such functions."""
        return cls(next((own for own in sources if not own.functions.alone), None))

    def __contains__(self, name: str) -> bool:
        return self.own is not None and name in self.own.around

    def call(self, name: str, given: str) -> str:
        """Return the call of a function, with what is `given` if it takes an argument."""
        assert self.own is not None
        return f"{name}({given * self.own.around[name].takes})"

    def kept(self) -> list[str]:
        """Return the lines that define what the workers share."""
        lines = ["shared: Any = None  # what prepare returns"] if "prepare" in self else []
        return [
            *lines,
            *(["states: list[Any] = []  # of all workers"] if "setup" in self and "teardown" in self else []),
        ]

    def set_up(self) -> list[str]:
        """Return the lines that set a worker up before its first task."""
        if "setup" not in self:
            return []
        given = "shared" if "prepare" in self else "None"
        lines = ['if not hasattr(mine, "state"):', f"    mine.state = {self.call('setup', given)}"]
        return [*lines, *(["    states.append(mine.state)"] if "teardown" in self else [])]

    def state(self) -> str:
        """Return the source of a worker's state."""
        return "mine.state" if "setup" in self else "shared" if "prepare" in self else "None"

    def before(self) -> list[str]:
        """Return the lines of `main` before any worker starts."""
        return ["global shared", "shared = prepare()"] if "prepare" in self else []

    def after(self) -> list[str]:
        """Return the lines of `main` when all workers have ended."""
        lines = ["for state in states:", f"    {self.call('teardown', 'state')}"] if "teardown" in self else []
        if "teardown" in self and "setup" not in self:
            lines = [self.call("teardown", self.state())]
        given = "shared" if "prepare" in self else "None"
        return [*lines, *([self.call("finish", given)] if "finish" in self else [])]
