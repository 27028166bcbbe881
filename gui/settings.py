"""What the window remembers: its geometry, the theme, recent files and choices, and which code may run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QByteArray, QSettings

from engine.workload.toml_table import TomlTable

RECENT_FILES: Final = 10
STATE_VERSION: Final = 1  # of docks and toolbars: a saved layout is restored only by the same version


class Settings:
    """Typed access to one QSettings store; `path` is for tests, which must not touch a person's own."""

    def __init__(self, path: Path | None = None) -> None:
        if path is None:
            self._store = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "Gilscope", "Gilscope")
        else:
            self._store = QSettings(str(path), QSettings.Format.IniFormat)

    @property
    def theme(self) -> str:
        """`system`, `light` or `dark`."""
        return str(self._store.value("theme", "system"))

    @theme.setter
    def theme(self, choice: str) -> None:
        self._store.setValue("theme", choice)

    @property
    def zoom(self) -> float:
        """The scale of letters and lines; 1.0 is the designed size."""
        try:
            return float(str(self._store.value("zoom", 1.0)))
        except ValueError:
            return 1.0

    @zoom.setter
    def zoom(self, zoom: float) -> None:
        self._store.setValue("zoom", zoom)

    @property
    def geometry(self) -> QByteArray | None:
        """The window's geometry, as QWidget.saveGeometry gave it."""
        return self._bytes("window/geometry")

    @geometry.setter
    def geometry(self, value: QByteArray) -> None:
        self._store.setValue("window/geometry", value)

    @property
    def state(self) -> QByteArray | None:
        """The docks' places, as QMainWindow.saveState gave them."""
        return self._bytes(f"window/state{STATE_VERSION}")

    @state.setter
    def state(self, value: QByteArray) -> None:
        self._store.setValue(f"window/state{STATE_VERSION}", value)

    def dock_widths(self, count: int) -> list[int | None]:
        """Return the widths that docks were dragged to, None for one that was not."""
        texts = self._texts("window/dock_widths")
        widths = [int(text) if text.isdecimal() else None for text in texts[:count]]
        return widths + [None] * (count - len(widths))

    def set_dock_widths(self, widths: Sequence[int | None]) -> None:
        """Keep the widths that docks were dragged to."""
        self._store.setValue("window/dock_widths", [str(width or "") for width in widths])

    @property
    def folder(self) -> str:
        """The folder of the last file that was opened or saved."""
        return str(self._store.value("folder", "") or Path.home())

    @folder.setter
    def folder(self, folder: str) -> None:
        self._store.setValue("folder", folder)

    @property
    def picture_size(self) -> str:
        """The picture size that was typed last."""
        return str(self._store.value("picture_size", "") or "1400 x 1050")

    @picture_size.setter
    def picture_size(self, size: str) -> None:
        self._store.setValue("picture_size", size)

    @property
    def recent_files(self) -> list[Path]:
        """The files opened or saved last, newest first; those that are gone are left out."""
        return [Path(each) for each in self._texts("recent_files") if Path(each).is_file()]

    def add_recent_file(self, path: Path) -> None:
        """Put `path` first among the recent files."""
        texts = [str(path.resolve()), *self._texts("recent_files")]
        self._store.setValue("recent_files", list(dict.fromkeys(texts))[:RECENT_FILES])

    @property
    def recent_watches(self) -> list[str]:
        """The programs that were watched last, newest first, each as a line of JSON."""
        return self._texts("recent_watches")

    @recent_watches.setter
    def recent_watches(self, lines: list[str]) -> None:
        self._store.setValue("recent_watches", lines)

    @property
    def allowed_code(self) -> list[str]:
        """Digests of code that the person has allowed to run."""
        return self._texts("allowed_code")

    @allowed_code.setter
    def allowed_code(self, digests: list[str]) -> None:
        self._store.setValue("allowed_code", digests)

    @property
    def last_model(self) -> TomlTable:
        """The model's table of the last run; empty if there was none."""
        value = self._store.value("last_model")
        return dict(value) if isinstance(value, dict) else {}

    @last_model.setter
    def last_model(self, part: TomlTable) -> None:
        self._store.setValue("last_model", part)

    @property
    def live_cards(self) -> list[str]:
        """The Live page's cards in the person's order, by their keys; empty if they were not moved."""
        return self._texts("live_cards")

    @live_cards.setter
    def live_cards(self, keys: Sequence[str]) -> None:
        self._store.setValue("live_cards", list(keys))

    @property
    def drafts_folder(self) -> Path:
        """Where windows keep what is not saved, beside the settings."""
        return Path(self._store.fileName()).parent / "drafts"

    @property
    def welcomed(self) -> bool:
        """Whether the first start's three things to try were shown."""
        return str(self._store.value("welcomed", "")) == "yes"

    @welcomed.setter
    def welcomed(self, welcomed: bool) -> None:
        self._store.setValue("welcomed", "yes" if welcomed else "")

    @property
    def last_session(self) -> str:
        """What was open in the window when it was closed, as JSON; empty at the first start."""
        return str(self._store.value("last_session", ""))

    @last_session.setter
    def last_session(self, text: str) -> None:
        self._store.setValue("last_session", text)

    def sync(self) -> None:
        """Write to the disk now."""
        self._store.sync()

    def _bytes(self, key: str) -> QByteArray | None:
        value = self._store.value(key)
        return value if isinstance(value, QByteArray) and not value.isEmpty() else None

    def _texts(self, key: str) -> list[str]:
        value = self._store.value(key)
        if isinstance(value, str):
            return [value] if value else []
        return [str(each) for each in value] if isinstance(value, list) else []
