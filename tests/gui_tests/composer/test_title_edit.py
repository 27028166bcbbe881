"""The title of an experiment: cut with an ellipsis where it is too long, whole while it is edited."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from gui.composer.title_edit import TitleEdit


def test_a_title_that_is_too_long_ends_in_an_ellipsis_until_it_is_edited(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    layout, title, other = QVBoxLayout(window), TitleEdit(), QLineEdit()
    layout.addWidget(title)
    layout.addWidget(other)
    window.resize(200, 90)
    window.show()
    window.activateWindow()
    other.setFocus()
    title.setText("Short")
    assert title.shown_text() == "Short"
    long = "A pipeline of three stages that fetches, parses and stores"
    title.setText(long)
    title.setCursorPosition(0)
    assert title.shown_text().endswith("…")
    assert long in title.toolTip()
    resting = title.grab().toImage()
    title.setText(long + " and more")
    title.setCursorPosition(0)
    assert title.grab().toImage() == resting  # only its beginning is drawn
    qtbot.waitUntil(window.isActiveWindow)
    title.setFocus()
    title.setCursorPosition(len(title.text()))
    assert title.grab().toImage() != resting
