"""The description of a step is shown as a whole, or not at all."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from engine.workload.catalogue import StepCard
from gui.composer.draft import StepDraft
from gui.composer.step_editor import StepEditor
from gui.widgets.theme import LIGHT
from tests.gui_tests.composer_parts import PRIMES, SLEEP


@pytest.mark.parametrize("card", [PRIMES, SLEEP], ids=lambda card: card.key)
def test_a_description_is_never_half_cut(qtbot: QtBot, card: StepCard) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(300, 500)
    editor = StepEditor(window)  # without a layout: a low window gives it less than it asks for
    window.show()
    editor.set_theme(LIGHT)
    editor.show_step(StepDraft(card.key, {}), card, 0, 1, [])
    editor.show()
    note, shown = editor.header.note, []
    for height in range(420, 119, -20):
        editor.resize(240, height)
        QApplication.processEvents()
        shown.append(note.isVisible())
        if note.isVisible():
            assert note.height() >= note.heightForWidth(note.width())
    assert shown[0]
    assert not shown[-1]
