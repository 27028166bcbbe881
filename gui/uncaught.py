"""Errors that nobody caught: told in the window and on standard error, never swallowed."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from types import TracebackType


def report_uncaught(show: Callable[[str, str], None]) -> None:
    """Have `show(sentence, traceback)` called for every exception that reaches the top, besides the usual print."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        details = "".join(traceback.format_exception(kind, error, trace))
        if sys.stderr is not None:
            sys.stderr.write(details)
        if not issubclass(kind, KeyboardInterrupt):
            show(f"Something went wrong in the window: {kind.__name__}: {error}", details)

    sys.excepthook = hook
