"""How many processes and threads a run has, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from engine.wire.known_process import KnownProcess
from engine.wire.tick import LaneFigures
from engine.wording import figure_text as figures
from gui.widgets.view_data import RunData


def headline(data: RunData) -> tuple[str, str]:
    """Return how many processes and threads a run has, and its memory; for an ended run, the most it had."""
    peaks = data.result.processes if data.result is not None and data.stage == "ended" else None
    if peaks:
        processes, threads, rss_bytes = peaks.peak, peaks.threads_peak, peaks.rss_peak_bytes
    else:
        keys = ("process_count", "thread_count", "rss_bytes")
        processes, threads, rss_bytes = (getattr(data.latest, key, None) for key in keys)
    parts = [figures.counted(processes, "process", "processes")] if processes is not None else []
    parts += [figures.counted(threads, "thread")] if threads is not None else []
    memory = f"{'at most ' if peaks else ''}{figures.size(rss_bytes)}"
    return ", ".join(parts) or figures.UNKNOWN, memory if figures.known(rss_bytes) else "memory not measured"


def beside_words(processes: Sequence[KnownProcess], lanes: Sequence[LaneFigures]) -> str:
    """Return what else runs beside the workers: `4 run tasks, beside the host and the resource tracker`.

    Empty before any task ran, if all processes are workers, and if it is not known.
    """
    known = [each.figures for each in processes if each.figures.role != "service"]
    busy = {lane.pid for lane in lanes}
    working = [each for each in known if each.pid in busy]
    if not working:
        return ""
    if len(known) > 1:
        names = [each.helper or ("host" if each.role == "host" else "child") for each in known if each.pid not in busy]
        others = [f"the {name}" if count == 1 else f"{count} {name}s" for name, count in Counter(names).items()]
        return _sentence(len(working), [each.replace("childs", "children") for each in others])
    tids = {lane.tid for lane in lanes if lane.tid}
    more = (working[0].threads or 0) - len(tids)
    if not tids or more <= 0:
        return ""
    has_main = working[0].pid not in tids
    rest = more - has_main
    others = (["the main thread"] if has_main else []) + ([figures.counted(rest, "other thread")] if rest else [])
    return _sentence(len(tids), others)


def _sentence(working: int, others: Sequence[str]) -> str:
    words = f"{working} {'runs' if working == 1 else 'run'} tasks"
    if not others:
        return words
    listed = f"{', '.join(others[:-1])} and {others[-1]}" if len(others) > 1 else others[0]
    return f"{words}, beside {listed}"
