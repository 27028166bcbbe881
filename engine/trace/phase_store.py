"""A run's phases, lane by lane, read from its lane files as they grow; never copied through another process."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.record.hand_over.carried_file import INSTANTS, CarriedTask, read_task
from engine.record.lane_reader import QUEUED, RECORD_DTYPE, LaneFileError, LaneReader
from engine.record.lane_table import LANES_FILE, Lane, LaneTable
from engine.record.phases import place_of, step_names
from engine.record.run_folder import RunFolder, RunFolderError
from engine.trace.phase_track import WORDS, Ints, PhaseTrack, Records, kinds_of, settle
from engine.trace.picture.phase_sum import PhaseSum
from engine.trace.picture.rows import Owner
from engine.trace.step_kinds import saved_async_steps, saved_step_kinds
from engine.workload.group import has_rate, is_open_loop, is_pipeline
from engine.workload.toml_table import TomlTable

MOST_LANES: Final = 2048
_GROWN: Final = 1.05  # sums are rebuilt when a run has grown so much: sorting in every frame is too slow
_AT_ONCE: Final = 100_000  # records read at one refresh, to keep it short; the next ones catch up

MOST_PIECES: Final = 32  # pending pieces (up to twice as many) before a lane is worked out: not all at one refresh


class PhaseStore:
    """What the timeline shows of a run. `refresh` reads new files and records.

    Times are nanoseconds since the run's start, or since `zero_ns` after it.
    """

    def __init__(self, folder: Path, experiment: TomlTable, *, is_async: bool, zero_ns: int = 0) -> None:
        self._folder = RunFolder(folder)
        self._zero_ns = zero_ns
        self.steps = step_names(experiment)
        self.experiment = experiment
        self._is_async = is_async
        self.shares_memory = True  # a task reaches its worker without being pickled
        self._start_ns: int | None = None
        self._readers: dict[str, LaneReader] = {}
        self.table = LaneTable()
        self._table_ns, self._is_numbered = -1, False
        self.owners: dict[str, Owner] = {}  # by lane file
        self.tracks: list[PhaseTrack] = []
        self._arrivals: list[tuple[str, Records]] = []  # with the lane file that has them
        self._kinds: Ints = np.zeros((1, 3), np.int64)
        self._blocks = np.zeros(1, np.bool_)
        self._dropped = 0  # in files that are closed
        self._sums: dict[tuple[int, ...], PhaseSum] = {}
        self.version = 0
        self._first = (-1, 0)  # cached: the version, and when the first task began
        self.phase_count = 0  # phases that were read
        self.end_ns = 0  # when the newest phase ended
        self._unsettled = 0  # the first track that may still have pending phases

    @property
    def folder(self) -> Path:
        """Where the run is kept."""
        return self._folder.path

    @property
    def lanes(self) -> list[Lane]:
        """The lanes that are shown, in the order of their numbers."""
        return self.table.lanes[:MOST_LANES]

    @property
    def dropped(self) -> int:
        """Phases that were not recorded: what is shown is a sample."""
        return self._dropped + sum(reader.dropped for reader in self._readers.values())

    def refresh(self, *, final: bool = False) -> bool:
        """Read new lane files and records, up to a bound; return whether there may be more to read at once.

        While a run goes on, the conductor numbers its lanes, and a worker is shown only once it has that number, so
        that it has the same number everywhere. `final`: the conductor numbers no more lanes, the rest are numbered
        here.
        """
        if self._start_ns is None and not self._open():
            return False
        self._load_table()
        self._find_lanes(final)
        left = _AT_ONCE
        for name, reader in self._readers.items():
            reader.refresh()
            if self._is_numbered and not final and self.table.workers_of(name) < reader.workers:
                continue
            self.table.see({name: reader})
            self._own(name, reader)
            while len(self.tracks) < len(self.lanes):
                self.tracks.append(PhaseTrack(self._kinds))
            records = reader.read_new(left)
            if len(records):
                left -= len(records)
                self.version += 1
                self._take(name, records)
            if left <= 0:
                return True
        return False

    def settle_some(self, most: int) -> bool:
        """Work out about `most` pending phases of lanes not drawn yet; return whether there are more."""
        first, count = self._unsettled, 0
        while self._unsettled < len(self.tracks) and count < most:
            count += sum(map(len, self.tracks[self._unsettled].pending))
            self._unsettled += 1
        settle(self.tracks[first : self._unsettled])
        return self._unsettled < len(self.tracks)

    def sum_of(self, lanes: tuple[int, ...]) -> PhaseSum:
        """Return the phases of some lanes as one; while a run grows, it may lag a little behind."""
        tracks = [self.tracks[lane] for lane in lanes if lane < len(self.tracks)]
        known = self._sums.get(lanes)
        count = sum(track.count for track in tracks)
        if known is None or (count != known.count and (not self._readers or count > known.count * _GROWN)):
            known = self._sums[lanes] = PhaseSum(tracks)
        return known

    def name_of(self, record: np.void) -> str:
        """Return a phase's name: its step's, or that of the wait for a turn before the step."""
        return self.steps.get(place_of(record), f"step {int(record['step'])}")

    def blocks(self, steps: Ints) -> npt.NDArray[np.bool_]:
        """Return for each of some steps whether it blocks (it is not awaited)."""
        return np.asarray(self._blocks[steps])

    def span_ns(self, lane: int) -> tuple[int, int]:
        """Return when a lane's first task began and its last one ended; (0, 0) without any.

        A coroutine may wait for its loop before its first task, so its span begins with the run's first task.
        """
        track = self.tracks[lane]
        if not track.count:
            return 0, 0
        begin_ns = int(track.start[0])
        if self.owners[self.lanes[lane].file].is_async:
            begin_ns = min(begin_ns, self.first_ns)
        return begin_ns, int(track.end[-1])

    def has_begun(self, lane: int, time_ns: int) -> bool:
        """Whether a lane's worker had begun its first task at a time, or was waiting for one to come.

        Tasks may come late with arrivals at a rate, and in a stage; and a coroutine waits for its loop from the start.
        """
        track = self.tracks[lane]
        if not track.count or time_ns < self.first_ns or time_ns >= int(track.start[0]):
            return True
        return is_open_loop(self.experiment["workload"]) or self.owners[self.lanes[lane].file].is_async

    @property
    def first_ns(self) -> int:
        """When the first task began; 0 before that."""
        if self._first[0] != self.version:
            begun = (int(track.start[0]) for track in self.tracks if track.count)
            self._first = self.version, min(begun, default=0)
        return self._first[1]

    @property
    def is_pipeline(self) -> bool:
        """Whether the run's tasks are handed on from stage to stage."""
        return is_pipeline(self.experiment["workload"])

    @property
    def is_read(self) -> bool:
        """Whether every lane file was closed: nothing is added any more."""
        return not self._readers

    @property
    def has_rate(self) -> bool:
        """Whether tasks arrive at a rate."""
        return has_rate(self.experiment["workload"])

    def due_ns(self, task: int, lane: int | None = None) -> int | None:
        """Return when a task was due on a lane, or on the first that recorded it; None with closed-loop arrivals.

        In a pipeline it is due anew in each stage that it is handed on to.
        """
        file = self.lanes[lane].file if lane is not None else None
        for name, records in self._arrivals:
            if file is not None and name != file:
                continue
            found = np.flatnonzero(records["task"] == task)
            if len(found):
                return int(records["start_ns"][found[0]])
        return None

    def carried(self, task: int) -> CarriedTask | None:
        """Return how a task's payload and result were carried, an instant being 0 if it is not known; None if no record
        tells.
        """
        found = read_task(str(self.folder), task)
        if found is None or self._start_ns is None:
            return None
        first = len(found) - len(INSTANTS)
        return CarriedTask(*found[:first], *(each and each - self._start_ns for each in found[first:]))

    def close(self) -> None:
        """Close every lane file; what was read stays."""
        self._dropped = self.dropped
        for reader in self._readers.values():
            reader.close()
        self._readers.clear()
        self.version += 1

    def _open(self) -> bool:
        """Read the run's start time and its steps, which do not change. False while they are not written yet."""
        try:
            self._start_ns = self._folder.run_start_ns() + self._zero_ns
        except RunFolderError:
            return False
        try:
            saved = json.loads((self._folder.path / "cards.json").read_text(encoding="utf-8"))
            cards = saved["steps"]
        except (OSError, ValueError, KeyError):
            saved, cards = {}, {}
        self.shares_memory = bool((saved.get("model") or {}).get("shares_memory", True))
        titles = {kind: str(card["title"]) for kind, card in cards.items() if card.get("title")}
        self.steps = step_names(self.experiment, titles)
        known = {"model": {"is_async": self._is_async}, "async_steps": saved.get("async_steps")}
        awaits = saved_async_steps(self.experiment["workload"], known)
        steps = saved_step_kinds(self.experiment, cards, is_async=awaits)
        self._kinds = np.array([kinds_of(step) for step in steps], np.int64)
        self._blocks = np.array([not step.awaited for step in steps], np.bool_)
        return True

    def _load_table(self) -> None:
        """Read the conductor's lane numbers; a number once given never changes."""
        try:
            changed_ns = (self._folder.path / LANES_FILE).stat().st_mtime_ns
            if changed_ns != self._table_ns:
                self.table, self._table_ns, self._is_numbered = LaneTable.load(self._folder.path), changed_ns, True
        except (OSError, ValueError, TypeError):
            return  # no table, or a damaged one: the lanes are numbered here

    def _find_lanes(self, final: bool) -> None:
        found: dict[str, LaneReader] = {}
        for path in self._folder.lane_files():
            numbered = not self._is_numbered or final or self.table.workers_of(path.name)
            if path.name not in self._readers and numbered:
                try:
                    found[path.name] = LaneReader(path)
                except (LaneFileError, OSError):
                    continue  # the file is not whole yet, or the run was removed
        if found:
            self.table.see(found)
            for name, reader in found.items():
                self._own(name, reader)
            self._readers.update(found)
            self.version += 1

    def _own(self, name: str, reader: LaneReader) -> None:
        is_async = reader.workers > 0
        if name not in self.owners or self.owners[name].is_async != is_async:
            self.owners[name] = Owner(reader.thread_name, reader.process_name, is_async)

    def _take(self, name: str, records: Records) -> None:
        queued = records["step"] == QUEUED
        if queued.any():
            arrivals = records[["task", "start_ns"]][queued]
            arrivals["start_ns"] -= self._start_ns
            self._arrivals.append((name, arrivals))
            records = records[~queued]
        words = _by_worker(records)
        records = words.view(RECORD_DTYPE).reshape(-1)
        for time in ("start_ns", "end_ns"):
            records[time] -= self._start_ns
        numbers = records["worker"].astype(np.int64)
        cuts = [0, *(np.flatnonzero(np.diff(numbers)) + 1).tolist(), len(records)]
        full = []
        for first, last in pairwise(cuts):
            lane = self.table.of(name, int(numbers[first])) if last > first else None
            if lane is not None and lane.lane < len(self.tracks):
                track = self.tracks[lane.lane]
                track.put(words[first:last])
                if len(track.pending) > MOST_PIECES + lane.lane % MOST_PIECES:
                    full.append(track)
                self.phase_count += last - first
                self.end_ns = max(self.end_ns, int(records["end_ns"][last - 1]))
                self._unsettled = min(self._unsettled, lane.lane)
        settle(full)


def _by_worker(records: Records) -> Ints:
    """Return a copy of records as rows of 64-bit words, grouped by worker, in order within each."""
    words, numbers = records.view(np.int64).reshape(-1, WORDS), records["worker"]
    if not len(numbers) or (numbers == numbers[0]).all():
        return words.copy()
    # numpy sorts 16-bit numbers by radix, which takes a tenth of the time.
    short = numbers.astype(np.uint16) if numbers.max() < 1 << 16 else numbers
    return words.take(np.argsort(short, kind="stable"), axis=0)
