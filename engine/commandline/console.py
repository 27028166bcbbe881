"""Results go to standard output, messages to standard error; a closed pipe does not break a run."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Sequence
from typing import Any

from engine.commandline.verb import FailedError
from engine.commandline.visible import one_line, visible, visible_json


def emit(text: str) -> None:
    """Write a result. A reader that has gone (`| head`) is no error; a full disk is.

    Characters that the output's encoding cannot hold (a lone surrogate in a workload's message) are escaped, and so are
    control sequences (an experiment's title may hold some).
    """
    _write(visible(text))


def _write(text: str) -> None:
    if sys.stdout is None:  # it was closed before we began
        raise FailedError("the result could not be written: standard output is closed")
    encoding = sys.stdout.encoding or "utf-8"
    try:
        print(text.encode(encoding, "backslashreplace").decode(encoding), flush=True)
    except BrokenPipeError:
        _forget_output()
    except OSError as error:
        _forget_output()
        raise FailedError(f"the result could not be written: {error.strerror or error}") from None


def emit_json(data: Any) -> None:
    """Write a result as JSON, indented."""
    _write(visible_json(json.dumps(data, indent=2, ensure_ascii=False)))


def say(text: str) -> None:
    """Write a message for the person; control sequences are escaped."""
    say_raw(visible(text))


def say_raw(text: str) -> None:
    """Write a workload's output unescaped: the person trusted the workload with this terminal by running it."""
    stream = sys.stderr
    if stream is None or stream.closed:
        return
    with contextlib.suppress(OSError):  # nobody reads it any more
        print(text, file=stream, flush=True)


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return rows as aligned columns; numbers to the right. The last column may be long."""
    cells = [list(header), *([one_line(str(cell)) for cell in row] for row in rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(header))]
    numeric = [bool(rows) and all(isinstance(row[place], (int, float)) for row in rows) for place in range(len(header))]
    lines = []
    for row in cells:
        parts = [
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        ]
        lines.append("  ".join(parts).rstrip())
    return "\n".join(lines)


def _forget_output() -> None:
    # Discard what Python flushes at exit, which would otherwise end in a traceback.
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
