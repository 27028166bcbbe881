"""How many processes and threads a run has, in words."""

from __future__ import annotations

from engine.wording import figure_text as figures
from gui.widgets.view_data import RunData


def headline(data: RunData) -> tuple[str, str]:
    """Return how many processes and threads a run has, and its memory; of an ended run, the most it had."""
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
