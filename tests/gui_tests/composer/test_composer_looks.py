"""The composer fits its dock, in both themes and at every size, and can be used without a mouse or a screen."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFont, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QApplication, QLineEdit, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from gui.code_editor.code_editor import CodeEditor
from gui.composer import Composer
from gui.widgets.theme import DARK, LIGHT, Theme
from tests.gui_tests.composer_parts import PYTHON, SOURCE, STEPS, real_catalogue, shown_composer

MANY: list[dict[str, Any]] = [*STEPS, {"kind": "file-write"}, {"kind": "python", "source": SOURCE}]


@pytest.fixture
def application_font(qapp: QApplication) -> Any:
    font = QFont(qapp.font())
    yield font
    qapp.setFont(font)


def picture(composer: Composer) -> QImage:
    QApplication.processEvents()
    return composer.grab().toImage()


@pytest.mark.parametrize("place", range(len(MANY)))
def test_every_step_fits_the_narrowest_dock(qtbot: QtBot, place: int) -> None:
    composer = shown_composer(qtbot, MANY)
    composer.go_to(f"workload.steps[{place}].x")
    QApplication.processEvents()
    assert composer.minimumSizeHint().width() <= 300
    composer.resize(300, 520)
    QApplication.processEvents()
    form = composer.parts.editor.form
    for field in form.fields.values():
        assert field.mapTo(composer, field.rect().topRight()).x() < composer.width()
        assert form.viewport().width() >= field.minimumSizeHint().width()


def test_it_fits_a_small_window(qtbot: QtBot) -> None:
    composer = shown_composer(qtbot, MANY)
    assert composer.minimumSizeHint().height() <= 520


def test_presenter_sizes_still_fit(qtbot: QtBot, application_font: QFont) -> None:
    composer = shown_composer(qtbot, MANY)
    larger = QFont(application_font)
    larger.setPointSizeF(application_font.pointSizeF() * 1.8)
    before = composer.parts.steps.content_height()
    QApplication.setFont(larger)
    composer.set_theme(DARK.scaled(1.8))
    QApplication.processEvents()
    assert composer.minimumSizeHint().width() <= 420
    assert composer.parts.steps.content_height() > before * 1.5
    title = composer.parts.title.font().pointSizeF()
    assert title > larger.pointSizeF()


def test_a_long_title_is_seen_whole_in_smaller_type(qtbot: QtBot) -> None:
    composer = shown_composer(qtbot, MANY)
    title = composer.parts.title
    assert title.font().bold()
    large = title.font().pointSizeF()
    text = title.text()
    while title.font().bold():  # until there is no room for it any more
        text += "i"
        title.setText(text)
    assert title.font().pointSizeF() < large
    assert title.fontMetrics().horizontalAdvance(text) < title.width()
    title.setFocus()
    QTest.keyClick(title, Qt.Key.Key_End)
    composer.parts.examples.setFocus()
    assert title.cursorPosition() == 0
    title.setText("Short")
    assert title.font().bold()


def test_a_narrow_dock_cuts_neither_a_steps_name_nor_its_code(qtbot: QtBot) -> None:
    wide = "def task(item):\n    return sum(number * number for number in range(20_000)) + len(str(item))\n"
    composer = shown_composer(qtbot, [{"kind": "python", "source": wide}])
    composer.resize(250, 640)
    QApplication.processEvents()
    header, editor = composer.parts.editor.header, composer.findChild(CodeEditor)
    assert isinstance(editor, CodeEditor)
    assert editor.horizontalScrollBar().maximum() == 0
    assert header.title.height() >= header.title.heightForWidth(header.title.width())


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_cards_are_drawn_in_the_themes_colours(qtbot: QtBot, theme: Theme) -> None:
    composer = shown_composer(qtbot, MANY)
    composer.set_theme(theme)
    steps = composer.parts.steps
    shown = picture(composer)
    rect = steps.visualRect(steps.model().index(1, 0))
    # Between a card's edge and its handle there is nothing but its ground.
    point = steps.viewport().mapTo(composer, rect.topLeft()) + rect.center() - rect.topLeft()
    point.setX(steps.viewport().mapTo(composer, rect.topLeft()).x() + 7)
    ratio = shown.devicePixelRatio()
    assert shown.pixelColor(round(point.x() * ratio), round(point.y() * ratio)).name() == theme.panel.lower()


def test_choosing_a_step_moves_nothing_under_the_pointer(qtbot: QtBot) -> None:
    composer = shown_composer(qtbot, MANY)
    QApplication.processEvents()
    before = composer.parts.steps.height()
    for place in range(len(MANY)):
        composer.go_to(f"workload.steps[{place}].x")
        QApplication.processEvents()
        assert composer.parts.steps.height() == before


def test_the_handle_stays_where_a_person_puts_it(qtbot: QtBot) -> None:
    composer = shown_composer(qtbot, MANY)
    splitter = composer.parts.splitter
    handle = splitter.handle(1)
    start = handle.rect().center()
    fitted = splitter.sizes()
    QTest.mousePress(handle, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(handle, start - QPoint(0, 60))
    QTest.mouseRelease(handle, Qt.MouseButton.LeftButton, pos=start - QPoint(0, 60))
    moved = splitter.sizes()
    assert moved[0] < fitted[0]
    composer.add_step("sleep")
    assert splitter.sizes() == moved


def test_whatever_can_be_used_has_a_name_for_readers(qtbot: QtBot) -> None:
    composer = shown_composer(qtbot, MANY)
    composer.set_catalogue(real_catalogue())
    for place in range(len(MANY)):
        composer.go_to(f"workload.steps[{place}].x")
        for widget in composer.findChildren(QWidget):
            if isinstance(widget, (QAbstractButton, QLineEdit, QPlainTextEdit, QAbstractItemView)) and is_used(widget):
                text = widget.text() if isinstance(widget, QAbstractButton) else ""
                assert widget.accessibleName() or text, widget


def is_used(widget: QWidget) -> bool:
    inner = widget.objectName() in ("qt_spinbox_lineedit", "qt_toolbar_ext_button")
    return widget.isVisible() and widget.focusPolicy() != Qt.FocusPolicy.NoFocus and not inner


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("workload.steps[1].duration_ms", "Duration, ms"),
        ("workload.steps[1]", "Duration, ms"),
        ("workload.seed", "Seed"),
        ("title", "Title"),
        (f"workload.steps[4].{PYTHON.parameters[0].name}", "Source"),
    ],
)
def test_a_key_is_gone_to(qtbot: QtBot, path: str, name: str) -> None:
    composer = shown_composer(qtbot, MANY)
    assert composer.go_to(path)
    focused = QApplication.focusWidget()
    assert focused is not None
    assert focused.accessibleName() == name


@pytest.mark.parametrize("path", ["model.workers", "workload.steps[9].x", "", "workload.tasks"])
def test_a_key_that_is_edited_elsewhere_is_not_gone_to(qtbot: QtBot, path: str) -> None:
    assert not shown_composer(qtbot, MANY).go_to(path)
