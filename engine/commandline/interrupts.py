"""Counts Ctrl-C and other ending signals instead of raising, so that a run can be stopped cleanly."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, Final

_SIGNALS: Final = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


class Interrupts:
    """A context manager that counts requests to end: the first means stop, the second means end at once.

    A signal that this process was started to ignore (`nohup`) stays ignored.
    """

    def __init__(self) -> None:
        self.count = 0
        self._handled = _handled_by(self._on_signal)

    def __enter__(self) -> Interrupts:
        self._handled.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._handled.__exit__(None, None, None)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.count += 1


def ending_signals_as_ctrl_c() -> contextlib.AbstractContextManager[None]:
    """Make every ending signal raise KeyboardInterrupt, so that `finally` blocks clean up."""
    return _handled_by(signal.default_int_handler)


@contextlib.contextmanager
def _handled_by(handler: Callable[[int, FrameType | None], Any]) -> Iterator[None]:
    before = {}
    if threading.current_thread() is threading.main_thread():
        for name in _SIGNALS:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, handler)
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
