"""Comparisons on disk: saved after every run, so that an interrupted one can be continued."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from engine.comparison.comparison import Comparison
from engine.comparison.errors import SavedError
from engine.comparison.plan import Cell
from engine.history.data_folder import data_folder
from engine.history.referenced import COMPARISONS, runs_of, tables
from engine.history.store import RUNS
from engine.record.atomic_folder import ExportError, atomic_file
from engine.record.id_lookup import id_called
from engine.record.private_folder import make_private_folder
from engine.record.run_folder import RESULT, new_run_id
from engine.wording.figure_text import counted

FOLDER: Final = COMPARISONS


@dataclass(frozen=True, slots=True)
class Saved:
    """A comparison with its id and its experiment's title."""

    id: str
    title: str
    comparison: Comparison


class SavedComparisons:
    """The comparisons in a history's folder, one file each."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = (folder or data_folder()) / FOLDER

    def begin(self, title: str, comparison: Comparison) -> Saved:
        """Save a comparison that starts now."""
        saved = Saved(new_run_id(), title, comparison)
        self.save(saved)
        return saved

    def save(self, saved: Saved) -> None:
        """Write the comparison's current state, atomically. Raises SavedError."""
        data = {
            "id": saved.id,
            "title": saved.title,
            "saved_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "digest": digest(saved.comparison.cells),
            "complete": saved.comparison.complete,
            **saved.comparison.to_json(),
        }
        try:
            make_private_folder(self.folder)
            with atomic_file(self._file(saved.id)) as beside:
                beside.write_text(json.dumps(data, allow_nan=False), encoding="utf-8")
        except (ExportError, OSError) as error:
            raise SavedError(f"the comparison cannot be saved: {error}") from None

    def load(self, name: str) -> Saved:
        """Return the comparison called `name`: an id, a unique beginning of an id, or `last`. Raises SavedError."""
        return self._read(self._found(name))

    def listed(self, limit: int = 20) -> list[tuple[str, str]]:
        """Return the id and a line about each of the newest comparisons."""
        found = []
        for file in self._files()[:limit]:
            data = _data(file)
            cells = tables(data, "cells")
            runs = sum(len(tables(cell, "repetitions")) for cell in cells)
            rest = "" if data.get("complete") else ", not complete"
            gone = self._gone(runs_of(data))
            if gone:
                rest += f"; {gone} of them {'is' if gone == 1 else 'are'} no longer in the history"
            what = f"{counted(len(cells), 'combination')}, {counted(runs, 'run')}"
            found.append((file.stem, f"{data.get('title')}: {what}{rest}"))
        return found

    def runs_gone(self, saved: Saved) -> int:
        """Return how many of a comparison's runs are no longer in the history; the comparison keeps their figures."""
        return self._gone(runs_of(saved.comparison.to_json()))

    def unfinished(self, cells: list[Cell]) -> Saved | None:
        """Return the newest incomplete comparison of exactly these cells, None if there is none."""
        wanted = digest(cells)
        for file in self._files():
            data = _data(file)
            if data.get("digest") == wanted:
                return None if data.get("complete") else self._read(file)
        return None

    def _gone(self, run_ids: set[str]) -> int:
        return sum(not (self.folder.parent / RUNS / run_id / RESULT).exists() for run_id in run_ids)

    def _found(self, name: str) -> Path:
        try:
            found = id_called(name, [file.stem for file in self._files()], "comparisons")
        except LookupError as error:
            raise SavedError(str(error)) from None
        if found is None:
            raise SavedError(f"no comparison is called {name!r}")
        return self._file(found)

    def _files(self) -> list[Path]:
        """Return the files, newest first."""
        return sorted((file for file in self.folder.glob("*.json") if not file.name.startswith(".")), reverse=True)

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.json"

    def _read(self, file: Path) -> Saved:
        data = _data(file)
        try:
            return Saved(file.stem, str(data.get("title") or "Untitled"), Comparison.from_json(data))
        except (KeyError, TypeError, ValueError) as error:
            raise SavedError(f"{file}: is not a readable comparison: {error}") from None


def digest(cells: list[Cell]) -> str:
    """Return a hash of all cells' experiments, in their order: equal for comparisons that run the same."""
    text = json.dumps([cell.experiment for cell in cells], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _data(file: Path) -> dict[str, Any]:
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}
