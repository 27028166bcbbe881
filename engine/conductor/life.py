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
        self.known = LifeRecord(run_id)  # all of it, as its file has it unless the disk is full
        self._new_marks: list[Mark] = []
        self.stage = ""

    @property
    def done(self) -> HostDone | None:
        """The host's last answer, None if there is none (yet)."""
        return self.known.done

    def enter(self, stage: str, t_s: float) -> None:
        """The run came to a stage."""
        self.stage = stage
        self.known = replace(self.known, stages={**self.known.stages, stage: t_s})
        self.write()

    def write(self) -> None:
        """Write it as it is now; where the disk is full, what is there stays."""
        self._files.note(LIFE, plain(self.known))

    def take_ready(self, answer: HostReady) -> None:
        """The host is ready; it says what it runs under."""
        self.known = replace(self.known, python=answer.python)

    def take_notes(self, *notes: str) -> None:
        """There is something to say about the run."""
        self.known = replace(self.known, notes=(*self.known.notes, *notes))

    def take_done(self, answer: HostDone) -> None:
        """The host is done."""
        self.known = replace(self.known, done=answer)

    def set_gil(self, enabled: bool) -> None:
        """The GIL is on, or off."""
        self.known = replace(self.known, gil=enabled)

    def end_at(self, time_ns: int) -> int:
        """The host was ended, or ended; the first time counts, and is returned."""
        if self.known.end_ns is None:
            self.known = replace(self.known, end_ns=time_ns)
        return self.known.end_ns or time_ns

    def take_host_exit(self, pid: int, code: int) -> None:
        """The host ended without having said how the run did."""
        self.known = replace(self.known, host_exit=ChildExit(pid, code))

    def take_stall(self, stall: Stall | None) -> None:
        """The run's last stall, None if it had none."""
        self.known = replace(self.known, stall=stall)

    def end(self, status: str, reason: str | None, output_dropped: int) -> None:
        """The run is over."""
        self.known = replace(self.known, status=status, reason=reason, output_dropped=output_dropped)

    def explain(self, words: str) -> None:
        """There is more to say on why it ended as it did."""
        self.known = replace(self.known, reason=f"{self.known.reason}. {words}" if self.known.reason else words)
        self.write()

    def mark(self, mark: Mark) -> None:
        """Something was changed by hand."""
        self._new_marks.append(mark)
        self.known = replace(self.known, marks=(*self.known.marks, mark))

    def take_marks(self) -> list[Mark]:
        """Return the marks that are new since the last call."""
        marks, self._new_marks = self._new_marks, []
        return marks
