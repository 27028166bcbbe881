"""Reads from loop files when each coroutine ran on its event loop, waited for the loop, or awaited something."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.record.lane_reader import LaneFileError
from engine.record.loop_file import FOLDER
from engine.record.loop_reader import IO, LOCK, TURNS, LoopReader
from engine.trace.picture.run_looks import RunLooks
from engine.trace.picture.thread_looks import SeenPiece, ThreadLooks
from engine.wire.protocol import LEDGER_STATES

Ints = npt.NDArray[np.int64]
_AT_ONCE: Final = 100_000  # records of a file that are read at one refresh
_CPU, _IO, _LOCK, _LOOP = (LEDGER_STATES.index(state) for state in ("cpu", "io_wait", "lock_wait", "loop_wait"))


class CoroutineTurns:
    """One coroutine's waits in order; between two waits it runs on the loop. Times are as in RunLooks.

    While it runs on the loop, it is in the state in which the loop's thread was seen, where there are looks.
    """

    def __init__(self, thread: ThreadLooks | None) -> None:
        self._thread = thread
        self._pieces: list[npt.NDArray[np.void]] = []
        self._times: Ints = np.empty(0, np.int64)
        self._states: npt.NDArray[np.int16] = np.empty(0, np.int16)

    def add(self, records: npt.NDArray[np.void], thread: ThreadLooks | None) -> None:
        """Add the next waits."""
        self._thread = thread
        self._pieces.append(records)

    def near(self, times_ns: Ints) -> npt.NDArray[np.int16]:
        """Return its state at each time, a place among LEDGER_STATES; -1 before its first wait and after its last."""
        self._join()
        if not len(self._times):
            return np.full(len(times_ns), -1, np.int16)
        place = np.searchsorted(self._times, times_ns, side="right") - 1
        inside = (place >= 0) & (place < len(self._times) - 1)
        found = np.where(inside, self._states[np.maximum(place, 0)], np.int16(-1))
        if self._thread is not None:
            seen = self._thread.near(times_ns)
            found = np.where((found == _CPU) & (seen >= 0), seen, found)
        return found

    def pieces(self, begin_ns: int, end_ns: int) -> list[SeenPiece]:
        """Return its states in a stretch, in their order; nothing where not all of it is known.

        Before its first wait in the stretch and after its last, it ran on the loop: a phase begins and ends while its
        coroutine runs.
        """
        self._join()
        first, last = np.searchsorted(self._times, [begin_ns, end_ns]).tolist()
        if first == last and (not 0 < first < len(self._times) or self._states[first - 1] != _CPU):
            return []
        cuts = [begin_ns, *self._times[first:last].tolist(), end_ns]
        states = [_CPU, *self._states[first:last].tolist()]
        found = [SeenPiece(state, *span) for state, span in zip(states, pairwise(cuts), strict=True)]
        return [seen for piece in found if piece.end_ns > piece.begin_ns for seen in self._as_seen(piece)]

    def _as_seen(self, piece: SeenPiece) -> list[SeenPiece]:
        """Return what the loop's thread was seen to do while the coroutine ran on the loop."""
        own = self._thread.pieces(piece.begin_ns, piece.end_ns) if self._thread and piece.state == _CPU else []
        return own or [piece]

    def _join(self) -> None:
        if not self._pieces:
            return
        records, self._pieces = np.concatenate(self._pieces), []
        why = np.where(records["why"] == IO, _IO, np.where(records["why"] == LOCK, _LOCK, _LOOP))
        times = np.stack([records[name] for name in ("first_ns", "second_ns", "third_ns")], axis=1).ravel()
        states = np.stack([why, np.full(len(why), _LOOP), np.full(len(why), _CPU)], axis=1).ravel()
        self._times = np.concatenate([self._times, times.astype(np.int64)])
        self._states = np.concatenate([self._states, states.astype(np.int16)])


class LoopTurns:
    """Reads a run's loop files as they grow."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER
        self._readers: dict[str, LoopReader] = {}
        self._turns: dict[tuple[int, int, int], CoroutineTurns] = {}
        self.version = 0

    def refresh(self, start_ns: int, looks: RunLooks) -> bool:
        """Read new records, up to a bound; return whether there may be more at once. Times count from `start_ns`."""
        self._find()
        more = False
        for reader in self._readers.values():
            records = reader.read_new(_AT_ONCE)
            more |= len(records) == _AT_ONCE
            records = records[records["why"] != TURNS]
            if len(records):
                self._take(reader, records.copy(), start_ns, looks)
                self.version += 1
        return more

    def of(self, pid: int, thread: int, number: int) -> CoroutineTurns | None:
        """Return a coroutine's turns, by its lane's number in the lane file; None where there are none."""
        return self._turns.get((pid, thread, number))

    def close(self) -> None:
        """Close every file; what was read stays."""
        for reader in self._readers.values():
            reader.close()
        self._readers.clear()

    def _find(self) -> None:
        for path in self._folder.glob("*.loop"):
            if path.name not in self._readers:
                try:
                    self._readers[path.name] = LoopReader(path)
                except (LaneFileError, OSError):
                    continue  # the file is not whole yet, or was removed

    def _take(self, reader: LoopReader, records: npt.NDArray[np.void], start_ns: int, looks: RunLooks) -> None:
        for name in ("first_ns", "second_ns", "third_ns"):
            records[name] -= start_ns
        records = records[np.argsort(records["worker"], kind="stable")]
        cuts = np.flatnonzero(np.diff(records["worker"].astype(np.int64))) + 1
        thread = looks.of(reader.pid, reader.thread)
        for own in np.split(records, cuts):
            key = (reader.pid, reader.thread, int(own["worker"][0]))
            self._turns.setdefault(key, CoroutineTurns(thread)).add(own, thread)
