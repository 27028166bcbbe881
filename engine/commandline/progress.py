"""One line on the terminal that shows how far a run is; nothing if standard error is no terminal."""

from __future__ import annotations

import contextlib
import shutil
import sys
from typing import Final

from engine.commandline.visible import one_line
from engine.wire.tick import Tick
from engine.wording.durations import clock

_BAR: Final = 24


class TerminalProgress:
    """The last line of standard error, drawn over with each tick."""

    def __init__(self) -> None:
        self._stream = sys.stderr
        self._width = 0
        self._enabled = self._stream is not None and self._stream.isatty()

    def show(self, text: str) -> None:
        """Draw the line."""
        if not self._enabled:
            return
        text = one_line(text)[: shutil.get_terminal_size().columns - 1]
        self._write(f"\r{text.ljust(self._width)}")
        self._width = len(text)

    def clear(self) -> None:
        """Erase the line, so that something else can be written there."""
        if self._enabled and self._width:
            self._write(f"\r{' ' * self._width}\r")
            self._width = 0

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError):  # nobody reads it any more
            self._stream.write(text)
            self._stream.flush()


def tick_line(tick: Tick) -> str:
    """Return a tick as one line: bar, percent, tasks, throughput, time left."""
    parts = []
    if tick.progress is not None:
        parts.append(bar(tick.progress))
    if tick.tasks is not None:
        parts.append(f"{tick.tasks.done:,} tasks" + (f", {tick.tasks.failed:,} failed" if tick.tasks.failed else ""))
    if tick.throughput_per_s is not None:
        parts.append(f"{tick.throughput_per_s:,.0f}/s")
    parts.append(f"{clock(tick.elapsed_s or 0.0)} elapsed")
    if tick.eta_s is not None:
        parts.append(f"{clock(tick.eta_s)} left")
    return "  ".join(parts)


def bar(progress: float) -> str:
    """Return a progress from 0 to 1 as a bar with its percentage."""
    full = round(progress * _BAR)
    return f"[{'#' * full}{'.' * (_BAR - full)}] {progress:4.0%}"
