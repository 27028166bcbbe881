"""The pipes between the conductor and its client, each with a thread of its own, so that neither blocks it."""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from collections.abc import Callable
from typing import Final

from engine.wire.protocol import WireMessage, encode_message

_BACKLOG: Final = 256  # messages; with more waiting, the reader is behind
_LINE_LIMIT: Final = 16_777_216
_CLOSE_S: Final = 1.0


class MessageReader:
    """Reads lines from a file descriptor."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def start(self, take: Callable[[bytes], None], complain: Callable[[str], None], end: Callable[[], None]) -> None:
        """Read in another thread; call `take` with each line, `complain` about an endless line, `end` at the end."""
        threading.Thread(target=self._read, args=(take, complain, end), name="commands", daemon=True).start()

    def _read(self, take: Callable[[bytes], None], complain: Callable[[str], None], end: Callable[[], None]) -> None:
        rest = b""
        with contextlib.suppress(OSError):
            while data := os.read(self._descriptor, 65_536):
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    if line.strip():
                        take(line)
                if len(rest) > _LINE_LIMIT:
                    complain("a line has no end")
                    rest = b""
        end()


class MessageWriter:
    """Writes facts to a file descriptor. Thread-safe; `broken` once the reader is gone."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._waiting: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self.broken = False
        self._thread = threading.Thread(target=self._write, name="facts", daemon=True)
        self._thread.start()

    def say(self, fact: WireMessage) -> None:
        """Send a fact; returns at once."""
        self._waiting.put(encode_message(fact))

    def say_line(self, line: bytes, *, dispensable: bool = False) -> None:
        """Send a fact that is encoded already; a `dispensable` one is dropped if the reader is behind."""
        if not dispensable or self._waiting.qsize() <= _BACKLOG:
            self._waiting.put(line)

    def close(self) -> None:
        """Send the waiting messages, unless the reader is gone."""
        self._waiting.put(None)
        self._thread.join(_CLOSE_S)

    def _write(self) -> None:
        while (line := self._waiting.get()) is not None:
            view = memoryview(line)
            try:
                while view:
                    view = view[os.write(self._descriptor, view) :]
            except OSError:
                self.broken = True
                return
