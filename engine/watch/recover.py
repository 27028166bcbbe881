"""Makes the result of a watch that was cut short, from its folder."""

from __future__ import annotations

from engine.record.look_reader import LookReader
from engine.record.run_folder import RunFolder, RunFolderError
from engine.watch.thread_clock import load_clocks
from engine.watch.watch_figures import watch_figures
from engine.watch.watch_result import Peaks, WatchEnd, gil_of_program, watch_result
from engine.wire.result import RunResult
from engine.wire.tick import Tick


def recovered_watch(folder: RunFolder) -> RunResult:
    """Return the result of what was seen until the watch was cut short. Raises RunFolderError."""
    start_ns = folder.run_start_ns()
    reader = LookReader(folder.path)
    try:
        looks, tables = reader.read_all(), reader.tables()
    finally:
        reader.close()
    clocks = load_clocks(folder.path)
    last: Tick | None = None
    peaks, names = [0, 0, 0], {}
    try:
        for tick in folder.samples():
            now = (tick.process_count or 0, tick.thread_count or 0, tick.rss_bytes or 0)
            peaks = [max(pair) for pair in zip(peaks, now, strict=True)]
            names.update({process.pid: process.name for process in tick.processes})
            last = tick
    except RunFolderError:
        pass  # samples before the damage still count
    end_ns = max([start_ns, *(each.last_ns for each in clocks), *looks["time_ns"][-1:].tolist()])
    figures = watch_figures(clocks, looks, tables, start_ns, end_ns)
    elapsed_s = max((end_ns - start_ns) / 1e9, last.t_s if last is not None else 0.0)
    cores = None if last is None else [each or 0.0 for each in last.cores]
    seen = Peaks(peaks[0], peaks[1], peaks[2], names, cores, last.run_cores if last is not None else None)
    end = WatchEnd(False, None, elapsed_s, reason="the watch was cut short")
    return watch_result(folder, end, seen, figures, gil_of_program(folder, tables))
