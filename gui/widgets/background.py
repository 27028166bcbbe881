"""Runs work that takes longer than a frame in a thread, and returns its result to the window."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from PySide6.QtCore import QObject, Signal

CLOSE_S: Final = 3.0


class Background(QObject):
    """Each piece of work has a thread of its own; `close` waits for those that are running."""

    _done = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._threads: list[threading.Thread] = []
        self._closed = False
        self._done.connect(self._on_done)

    def do(self, work: Callable[[], Any], then: Callable[[Any], None], failed: Callable[[Exception], None]) -> None:
        """Call `work` in a thread; then, in the window's thread, `then` with its result, or `failed` with its error."""
        thread = threading.Thread(target=self._work, args=(work, then, failed), name="background", daemon=True)
        self._threads = [each for each in self._threads if each.is_alive()]
        self._threads.append(thread)
        thread.start()

    def close(self) -> None:
        """Wait a moment for running work to end; no result is delivered any more."""
        self._closed = True
        deadline = time.monotonic() + CLOSE_S
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _work(self, work: Callable[[], Any], then: Callable[[Any], None], failed: Callable[[Exception], None]) -> None:
        try:
            outcome = work()
        except Exception as error:
            self._bring_back(partial(failed, error))
        else:
            self._bring_back(partial(then, outcome))

    def _bring_back(self, call: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the window is gone
            self._done.emit(call)

    def _on_done(self, call: Callable[[], None]) -> None:
        if not self._closed:
            call()
