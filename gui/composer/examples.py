"""The example experiments that come with the app, by their titles."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Final

from engine.resources_path import resources_path
from engine.workload import experiment_file
from engine.workload.errors import ExperimentError

FOLDER = resources_path("experiments")

# In teaching order: waiting, computing, both, common mistakes, and then larger workloads.
TEACHING_ORDER: Final = (
    "io-bound", "cpu-bound", "hashing", "fetch-and-parse", "file-writing", "tiny-tasks", "big-payloads",
    "blocking-call-in-async", "busy-thread-beside-clients", "open-loop-arrivals", "fetch-parse-store", "own-functions",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Example:
    """One example's file and title, and the comment at its head; `problem` says why it cannot be opened, or None."""

    path: Path
    title: str
    problem: str | None = None
    about: str = ""

    @property
    def tip(self) -> str:
        """The description that is shown before it is opened."""
        return self.problem or self.about or self.path.name


def list_examples(folder: Path = FOLDER) -> list[Example]:
    """Return the examples in `folder` in teaching order, others after them by name, unreadable ones included."""
    return [_read(path) for path in sorted(folder.glob("*.toml"), key=_place)]


def _place(path: Path) -> tuple[int, str]:
    known = path.stem in TEACHING_ORDER
    return TEACHING_ORDER.index(path.stem) if known else len(TEACHING_ORDER), path.name


def _read(path: Path) -> Example:
    try:
        title, about = experiment_file.read(path).get("title"), head_comment(path.read_text(encoding="utf-8"))
    except ExperimentError as error:
        return Example(path, path.stem, error.problem)
    return Example(path, title if isinstance(title, str) and title else path.stem, about=about)


def head_comment(text: str) -> str:
    """Return the comment at the head of a file, with each paragraph and list item on a line of its own."""
    lines: list[str] = []
    fresh = True
    for each in takewhile(lambda line: line.startswith("#"), text.splitlines()):
        line = each.removeprefix("#").strip()
        if fresh or not line or line.startswith("- ") or line in ("Look at", "Then try"):
            lines.append(line)
        else:
            lines[-1] += " " + line
        fresh = not line or line in ("Look at", "Then try")
    return "\n".join(lines)
