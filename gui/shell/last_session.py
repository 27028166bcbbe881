"""Remembers the window's content when it is closed, and restores it: experiment, page, pane and run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.workload import experiment_file
from engine.workload.errors import ExperimentError
from gui.shell.context import WindowParts

if TYPE_CHECKING:
    from gui.shell.history_commands import HistoryCommands
    from gui.widgets.flat_tabs import FlatTabs


class LastSession:
    """Stores it in the settings. Anything that cannot be read is ignored, as at a first start."""

    def __init__(self, parts: WindowParts) -> None:
        self._parts = parts
        self._left = _table(parts.settings.last_session)

    def remember(self) -> None:
        """Store the window's content; unsaved changes to a file are not stored, as the person was asked about them."""
        parts, document = self._parts, self._parts.document
        run = parts.session.data
        kept: dict[str, Any] = {
            "page": _title(parts.window.pages),
            "side": _title(parts.window.side),
            "run_id": run.run_id if run is not None and run.result is not None else None,
        }
        if document.path is not None:
            kept["path"] = str(document.path)
        elif document.is_example or not document.dirty:
            kept |= {"experiment": document.experiment(), "own": parts.trust.own}
        parts.settings.last_session = json.dumps(kept)

    def open_experiment(self) -> bool:
        """Show the experiment of last time, and return whether there was one that can be shown."""
        document, path = self._parts.document, self._left.get("path")
        try:
            if isinstance(path, str):
                document.show(experiment_file.read(path), Path(path))
                self._parts.trust.own = False
                return True
            if isinstance(self._left.get("experiment"), dict):
                document.show(self._left["experiment"], None, example=True)
                self._parts.trust.own = self._left.get("own") is True
                return True
        except (ExperimentError, KeyError, TypeError, ValueError):
            return False
        return False

    def open_pages(self, history: HistoryCommands | None) -> None:
        """Bring the page and the pane of last time to the front, and show the last run unless one has begun."""
        window, run_id = self._parts.window, self._left.get("run_id")
        if window.pages.currentIndex() == 0:
            _turn(window.pages, self._left.get("page"))
        if window.side.currentIndex() == 0:
            _turn(window.side, self._left.get("side"))
        if isinstance(run_id, str) and history is not None and self._parts.session.data is None:
            history.bring_back(run_id)


def _table(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _title(tabs: FlatTabs) -> str:
    return tabs.tabText(tabs.currentIndex())


def _turn(tabs: FlatTabs, title: object) -> None:
    for place in range(tabs.count()):
        if tabs.tabText(place) == title:
            tabs.setCurrentIndex(place)
