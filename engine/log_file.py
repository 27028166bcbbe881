"""The log: one rotating file in the user's state folder, to which the window, the conductor and the command line write.

Each record opens the file, appends a line and closes it: several processes write to it, and any of them may rotate it.
A log that cannot be written disturbs nothing: where there is no folder for it, there is none.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final

from engine.user_folder import user_folder

NAME: Final = "gilscope"
MOST_BYTES: Final = 1_000_000  # of the file; there is one older one of that size
_FORMAT: Final = "%(asctime)s %(part)s[%(process)d] %(levelname)s %(message)s"


def log_path() -> Path | None:
    """Return where the log is: in GILSCOPE_STATE, or the user's state folder; None for a user without a home."""
    named = os.environ.get("GILSCOPE_STATE")
    folder = Path(named) if named else user_folder("state")
    return None if folder is None else folder / "gilscope.log"


def older_path(path: Path) -> Path:
    """Return where what was rotated out of a log is."""
    return path.with_name(f"{path.name}.1")


class LogFile(logging.Handler):
    """Appends records to a file, which it rotates when that has become too large."""

    def __init__(self, path: Path, part: str) -> None:
        super().__init__()
        self._path, self._part = path, part
        self.setFormatter(logging.Formatter(_FORMAT))

    def emit(self, record: logging.LogRecord) -> None:
        """Append one record."""
        record.part = self._part
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            if self._path.exists() and self._path.stat().st_size > MOST_BYTES:
                os.replace(self._path, older_path(self._path))
            with self._path.open("a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(self.format(record) + "\n")
        except OSError:
            pass  # no room, no right: what was to be logged was told to the person too


def start_logging(part: str) -> logging.Logger:
    """Log to the file from now on, uncaught exceptions too; `part` names this process in its lines."""
    logger = logging.getLogger(NAME)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    path = log_path()
    if path is not None and not logger.handlers:
        logger.addHandler(LogFile(path, part))
        sys.excepthook = _logged(sys.excepthook)
        threading.excepthook = _logged_of_thread(threading.excepthook)
    return logger


def where_the_log_is() -> str:
    """Return a sentence that names the log, empty where there is none."""
    path = log_path()
    return f"The log has the details: {path}" if path is not None else ""


_Hook = Callable[[type[BaseException], BaseException, TracebackType | None], object]


def _logged(hook: _Hook) -> _Hook:
    def log_and_go_on(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not issubclass(kind, KeyboardInterrupt):
            logging.getLogger(NAME).critical("uncaught exception", exc_info=(kind, error, trace))
        hook(kind, error, trace)

    return log_and_go_on


def _logged_of_thread(
    hook: Callable[[threading.ExceptHookArgs], object],
) -> Callable[[threading.ExceptHookArgs], object]:
    def log_and_go_on(told: threading.ExceptHookArgs) -> None:
        if told.exc_value is not None:
            name = told.thread.name if told.thread else "?"
            error = (told.exc_type, told.exc_value, told.exc_traceback)
            logging.getLogger(NAME).critical("uncaught exception in thread %s", name, exc_info=error)
        hook(told)

    return log_and_go_on
