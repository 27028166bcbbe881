"""Drafts: unsaved changes are written to disk half a second after they are made, and restored after a crash."""

from __future__ import annotations

import json
import logging
import os
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import QLockFile, QObject, QTimer

from engine.record.atomic_file import write_atomically
from engine.workload.errors import ExperimentError
from engine.workload.toml_table import TomlTable
from gui.message_bar import INFO
from gui.shell.context import WindowParts

WRITE_MS: Final = 500  # after the last change
_LOG: Final = logging.getLogger("gilscope.window")
_SUFFIX: Final = ".draft.json"


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """An experiment with unsaved changes, its saved form, its file, and whether its code may be run."""

    experiment: TomlTable
    saved: TomlTable
    path: str | None
    own: bool


class Drafts(QObject):
    """Keeps one file for each window, locked while the window is open: an unlocked draft is that of a crashed window.

    A draft is removed when its changes are saved, and when the window closes normally, which asks about them.
    """

    def __init__(self, parts: WindowParts) -> None:
        super().__init__(parts.window)
        self._parts, self._folder = parts, parts.settings.drafts_folder
        self._file = self._folder / f"{os.getpid()}-{uuid.uuid4().hex[:8]}{_SUFFIX}"
        self._lock = _lock_of(self._file)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(WRITE_MS)
        self._timer.timeout.connect(self.write)
        self._failed = False
        for changed in (parts.composer.changed, parts.window.run_bar.changed, parts.document.changed):
            changed.connect(self._timer.start)

    def write(self) -> None:
        """Write the window's unsaved changes to the file, or remove the file if there are none."""
        document = self._parts.document
        try:
            if not document.dirty:
                self._remove(self._file)
                return
            self._folder.mkdir(parents=True, exist_ok=True)
            if not self._lock.isLocked():
                self._lock.tryLock(0)
            path = str(document.path) if document.path is not None else None
            kept = KeptDraft(document.experiment(), document.saved, path, self._parts.trust.own)
            write_atomically(self._file, json.dumps(asdict(kept)))
        except OSError as error:
            if not self._failed:  # logged once: it would fail again at every change
                self._failed = True
                _LOG.warning("a draft could not be written: %s", error)

    def restore(self, *, show: bool) -> bool:
        """Restore the drafts of crashed windows: with `show` the newest in this window, the others are offered."""
        shown = False
        for file, lock, kept in self._left():
            if show and not shown:
                shown = self._bring_back(file, lock, kept)
            else:
                self._offer(file, lock, kept)
        return shown

    def close(self) -> None:
        """Remove the draft: the window closes normally."""
        self._timer.stop()
        self._remove(self._file)
        self._lock.unlock()

    def _left(self) -> list[tuple[Path, QLockFile, KeptDraft]]:
        found = []
        files = [each for each in self._folder.glob(f"*{_SUFFIX}") if each != self._file]
        for file in sorted(files, key=_changed_at, reverse=True):
            lock = _lock_of(file)
            if not lock.tryLock(0):  # its window is open
                continue
            kept = _read(file)
            if kept is None:
                self._remove(file)
                lock.unlock()
            else:
                found.append((file, lock, kept))
        return found

    def _bring_back(self, file: Path, lock: QLockFile, kept: KeptDraft) -> bool:
        document = self._parts.document
        try:
            document.restore(kept.experiment, kept.saved, Path(kept.path) if kept.path is not None else None)
        except (ExperimentError, AttributeError, KeyError, TypeError, ValueError) as error:
            _LOG.warning("a draft could not be shown: %s", error)
            self._forget(file, lock)
            return False
        self._parts.trust.own = kept.own
        self.write()  # before the draft that it came from is removed
        self._forget(file, lock)
        text = f"The window ended unexpectedly. Your unsaved changes to “{document.title}” are back."
        self._parts.messages.show_message(INFO, text, "draft", [("Discard them", self._discard)])
        return True

    def _discard(self) -> None:
        document = self._parts.document
        document.show(document.saved, document.path)

    def _offer(self, file: Path, lock: QLockFile, kept: KeptDraft) -> None:
        title = str(kept.experiment.get("title") or "Untitled")
        text = f"A window ended unexpectedly, with unsaved changes to “{title}”."
        actions = [
            ("Bring them back", lambda: self._take_offer(file, lock, kept)),
            ("Discard them", lambda: self._forget(file, lock)),
        ]
        self._parts.messages.show_message(INFO, text, f"draft {file.name}", actions)

    def _take_offer(self, file: Path, lock: QLockFile, kept: KeptDraft) -> None:
        if self._parts.window.may_close():  # asks about this window's own unsaved changes
            self._bring_back(file, lock, kept)
        else:
            self._offer(file, lock, kept)

    def _forget(self, file: Path, lock: QLockFile) -> None:
        self._remove(file)
        lock.unlock()

    def _remove(self, file: Path) -> None:
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            _LOG.warning("a draft could not be removed: %s", error)


def _lock_of(file: Path) -> QLockFile:
    lock = QLockFile(str(file.with_suffix(".lock")))
    lock.setStaleLockTime(0)  # held for as long as its process lives, however long that is
    return lock


def _changed_at(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0


def _read(file: Path) -> KeptDraft | None:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        kept = KeptDraft(found["experiment"], found["saved"], found["path"], found["own"] is True)
        if isinstance(found["experiment"], dict) and isinstance(found["saved"], dict):
            return kept
        _LOG.warning("a draft has no experiment: %s", file)
    except (OSError, ValueError, KeyError, TypeError) as error:
        _LOG.warning("a draft could not be read: %s", error)
    return None
