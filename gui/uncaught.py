"""Reports uncaught exceptions: in the window, in the log and on standard error."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Callable
from types import TracebackType

from engine.log_file import NAME, where_the_log_is


def report_uncaught(show: Callable[[str, str], None]) -> None:
    """Print and log every uncaught exception, and call `show(sentence, traceback)`."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        details = "".join(traceback.format_exception(kind, error, trace))
        if sys.stderr is not None:
            sys.stderr.write(details)
        if not issubclass(kind, KeyboardInterrupt):
            logging.getLogger(NAME).critical("uncaught exception\n%s", details.rstrip())
            sentence = f"Something went wrong in the window: {kind.__name__}: {error}. {where_the_log_is()}"
            show(sentence.rstrip(), details)

    sys.excepthook = hook
