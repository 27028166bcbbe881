"""The files that a conductor writes into a run's folder, besides those of the host."""

from __future__ import annotations

import contextlib
import json
import shutil
from pathlib import Path
from typing import IO, Final

from engine.record.atomic_file import write_atomically
from engine.record.private_file import private
from engine.record.private_folder import make_private_folder
from engine.record.run_folder import CARDS, ENVIRONMENT, ERRORS, EXPERIMENT, LANES, LOOPS, OUTPUT, SAMPLES, STACKS

WORK: Final = "work"


class RunFiles:
    """Writes one run's folder. Raises OSError if it cannot be made; a full disk later ends only the samples."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problem: str | None = None  # why something could not be written
        for name in ("", LANES, LOOPS, STACKS, ERRORS, WORK):
            make_private_folder(folder / name, new=True)
        self._samples: IO[bytes] | None = open(folder / SAMPLES, "xb", buffering=0, opener=private)  # noqa: SIM115

    def write(self, name: str, data: dict[str, object]) -> None:
        """Write a JSON file, atomically."""
        write_atomically(self.folder / name, json.dumps(data, allow_nan=False))

    def note(self, name: str, data: dict[str, object]) -> None:
        """Write a JSON file, atomically; if the disk is full, the old file stays and the run goes on."""
        try:
            self.write(name, data)
        except OSError as error:
            self.problem = self.problem or error.strerror or str(error)

    def write_start(
        self, experiment: dict[str, object], environment: dict[str, object], cards: dict[str, object]
    ) -> None:
        """Write the files that are known before anything runs."""
        self.write(EXPERIMENT, experiment)
        self.write(ENVIRONMENT, environment)
        self.write(CARDS, cards)

    def add_sample(self, line: bytes) -> None:
        """Append a tick, as a line of JSON, to the samples."""
        if self._samples is None:
            return
        try:
            whole = self._samples.write(line) == len(line)
        except OSError as error:
            self.problem = self.problem or error.strerror or str(error)
            whole = False
        if not whole:  # the disk is full: this incomplete line is the last
            self.problem = self.problem or "No space left on device"
            self._close_samples()

    def close(self, output: str) -> None:
        """Write the workload's output, and remove the files that only the run itself needed."""
        self._close_samples()
        try:
            write_atomically(self.folder / OUTPUT, output)
        except OSError as error:
            self.problem = self.problem or error.strerror or str(error)
        shutil.rmtree(self.folder / WORK, ignore_errors=True)

    def _close_samples(self) -> None:
        samples, self._samples = self._samples, None
        if samples is not None:
            with contextlib.suppress(OSError):
                samples.close()
