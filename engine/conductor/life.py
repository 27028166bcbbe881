"""What only the conductor knows of a run: its stages, the host's answers, how it ended; kept in the run's folder."""

from __future__ import annotations

import copy
from typing import Any

from engine.record.run_files import RunFiles
from engine.record.run_folder import LIFE
from engine.wire.codec import plain
from engine.wire.tick import Mark


class RunLife:
    """One run's life, written into its folder at each change of stage."""

    def __init__(self, files: RunFiles, run_id: str) -> None:
        self._files = files
        self._data: dict[str, Any] = {"run_id": run_id, "stages": {}, "notes": [], "marks": [], "done": None}
        self._new_marks: list[Mark] = []
        self.stage = ""

    @property
    def done(self) -> dict[str, Any] | None:
        """The host's last answer, None if there is none (yet)."""
        done: dict[str, Any] | None = self._data["done"]
        return done

    def enter(self, stage: str, t_s: float) -> None:
        """The run came to a stage."""
        self.stage = stage
        self._data["stages"][stage] = t_s
        self.write()

    def write(self) -> None:
        """Write it as it is now; where the disk is full, what is there stays."""
        self._files.note(LIFE, self._data)

    def known(self) -> dict[str, Any]:
        """Return all of it, as its file has it unless the disk is full."""
        return copy.deepcopy(self._data)

    def take_ready(self, answer: dict[str, Any]) -> None:
        """The host is ready; it says what it runs under."""
        self._data["python"] = answer.get("python", {})

    def take_notes(self, answer: dict[str, Any]) -> None:
        """The host has something to say about the run."""
        self._data["notes"] += [str(note) for note in answer.get("notes", [])]

    def take_done(self, answer: dict[str, Any]) -> None:
        """The host is done."""
        self._data["done"] = answer

    def set_gil(self, enabled: bool) -> None:
        """The GIL is on, or off."""
        self._data["gil"] = enabled

    def end_at(self, time_ns: int) -> int:
        """The host was ended, or ended; the first time counts, and is returned."""
        end_ns: int = self._data.setdefault("end_ns", time_ns)
        return end_ns

    def end(self, status: str, reason: str | None, output_dropped: int) -> None:
        """The run is over."""
        self._data |= {"status": status, "reason": reason, "output_dropped": output_dropped}

    def mark(self, mark: Mark) -> None:
        """Something was changed by hand."""
        self._new_marks.append(mark)
        self._data["marks"].append(plain(mark))

    def take_marks(self) -> list[Mark]:
        """Return the marks that are new since the last call."""
        marks, self._new_marks = self._new_marks, []
        return marks
