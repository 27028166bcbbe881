"""The theme follows what a person chose, and the system's wishes where they left it to the system."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from gui.widgets.appearance import Appearance, palette_of, theme_for, wants_contrast
from gui.widgets.button_style import PushButton
from gui.widgets.icons import icon
from gui.widgets.theme import DARK, HIGH_DARK, HIGH_LIGHT, LIGHT, Theme


@pytest.mark.parametrize(
    ("choice", "dark", "contrast", "expected"),
    [
        ("system", False, False, LIGHT),
        ("system", True, False, DARK),
        ("system", False, True, HIGH_LIGHT),
        ("system", True, True, HIGH_DARK),
        ("light", True, True, LIGHT),
        ("dark", False, True, DARK),
        ("contrast", False, False, HIGH_LIGHT),
        ("contrast", True, False, HIGH_DARK),
    ],
)
def test_the_system_is_followed_unless_a_person_chose(choice: str, dark: bool, contrast: bool, expected: Theme) -> None:
    assert theme_for(choice, dark=dark, contrast=contrast) is expected


class Hints:
    """A system's hints, as Qt gives them since 6.10."""

    def __init__(self, preference: Qt.ContrastPreference) -> None:
        self._preference = preference

    def accessibility(self) -> Hints:
        return self

    def contrastPreference(self) -> Qt.ContrastPreference:
        return self._preference


@pytest.mark.skipif(not hasattr(Qt, "ContrastPreference"), reason="Qt tells it since 6.10")
def test_a_systems_wish_for_contrast_is_read(qtbot: QtBot) -> None:
    assert wants_contrast(Hints(Qt.ContrastPreference.HighContrast))
    assert not wants_contrast(Hints(Qt.ContrastPreference.NoPreference))
    assert not wants_contrast(object())
    assert not wants_contrast(QGuiApplication.styleHints())  # offscreen wishes nothing


@pytest.fixture
def appearance(qtbot: QtBot) -> Iterator[Appearance]:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    before = application.palette(), application.font()
    made = Appearance(application, "light")
    yield made
    made.deleteLater()
    application.setPalette(before[0])
    application.setFont(before[1])


def test_a_button_follows_every_theme(appearance: Appearance, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    layout = QVBoxLayout(window)
    plain, pictured = PushButton("Plain"), PushButton("With a picture")
    for button in (plain, pictured):
        layout.addWidget(button)
    window.show()
    qtbot.waitUntil(plain.isVisible)
    for choice in ("dark", "contrast", "light", "dark"):
        appearance.choose(choice)
        pictured.setIcon(icon("plus", appearance.theme.text, appearance.theme.border))
        ground = palette_of(appearance.theme).color(QPalette.ColorRole.Button).name()
        for button in (plain, pictured):
            picture = button.grab().toImage()
            assert picture.pixelColor(picture.width() // 2, 3).name() == ground, (choice, button.text())
