"""One run's life as its conductor sees it: its stages, the host's answers, how it ended; kept in the run's folder."""

from __future__ import annotations

from dataclasses import replace

from engine.record.life import LifeRecord
from engine.record.run_files import RunFiles
from engine.record.run_folder import LIFE
from engine.wire.codec import plain
from engine.wire.host_answers import ChildExit, HostDone, HostReady
from engine.wire.tick import Mark, Stall


class RunLife:
    """One run's life, written into its folder at each change of stage."""

    def __init__(self, files: RunFiles, run_id: str) -> None:
        self._files = files
        self.known = LifeRecord(run_id)  # the same as in the file, unless the disk is full
        self._new_marks: list[Mark] = []
        self.stage = ""

    @property
    def done(self) -> HostDone | None:
        """The host's last answer, None if it has not come (yet)."""
        return self.known.done

    def enter(self, stage: str, t_s: float) -> None:
        """Record that the run has reached a stage."""
        self.stage = stage
        self.known = replace(self.known, stages={**self.known.stages, stage: t_s})
        self.write()

    def write(self) -> None:
        """Write the current record; if the disk is full, the previous file stays."""
        self._files.note(LIFE, plain(self.known))

    def take_ready(self, answer: HostReady) -> None:
        """Record that the host is ready, and which interpreter it runs under."""
        self.known = replace(self.known, python=answer.python)

    def take_notes(self, *notes: str) -> None:
        """Add notes about the run, to be shown with its result."""
        self.known = replace(self.known, notes=(*self.known.notes, *notes))

    def take_done(self, answer: HostDone) -> None:
        """Record the host's last answer."""
        self.known = replace(self.known, done=answer)

    def set_gil(self, enabled: bool) -> None:
        """Record whether the GIL is on."""
        self.known = replace(self.known, gil=enabled)

    def end_at(self, time_ns: int) -> int:
        """Record when the host ended, or was killed; the first call counts. Return that time."""
        if self.known.end_ns is None:
            self.known = replace(self.known, end_ns=time_ns)
        return self.known.end_ns or time_ns

    def take_host_exit(self, pid: int, code: int) -> None:
        """Record that the host ended without reporting a result."""
        self.known = replace(self.known, host_exit=ChildExit(pid, code))

    def take_stall(self, stall: Stall | None) -> None:
        """Record the run's last stall, None if it had none."""
        self.known = replace(self.known, stall=stall)

    def end(self, status: str, reason: str | None, output_dropped: int) -> None:
        """Record that the run is over."""
        self.known = replace(self.known, status=status, reason=reason, output_dropped=output_dropped)

    def explain(self, words: str) -> None:
        """There is more to say on why it ended as it did."""
        self.known = replace(self.known, reason=f"{self.known.reason}. {words}" if self.known.reason else words)
        self.write()

    def mark(self, mark: Mark) -> None:
        """Record a mark for a change made during the run."""
        self._new_marks.append(mark)
        self.known = replace(self.known, marks=(*self.known.marks, mark))

    def take_marks(self) -> list[Mark]:
        """Return the marks that are new since the last call."""
        marks, self._new_marks = self._new_marks, []
        return marks
