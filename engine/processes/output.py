"""Bounds a workload's output: keeps its beginning, its end, and how much was left out."""

from __future__ import annotations

import codecs
import threading
from collections.abc import Iterator
from typing import Final

from engine.wire.facts import OutputText

FIRST_CHARACTERS: Final = 262_144
LAST_CHARACTERS: Final = 65_536
_AT_ONCE: Final = 32_768  # characters in one message


class Output:
    """Takes output of any length and keeps a bounded part. Thread-safe: one thread adds, another takes."""

    def __init__(self, first: int = FIRST_CHARACTERS, last: int = LAST_CHARACTERS) -> None:
        self._room, self._last = first, last
        self._lock = threading.Lock()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._first: list[str] = []
        self._ready = ""  # of the beginning, not taken yet
        self._end = ""
        self._after = 0  # characters after the beginning

    def add(self, data: bytes, *, final: bool = False) -> None:
        """Add output; undecodable bytes become replacement characters."""
        with self._lock:
            text = self._decoder.decode(data, final)
            kept, rest = text[: self._room], text[self._room :]
            if kept:
                self._room -= len(kept)
                self._first.append(kept)
                self._ready += kept
            if rest:
                self._after += len(rest)
                self._end = (self._end + rest)[-2 * self._last :]

    def take(self, most: int) -> tuple[str, int]:
        """Return at most `most` new characters of the beginning, and how many characters were dropped so far."""
        with self._lock:
            text, self._ready = self._ready[:most], self._ready[most:]
            return text, self._dropped()

    def take_end(self) -> str:
        """Return the kept end of the output; "" if the beginning holds all of the output."""
        with self._lock:
            return self._end[-self._last :]

    def kept(self) -> tuple[str, int]:
        """Return the kept output, with a mark where something is left out, and the number of dropped characters."""
        with self._lock:
            first, dropped = "".join(self._first), self._dropped()
            mark = f"\n[{dropped:,} characters are not kept]\n" if dropped else ""
            return first + mark + self._end[-self._last :], dropped

    def _dropped(self) -> int:
        return max(0, self._after - self._last)


class OutputFacts:
    """Makes facts from a run's output: its beginning as it arrives, its end at the end of the run."""

    def __init__(self, run_id: str, output: Output) -> None:
        self._run_id, self._output = run_id, output
        self._dropped = 0

    def new(self, most: int = _AT_ONCE) -> Iterator[OutputText]:
        """Yield new output, if any."""
        text, dropped = self._output.take(most)
        if text or dropped != self._dropped:
            self._dropped = dropped
            yield self._fact(text, dropped)

    def rest(self) -> Iterator[OutputText]:
        """Yield all remaining output."""
        yield from self.new(FIRST_CHARACTERS)
        text = self._output.take_end()
        if text:
            yield self._fact(text, self._output.kept()[1])

    def _fact(self, text: str, dropped: int) -> OutputText:
        return OutputText(self._run_id, text, dropped)
