"""Shows the documentation that came with the app in a window that is not modal."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QImage, QKeySequence, QTextDocument
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QTextBrowser, QVBoxLayout, QWidget

from engine.resources_path import resources_path
from gui.widgets.dialog_look import dress

FIRST_PAGE = resources_path().parent / "docs" / "index.md"
PAGE_WIDTH = 760  # of a picture at most, so that nothing is wider than the window


class Documentation(QDialog):
    """Shows the pages of the folder `docs` and follows their links; opens web addresses in the browser."""

    def __init__(self, parent: QWidget, first: Path = FIRST_PAGE) -> None:
        super().__init__(parent)
        self.setWindowTitle("Documentation")
        self._first = QUrl.fromLocalFile(str(first))
        self.browser = _Pages(first.parent)
        self.browser.setAccessibleName("Documentation")
        layout = QVBoxLayout(self)
        layout.addLayout(self._buttons())
        layout.addWidget(self.browser, 1)
        dress(self)
        self.resize(PAGE_WIDTH + 80, 680)
        self.browser.setSource(self._first)

    def _buttons(self) -> QHBoxLayout:
        back, contents = QPushButton("Back"), QPushButton("Contents")
        back.setShortcut(QKeySequence.StandardKey.Back)
        back.clicked.connect(self.browser.backward)
        back.setEnabled(False)
        self.browser.backwardAvailable.connect(back.setEnabled)
        contents.clicked.connect(lambda: self.browser.setSource(self._first))
        row = QHBoxLayout()
        for button in (back, contents):
            button.setAutoDefault(False)
            row.addWidget(button)
        row.addStretch(1)
        return row


class _Pages(QTextBrowser):
    """A browser of Markdown files that never leaves its folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder.resolve()
        self.setOpenLinks(False)
        self.anchorClicked.connect(self._follow)

    def _follow(self, link: QUrl) -> None:
        address = self.source().resolved(link)
        inside = address.isLocalFile() and Path(address.toLocalFile()).resolve().is_relative_to(self._folder)
        if inside and address.path().endswith(".md"):
            self.setSource(address)
        else:
            QDesktopServices.openUrl(address)

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """Return pictures scaled down to the page's width, and everything else unchanged."""
        if kind != QTextDocument.ResourceType.ImageResource.value:
            return super().loadResource(kind, name)
        image = QImage(self.source().resolved(QUrl(name)).toLocalFile())
        return image.scaledToWidth(PAGE_WIDTH) if image.width() > PAGE_WIDTH else image
