"""The theme follows what a person chose, and the system's wishes where they left it to the system."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from gui.widgets.appearance import theme_for, wants_contrast
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
